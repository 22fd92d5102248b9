import { describe, expect, test } from "vitest";
import { type Action, EMPTY, hasGap, hasOlder, knownUpTo, reduce, type Timeline } from "../src/core/timeline";
import type { Conversation, Message } from "../src/core/wire";
import { Chance } from "./chance";
import { conversation, message, OTHER_ROOM, ROOM } from "./people";

function after(...actions: Action[]): Timeline {
  return actions.reduce<Timeline>(reduce, EMPTY);
}

const said = (one: Message): Action => ({ type: "message", message: one });
const fetched = (room: Conversation, ...messages: Message[]): Action => ({ type: "synced", conversation: room, messages });
const seqs = (state: Timeline): number[] => state.messages.map(({ seq }) => seq);

/** The server's side of a story: what it tells, and what a fresh `sync` gives at the end. */
class Server {
  room = conversation();
  messages: Message[] = [];
  told: Action[] = [];

  say(author: "fang" | "mei" | "desk", given: Partial<Message> = {}): void {
    const one = message(this.room.last_seq + 1, author, given);
    this.room = { ...this.room, last_seq: one.seq };
    if (author === "fang") this.room.customer_read_seq = one.seq;
    if (author === "mei") this.room.agent_read_seq = one.seq;
    this.messages.push(one);
    this.told.push(said(one));
  }

  change(change: Partial<Conversation>): void {
    this.room = { ...this.room, ...change, version: this.room.version + 1 };
    this.told.push({ type: "conversation", conversation: this.room });
  }

  read(by: "customer" | "agent"): void {
    const seq = this.room.last_seq;
    this.room = { ...this.room, [`${by}_read_seq`]: seq, version: this.room.version + 1 };
    this.told.push({ type: "read", read: { conversation_id: ROOM, by, seq, version: this.room.version } });
  }

  sync(state: Timeline): Action {
    return fetched(this.room, ...this.messages.filter(({ seq }) => seq > knownUpTo(state)));
  }

  /** Her place in line: told whole, of the same version. */
  moveUp(place: number): void {
    this.room = { ...this.room, waiting: { place } };
    this.told.push({ type: "conversation", conversation: this.room });
  }

  /** A page of what is after, as `sync` gives it. */
  page(after: number, size: number): Action & { type: "synced" } {
    const messages = this.messages.filter(({ seq }) => seq > after).slice(0, size);
    return { type: "synced", conversation: this.room, messages, after };
  }
}

/** Anything that may happen on the server. Fang's own messages are on their way in `outbox` until they are told. */
function happen(server: Server, chance: Chance, outbox: string[]): void {
  const events: (() => void)[] = [
    () => server.say("mei"),
    () => server.say("desk"),
    () => server.read(chance.oneOf(["customer", "agent"])),
    () => server.change({ status: chance.oneOf(["bot", "waiting", "active", "offline"]) }),
    () => server.change({ status: "closed", outcome: "solved", closed_at: "2026-11-20T03:00:00Z" }),
    () => server.change({ score: 1 + chance.below(5) }),
    () => server.moveUp(1 + chance.below(9)),
    () => server.told.push({ type: "typing", typing: { conversation_id: ROOM, by: "agent", name: "陈梅" }, at: 1 }),
    () => outbox.length && server.say("fang", { client_id: outbox.shift()! }),
  ];
  chance.oneOf(events)();
}

function aDay(): Server {
  const server = new Server();
  server.change({ status: "waiting" });
  server.say("fang");
  server.say("fang");
  server.change({ status: "active" });
  server.say("desk");
  server.say("mei");
  server.read("customer");
  server.say("fang");
  server.read("agent");
  server.say("mei");
  server.change({ status: "closed", outcome: "solved" });
  return server;
}

