import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import zh from "../../chat/texts/zh-CN/widget.json";
import { contactFields } from "../src/app/contact";
import type { Host } from "../src/app/host";
import { rowsOf } from "../src/app/rows";
import { Session } from "../src/app/session";
import { type State, Store } from "../src/app/state";
import { Rating } from "../src/app/views/Ending";
import { Composer } from "../src/app/views/Composer";
import { Head } from "../src/app/views/Head";
import { LeaveMessage } from "../src/app/views/LeaveMessage";
import { Log } from "../src/app/views/Log";
import { Start } from "../src/app/views/Start";
import { Talk } from "../src/app/views/Talk";
import "../src/core/texts";
import { wordsOf } from "../src/core/wording";
import type { Conversation, Desk, Message } from "../src/core/wire";
import { answerCalls, answerEverything } from "./network";
import { conversation, message } from "./people";

let store: Store;
let session: Session;

beforeEach(() => {
  answerEverything('{"ok":false,"error":{"code":"offline","message":"No line."}}', "application/json");
  store = new Store("zh-CN");
  session = new Session({ site: "demo", store, getIdentity: async () => undefined, page: () => undefined });
});

afterEach(() => {
  act(() => render(null, document.body));
  sessionStorage.clear();
});

function show(messages: Message[], view: "log" | "composer" = "log"): void {
  const room = conversation({ last_seq: messages.length });
  store.set({ phase: "ready", timeline: { conversation: room, messages, pending: [] } });
  const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
  act(() => render(view === "log" ? <Log ui={ui} conversation={room} /> : <Composer ui={ui} focused />, document.body));
}

const query = (selector: string): HTMLElement | null => document.querySelector(selector);

test("what somebody writes is text, whatever it looks like", () => {
  show([message(1, "mei", { body: '<img src=x onerror="alert(1)"><b>x</b>' })]);
  expect(query(".text")!.textContent).toBe('<img src=x onerror="alert(1)"><b>x</b>');
  expect(query(".text img, .text b")).toBeNull();
});

test("a card has its height before it is there, and the line of who acts next before that is known", async () => {
  const data = { card: "case", ticket_id: "t", number: "QY-2026-1", kind: "refund" };
  show([message(1, "mei", { kind: "card", body: "QY-2026-1", data })]);
  expect(query(".bubble")!.textContent).toBe("QY-2026-1");
  expect(query(".bubble p")!.style.height).toBe("127px");
  await vi.waitFor(() => expect(query(".card .case-number")!.textContent).toContain("QY-2026-1"));
  expect(query(".card .turn")!.textContent).toBe("\u00a0");
});

test("on its own, the title counts what was not seen, and only that", async () => {
  const { keepTitle } = await import("../src/app/screen");
  document.title = "晴野商城";
  keepTitle(store);
  const said = (read: number): void => store.set({ timeline: { conversation: conversation({ customer_read_seq: read }), messages: [message(1, "fang"), message(2, "mei")], pending: [] } });
  said(1);
  expect(document.title).toBe("(1) 晴野商城");
  said(2);
  expect(document.title).toBe("晴野商城");
});

test("what somebody had open behind the menu is gone when they sign out", async () => {
  const draw = (): unknown => act(() => render(<Head ui={{ session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) }} />, document.body));
  const fang = { id: "fang", kind: "verified", email: "fang@mail.example", locale: "zh-CN" } as const;
  store.set({ phase: "ready", mails: true, customer: fang as never, timeline: { conversation: conversation(), messages: [], pending: [] } });
  draw();
  act(() => query(".menu button")!.click());
  await act(() => import("../src/app/more").then(() => undefined));
  await act(() => [...document.querySelectorAll<HTMLElement>(".menu li button")].find(({ textContent }) => textContent === zh["more.mail"])!.click());
  await vi.waitFor(() => expect((query("dialog input") as HTMLInputElement).value).toBe("fang@mail.example"));
  session.forget();
  draw();
  expect(query("dialog")).toBeNull();
});

