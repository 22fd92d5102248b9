import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import zh from "../../chat/texts/zh-CN/widget.json";
import { contactFields } from "../src/app/contact";
import type { Host } from "../src/app/host";
import { rowsOf } from "../src/app/rows";
import { Session } from "../src/app/session";
import { Store } from "../src/app/state";
import { Composer } from "../src/app/views/Composer";
import { Log } from "../src/app/views/Log";
import { Talk } from "../src/app/views/Talk";
import "../src/core/texts";
import { wordsOf } from "../src/core/wording";
import type { Conversation, Desk, Message } from "../src/core/wire";
import { answerEverything } from "./network";
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

  function stands(room: Partial<Conversation>, desk: Partial<Desk> = {}): HTMLElement {
    store.set({ phase: "ready", desk: { ...DESK, ...desk }, timeline: { conversation: conversation(room), messages: [], pending: [] } });
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
    expect(standing.textContent).toMatch(/系统升级 · 11月30日.*开始服务/);
    expect(buttons(standing)).toEqual(["结束会话", "给客服留言"]);
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

test("a draft survives a reload", async () => {
  show([], "composer");
  await write("还没写完");
  act(() => render(null, document.body));
  show([], "composer");
  expect((query("#composer") as HTMLTextAreaElement).value).toBe("还没写完");
});
