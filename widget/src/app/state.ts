import type { ConnectionStatus } from "../core/connection";
import { EMPTY, type Timeline } from "../core/timeline";
import type { Author, Case, CaseKind, Customer, Locale, Message, OrderList } from "../core/wire";
import type { KnownDesk } from "./words";

export type View = "form" | "talk" | "leave";

/** Where one is among one's orders and cases, the articles, or what was said before. Only of a form for something known is `id` that of an order or transaction. */
export type Place =
  | { at: "home" }
  | { at: "apply"; kind: string; of?: "order" | "transaction"; id?: string; number?: string }
  | { at: "case"; ticketId: string; isNew?: boolean }
  | { at: "help"; slug?: string; text?: string }
  | { at: "past"; id?: string };

export type Trouble = "offline" | "too_many" | "desk_closed" | "desk_closing" | "queue_full" | "closed" | "other";

/** All the window shows, and nothing else. */
export interface State {
  phase: "idle" | "opening" | "ready" | "failed";
  line: ConnectionStatus;
  /** What is shown is what the server has, as far as anybody can know. */
  current: boolean;
  locale: Locale;
  open: boolean;
  view: View;
  /** Stands before the view while it is set. */
  place?: Place | undefined;
  /** What the server told of them last; nothing before somebody asks. */
  orders?: OrderList | undefined;
  cases?: Case[] | undefined;
  kinds?: CaseKind[];
  customer?: Customer;
  /** May a transcript be asked for by e-mail? */
  mails?: boolean;
  desk?: KnownDesk;
  timeline: Timeline;
  /** What the last wish came to, if it was refused. */
  trouble?: Trouble;
  loadingOlder: boolean;
  /** Filled in by the host's page: the text of a first message, what it is about, an order. */
  prefill: { body?: string; topic?: string; fields: Record<string, string> };
}

export class Store {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(locale: Locale) {
    const nothing = { timeline: EMPTY, loadingOlder: false, current: true, prefill: { fields: {} } };
    this.#state = { phase: "idle", line: "idle", locale, open: false, view: "form", ...nothing };
  }

  get state(): State {
    return this.#state;
  }

  set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  clear(name: "trouble" | "desk" | "customer"): void {
    const { [name]: _, ...rest } = this.#state;
    this.#state = rest;
    this.set({});
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function isOpenConversation({ timeline }: State): boolean {
  return timeline.conversation !== undefined && timeline.conversation.status !== "closed";
}

/** Can a reply reach the customer outside this window? */
export function isReachable({ customer, timeline }: State): boolean {
  return !!timeline.conversation?.contact || customer?.kind === "verified";
}

/** What the customer wrote last in the open conversation. */
export function written({ timeline }: State): Message | undefined {
  return timeline.messages.filter(({ author }) => author.kind === "customer").at(-1);
}

/** Does what is said here not reach us now? */
export function isDown({ line, phase }: State): boolean {
  return line === "reconnecting" || phase === "failed";
}

/** Messages for the customer that they have not seen. */
export function unread({ timeline }: State): number {
  const seen = timeline.conversation?.customer_read_seq ?? 0;
  return timeline.messages.filter(({ seq, author }) => seq > seen && isForCustomer(author)).length;
}

export const isForCustomer = ({ kind }: Author): boolean => kind === "agent" || kind === "bot";