test("the menu that somebody has opened stays open when it becomes known who they are", () => {
  const draw = (): unknown => act(() => render(<Head ui={{ session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) }} />, document.body));
  session.forget();
  store.set({ phase: "ready", timeline: { conversation: conversation(), messages: [], pending: [] } });
  draw();
  act(() => query(".menu button")!.click());
  expect(query(".menu li")).not.toBeNull();
  store.set({ customer: { id: "fang", kind: "verified", locale: "zh-CN" } as never });
  draw();
  expect(query(".menu li")).not.toBeNull();
});

test("web addresses become links that give nothing away, other schemes do not", () => {
  show([message(1, "mei", { body: "见 https://demo.example/help（退款）。或 (http://a.example/b). javascript:alert(1)" })]);
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".text a")];
  expect(links.map(({ textContent }) => textContent)).toEqual(["https://demo.example/help", "http://a.example/b"]);
  for (const link of links) expect([link.rel, link.target]).toEqual(["noopener noreferrer nofollow", "_blank"]);
});

test("the line of an emergency has its number to call", () => {
  const values = { phone: "400 820-0001", steps: "冻结银行卡" };
  show([message(1, "desk", { body: "请立即拨打 400 820-0001。", data: { code: "urgent_help", values } })]);
  expect(query(".urgent a")!.getAttribute("href")).toBe("tel:4008200001");
  expect(query(".urgent")!.textContent).toContain("400 820-0001");
});

describe("who waits", () => {
  const DESK = { site: "demo", names: {}, open: true, now: "2026-11-20T02:00:00Z", zone: "Asia/Shanghai", rule: "weekly", queue: "open", skew: 0 } as const;

  function stands(room: Partial<Conversation>, desk: Partial<Desk> = {}, messages: Message[] = []): HTMLElement {
    store.set({ phase: "ready", desk: { ...DESK, ...desk }, timeline: { conversation: conversation(room), messages, pending: [] } });
    const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
    act(() => render(<Talk ui={ui} conversation={conversation(room)} />, document.body));
    return query(".standing")!;
  }

  const buttons = (standing: HTMLElement): string[] => [...standing.querySelectorAll("button")].map(({ textContent }) => textContent);

  test("reads their place and the wait, and hears only of the place", () => {
    const standing = stands({ status: "waiting", waiting: { place: 3, range: { low: 300, high: 720 } } });
    expect(standing.textContent).toContain("正在排队，前面还有 2 位大约 5 到 12 分钟");
    expect(standing.querySelector('[role="status"]')!.textContent).toBe("正在排队，前面还有 2 位");
    expect(buttons(standing)).toEqual(["给客服留言"]);
  });

  test("at closing time chooses between a message and the end", () => {
    const standing = stands({ status: "waiting", waiting: { place: 3 } }, { open: false, opens_at: "2026-11-30T01:00:00Z", rule: "emergency", reason: "系统升级" });
    expect(standing.textContent).toMatch(/临时暂停服务 · 系统升级 · 11月30日.*恢复服务/);
    expect(buttons(standing)).toEqual(["结束会话", "给客服留言"]);
  });

  test.each([
    ["leaves what they wrote with one press", { contact: true }, [message(1, "fang")], "", ["leave_message"], "talk"],
    ["is asked for an address first", { contact: false }, [message(1, "fang")], "", [], "leave"],
    ["is asked for a message first, having written none", { contact: true }, [message(1, "mei")], "", [], "leave"],
    ["looks first at what they had begun to write", { contact: true }, [message(1, "fang")], "还有", [], "leave"],
  ] as const)("at closing time %s", async (_, room, messages, draft, commands, view) => {
    const asked: [string, Record<string, unknown>][] = [];
    answerCalls((command, body) => (asked.push([command, body]), { ok: true, value: { conversation: conversation({ status: "offline" }), messages: [], more: false } }));
    const waits = { status: "waiting", waiting: { place: 1 }, last_seq: 1, ...room } as const;
    session.tab.write("draft", draft);
    const standing = stands(waits, { open: false }, [...messages]);
    store.set({ view: "form" }); // neither of the two it may become
    await act(async () => void standing.querySelectorAll("button")[1]!.click());
    await vi.waitFor(() => expect(store.state.view).toBe(view));
    expect(asked.map(([command]) => command).filter((command) => command !== "sync")).toEqual(commands);
    for (const [command, body] of asked) if (command === "leave_message") expect(Object.keys(body)).toEqual(["conversation_id", "client_id"]);
  });

  test.each([
    ["closing", "客服即将下班"],
    ["full", "排队人数已满"],
  ] as const)("is not offered a queue that is %s", (queue, told) => {
    const standing = stands({ status: "bot" }, { queue });
    expect(standing.textContent).toContain(told);
    expect(buttons(standing)).toEqual(["给客服留言"]);
    expect(buttons(stands({ status: "bot" }))).toEqual(["转人工客服"]);
  });

  test("and left a message reads by when it is answered", () => {
    expect(stands({ status: "offline", reply_by: "2026-11-30T05:00:00Z" }).textContent).toMatch(/我们会在11月30日.* 前回复您/);
    expect(stands({ status: "offline" }).textContent).toContain("客服会在这里回复您");
  });
});

