import { expect, test } from "vitest";
import type { Role } from "../../widget/src/core/wire";
import { type DeskState, reduce, NO_DESK } from "../src/state/desk";
import { inboxOf, mineOf, toldCount, totalOf, unreadOf, waitingOf } from "../src/state/lists";
import { AGENT, at, conversation, CUSTOMER, DAVID, deskOf, deskView, event, MEI, message, note, picked, SYSTEM, ticket } from "./people";

/** What the screens show of the lists. */
function shown({ lists }: DeskState) {
  return {
    mine: mineOf(lists),
    waiting: waitingOf(lists),
    inbox: inboxOf(lists),
    totals: [totalOf(lists.waiting), totalOf(lists.inbox)],
  };
}

const LI_NA = conversation("li-na", { first_waited_at: at(1) });
const EMMA = conversation("emma", { first_waited_at: at(2), customer_name: "Emma Clarke" });
const ZHANG = conversation("zhang", { site: "demo-wallet", first_waited_at: at(0) });

test("a customer joins the line, and the desk is what a fresh fetch gives", () => {
  const desk = reduce(
    deskOf({ waiting: [ZHANG, LI_NA] }),
    event({ name: "queue", value: { site: "demo", waiting: [LI_NA, EMMA], total: 2 } }),
  );
  expect(shown(desk)).toEqual(shown(deskOf({ waiting: [ZHANG, LI_NA, EMMA] })));
});

test("what goes on is counted by the first page, and further pages add to it and change no count", () => {
  const counts = { bot: 0, waiting: 3, active: 0 };
  const first = reduce(NO_DESK, { type: "live", first: true, page: { conversations: [LI_NA, EMMA], counts, next: "on" } });
  const whole = reduce(first, { type: "live", first: false, page: { conversations: [EMMA, ZHANG] } });
  expect(whole.live).toEqual({ conversations: [LI_NA, EMMA, ZHANG], counts });
  const again = reduce(whole, { type: "live", first: true, page: { conversations: [], counts: { ...counts, waiting: 0 } } });
  expect(again.live).toEqual({ conversations: [], counts: { ...counts, waiting: 0 } });
});

test("a site's line does not touch the line of another site", () => {
  const desk = reduce(deskOf({ waiting: [ZHANG, LI_NA] }), event({ name: "queue", value: { site: "demo", waiting: [], total: 0 } }));
  expect(waitingOf(desk.lists).map(({ id }) => id)).toEqual(["zhang"]);
});

test("a site's alerts come whole and leave those of another site alone", () => {
  const alone = { site: "demo", kind: "nobody_there", count: 3, since: at(1), conversation_id: "li-na", list: "queue" as const };
  const late = { site: "demo-wallet", kind: "overdue", count: 1, since: at(0) };
  const before = deskOf({ alerts: [late, alone] });
  const told = event({ name: "alerts", value: { site: "demo", alerts: [{ ...alone, count: 2 }] } });
  expect(reduce(before, told).alerts).toEqual([late, { ...alone, count: 2 }]);
  expect(reduce(before, event({ name: "alerts", value: { site: "demo", alerts: [] } })).alerts).toEqual([late]);
});

test("that nobody does the background work is held for those who lead, and goes when somebody does", () => {
  const told = event({ name: "alerts", value: { site: "demo", alerts: [], standstill: { since: at(0) } } });
  const heard = (role: Role) => reduce(deskOf({ agent: { ...deskView().agent, role } }), told);
  expect(heard("supervisor").standstill).toEqual({ since: at(0) });
  expect(heard("agent").standstill).toBeUndefined();
  const healed = reduce(heard("admin"), event({ name: "alerts", value: { site: "demo-wallet", alerts: [] } }));
  expect(healed.standstill).toBeUndefined();
});

test("Mei picks, and the conversation moves from the line to hers", () => {
  const hers = picked(LI_NA, MEI);
  const desk = reduce(deskOf({ waiting: [LI_NA, EMMA] }), event({ name: "conversation", value: hers }));
  expect(shown(desk)).toEqual(shown(deskOf({ mine: [hers], waiting: [EMMA] })));
});

test("a line that was read before the pick does not bring the conversation back", () => {
  const hers = picked(LI_NA, MEI);
  const after = reduce(deskOf({ waiting: [LI_NA, EMMA] }), event({ name: "conversation", value: hers }));
  const late = reduce(after, event({ name: "queue", value: { site: "demo", waiting: [LI_NA, EMMA], total: 2 } }));
  expect(waitingOf(late.lists).map(({ id }) => id)).toEqual(["emma"]);
  expect(mineOf(late.lists).map(({ id }) => id)).toEqual(["li-na"]);
});

