/**
 * Messages on their way out: kept until the server has them, sent one by one in the order they were written.
 *
 * Each keeps its client_id through every attempt, so a message whose answer was lost is sent again and stands in the
 * log once. What could not be sent now waits for the next `flush`. What the server refuses for good is handed back and
 * stays here as `failed`, until it is added once more or removed.
 */

import { CommandError } from "./connection";
import type { Attachment, Choice } from "./wire";

export interface Outgoing {
  conversation_id: string;
  client_id: string;
  body: string;
  created_at: string;
  attachment?: Attachment;
  choice?: Choice;
  /** The error code, once the server has refused it for good. */
  failed?: string;
  /** Who wrote it, where a shelf may see several people. */
  by?: string;
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

const PASSING = new Set(["offline", "unavailable", "too_many", "unauthenticated"]);
const PAUSE = 3_000;

/** Is the same worth another attempt, later? */
export function isPassing(error: CommandError): boolean {
  return PASSING.has(error.code);
}

/** When, in milliseconds. */
export function pauseAfter({ retryAfter }: CommandError): number {
  return (retryAfter ?? 0) * 1000 || PAUSE;
}

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

  /** Sends this after what is here already. Added again, it is sent again: it takes the place of the one that failed. */
  add(item: Outgoing): Promise<void> {
    this.keep((one) => one.client_id !== item.client_id);
    this.#put([...this.#items, item]);
    return this.flush();
  }

  /** Sends what waits. Call it whenever the connection is there again; told to slow down, it waits all the same. */
  async flush(): Promise<void> {
    if (this.#sending || this.#retry !== undefined) return;
    this.#sending = true;
    try {
      for (let next = this.#next; next && (await this.#deliver(next)); next = this.#next);
    } finally {
      this.#sending = false;
    }
  }

  /** Forgets all others. */
  keep(wanted: (item: Outgoing) => boolean): void {
    this.#put(this.#items.filter(wanted));
  }

  clear(): void {
    this.#goOn();
    this.#put([]);
  }

  get #next(): Outgoing | undefined {
    return this.#items.find(({ failed }) => failed === undefined);
  }

  async #deliver(item: Outgoing): Promise<boolean> {
    try {
      await this.#options.send(item);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (isPassing(error)) return this.#wait(error);
      this.#put(this.#items.map((one) => (one === item ? { ...item, failed: error.code } : one)));
      this.#options.onRefused(item, error);
      return true;
    }
    this.keep((one) => one.client_id !== item.client_id);
    return true;
  }

  // Without a connection there is no use in trying: the owner calls `flush` when it is back.
  #wait(error: CommandError): false {
    if (error.code !== "offline") this.#retry = setTimeout(() => (this.#goOn(), void this.flush()), pauseAfter(error));
    return false;
  }

  #goOn(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #put(items: Outgoing[]): void {
    this.#items = items;
    this.#options.shelf.save(items);
  }
}