describe("the form of a message", () => {
  async function form(room: Partial<Conversation>, messages: Message[] = []): Promise<HTMLFormElement> {
    store.set({ phase: "ready", view: "leave", timeline: { conversation: conversation(room), messages, pending: [] } });
    const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
    await act(() => render(<LeaveMessage ui={ui} />, document.body));
    return query("form") as HTMLFormElement;
  }
  const fields = (shown: HTMLFormElement): string[] => [...shown.querySelectorAll<HTMLInputElement>("[name]")].map(({ name }) => name);
  const send = (shown: HTMLFormElement) => act(() => void shown.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));

  test("asks for nothing that is known", async () => {
    expect(fields(await form({ contact: true }))).toEqual(["body"]);
    expect(fields(await form({ contact: false }))).toEqual(["body", "email", "phone"]);
  });

  test("shows what is left as it stands, and more may be added but need not", async () => {
    const shown = await form({ contact: true }, [message(1, "fang", { body: "我想退款" }), message(2, "mei")]);
    expect(query("blockquote")!.textContent).toContain("我想退款");
    await send(shown);
    expect(shown.querySelector('[aria-invalid="true"]')).toBeNull();
  });

  test("asks who wrote nothing for their message", async () => {
    const shown = await form({ contact: true }, [message(1, "mei")]);
    expect(query("blockquote")).toBeNull();
    await send(shown);
    expect(query(".error")!.textContent).toBe(zh["leave.body_missing"]);
  });

  test("goes on with what was begun to write", async () => {
    session.tab.write("draft", "还有一件事");
    expect((await form({ contact: true })).querySelector("textarea")!.value).toBe("还有一件事");
  });
});

describe("before a conversation", () => {
  const DESK = { site: "demo", names: {}, open: true, now: "2026-11-20T02:00:00Z", zone: "Asia/Shanghai", rule: "weekly", queue: "open", skew: 0 } as const;
  const range = { low: 60, high: 300 };

  test.each([
    ["somebody is there", { range }, "客服能更快为您处理。目前等待时间", "开始咨询"],
    ["nobody is there", {}, "客服暂时不在", "开始咨询"],
    ["the queue closes", { queue: "closing", range }, "客服即将下班", "给客服留言"],
    ["the queue is full", { queue: "full", range }, "排队人数已满", "给客服留言"],
    ["the queue is full and the bot answers", { queue: "full", divert: "bot", range }, "客服正忙，智能助手会先为您解答", "开始咨询"],
    ["the desk is closed", { open: false }, "智能助手会先为您解答", "开始咨询"],
  ] as const)("the button says what comes of it: %s", (_, desk, told, label) => {
    store.set({ phase: "ready", desk: { ...DESK, ...desk } });
    const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
    act(() => render(<Start ui={ui} />, document.body));
    expect(query(".greeting")!.textContent).toContain(told);
    expect(query("form > button")!.textContent).toBe(label);
  });
});

