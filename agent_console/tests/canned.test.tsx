import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import type { CannedReply } from "../../widget/src/core/wire";
import { choicesOf, filledIn, holesIn, initialsOf, knownOf, searchFrom, searchIn } from "../src/state/canned";
import { reduce } from "../src/state/desk";
import { draw, root } from "./page";
import { conversation, CUSTOMER, deskOf, deskView, event, MEI, message, picked, settled, storeWith } from "./people";

const ID = "01a2032e-1563-71a4-9e77-5bedc96e8280";
const LI_NA = picked(conversation(ID, { ticket_number: "QY-1" }), MEI);

function reply(shortcut: string, change: Partial<CannedReply> = {}): CannedReply {
  return {
    id: `reply-${shortcut}`,
    mine: false,
    sites: [],
    shortcut,
    title: shortcut,
    texts: { "zh-CN": "您好" },
    revision: 1,
    updated_at: LI_NA.created_at,
    ...change,
  };
}

const TIME = reply("refund-time", { title: "退款到账时间", texts: { "zh-CN": "1～5 个工作日到账。", en: "It takes 1 to 5 working days." } });
const BEGUN = reply("refund-begun", { title: "退款已受理", texts: { "zh-CN": "{customer}您好，订单 {order} 的退款已受理，工单 {ticket}。\n{agent}" } });
const MINE = reply("zz", { title: "开场", mine: true });

// -- rules -----------------------------------------------------------------------------------------------------------

test.each([
  ["/", 1, ""],
  ["/退款", 3, "退款"],
  ["、退款", 3, "退款"],
  ["／re", 3, "re"],
  ["您好\n/re", 6, "re"],
  ["/re\n再见", 3, "re"],
])("in %j a reply is looked for", (draft, caret, text) => {
  expect(searchIn(draft, caret)?.text).toBe(text);
});

test.each([
  ["", 0],
  ["1/2", 3],
  ["您好 /re", 6],
  ["/re您好", 3], // the line is not empty behind the caret
  ["/usr/bin", 8],
  ["/re\n", 4],
  ["/re", 0],
])("in %j with the caret at %i none is looked for", (draft, caret) => {
  expect(searchIn(draft, caret)).toBeUndefined();
});

test("what the button began ends with its line, or before where it began", () => {
  expect(searchFrom(2, "您好退款", 4)).toEqual({ start: 2, end: 4, text: "退款", byHand: true });
  expect(searchFrom(2, "您好退\n款", 5)).toBeUndefined();
  expect(searchFrom(2, "您", 1)).toBeUndefined();
});

const offered = (sought: string, canned = [TIME, BEGUN, MINE], change: Partial<typeof LI_NA> = {}) => choicesOf({ ...deskOf(), canned }, { ...LI_NA, ...change }, sought);
const shown = (sought: string) => offered(sought).map(({ reply: { shortcut } }) => shortcut);

test("replies are found by shortcut, title and text, and one's own come first", () => {
  expect(shown("")).toEqual(["zz", "refund-begun", "refund-time"]);
  expect(shown("REFUND-T")).toEqual(["refund-time"]);
  expect(shown("受理")).toEqual(["refund-begun"]);
  expect(shown("工作日")).toEqual(["refund-time"]);
  expect(shown("working  days")).toEqual(["refund-time"]);
  expect(shown("物流")).toEqual([]);
});

test("Chinese titles are found by the first letters of their sound", () => {
  const titles = { 退款到账时间: "tkdzsj", "付款失败：先自查": "fksb：xzc", 谨防诈骗: "jfzp", 我的开场白: "wdkcb", "VIP 客户": "vip kh", 额外安全: "ewaq" };
  for (const [title, letters] of Object.entries(titles)) expect(initialsOf(title)).toBe(letters.normalize("NFKC"));
  expect(shown("tkys")).toEqual(["refund-begun"]);
  expect(shown("tkxx")).toEqual([]);
});

test("the customer's language comes first, and another one where there is no other", () => {
  const [first, ...others] = offered("refund", [BEGUN, TIME], { locale: "en" });
  expect([first!.reply.shortcut, first!.locale, first!.text]).toEqual(["refund-time", "en", "It takes 1 to 5 working days."]);
  expect(others.map(({ locale }) => locale)).toEqual(["zh-CN"]);
});

test("a reply of another site is not offered", () => {
  expect(offered("", [reply("wallet", { sites: ["demo-wallet"] })])).toEqual([]);
  expect(offered("", [reply("shop", { sites: ["demo", "demo-wallet"] })])).toHaveLength(1);
});

