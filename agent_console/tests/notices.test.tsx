import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AgentConversation, DeskView } from "../../widget/src/core/wire";
import { type DeskAction, reduce } from "../src/state/desk";
import { type News, newsOf } from "../src/state/notices";
import { draw, root } from "./page";
import { conversation, CUSTOMER, DAVID, deskOf, deskView, event, MEI, message, note, picked, settled, storeWith, SYSTEM } from "./people";

// -- what is news ----------------------------------------------------------------------------------------------------

const WAITING = conversation("li-na");
const HERS = picked({ ...WAITING, agent_read_seq: 1 }, MEI);
const LEFT = conversation("emma", { status: "offline" });

function news(view: Partial<DeskView>, ...actions: DeskAction[]): [string, News["kind"]][] {
  const before = deskOf(view);
  return newsOf(before, actions.reduce(reduce, before)).map(({ id, kind }) => [id, kind]);
}

const changed = (value: AgentConversation): DeskAction => event({ name: "conversation", value: { ...value, version: value.version + 1 } });
const wrote = (author = CUSTOMER): DeskAction => event({ name: "message", value: message("li-na", 2, author, "在吗") });

test.each<[string, Partial<DeskView>, DeskAction, [string, News["kind"]][]]>([
  ["a conversation is given to me", { waiting: [WAITING] }, changed(HERS), [["li-na", "assigned"]]],
  ["one is given to a colleague", { waiting: [WAITING] }, changed(picked(WAITING, DAVID)), []],
  ["a left message is given to me", { inbox: [LEFT] }, changed({ ...LEFT, agent: MEI }), [["emma", "assigned"]]],
  ["a customer of mine writes", { mine: [HERS] }, wrote(), [["li-na", "message"]]],
  ["the house says something", { mine: [HERS] }, wrote(SYSTEM), []],
  ["a customer in line writes", { waiting: [WAITING] }, wrote(), []],
  ["a colleague asks me in", { waiting: [] }, changed({ ...picked(WAITING, DAVID), participants: [{ ...MEI, may: "say", joined: false }] }), [["li-na", "invited"]]],
  ["I joined myself", { waiting: [] }, changed({ ...picked(WAITING, DAVID), participants: [{ ...MEI, may: "say", joined: true }] }), []],
  ["an urgent message is left", {}, event({ name: "inbox", value: { site: "demo", inbox: [{ ...LEFT, urgent: true }], total: 1 } }), [["emma", "urgent"]]],
  ["an ordinary message is left", {}, event({ name: "inbox", value: { site: "demo", inbox: [LEFT], total: 1 } }), []],
  ["somebody joins the line", {}, event({ name: "queue", value: { site: "demo", waiting: [WAITING], total: 1 } }), []],
])("%s", (_, view, action, told) => {
  expect(news(view, action)).toEqual(told);
});

test("a colleague's note at a conversation of mine is news, my own is not", () => {
  const before = reduce(deskOf({ mine: [HERS] }), { type: "synced", synced: { conversation: HERS, messages: [], notes: [], more: false } });
  const noted = (author: typeof MEI) => newsOf(before, reduce(before, event({ name: "note", value: { ...note("li-na", 1, "请先道歉"), author } }))).map(({ kind }) => kind);
  expect([noted(DAVID), noted(MEI)]).toEqual([["note"], []]);
});

test("of what there is when the console opens, nothing is new", () => {
  expect(newsOf({ ...deskOf(), loaded: false }, deskOf({ mine: [HERS] }))).toEqual([]);
});

// -- on the desktop --------------------------------------------------------------------------------------------------

/** What a browser's does, as far as the console sees. */
class FakeNotification {
  static permission: NotificationPermission = "default";
  static answer: NotificationPermission = "granted";
  static shown: FakeNotification[] = [];
  static requestPermission = async (): Promise<NotificationPermission> => (FakeNotification.permission = FakeNotification.answer);
  static get standing(): string[] {
    return FakeNotification.shown.filter((one) => one.isOpen).map(({ title }) => title);
  }

  onclick?: () => void;
  onclose?: () => void;
  isOpen = true;

