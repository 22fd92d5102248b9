// What agents take on themselves comes to them as what they are given does. Nobody needs to tell them of it, in any tab of
// their browser: those tell each other.

import { newId } from "../../../widget/src/core/ids";

const CHANNEL = "nightdesk.taking";
const MOMENT = 1_000; // after the answer, in which the last event of it comes
const ANSWERED = 20_000; // by then the answer has come, or the tab that waits for it is gone

interface Told {
  /** One taking, in whatever tab. */
  id: string;
  by: string | undefined;
  /** Milliseconds from now. */
  lasts: number;
}

export class Taking {
  #ends = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly me: () => string | undefined) {}

  get isOn(): boolean {
    return this.#ends.size > 0;
  }

  async during<T>(doing: Promise<T>): Promise<T> {
    const id = newId();
    this.#tell({ id, by: this.me(), lasts: ANSWERED });
    try {
      return await doing;
    } finally {
      this.#tell({ id, by: this.me(), lasts: MOMENT });
    }
  }

  /** Until called, hears of what the same agent takes in other tabs. */
  listen(): () => void {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<Told>) => data.by === this.me() && this.#hear(data);
    return () => channel.close();
  }

  #tell(told: Told): void {
    this.#hear(told);
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(told);
    channel.close();
  }

  #hear({ id, lasts }: Told): void {
    clearTimeout(this.#ends.get(id));
    this.#ends.set(id, setTimeout(() => this.#ends.delete(id), lasts));
  }
}