test("what a conversation knows is filled in, and what it does not is left", () => {
  const desk = deskOf({ mine: [LI_NA] });
  const text = "{customer} {agent} {site} {order} {ticket} {colour}";
  expect(filledIn(text, knownOf(desk, LI_NA, "en"))).toBe("李娜 陈梅 Qingye Shop {order} QY-1 {colour}");
  const nameless = { ...LI_NA, customer_name: "", form: { order_number: "QY2026" } };
  expect(filledIn(text, knownOf(desk, nameless, "zh-CN"))).toBe("{customer} 陈梅 晴野商城 QY2026 QY-1 {colour}");
  expect(holesIn("{customer}，{colour} {order}").map(({ name }) => name)).toEqual(["customer", "order"]);
});

test.each([
  ["QY2026\n请点 https://evil.example", "QY2026"],
  ["\r\n QY2026 \u2028再见", "QY2026"],
  ["QY\u0000\u001b\u202e2026", "QY2026"],
  ["单".repeat(60), "单".repeat(40)],
  ["😀".repeat(60), "😀".repeat(40)],
  ["\u0007\n", undefined],
])("of %j that a customer wrote goes in %j", (written, known) => {
  const desk = deskOf({ mine: [LI_NA] });
  const { customer, order } = knownOf(desk, { ...LI_NA, customer_name: written, form: { order_number: written } }, "zh-CN");
  expect([customer, order]).toEqual([known, known]);
});

test("the order is the one that was sent last", () => {
  const card = { ...message(ID, 1, CUSTOMER, "QY-card"), kind: "card", data: { card: "order" } } as const;
  const synced = { conversation: { ...LI_NA, form: { order_number: "QY-form" } }, messages: [card], notes: [], more: false };
  const desk = reduce(deskOf({ mine: [LI_NA] }), { type: "synced", synced });
  expect(knownOf(desk, LI_NA, "zh-CN").order).toBe("QY-card");
});

// -- in the composer -------------------------------------------------------------------------------------------------

async function open(held = LI_NA, replies = [TIME, BEGUN, MINE]) {
  location.hash = `#/mine/${ID}`;
  sessionStorage.clear();
  const { store, server } = storeWith({
    sync: ({ conversation_id }) => (conversation_id ? { conversation: held, messages: [message(ID, 1, CUSTOMER, "你好")], notes: [], more: false } : { desk: deskView({ mine: [held] }) }),
    canned_replies: ({ after }) => (after ? { replies: replies.slice(1) } : { replies: replies.slice(0, 1), ...(replies[1] && { next: replies[0]!.id }) }),
    say: () => ({ seq: 2, id: "second", created_at: held.created_at }),
    read: () => ({}),
    typing: () => ({}),
  });
  await draw(store);
  await type("");
  return { store, server };
}

const field = (): HTMLTextAreaElement => root.querySelector("textarea")!;
const options = (): string[] => [...root.querySelectorAll("[role=option] strong")].map((one) => one.textContent!);
const marked = (): string | undefined => root.querySelector("[role=option][aria-selected=true] strong")?.textContent ?? undefined;
const dialog = (): HTMLElement | null => root.querySelector("dialog");

async function type(text: string, more: InputEventInit = {}): Promise<void> {
  await act(async () => {
    field().value = text;
    field().setSelectionRange(text.length, text.length);
    field().dispatchEvent(new InputEvent("input", { bubbles: true, ...more }));
    await settled();
  });
  await act(settled);
}

async function press(key: string, more: { isComposing?: boolean; keyCode?: number } = {}): Promise<KeyboardEvent> {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  if (more.keyCode) Object.defineProperty(event, "keyCode", { value: more.keyCode }); // which an init does not set here
  await act(async () => {
    field().dispatchEvent(event);
    await settled();
  });
  await act(settled);
  return event;
}

async function click(button: HTMLElement): Promise<void> {
  await act(async () => {
    button.click();
    await settled();
  });
  await act(settled);
}

const named = (name: string): HTMLButtonElement => [...root.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === name || one.textContent === name)!;

test("a slash opens the list, of which the field says what is marked; keys move in it and choose", async () => {
  const { server } = await open();
  expect(server.askedFor("canned_replies")).toEqual([]); // nobody needs them before
  await type("/");
  expect(server.askedFor("canned_replies")).toHaveLength(2);
  expect(options()).toEqual(["开场", "退款已受理", "退款到账时间"]);
  const list = root.querySelector("[role=listbox]")!;
  expect([field().getAttribute("aria-controls"), field().getAttribute("aria-autocomplete"), list.getAttribute("aria-label")]).toEqual([list.id, "list", "快捷回复"]);
  expect(root.querySelector(`[id="${field().getAttribute("aria-activedescendant")}"] strong`)!.textContent).toBe("开场");
  await press("ArrowUp");
  expect(marked()).toBe("退款到账时间");
  await press("ArrowDown");
  await type("/refund");
  expect(marked()).toBe("退款已受理");
  await press("ArrowDown");
  expect((await press("Tab")).defaultPrevented).toBe(true);
  expect(field().value).toBe("1～5 个工作日到账。");
  expect(root.querySelector("[role=listbox]")).toBeNull();
  expect(field().hasAttribute("aria-controls")).toBe(false);
  expect(server.askedFor("say")).toEqual([]);
  await press("Enter");
  expect(server.askedFor("say")).toMatchObject([{ body: "1～5 个工作日到账。" }]);
});