describe("a state before and the events give what a fresh fetch gives", () => {
  const fresh = (server: Server): Timeline => after(server.sync(EMPTY));

  test("when every event arrives once and in order", () => {
    const server = aDay();
    expect(after(fetched(conversation()), ...server.told)).toEqual(fresh(server));
  });

  test("when every event arrives twice", () => {
    const server = aDay();
    expect(after(fetched(conversation()), ...server.told.flatMap((one) => [one, one]))).toEqual(fresh(server));
  });

  test.each([...aDay().told.keys()])("when the line drops before event %i and what was missed is asked for", (dropped) => {
    const server = aDay();
    const known = after(fetched(conversation()), ...server.told.slice(0, dropped));
    expect(reduce(known, server.sync(known))).toEqual(fresh(server));
  });

  test.each([...aDay().told.keys()])("when event %i is lost and the hole is filled", (lost) => {
    const server = aDay();
    const known = after(fetched(conversation()), ...server.told.filter((_, index) => index !== lost));
    expect(reduce(known, server.sync(known))).toEqual(fresh(server));
  });

  test("when the fetch arrives before the events it already contains", () => {
    const server = aDay();
    expect(after(server.sync(EMPTY), ...server.told)).toEqual(fresh(server));
  });

  test("when messages arrive back to front", () => {
    const server = aDay();
    expect(seqs(after(fetched(conversation()), ...[...server.told].reverse()))).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("whatever the line loses, doubles or delays, after a sync every field is what a fresh fetch gives", () => {
  const outgoing = (client_id: string) => ({ client_id, body: "你好", created_at: "2026-11-20T02:00:00Z" });
  const caughtUp = (state: Timeline, server: Server): Timeline => {
    do state = reduce(state, server.page(knownUpTo(state), 3));
    while (hasGap(state));
    return state;
  };

  test.each(Array.from({ length: 300 }, (_, seed) => [seed]))("story %i", (seed) => {
    const chance = new Chance(seed);
    const server = new Server();
    const outbox: string[] = [];
    let state = after(server.page(0, 3));
    let written = 0;
    let late: Action | undefined;
    for (let round = 0; round < 8; round += 1) {
      if (chance.happens(40)) {
        outbox.push(`fang-${(written += 1)}`);
        state = reduce(state, { type: "sending", pending: outgoing(`fang-${written}`) });
      }
      const before = server.told.length;
      for (let count = chance.below(6); count >= 0; count -= 1) happen(server, chance, outbox);
      for (const event of chance.delivered(server.told.slice(before))) state = reduce(state, event);
      // An answer that was overtaken by events, and by later answers.
      if (late && chance.happens(50)) state = reduce(state, late);
      if (chance.happens(40)) late = server.page(knownUpTo(state), 3);
      if (chance.happens(20)) state = caughtUp(state, server);
    }
    const fresh = outbox.reduce<Timeline>((held, id) => reduce(held, { type: "sending", pending: outgoing(id) }), caughtUp(EMPTY, server));
    expect(caughtUp(state, server)).toEqual(fresh);
  });
});

test("a mark that comes after a change that was lost leaves the version behind, so that a beacon is ahead", () => {
  const server = new Server();
  const held = after(server.page(0, 9));
  server.change({ status: "closed" });
  server.say("mei");
  server.read("customer");
  const [, said, read] = server.told;
  const marked = [said!, read!].reduce<Timeline>(reduce, held);
  expect(marked.conversation).toMatchObject({ customer_read_seq: 1, version: 1, status: "active" });
  const whole = server.told.reduce<Timeline>(reduce, held);
  expect(whole.conversation).toMatchObject({ customer_read_seq: 1, version: 3, status: "closed" });
});

test("what stands in the log already is not on its way as well", () => {
  const there = after(fetched(conversation()), said(message(1, "fang", { client_id: "a" })));
  const pending = { client_id: "a", body: "你好", created_at: "2026-11-20T02:00:00Z" };
  expect(reduce(there, { type: "sending", pending }).pending).toEqual([]);
});

test("a message that went missing is noticed, and one that is there is not", () => {
  const room = conversation({ last_seq: 2 });
  const whole = after(fetched(room, message(1), message(2)));
  expect(hasGap(whole)).toBe(false);
  const holed = reduce(whole, said(message(4)));
  expect(hasGap(holed)).toBe(true);
  expect(knownUpTo(holed)).toBe(2);
  expect(hasGap(reduce(holed, said(message(3))))).toBe(false);
});

test("a tail without its beginning is no gap, but has older messages", () => {
  const tail = after(fetched(conversation({ last_seq: 9 }), message(8), message(9)));
  expect(hasGap(tail)).toBe(false);
  expect(hasOlder(tail)).toBe(true);
  const whole = reduce(tail, { type: "history", messages: [1, 2, 3, 4, 5, 6, 7].map((seq) => message(seq)) });
  expect(hasOlder(whole)).toBe(false);
  expect(seqs(whole)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a pending message gives way to the one with its client_id, and to no other", () => {
  const pending = { client_id: "a", body: "你好", created_at: "2026-11-20T02:00:00Z" };
  const sending = after(fetched(conversation()), { type: "sending", pending });
  expect(reduce(sending, said(message(1, "fang", { client_id: "b" }))).pending).toEqual([pending]);
  expect(reduce(sending, said(message(1, "fang", { client_id: "a" }))).pending).toEqual([]);
});

test("sending once more replaces what was refused, it does not stand twice", () => {
  const pending = { client_id: "a", body: "你好", created_at: "2026-11-20T02:00:00Z" };
  const refused = after(fetched(conversation()), { type: "sending", pending }, { type: "failed", client_id: "a", code: "closed" });
  expect(refused.pending).toEqual([{ ...pending, failed: "closed" }]);
  expect(reduce(refused, { type: "sending", pending }).pending).toEqual([pending]);
});

test("an older version of the conversation is not believed, an equal one is", () => {
  const held = after(fetched(conversation({ version: 5, status: "active" })));
  const older: Action = { type: "conversation", conversation: conversation({ version: 4, status: "waiting" }) };
  expect(reduce(held, older).conversation?.status).toBe("active");
  const equal: Action = { type: "conversation", conversation: conversation({ version: 5, waiting: { place: 2 } }) };
  expect(reduce(held, equal).conversation?.waiting?.place).toBe(2);
});

test("events of another conversation change nothing, a fetch of it takes over", () => {
  const held = after(fetched(conversation(), message(1)));
  expect(reduce(held, said(message(2, "mei", { conversation_id: OTHER_ROOM })))).toBe(held);
  expect(reduce(held, { type: "conversation", conversation: conversation({ id: OTHER_ROOM, version: 9 }) })).toBe(held);
  expect(seqs(reduce(held, fetched(conversation({ id: OTHER_ROOM }))))).toEqual([]);
});

test("who types is shown until they have written or left", () => {
  const typing: Action = { type: "typing", typing: { conversation_id: ROOM, by: "agent", name: "陈梅" }, at: 1 };
  const shown = after(fetched(conversation()), typing);
  expect(shown.typing?.name).toBe("陈梅");
  expect(reduce(shown, said(message(1, "fang"))).typing?.name).toBe("陈梅");
  expect(reduce(shown, said(message(1, "mei"))).typing).toBeUndefined();
  expect(reduce(shown, { type: "conversation", conversation: conversation({ version: 2, status: "closed" }) }).typing).toBeUndefined();
});

test("that the bot types is shown through whatever changes, until it hands over", () => {
  const typing: Action = { type: "typing", typing: { conversation_id: ROOM, by: "bot", name: "小助手" }, at: 1 };
  const shown = after(fetched(conversation({ status: "bot" })), typing);
  const changed = (status: Conversation["status"]) => reduce(shown, { type: "conversation", conversation: conversation({ version: 2, status }) }).typing?.by;
  expect([changed("bot"), changed("waiting"), changed("closed")]).toEqual(["bot", undefined, undefined]);
});