  constructor(
    readonly title: string,
    readonly options: NotificationOptions & { renotify?: boolean },
  ) {
    for (const other of FakeNotification.shown) if (other.options.tag === options.tag) other.close();
    FakeNotification.shown.push(this);
  }

  close(): void {
    this.isOpen = false;
    this.onclose?.();
  }
}

const IDS = [0, 1, 2, 3, 4].map((number) => `01a2032e-1563-71a4-9e77-5bedc96e828${number}`);
const OWN = IDS.map((id, number) => picked(conversation(id, { agent_read_seq: 1, customer_name: `客户${number}` }), MEI));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  vi.stubGlobal("Notification", FakeNotification);
  Object.assign(FakeNotification, { permission: "default", answer: "granted", shown: [] });
});

afterEach(() => {
  render(null, root);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(mine = OWN, turnsOn = true) {
  location.hash = "#/queue";
  sessionStorage.clear();
  const { store, server } = storeWith({ sync: ({ conversation_id }) => (conversation_id ? { conversation: mine.find(({ id }) => id === conversation_id)!, messages: [], notes: [], more: false } : { desk: deskView({ mine }) }), pick: () => ({ conversation: OWN[0]! }) });
  await draw(store);
  if (turnsOn) await choose("桌面通知");
  FakeNotification.shown = [];
  const hear = (action: DeskAction, wait = 600) => act(async () => {
    store.hear(action as Parameters<typeof store.hear>[0]);
    await settled();
    vi.advanceTimersByTime(wait);
    await settled();
  });
  return { store, server, hear };
}

async function click(control: HTMLElement): Promise<void> {
  await act(async () => {
    control.click();
    await settled();
  });
}

/** Opens what one chooses there, if it is not open yet. */
async function signals(): Promise<void> {
  if (root.querySelector(".signals")) return;
  await click(root.querySelector<HTMLElement>(".account")!);
  await click([...root.querySelectorAll<HTMLElement>(".menu-item")].find((one) => one.textContent === "提示音和通知…")!);
}

const control = (name: string) => [...root.querySelectorAll("label")].find((one) => one.textContent === name)!.querySelector("input")!;

async function choose(name: string): Promise<void> {
  await signals();
  await click(control(name));
}

const says = (number: number, seq = 2, body = "我的退款呢") => event({ name: "message", value: message(IDS[number]!, seq, CUSTOMER, body) });
const told = () => root.querySelector(".signals [role=status]")!.textContent;

test("they are off until an agent turns them on, who is shown one", async () => {
  const { hear } = await open(OWN, false);
  await hear(says(0));
  expect(FakeNotification.shown).toEqual([]);
  await signals();
  expect([control("桌面通知").checked, control("在通知里显示客户的话").disabled]).toEqual([false, true]);
  await choose("桌面通知");
  expect(told()).toContain("已开启");
  expect(FakeNotification.standing).toEqual(["桌面通知已开启"]);
  await hear(says(0, 3));
  expect(FakeNotification.standing).toContain("客户0 发来新消息");
  await choose("桌面通知");
  await hear(says(0, 4));
  expect(FakeNotification.standing).toEqual(["桌面通知已开启"]);
});

test("who is refused by the browser is told, and so is who has a browser without them", async () => {
  FakeNotification.answer = "denied";
  const { hear } = await open(OWN, false);
  await choose("桌面通知");
  expect(told()).toContain("浏览器不允许");
  await hear(says(0));
  expect([FakeNotification.shown, control("桌面通知").checked]).toEqual([[], false]);
  Reflect.deleteProperty(window, "Notification");
  await choose("桌面通知");
  expect(told()).toContain("不支持");
});

test("they are of the agent who turned them on, not of the next one at this browser", async () => {
  FakeNotification.permission = "granted";
  localStorage.setItem("nightdesk.console", JSON.stringify({ locale: "zh-CN", notices: { of: DAVID.id, words: true } }));
  const { hear } = await open(OWN, false);
  await hear(says(0));
  expect(FakeNotification.shown).toEqual([]);
  await choose("桌面通知");
  expect(control("在通知里显示客户的话").checked).toBe(false); // which was David's wish
});

test("the customer's words stand in it only for who wants them", async () => {
  const { hear } = await open();
  await hear(says(0));
  expect(FakeNotification.shown.at(-1)!.options.body).toBe("申请退款 · 晴野商城");
  await choose("在通知里显示客户的话");
  await hear(says(0, 3, "快点"));
  expect(FakeNotification.shown.at(-1)!.options.body).toBe("快点");
});

test("a newer one of a conversation takes the place of the one before, in silence at first", async () => {
  const { hear } = await open();
  await hear(says(0));
  await hear(says(0, 3));
  await hear(says(1));
  expect(FakeNotification.standing).toEqual(["客户0 发来新消息", "客户1 发来新消息"]);
  await hear(says(0, 4), 31_000);
  await hear(says(0, 5));
  expect(FakeNotification.shown.filter(({ title }) => title.startsWith("客户0")).map(({ options }) => options.renotify)).toEqual([true, false, false, true]);
});

test("of many there is one", async () => {
  const { hear } = await open();
  for (const number of [0, 1, 2]) await hear(says(number), 0);
  await hear(says(3));
  expect(FakeNotification.shown.map(({ title }) => title)).toEqual(["4 个会话有新动静"]);
  await hear(says(4));
  expect(FakeNotification.standing).toEqual(["5 个会话有新动静"]);
  FakeNotification.shown.at(-1)!.onclick!();
  expect(location.hash).toBe("#/mine");
});

test("what was read anywhere is taken away, and so is what is somebody else's by now", async () => {
  const { hear } = await open();
  await hear(says(0));
  await hear(says(1));
  await hear(event({ name: "read", value: { conversation_id: IDS[0]!, by: "agent", seq: 2, version: 3 } }));
  expect(FakeNotification.standing).toEqual(["客户1 发来新消息"]);
  await hear(changed({ ...OWN[1]!, agent: DAVID }));
  expect(FakeNotification.standing).toEqual([]);
});

test("what is on the screen needs none, and one that is clicked brings it there", async () => {
  const { hear } = await open();
  const show = (hash: string) => act(async () => {
    location.hash = hash;
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    await settled();
  });
  await hear(says(0));
  FakeNotification.shown[0]!.onclick!();
  await show(location.hash);
  expect([location.hash, FakeNotification.standing]).toEqual([`#/mine/${IDS[0]}`, []]);
  await hear(says(0, 3));
  expect(FakeNotification.standing).toEqual([]);
  const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  await hear(says(0, 4));
  expect(FakeNotification.standing).toEqual(["客户0 发来新消息"]);
  hidden.mockRestore();
  await act(() => void document.dispatchEvent(new Event("visibilitychange")));
  expect(FakeNotification.standing).toEqual([]);
});

test("what one takes oneself is no news, what is handed over says by whom and not with which words", async () => {
  const { store, hear } = await open([]);
  await act(async () => {
    void store.taking.during(store.connection.send("pick", {}));
    await settled();
  });
  await hear(changed(OWN[0]!));
  expect(FakeNotification.shown).toEqual([]);
  await hear(event({ name: "notice", value: { code: "transferred", values: { conversation_id: IDS[1], by: "David Wu", customer: "客户1", note: "很生气" } } }), 0);
  vi.advanceTimersByTime(2_000);
  await hear(changed(OWN[1]!));
  expect(FakeNotification.standing).toEqual(["David Wu 把 客户1 的会话转接给了您。"]);
  await hear(changed(OWN[2]!));
  expect(FakeNotification.standing).toContain("客户2 的会话分配给您了");
});

test("what one takes on another device is no news here either, and hushes nothing else", async () => {
  const { hear } = await open([]);
  await hear(event({ name: "notice", value: { code: "taken_by_you", values: { conversation_id: IDS[0] } } }), 0);
  await hear(changed(OWN[0]!), 0);
  await hear(changed(OWN[1]!));
  expect(FakeNotification.standing).toEqual(["客户1 的会话分配给您了"]);
});