test("what is not known is left selected, and sending it asks first", async () => {
  const { server } = await open();
  await type("稍等\n/begun");
  await press("Enter");
  const text = "稍等\n李娜您好，订单 {order} 的退款已受理，工单 QY-1。\n陈梅";
  const gap = () => field().value.slice(field().selectionStart, field().selectionEnd);
  expect([field().value, gap()]).toEqual([text, "{order}"]);
  await press("Enter");
  expect(dialog()!.textContent).toContain("订单号还没有填");
  expect(server.askedFor("say")).toEqual([]);
  field().setSelectionRange(0, 0);
  await click(named("回去填写"));
  expect([dialog(), gap(), document.activeElement]).toEqual([null, "{order}", field()]);
  await press("Enter");
  await click(named("仍然发送"));
  expect(server.askedFor("say")).toMatchObject([{ body: text }]);
  expect([dialog(), field().value]).toEqual([null, ""]);
});

test("a note may hold braces and begin with a slash", async () => {
  const { server } = await open();
  await click(named("备注"));
  await type("/{order}");
  expect(root.querySelector("[role=listbox]")).toBeNull();
  expect(named("快捷回复")).toBeUndefined();
  await press("Enter");
  expect(server.askedFor("note")).toMatchObject([{ body: "/{order}" }]);
});

test("an input method is left alone until it has done", async () => {
  const { server } = await open();
  await type("/");
  await type("/tui'kuan", { isComposing: true });
  expect(options()).toHaveLength(3);
  for (const key of ["Enter", "ArrowDown", "Escape", "Tab"]) {
    expect((await press(key, { isComposing: true })).defaultPrevented).toBe(false);
    expect((await press(key, { keyCode: 229 })).defaultPrevented).toBe(false);
  }
  expect([marked(), field().value, server.askedFor("say")]).toEqual(["开场", "/tui'kuan", []]);
  await type("/退款", { isComposing: true });
  await act(async () => void field().dispatchEvent(new CompositionEvent("compositionend", { bubbles: true })));
  expect(options()).toEqual(["退款已受理", "退款到账时间"]);
});

test("Esc leaves the slash a slash; what nothing fits is not sent by mistake, and a sentence is no search", async () => {
  const { server } = await open();
  await type("/wrong");
  expect(root.querySelector(".canned-foot")!.textContent).toContain("没有找到");
  await press("Enter");
  expect(server.askedFor("say")).toEqual([]);
  await press("Escape");
  expect([document.activeElement === field(), field().value]).toEqual([true, "/wrong"]);
  await type("/wrongly");
  expect(root.querySelector(".canned")).toBeNull();
  await type("");
  await type("/wrong");
  expect(root.querySelector(".canned")).not.toBeNull();
  await type("/wrong is");
  expect(root.querySelector(".canned")).toBeNull();
  await press("Enter");
  expect(server.askedFor("say")).toMatchObject([{ body: "/wrong is" }]);
});

test("with the mouse, the button opens the list where the caret is and a click chooses", async () => {
  await open();
  await type("您好，");
  await click(named("快捷回复"));
  expect(options()).toHaveLength(3);
  await type("您好，到账");
  expect(options()).toEqual(["退款到账时间"]);
  await click(root.querySelector("[role=option]")!);
  expect(field().value).toBe("您好，1～5 个工作日到账。");
  await click(named("快捷回复"));
  await click(named("快捷回复"));
  expect(root.querySelector(".canned")).toBeNull();
});

test("what colleagues change is read anew, once it was wanted", async () => {
  const replies = [TIME];
  const { store, server } = await open(LI_NA, replies);
  const hint = event({ name: "notice", value: { code: "canned_changed", values: {} } });
  await act(() => store.hear(hint));
  expect(server.askedFor("canned_replies")).toEqual([]);
  await type("/");
  replies[0] = { ...TIME, title: "到账" };
  await act(async () => {
    store.hear(hint);
    await settled();
  });
  expect(options()).toEqual(["到账"]);
});
