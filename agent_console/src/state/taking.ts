// What agents take on themselves comes to them as what they are given does. Nobody needs to tell them of it, on any device
// of theirs: the server says of each before the rest of it comes. Where it is taken, the answer may come first.

const MOMENT = 1_000; // in which the last event of it comes

export class Taking {
  #doing = 0;
  #own = new Map<string, ReturnType<typeof setTimeout>>();

  /** Is it the agent who takes this one, here or elsewhere? */
  covers(id: string): boolean {
    return this.#doing > 0 || this.#own.has(id);
  }

  async during<T>(doing: Promise<T>): Promise<T> {
    this.#doing += 1;
    try {
      return await doing;
    } finally {
      setTimeout(() => (this.#doing -= 1), MOMENT);
    }
  }

  hear(id: string): void {
    clearTimeout(this.#own.get(id));
    this.#own.set(id, setTimeout(() => this.#own.delete(id), MOMENT));
  }
}