test("David picks, and it is nobody's list of Mei", () => {
  const desk = reduce(deskOf({ waiting: [LI_NA] }), event({ name: "conversation", value: picked(LI_NA, DAVID) }));
  expect(shown(desk)).toEqual(shown(deskOf()));
});

test("Mei releases, and it stands in line again", () => {
  const hers = picked(LI_NA, MEI);
  const released = { ...LI_NA, version: 3, epoch: 2 };
  const desk = reduce(deskOf({ mine: [hers] }), event({ name: "conversation", value: released }));
  expect(shown(desk)).toEqual(shown(deskOf({ waiting: [released] })));
});

test("an event that is older than what is held changes nothing", () => {
  const hers = picked(LI_NA, MEI);
  const desk = deskOf({ mine: [hers] });
  expect(shown(reduce(desk, event({ name: "conversation", value: LI_NA })))).toEqual(shown(desk));
});

test("urgent messages stand before all others, of either those that were promised an answer first", () => {
  const promised = (id: string, minutes: number, priority: number) => conversation(id, { status: "offline", reply_by: at(minutes), priority });
  const not = (id: string, priority: number) => conversation(id, { status: "offline", priority });
  const inbox = [not("f", 3), promised("e", 2, 3), promised("d", 9, 2), not("c", 1), promised("b", 8, 1), promised("a", 7, 1)];
  expect(inboxOf(deskOf({ inbox }).lists).map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e", "f"]);
});

test("a left message stands in the inbox with its total", () => {
  const left = conversation("li-na", { status: "offline", left_at: at(3) });
  const desk = reduce(deskOf(), event({ name: "inbox", value: { site: "demo", inbox: [left], total: 1 } }));
  expect(shown(desk)).toEqual(shown(deskOf({ inbox: [left] })));
});

test("a customer's message is the preview and is unread until Mei has read it", () => {
  const hers = { ...picked(LI_NA, MEI), agent_read_seq: 1 };
  const wrote = reduce(deskOf({ mine: [hers] }), event({ name: "message", value: message("li-na", 2, CUSTOMER, "在吗？") }));
  const [mine] = mineOf(wrote.lists);
  expect(mine).toMatchObject({ preview: "在吗？", last_seq: 2, customer_read_seq: 2, last_at: at(2) });
  expect(unreadOf(mine!)).toBe(1);
  const read = reduce(wrote, event({ name: "read", value: { conversation_id: "li-na", by: "agent", seq: 2, version: 3 } }));
  expect(shown(read)).toEqual(shown(deskOf({ mine: [{ ...mine!, agent_read_seq: 2, version: 3 }] })));
});

test("a line of the house is not a preview, and the same message twice is one", () => {
  const hers = picked(LI_NA, MEI);
  const joined = event({ name: "message", value: message("li-na", 2, SYSTEM, "") });
  const once = reduce(deskOf({ mine: [hers] }), joined);
  expect(mineOf(once.lists)[0]).toMatchObject({ preview: "你好", last_seq: 2 });
  expect(reduce(once, joined).lists).toEqual(once.lists);
});

test("a file is shown by its name, and a card without words leaves what was said before", () => {
  const hers = picked(LI_NA, MEI);
  const file = { ...message("li-na", 2, CUSTOMER, ""), kind: "file" as const, data: { attachment: { name: "收据.jpg" } } };
  const card = { ...message("li-na", 3, { ...MEI, kind: "agent" }, ""), kind: "card" as const, data: { card: "rating" } };
  const heard = [file, card].reduce((desk, value) => reduce(desk, event({ name: "message", value })), deskOf({ mine: [hers] }));
  expect(mineOf(heard.lists)[0]).toMatchObject({ preview: "收据.jpg", last_seq: 3 });
});

test("whom one writes with last stands first", () => {
  const first = { ...picked(LI_NA, MEI), last_at: at(1) };
  const second = { ...picked(EMMA, MEI), last_at: at(2) };
  const desk = reduce(deskOf({ mine: [second, first] }), event({ name: "message", value: message("li-na", 2, CUSTOMER, "好的", 5) }));
  expect(mineOf(desk.lists).map(({ id }) => id)).toEqual(["li-na", "emma"]);
});

test("an opened conversation plus its events is what its own sync gives", () => {
  const hers = picked(LI_NA, MEI);
  const log = [message("li-na", 1, CUSTOMER, "你好"), message("li-na", 2, AGENT, "您好")];
  const opened = reduce(deskOf({ mine: [hers] }), { type: "synced", synced: { conversation: hers, messages: log.slice(0, 1), notes: [] } });
  const live = [event({ name: "message", value: log[1]! }), event({ name: "note", value: note("li-na", 1, "老客户") })].reduce(reduce, opened);
  const now = { ...hers, last_seq: 2, last_at: at(2), preview: "您好", agent_read_seq: 2, last_note: 1 };
  const fresh = reduce(deskOf({ mine: [now] }), { type: "synced", synced: { conversation: now, messages: log, notes: [note("li-na", 1, "老客户")] } });
  expect(live.opened["li-na"]!.timeline.messages).toEqual(fresh.opened["li-na"]!.timeline.messages);
  expect(live.opened["li-na"]!.notes).toEqual(fresh.opened["li-na"]!.notes);
  expect(shown(live)).toEqual(shown(fresh));
});

test("a note stays out of the log, and a note of an unopened conversation is not kept", () => {
  const hers = picked(LI_NA, MEI);
  const opened = reduce(deskOf({ mine: [hers, picked(EMMA, MEI)] }), { type: "synced", synced: { conversation: hers, messages: [], notes: [] } });
  const noted = [event({ name: "note", value: note("li-na", 1, "a") }), event({ name: "note", value: note("emma", 1, "b") })].reduce(reduce, opened);
  expect(noted.opened["li-na"]!.timeline.messages).toEqual([]);
  expect(noted.opened["li-na"]!.notes.map(({ body }) => body)).toEqual(["a"]);
  expect(noted.opened["emma"]).toBeUndefined();
});

test("a reply is pending until it stands in the log; one that failed can be discarded", () => {
  const hers = picked(LI_NA, MEI);
  const opened = reduce(deskOf({ mine: [hers] }), { type: "synced", synced: { conversation: hers, messages: [], notes: [] } });
  const pending = (client_id: string) => ({ client_id, body: "稍等", created_at: at(2) });
  const send = (client_id: string) => ({ type: "sending", to: "reply", conversation_id: "li-na", pending: pending(client_id) }) as const;
  const sent = [send("one"), send("two"), event({ name: "message", value: { ...message("li-na", 1, AGENT, "稍等"), client_id: "one" } })].reduce(reduce, opened);
  expect(sent.opened["li-na"]!.timeline.pending.map((one) => one.client_id)).toEqual(["two"]);
  expect(reduce(sent, send("one")).opened["li-na"]!.timeline.pending).toHaveLength(1);
  const failed = reduce(sent, { type: "failed", to: "reply", conversation_id: "li-na", client_id: "two", code: "not_yours" });
  expect(failed.opened["li-na"]!.timeline.pending[0]!.failed).toBe("not_yours");
  const discarded = reduce(failed, { type: "discarded", conversation_id: "li-na", client_id: "two" });
  expect(discarded.opened["li-na"]!.timeline.pending).toEqual([]);
});

test("another database behind the same address leaves nothing of the old one", () => {
  const hers = picked(LI_NA, MEI);
  const opened = reduce(deskOf({ mine: [hers] }), { type: "synced", synced: { conversation: hers, messages: [], notes: [] } });
  const same = reduce(opened, { type: "desk", desk: deskView() });
  const other = reduce(opened, { type: "desk", desk: deskView({ store_id: "store-2" }) });
  expect(Object.keys(same.opened)).toEqual(["li-na"]);
  expect(other.opened).toEqual({});
});

test("a fetch that was cut off says so", () => {
  const counts = { mine: 0, waiting: 140, inbox: 0, tickets: 0 };
  expect(deskOf({ waiting: [LI_NA], counts }).lists.cutOff).toBe(true);
  expect(deskOf({ waiting: [LI_NA] }).lists.cutOff).toBe(false);
});

test("tickets come page by page, and an opened one changes its line in the list", () => {
  const [first, second] = [ticket("t1"), ticket("t2")];
  const page = (tickets: (typeof first)[], isFirst: boolean, next?: string) =>
    ({ type: "ticket_page", query: NO_DESK.tickets.query, first: isFirst, page: { tickets, ...(next ? { next } : {}) } }) as const;
  const desk = [page([first], true, "more"), page([first, second], false)].reduce(reduce, deskOf());
  expect(desk.tickets.list.map(({ id }) => id)).toEqual(["t1", "t2"]);
  expect(desk.tickets.next).toBeUndefined();
  const solved = reduce(desk, { type: "ticket", ticket: { ...first, status: "solved" } });
  expect(solved.tickets.list[0]!.status).toBe("solved");
});

test("a number beside a list says when nobody has counted further", () => {
  expect([toldCount(0), toldCount(999), toldCount(1000), toldCount(1700)]).toEqual(["0", "999", "1000+", "1000+"]);
});
