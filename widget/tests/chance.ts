/** Chance that comes out the same for the same seed, so that a story that failed can be told again. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed + 1;
  }

  /** From 0 up to, not including, `end`. */
  below(end: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * end);
  }

  happens(percent: number): boolean {
    return this.below(100) < percent;
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** As a bad line delivers: some lost, some twice, some late. */
  delivered<T>(sent: readonly T[]): T[] {
    const arrived = sent.filter(() => !this.happens(20)).flatMap((one) => (this.happens(20) ? [one, one] : [one]));
    const late = arrived.map((one, index) => ({ one, at: this.happens(25) ? index + this.below(6) : index }));
    return late.sort((a, b) => a.at - b.at).map(({ one }) => one);
  }
}
