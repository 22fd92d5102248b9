// Whatever a bad line does to the desk's events, after a fresh fetch every field is what a fresh page holds.

import { describe, expect, test } from "vitest";
import { Chance } from "../../widget/tests/chance";
import { hasGap, knownUpTo } from "../../widget/src/core/timeline";
import type { AgentConversation, AgentEvents, AgentSynced, Author, DeskView, Message, Note } from "../../widget/src/core/wire";
import { type DeskAction, type DeskState, isBehind, NO_DESK, NOT_OPENED, reduce } from "../src/state/desk";
import { AGENT, at, conversation, CUSTOMER, DAVID, deskOf, deskView, event, MEI, message, note, picked, SYSTEM } from "./people";

const PAGE = 3;
const SITES = ["demo", "demo-wallet"];
const ROOM = "room-1";

interface Room {
  now: AgentConversation;
  log: Message[];
  notes: Note[];
}

/** The server's side: what it holds, and what it tells Mei, who has one conversation open. */
class DeskServer {
  readonly rooms: Room[] = [];
  readonly told: DeskAction[] = [];
  #open = true;
  #minutes = 0;
  #colleagues: DeskView["colleagues"] = [{ ...DAVID, role: "agent", status: "online" }];

  constructor(readonly chance: Chance) {
    for (let count = 0; count < 4; count += 1) this.#arrive();
  }

  happen(): void {
    const room = this.chance.oneOf(this.rooms);
    const { status } = room.now;
    const events: (() => void)[] = [
      () => this.#arrive(),
      () => this.#say(room, CUSTOMER),
      () => this.#say(room, SYSTEM),
      () => status === "active" && this.#say(room, AGENT),
      () => this.#read(room, "customer"),
      () => status === "active" && this.#read(room, "agent"),
      () => this.#note(room),
      () => status !== "closed" && this.#change(room, picked(room.now, this.chance.oneOf([MEI, MEI, DAVID]))),
      () => status === "active" && this.#change(room, this.#without(room, "agent", { status: "waiting" })),
      () => status !== "closed" && this.#change(room, this.#without(room, "agent", { status: "offline", left_at: this.#time() })),
      () => this.#change(room, this.#without(room, "left_at", { status: "closed", outcome: "solved", closed_at: this.#time() })),
      () => this.#change(room, { ...room.now, ticket_number: "QY-2026-000001-2" }),
      () => this.#presence(),
      () => this.#turnDesk(),
    ];
    this.chance.oneOf(events)();
  }

  #time(): string {
    return at((this.#minutes += 1));
  }

  #arrive(): void {
    const id = `room-${this.rooms.length + 1}`;
    const time = this.#time();
    const now = conversation(id, { site: this.chance.oneOf(SITES), first_waited_at: time, last_at: time, customer_name: id });
    this.rooms.push({ now, log: [{ ...message(id, 1, CUSTOMER, "你好"), created_at: time }], notes: [] });
    this.#tellLists(now.site);
  }

  #say(room: Room, author: Author): void {
    const { id, last_seq } = room.now;
    const said = { ...message(id, last_seq + 1, author, author === SYSTEM ? "" : `第 ${last_seq + 1} 句`), created_at: this.#time() };
    room.log.push(said);
    room.now = { ...room.now, last_seq: said.seq, last_at: said.created_at };
    if (author !== SYSTEM) room.now.preview = said.body;
    if (author === CUSTOMER) room.now.customer_read_seq = said.seq;
    if (author === AGENT) room.now.agent_read_seq = said.seq;
    this.#tell(room, "message", said);
  }

