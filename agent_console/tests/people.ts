// The people of the tests, and a desk server small enough to keep in one's head.

import { CommandError } from "../../widget/src/core/connection";
import type { AgentCommands, AgentConversation, Author, DeskView, Message, Note, Ticket } from "../../widget/src/core/wire";
import type { Outgoing, Shelf } from "../../widget/src/core/outbox";
import { type EventAction, NO_DESK, reduce, type DeskState } from "../src/state/desk";
import { DeskStore, type Socket } from "../src/state/store";
import "../src/app";
import { loadScreens } from "../src/ui/lazily";
import { loadTexts } from "../src/ui/texts";


// What a browser downloads bit by bit is there from the start.
for (const locale of ["zh-CN", "en"] as const) {
  await loadTexts(locale);
  await loadScreens(locale);
}

export const MEI = { id: "agent-mei", name: "陈梅" };
export const DAVID = { id: "agent-david", name: "David Wu" };
export const NOON = Date.parse("2026-11-22T04:00:00.000Z");

export function at(minutes: number): string {
  return new Date(NOON + minutes * 60_000).toISOString();
}

export function conversation(id: string, change: Partial<AgentConversation> = {}): AgentConversation {
  return {
    id,
    status: "waiting",
    topic: "refund",
    customer_id: `customer-of-${id}`,
    last_seq: 1,
    version: 1,
    epoch: 0,
    customer_read_seq: 1,
    agent_read_seq: 0,
    created_at: at(0),
    contact: false,
    urgent: false,
    priority: 3,
    site: "demo",
    customer_name: "李娜",
    customer_kind: "claimed",
    locale: "zh-CN",
    preview: "你好",
    last_at: at(0),
    first_waited_at: at(0),
    last_note: 0,
    participants: [],
    ...change,
  };
}

export function picked(waiting: AgentConversation, by: { id: string; name: string }): AgentConversation {
  const { waiting: _, ...rest } = waiting;
  return { ...rest, status: "active", agent: by, version: waiting.version + 1, epoch: waiting.epoch + 1 };
}

export const CUSTOMER: Author = { kind: "customer", name: "李娜" };
export const SYSTEM: Author = { kind: "system", name: "" };
export const AGENT: Author = { kind: "agent", ...MEI };

export function message(conversationId: string, seq: number, author: Author, body: string, minutes = seq): Message {
  return {
    id: `${conversationId}-${seq}`,
    conversation_id: conversationId,
    seq,
    author,
    kind: author.kind === "system" ? "system" : "text",
    body,
    created_at: at(minutes),
  };
}

export function note(conversationId: string, number: number, body: string, minutes = number): Note {
  return {
    id: `note-${number}`,
    conversation_id: conversationId,
    number,
    client_id: `client-note-${number}`,
    author: MEI,
    body,
    created_at: at(minutes),
  };
}

export function deskView(change: Partial<DeskView> = {}): DeskView {
  const lists = { mine: [], invited: [], waiting: [], inbox: [], ...change };
  const { mine, waiting, inbox } = lists;
  return {
    agent: { ...MEI, email: "mei@demo.example", role: "agent", status: "online" },
    counts: { mine: mine.length, waiting: waiting.length, inbox: inbox.length, tickets: 0 },
    colleagues: [{ ...DAVID, role: "agent", status: "online" }],
    teams: [],
    alerts: [],
    desks: [{ site: "demo", names: { "zh-CN": "晴野商城", en: "Qingye Shop" }, open: true, now: at(0), zone: "Asia/Shanghai", rule: "weekly", queue: "open" }],
    mail: "outbox",
    store_id: "store-1",
    ...lists,
  };
}

export function deskOf(change: Partial<DeskView> = {}): DeskState {
  return reduce(NO_DESK, { type: "desk", desk: deskView(change) });
}

type Told = EventAction extends infer Event ? (Event extends EventAction ? Omit<Event, "type" | "at"> : never) : never;

export function event(told: Told): EventAction {
  return { type: "event", at: NOON, ...told } as EventAction;
}

type Answers = { [N in keyof AgentCommands]?: (input: AgentCommands[N]["input"]) => AgentCommands[N]["output"] };

/** Answers commands as told, and remembers what it was asked. */
export class SmallServer implements Socket {
  status: Socket["status"] = "idle";
  asked: [string, unknown][] = [];

  constructor(
    readonly store: DeskStore,
    readonly answers: Answers,
  ) {}

  open(): void {
    this.become("online");
  }

  close(): void {
    this.become("idle");
  }

  wake(): void {}

  become(status: Socket["status"]): void {
    this.status = status;
    this.store.hearStatus(status);
  }

  async send<N extends keyof AgentCommands & string>(name: N, input: AgentCommands[N]["input"]) {
    this.asked.push([name, input]);
    const answer = this.answers[name];
    if (this.status !== "online") throw new CommandError("offline", "The connection to the server is interrupted.");
    if (!answer) throw new CommandError("unknown_command", `There is no ${name}.`);
    return answer(input) as AgentCommands[N]["output"];
  }

  askedFor(name: string): unknown[] {
    return this.asked.filter(([one]) => one === name).map(([, input]) => input);
  }
}

/** What a tab keeps through a reload. */
export function tab(): (name: string) => Shelf {
  const kept: Record<string, readonly Outgoing[]> = {};
  return (name) => ({ load: () => [...(kept[name] ?? [])], save: (items) => void (kept[name] = items) });
}

/** A tab that was duplicated. */
export function copyOf(original: (name: string) => Shelf): (name: string) => Shelf {
  const copy = tab();
  for (const name of ["reply", "note"]) copy(name).save(original(name).load());
  return copy;
}

export function storeWith(answers: Answers, shelfOf = tab(), known?: DeskState): { store: DeskStore; server: SmallServer } {
  const store = new DeskStore("http://desk.example", shelfOf, known, (_url, built) => new SmallServer(built, answers));
  return { store, server: store.connection as SmallServer };
}

/** Until every promise that is ready has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

export function ticket(id: string, change: Partial<Ticket> = {}): Ticket {
  return {
    id,
    number: "QY-2026-000001-2",
    site: "demo",
    kind: "refund",
    status: "new",
    subject: "尺码买错",
    customer_name: "李娜",
    priority: 3,
    tags: [],
    created_at: at(0),
    updated_at: at(0),
    fields: {},
    due: [],
    watchers: [],
    tickets: [],
    others: [],
    evidence: [],
    wanted: [],
    missing: [],
    identity: [],
    customer: { id: "customer-1", kind: "verified", locale: "zh-CN" },
    checklist: [],
    steps: [],
    transcripts: [],
    orders: [],
    transactions: [],
    refunds: [],
    events: [],
    ...change,
  };
}