test("a form that was begun survives a reload, and the next one begins anew", async () => {
  answerCalls((command) => (command === "start" ? { ok: true, value: { conversation: conversation({ status: "waiting" }) } } : { ok: true, value: { conversation: conversation(), messages: [], more: false } }));
  store.set({ phase: "ready" });
  const draw = () => {
    act(() => render(null, document.body));
    const ui = { session, host: { page: () => undefined } as unknown as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
    act(() => render(<Start ui={ui} />, document.body));
  };
  const box = (name: string) => query(`[name=${name}]`) as HTMLInputElement;
  const fill = (name: string, value: string, event = "input") => act(() => ((box(name).value = value), void box(name).dispatchEvent(new Event(event, { bubbles: true }))));
  draw();
  await fill("topic", "refund", "change");
  await fill("order_number", "QY-1001");
  await fill("name", "王芳");
  await fill("body", "尺码不对");
  draw();
  expect(["topic", "order_number", "name", "body"].map((name) => box(name).value)).toEqual(["refund", "QY-1001", "王芳", "尺码不对"]);
  await act(async () => void query("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
  await vi.waitFor(() => expect(store.state.view).toBe("talk"));
  draw();
  expect([box("topic").value, box("name").value, box("body").value]).toEqual(["", "王芳", ""]);
});

describe("the head", () => {
  const DESK = { site: "demo", names: { "zh-CN": "晴野商城", en: "Fairfield" }, open: true, now: "2026-11-20T02:00:00Z", zone: "Asia/Shanghai", rule: "weekly", queue: "open", skew: 0 } as const;
  const range = { low: 60, high: 300 };

  test.each([
    ["somebody is there", { range }, {}, true, "客服在线"],
    ["nobody is there", {}, {}, false, "客服暂时不在"],
    ["the line is down", { range, closes_at: "2026-11-20T13:00:00Z" }, { line: "reconnecting" }, false, "服务至"],
    ["the desk is closed", { open: false, rule: "emergency" }, {}, false, "临时暂停服务"],
    ["an agent goes on after closing time", { open: false }, { view: "talk", timeline: { conversation: conversation(), messages: [], pending: [] } }, true, "陈梅 正在为您服务"],
  ] as const)("shines only for somebody who is there: %s", (_, desk, state, shines, told) => {
    store.set({ phase: "ready", line: "online", desk: { ...DESK, ...desk }, ...(state as object) });
    const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
    act(() => render(<Head ui={ui} />, document.body));
    expect([query(".desk")!.classList.contains("on"), query(".desk")!.textContent!.startsWith(told)]).toEqual([shines, true]);
  });
});

test("the safety notice stands out from other lines of the system", () => {
  const line = (seq: number, code: string) => message(seq, "desk", { body: "", data: { code, values: { name: "陈梅" } } });
  show([line(1, "agent_joined"), line(2, "safety_notice")]);
  const lines = [...document.querySelectorAll(".system")];
  expect(lines.map((one) => one.classList.contains("safety"))).toEqual([false, true]);
});

test("an agent's messages in a row carry their name once, a new day begins with its date", () => {
  const rows = rowsOf({
    messages: [message(1), message(2), message(3, "fang"), message(4, "mei", { created_at: "2026-11-22T02:00:00Z" })],
    pending: [],
  });
  expect(rows.map((row) => (row.type === "message" ? row.isFirst : row.type))).toEqual(["day", true, false, true, "day", true]);
});

test("a line stands before the first of what came while nobody looked", () => {
  const messages = [message(1), message(2, "fang"), message(3, "desk"), message(4), message(5), message(6)];
  const rows = (unseen?: { after: number; to: number }) => rowsOf({ messages, pending: [] }, unseen).map((row) => (row.type === "message" ? row.message.seq : row.type));
  expect(rows()).toEqual(["day", 1, 2, 3, 4, 5, 6]);
  expect(rows({ after: 2, to: 5 })).toEqual(["day", 1, 2, 3, "new", 4, 5, 6]);
  expect(rows({ after: 5, to: 5 })).toEqual(["day", 1, 2, 3, 4, 5, 6]);
  expect(rows({ after: 0, to: 5 })).toEqual(["day", 1, 2, 3, 4, 5, 6]); // a beginning is not new
});

test("what is new is marked from the opening of the window to its closing", async () => {
  const room = (last_seq: number, seen: number) => conversation({ last_seq, customer_read_seq: seen });
  const log = (open: boolean, held: Conversation) => {
    const messages = Array.from({ length: held.last_seq }, (_, index) => message(index + 1));
    store.set({ phase: "ready", open, timeline: { conversation: held, messages, pending: [] } });
    const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
    act(() => render(<Log ui={ui} conversation={held} />, document.body));
    return query(".new")?.nextElementSibling?.textContent;
  };
  expect(log(false, room(3, 1))).toBeUndefined();
  expect(log(true, room(3, 1))).toContain("mei 2");
  expect(log(true, room(3, 3))).toContain("mei 2"); // read by now, and still marked
  expect(log(false, room(3, 3))).toBeUndefined();
  expect(log(true, room(3, 3))).toBeUndefined();
  expect(log(true, room(4, 3))).toBeUndefined(); // seen coming
});

describe("what is read out", () => {
  const read = (): string[] => [...document.querySelectorAll('[aria-live="polite"] p')].map(({ textContent }) => textContent);

  async function hear(messages: Message[], given: Partial<State> = {}, room: Partial<Conversation> = {}): Promise<string[]> {
    const held = conversation({ last_seq: messages.at(-1)!.seq, ...room });
    store.set({ phase: "ready", current: true, ...given, timeline: { conversation: held, messages, pending: [] } });
    const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
    act(() => render(<Log ui={ui} conversation={held} />, document.body));
    await act(() => import("../src/app/views/News").then(() => undefined));
    return read();
  }

  test("is each message that comes, once, and not what was there", async () => {
    const [first, second, third] = [message(5), message(6), message(7, "desk", { data: { code: "closed", values: { by: "agent" } } })];
    expect(await hear([first])).toEqual([]);
    expect(await hear([first, second])).toEqual(["陈梅: mei 6"]);
    const told = document.querySelector('[aria-live="polite"] p');
    expect(await hear([first, second], {}, { agent_read_seq: 6 })).toEqual(["陈梅: mei 6"]);
    expect(await hear([first, second, third])).toEqual(["陈梅: mei 6", "客服已结束本次会话。"]);
    expect(document.querySelector('[aria-live="polite"] p')).toBe(told); // the same, so that nobody reads it again
    expect(query(".log")!.ariaLive ?? query(".log")!.getAttribute("aria-live")).toBe("off");
  });

  test("is neither what one wrote oneself nor what was said before", async () => {
    const now = message(9);
    expect(await hear([now])).toEqual([]);
    expect(await hear([message(3), message(8), now])).toEqual([]);
    expect(await hear([now, message(10, "fang")])).toEqual([]);
  });

  test("begins when what is shown is what there is", async () => {
    expect(await hear([message(1)], { current: false })).toEqual([]);
    expect(await hear([message(1), message(2)])).toEqual([]);
    expect(await hear([message(1), message(2), message(3)])).toEqual(["陈梅: mei 3"]);
  });
});

test.each([
  ["王芳@demo.example", { email: "王芳@demo.example" }],
  ["138 0000 0000", { phone: "138 0000 0000" }],
  ["wangfang", { account: "wangfang" }],
  ["  ", {}],
])("%j is understood as %j", (text, fields) => {
  expect(contactFields(text)).toEqual(fields);
});

async function press(given: KeyboardEventInit): Promise<void> {
  await act(() => void query("#composer")!.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...given })));
}