  #read(room: Room, by: "customer" | "agent"): void {
    const { id, last_seq: seq, version } = room.now;
    if (room.now[`${by}_read_seq`] === seq) return;
    room.now = { ...room.now, [`${by}_read_seq`]: seq, version: version + 1 };
    this.#tell(room, "read", { conversation_id: id, by, seq, version: version + 1 });
  }

  #note(room: Room): void {
    const written = { ...note(room.now.id, room.notes.length + 1, "老客户"), created_at: this.#time() };
    room.notes.push(written);
    room.now = { ...room.now, last_note: written.number };
    this.#tell(room, "note", written);
  }

  #without(room: Room, field: "agent" | "left_at", change: Partial<AgentConversation>): AgentConversation {
    const { [field]: _, ...rest } = room.now;
    return { ...rest, ...change };
  }

  #change(room: Room, after: AgentConversation): void {
    const wasMine = this.#isMine(room);
    room.now = { ...after, version: room.now.version + 1 };
    this.#tell(room, "conversation", room.now, wasMine);
    this.#tellLists(room.now.site);
  }

  #isMine({ now }: Room): boolean {
    return now.status === "active" && now.agent?.id === MEI.id;
  }

  #tell<N extends keyof AgentEvents>(room: Room, name: N, value: AgentEvents[N], also = false): void {
    if (also || this.#isMine(room) || room.now.id === ROOM) this.told.push(event({ name, value } as never));
  }

  #tellLists(site: string): void {
    const waiting = this.#listed("waiting").filter((one) => one.site === site);
    const inbox = this.#listed("offline").filter((one) => one.site === site);
    this.told.push(event({ name: "queue", value: { site, waiting, total: waiting.length } }));
    this.told.push(event({ name: "inbox", value: { site, inbox, total: inbox.length } }));
  }

  #presence(): void {
    this.#colleagues = [{ ...DAVID, role: "agent", status: this.chance.oneOf(["online", "away", "offline"]) }];
    this.told.push(event({ name: "presence", value: { colleagues: this.#colleagues } }));
  }

  #turnDesk(): void {
    this.#open = !this.#open;
    this.told.push(event({ name: "desk", value: this.desk().desks[0]! }));
  }

  #listed(status: "waiting" | "offline"): AgentConversation[] {
    return this.rooms.map(({ now }) => now).filter((now) => now.status === status);
  }

  desk(): DeskView {
    const mine = this.rooms.filter((room) => this.#isMine(room)).map(({ now }) => now);
    const view = deskView({ mine, waiting: this.#listed("waiting"), inbox: this.#listed("offline"), colleagues: this.#colleagues });
    return { ...view, desks: view.desks.map((desk) => ({ ...desk, open: this.#open })) };
  }

  tail(after: number): AgentSynced {
    const { now, log, notes } = this.rooms[0]!;
    const messages = after ? log.filter(({ seq }) => seq > after).slice(0, PAGE) : log.slice(-PAGE);
    return { conversation: now, messages, notes: [...notes], more: (after ? messages.at(-1)?.seq : 0) !== now.last_seq };
  }
}

/** What the store does after an outage: the desk, and all that is missing of the conversation that is open. */
function caughtUp(state: DeskState, server: DeskServer): DeskState {
  state = reduce(state, { type: "desk", desk: server.desk() });
  do state = reduce(state, { type: "synced", synced: server.tail(known(state)) });
  while (known(state) && hasGap(state.opened[ROOM]!.timeline));
  return state;
}

function known(state: DeskState): number {
  return knownUpTo((state.opened[ROOM] ?? NOT_OPENED).timeline);
}

/** A fresh page draws the newest page of the log only; the one that was there before may hold more. */
function comparable(state: DeskState, from: number): DeskState {
  const opened = state.opened[ROOM]!;
  const { since: _, ...timeline } = opened.timeline;
  const messages = timeline.messages.filter(({ seq }) => seq >= from);
  return { ...state, opened: { ...state.opened, [ROOM]: { ...opened, timeline: { ...timeline, messages } } } };
}

describe("whatever the line loses, doubles or delays, after a fetch every field is a fresh page's", () => {
  test.each(Array.from({ length: 300 }, (_, seed) => [seed]))("story %i", (seed) => {
    const chance = new Chance(seed);
    const server = new DeskServer(chance);
    let state = caughtUp(NO_DESK, server);
    let late: DeskAction | undefined;
    for (let round = 0; round < 8; round += 1) {
      const before = server.told.length;
      for (let count = chance.below(8); count >= 0; count -= 1) server.happen();
      state = chance.delivered(server.told.slice(before)).reduce(reduce, state);
      // Answers that events and later answers have overtaken.
      if (late && chance.happens(50)) state = reduce(state, late);
      if (chance.happens(30)) late = { type: "synced", synced: server.tail(known(state)) };
      else if (chance.happens(30)) late = { type: "desk", desk: server.desk() };
      if (chance.happens(20)) state = caughtUp(state, server);
    }
    const fresh = caughtUp(NO_DESK, server);
    const from = fresh.opened[ROOM]!.timeline.messages[0]!.seq;
    expect(comparable(caughtUp(state, server), from)).toEqual(comparable(fresh, from));
  });
});

test("an answer that an event has overtaken does not take it back", () => {
  const waiting = conversation("li-na");
  const hers = { ...picked(waiting, MEI), last_seq: 3 };
  const desk = reduce(deskOf({ waiting: [waiting] }), event({ name: "conversation", value: hers }));
  const older = reduce(desk, { type: "desk", desk: deskView({ waiting: [waiting] }) });
  expect([older.lists.mine, older.lists.waiting["demo"]]).toEqual([["li-na"], { ids: [], total: 0 }]);
  expect(older.lists.conversations["li-na"]).toEqual(hers);
});

test("of a list that was cut off the whole number counts", () => {
  const counts = { mine: 0, waiting: 140, inbox: 60, tickets: 0 };
  const { lists } = deskOf({ waiting: [conversation("li-na")], counts });
  expect(Object.values(lists.waiting).reduce((sum, { total }) => sum + total, 0)).toBe(140);
  expect(Object.values(lists.inbox).reduce((sum, { total }) => sum + total, 0)).toBe(60);
});

test("a note that went missing is noticed, by the next one and by the conversation's own count", () => {
  const hers = picked(conversation("li-na"), MEI);
  const opened = reduce(deskOf({ mine: [hers] }), { type: "synced", synced: { conversation: hers, messages: [], notes: [note("li-na", 1, "a")] } });
  const held = reduce(opened, { type: "synced", synced: { conversation: { ...hers, last_note: 1 }, messages: [message("li-na", 1, CUSTOMER, "你好")], notes: [] } });
  expect(isBehind(held, "li-na")).toBe(false);
  expect(isBehind(reduce(held, event({ name: "note", value: note("li-na", 3, "c") })), "li-na")).toBe(true);
  expect(isBehind(reduce(held, event({ name: "note", value: note("li-na", 2, "b") })), "li-na")).toBe(false);
  expect(isBehind(reduce(held, event({ name: "conversation", value: { ...hers, version: 9, last_note: 2 } })), "li-na")).toBe(true);
});

test("a bot's words are no preview, as the server has it", () => {
  const hers = picked(conversation("li-na"), MEI);
  const bot: Author = { kind: "bot", name: "" };
  const told = reduce(deskOf({ mine: [hers] }), event({ name: "message", value: message("li-na", 2, bot, "您可以先看看这里") }));
  expect(told.lists.conversations["li-na"]).toMatchObject({ preview: "你好", last_seq: 2 });
});

test("another agent at the same screen sees nothing of the one before", () => {
  const hers = picked(conversation("li-na"), MEI);
  const opened = reduce(deskOf({ mine: [hers] }), { type: "synced", synced: { conversation: hers, messages: [], notes: [] } });
  const agent = { ...deskView().agent, ...DAVID };
  expect(reduce(opened, { type: "desk", desk: deskView({ agent }) }).opened).toEqual({});
});
