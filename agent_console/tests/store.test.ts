import { expect, test, vi } from "vitest";
import { CommandError } from "../../widget/src/core/connection";
import { idsByContent } from "../../widget/src/core/ids";
import type { AgentSync, DeskView } from "../../widget/src/core/wire";
import { answerEverything } from "../../widget/tests/network";
import { isNewWork, workOf } from "../src/state/news";
import { payRefund } from "../src/state/case_verbs";
import { pick } from "../src/state/verbs";
import { conversation, copyOf, CUSTOMER, DAVID, deskOf, deskView, event, MEI, message, picked, settled, storeWith, SYSTEM, tab, ticket } from "./people";

const LI_NA = conversation("li-na");
const HERS = { ...picked(LI_NA, MEI), agent_read_seq: 1 };
const LOG = [1, 2, 3].map((seq) => message("li-na", seq, CUSTOMER, `第 ${seq} 句`));

const desk = {
  sync: ({ conversation_id }: AgentSync) =>
    conversation_id ? { conversation: HERS, messages: LOG.slice(0, 1), notes: [], more: false } : { desk: deskView({ mine: [HERS] }) },
  read: () => ({}),
};

/** A server with Li Na's conversation of three messages, of which the console first sees one. */
function withLiNa() {
  return storeWith({
    sync: ({ conversation_id, after_seq = 0 }) => {
      if (!conversation_id) return { desk: deskView({ mine: [HERS] }) };
      const known = after_seq === 0 ? LOG.slice(0, 1) : LOG.filter(({ seq }) => seq > after_seq);
      return { conversation: { ...HERS, last_seq: known.at(-1)?.seq ?? 1 }, messages: known, notes: [], more: false };
    },
    read: () => ({}),
    say: () => ({ seq: 4, id: "li-na-4", created_at: LOG[2]!.created_at }),
  });
}