async function write(text: string): Promise<void> {
  const box = query("#composer") as HTMLTextAreaElement;
  await act(() => ((box.value = text), void box.dispatchEvent(new Event("input", { bubbles: true }))));
}

test("enter sends; with shift, or while an input method composes, it does not", async () => {
  show([], "composer");
  await write("你好");
  await press({ shiftKey: true });
  await press({ isComposing: true });
  await press({ keyCode: 229 });
  expect(store.state.timeline.pending).toEqual([]);
  await press({ keyCode: 13 });
  expect(store.state.timeline.pending.map(({ body }) => body)).toEqual(["你好"]);
  expect((query("#composer") as HTMLTextAreaElement).value).toBe("");
});

test("nothing but spaces is not sent", async () => {
  show([], "composer");
  await write("  \n ");
  await press({});
  expect(store.state.timeline.pending).toEqual([]);
});

test("an emoji goes where one was writing", async () => {
  show([], "composer");
  await write("谢谢您");
  (query("#composer") as HTMLTextAreaElement).setSelectionRange(2, 2);
  await act(async () => query(".emoji")!.click());
  await act(() => import("../src/app/emoji").then(() => undefined));
  await vi.waitFor(() => expect(document.activeElement?.parentElement?.className).toBe("emojis"));
  const move = (key: string) => act(() => void document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
  await move("ArrowDown");
  await move("ArrowRight");
  const chosen = document.activeElement!.textContent;
  expect(chosen).toBe(query(".emojis")!.children[9]!.textContent);
  await act(async () => (document.activeElement as HTMLElement).click());
  expect((query("#composer") as HTMLTextAreaElement).value).toBe(`谢谢${chosen}您`);
  expect([query(".emojis"), document.activeElement]).toEqual([null, query("#composer")]);
});

test("reasons go with the comment of a rating", async () => {
  const asked: unknown[] = [];
  answerCalls((command, body) => (command === "rate" && asked.push(body), { ok: true, value: { conversation: conversation({ status: "closed", score: 2 }), messages: [], more: false } }));
  const room = conversation({ status: "closed" });
  store.set({ phase: "ready", timeline: { conversation: room, messages: [], pending: [] } });
  const ui = { session, host: {} as Host, state: store.state, words: wordsOf<keyof typeof zh>("zh-CN", zh) };
  act(() => render(<Rating ui={ui} score={undefined} />, document.body));
  const tick = (selector: string) => act(() => query(selector)!.click());
  const reasons = () => [...document.querySelectorAll(".reason")].map(({ textContent }) => textContent);
  await tick('[value="5"]');
  expect(reasons()).toEqual(["回复快", "讲得清楚", "态度好", "问题解决了"]);
  await tick('[value="2"]');
  expect(reasons()).toEqual(["等太久", "没讲清楚", "态度不好", "问题没解决"]);
  await tick(".reason:nth-of-type(4) input");
  await tick(".reason:nth-of-type(1) input");
  await act(() => void query("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
  await vi.waitFor(() => expect(asked).toEqual([expect.objectContaining({ score: 2, comment: "等太久、问题没解决" })]));
});

test("a draft survives a reload", async () => {
  show([], "composer");
  await write("还没写完");
  act(() => render(null, document.body));
  show([], "composer");
  expect((query("#composer") as HTMLTextAreaElement).value).toBe("还没写完");
});
