/**
 * Messages on their way out: kept until the server has them, sent one by one in the order they were written.
 *
 * Each keeps its client_id through every attempt, so a message whose answer was lost is sent again and stands in the
 * log once. What the server refuses for good is handed back; what could not be sent now waits for the next `flush`.
 */

import { CommandError } from "./connection";

export interface Outgoing {
  conversation_id: string;
  client_id: string;
  body: string;
  created_at: string;
}

/** Where the messages outlive a reload. */
export interface Shelf {
  load(): Outgoing[];
  save(items: readonly Outgoing[]): void;
}

export interface OutboxOptions {
  shelf: Shelf;
  send(item: Outgoing): Promise<unknown>;
  onRefused(item: Outgoing, error: CommandError): void;
}

const PASSING = new Set(["offline", "unavailable", "error", "too_many", "unauthenticated"]); // worth another attempt
const PAUSE = 3_000;

export class Outbox {
  #options: OutboxOptions;
  #items: Outgoing[];
  #sending = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#items = options.shelf.load();
  }

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  add(item: Outgoing): Promise<void> {
    this.#keep([...this.#items, item]);
    return this.flush();
  }

  /** Sends what waits. Call it whenever the connection is there again. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    clearTimeout(this.#retry);
    this.#sending = true;
    try {
      while (this.#items[0] && (await this.#deliver(this.#items[0])));
    } finally {
      this.#sending = false;
    }
  }

  clear(): void {
    clearTimeout(this.#retry);
    this.#keep([]);
  }

  async #deliver(item: Outgoing): Promise<boolean> {
    try {
      await this.#options.send(item);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (PASSING.has(error.code)) return this.#wait(error);
      this.#options.onRefused(item, error);
    }
    this.#keep(this.#items.filter((one) => one.client_id !== item.client_id));
    return true;
  }

  // Without a connection there is no use in trying: the owner calls `flush` when it is back.
  #wait(error: CommandError): false {
    if (error.code !== "offline") this.#retry = setTimeout(() => void this.flush(), (error.retryAfter ?? 0) * 1000 || PAUSE);
    return false;
  }

  #keep(items: Outgoing[]): void {
    this.#items = items;
    this.#options.shelf.save(items);
  }
}