test("after a message that leaves a gap the store asks for what lies between", async () => {
  const { store, server } = withLiNa();
  store.open();
  await store.show("li-na");
  await settled();
  store.hear(event({ name: "message", value: LOG[2]! }));
  await settled();
  expect(store.desk.opened["li-na"]!.timeline.messages.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(server.askedFor("sync")).toContainEqual({ conversation_id: "li-na", after_seq: 1 });
});

test("a beacon that is ahead makes it ask, one that is level does not", async () => {
  const { store, server } = withLiNa();
  store.open();
  await store.show("li-na");
  await settled();
  const before = server.askedFor("sync").length;
  store.hear(event({ name: "beacon", value: { "li-na": [1, HERS.version] } }));
  await settled();
  expect(server.askedFor("sync")).toHaveLength(before);
  store.hear(event({ name: "beacon", value: { "li-na": [3, HERS.version] } }));
  await settled();
  expect(store.desk.opened["li-na"]!.timeline.messages).toHaveLength(3);
});

test("a reply written without a connection is sent once it is back", async () => {
  const { store, server } = withLiNa();
  store.open();
  await store.show("li-na");
  await settled();
  server.become("reconnecting");
  store.write("reply", "li-na", "您好");
  await settled();
  expect(store.desk.opened["li-na"]!.timeline.pending).toHaveLength(1);
  server.become("online");
  await settled();
  expect(store.desk.opened["li-na"]!.timeline.pending).toEqual([]);
  const [lost, sent] = server.askedFor("say") as { client_id: string }[];
  expect(sent!.client_id).toBe(lost!.client_id);
});

test("what the server refuses for good stays as failed through a reload, until it is sent again or thrown away", async () => {
  const shelves = tab();
  let refuses = true;
  const answers = {
    ...desk,
    say: () => {
      if (refuses) throw new CommandError("not_yours", "Pick this conversation first.");
      return { seq: 2, id: "li-na-2", created_at: LOG[1]!.created_at };
    },
  };
  const reload = async () => {
    const { store, server } = storeWith(answers, shelves);
    store.open();
    await store.show("li-na");
    await settled();
    return { store, server, pending: () => store.desk.opened["li-na"]!.timeline.pending };
  };
  const first = await reload();
  first.store.write("reply", "li-na", "您好");
  await settled();
  expect(first.pending()).toMatchObject([{ body: "您好", failed: "not_yours" }]);
  const second = await reload();
  expect(second.pending()).toMatchObject([{ body: "您好", failed: "not_yours" }]);
  expect(second.server.askedFor("say")).toEqual([]);
  refuses = false;
  second.store.retry("reply", "li-na", second.pending()[0]!);
  await settled();
  const third = await reload();
  expect(third.pending()).toEqual([]);
  refuses = true;
  third.store.write("reply", "li-na", "还在吗");
  await settled();
  expect(third.pending()).toMatchObject([{ body: "还在吗", failed: "not_yours" }]);
  third.store.discard("li-na", third.pending()[0]!);
  expect((await reload()).pending()).toEqual([]);
});

test("what one agent wrote is not sent by the one who signs in afterwards, and by themselves it is", async () => {
  const shelves = tab();
  const mei = storeWith({ ...desk, say: () => ({ seq: 2, id: "li-na-2", created_at: LOG[1]!.created_at }) }, shelves);
  mei.store.open();
  await mei.store.show("li-na");
  await settled();
  mei.server.become("reconnecting");
  mei.store.write("reply", "li-na", "您好");
  await settled();
  const someone = (agent: { id: string; name: string }, shelf: typeof shelves) =>
    storeWith({ ...mei.server.answers, sync: () => ({ desk: deskView({ agent: { ...deskView().agent, ...agent } }) }) }, shelf);
  const again = someone(MEI, copyOf(shelves));
  again.store.open();
  await settled();
  expect(again.server.askedFor("say")).toHaveLength(1);
  const david = someone(DAVID, shelves);
  david.store.open();
  await settled();
  expect(david.server.askedFor("say")).toEqual([]);
  expect(shelves("reply").load()).toEqual([]);
});

test("a server that is there but cannot answer is asked again, and the page says it is behind", async () => {
  vi.useFakeTimers();
  let isBusy = true;
  const { store } = storeWith({
    sync: () => {
      if (isBusy) throw new CommandError("unavailable", "Try again.", 2);
      return { desk: deskView({ mine: [HERS] }) };
    },
  });
  store.open();
  await settled();
  isBusy = false;
  expect([store.desk.loaded, store.snapshot.current, store.snapshot.toasts]).toEqual([false, false, []]);
  await vi.advanceTimersByTimeAsync(2_100);
  expect([store.desk.loaded, store.snapshot.current]).toEqual([true, true]);
  vi.useRealTimers();
});

test("a list that came while the desk was on its way is asked for once more", async () => {
  let answer: (value: { desk: DeskView }) => void = () => undefined;
  const { store, server } = storeWith({ sync: () => new Promise<{ desk: DeskView }>((resolve) => (answer = resolve)) as never });
  store.open();
  await settled();
  store.hear(event({ name: "queue", value: { site: "demo", waiting: [LI_NA], total: 1 } }));
  answer({ desk: deskView() });
  await settled();
  answer({ desk: deskView({ waiting: [LI_NA] }) });
  await settled();
  expect(server.askedFor("sync")).toHaveLength(2);
  expect(Object.values(store.desk.lists.waiting)).toEqual([{ ids: ["li-na"], total: 1 }]);
});

test("the next page of the tab shows what was known, as out of date, until the server has answered", async () => {
  const first = withLiNa();
  first.store.open();
  await first.store.show("li-na");
  await settled();
  const { store, server } = storeWith(desk, tab(), first.store.memory);
  expect([store.desk.loaded, store.snapshot.current]).toEqual([true, false]);
  expect(store.desk.opened["li-na"]!.timeline.messages).toEqual(first.store.desk.opened["li-na"]!.timeline.messages);
  server.open();
  await settled();
  expect(store.snapshot.current).toBe(true);
  answerEverything('{"ok":true,"value":{}}', "application/json");
  await store.signOut();
  expect(store.memory).toMatchObject({ loaded: false, opened: {} });
});

test("an id goes with what a form says, however often it is sent", async () => {
  const { store, server } = storeWith({ ...desk, ticket: () => ({ ticket: ticket("t1") }) });
  store.open();
  await settled();
  const idFor = idsByContent();
  const paid = { refund_id: "r1", reference: "流水 8861" };
  await payRefund(store, idFor, "t1", paid);
  await payRefund(store, idFor, "t1", paid);
  await payRefund(store, idFor, "t1", { ...paid, reference: "流水 8862" });
  const [first, second, third] = server.askedFor("pay_refund") as { client_id: string }[];
  expect(second).toEqual(first);
  expect(third!.client_id).not.toBe(first!.client_id);
});

test("the loser of a race is told who won, by name", async () => {
  const { store } = storeWith({
    sync: ({ conversation_id }) =>
      conversation_id
        ? { conversation: picked(LI_NA, DAVID), messages: [], notes: [], more: false }
        : { desk: deskView({ waiting: [LI_NA] }) },
    pick: () => {
      throw new CommandError("taken", "David Wu already took this conversation.");
    },
  });
  store.open();
  await settled();
  expect(await pick(store, "li-na")).toBeUndefined();
  expect(store.snapshot.toasts.map(({ said }) => said)).toEqual([{ key: "error.taken_by", values: { name: "David Wu" } }]);
});

test("what is read is marked once, and nobody marks a colleague's conversation", async () => {
  const { store, server } = withLiNa();
  store.open();
  await settled();
  store.hear(event({ name: "message", value: LOG[1]! }));
  store.markRead("li-na");
  store.markRead("li-na");
  expect(server.askedFor("read")).toEqual([{ conversation_id: "li-na", seq: 2 }]);
  store.hear(event({ name: "conversation", value: { ...picked(conversation("emma"), DAVID), last_seq: 5 } }));
  store.markRead("emma");
  expect(server.askedFor("read")).toHaveLength(1);
});

test("a session that has ended leads to the log-in screen and leaves nothing on it", async () => {
  const { store } = withLiNa();
  store.open();
  await settled();
  store.hearStatus("refused", { code: "unauthenticated", message: "This session has ended. Start a new one." });
  expect(store.snapshot.signedOut).toBe(true);
  expect(store.desk.loaded).toBe(false);
});

test("a fetch that was cut off is made again when the line moves", async () => {
  const counts = { mine: 0, waiting: 140, inbox: 0, tickets: 0 };
  const { store, server } = storeWith({ sync: () => ({ desk: deskView({ waiting: [LI_NA], counts }) }) });
  store.open();
  await settled();
  store.hear(event({ name: "queue", value: { site: "demo", waiting: [LI_NA], total: 139 } }));
  await settled();
  expect(server.askedFor("sync")).toHaveLength(2);
});

test("who joins the line and who writes is new work; a line of the house is not", () => {
  const empty = deskOf();
  expect(isNewWork(empty, deskOf({ waiting: [LI_NA] }))).toBe(true);
  expect(isNewWork(deskOf({ waiting: [LI_NA] }), empty)).toBe(false);
  const wrote = { ...HERS, last_seq: 2, customer_read_seq: 2 };
  expect(isNewWork(deskOf({ mine: [HERS] }), deskOf({ mine: [wrote] }))).toBe(true);
  const house = { ...HERS, last_seq: message("li-na", 2, SYSTEM, "").seq };
  expect(isNewWork(deskOf({ mine: [HERS] }), deskOf({ mine: [house] }))).toBe(false);
});

test("one's own pick is no news, a conversation handed over is", () => {
  expect(isNewWork(deskOf({ waiting: [LI_NA] }), deskOf({ mine: [HERS] }))).toBe(false);
  expect(isNewWork(deskOf(), deskOf({ mine: [HERS] }))).toBe(true);
});

test("the title counts the line and one's unread conversations", () => {
  expect(workOf(deskOf({ waiting: [LI_NA], mine: [{ ...HERS, id: "b", last_seq: 4 }, { ...HERS, id: "c" }] }))).toBe(2);
});
