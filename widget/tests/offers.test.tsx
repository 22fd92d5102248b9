import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import en from "../../chat/texts/en/widget.json";
import zh from "../../chat/texts/zh-CN/widget.json";
import type { Host } from "../src/app/host";
import { openOffer } from "../src/app/offers";
import { Session } from "../src/app/session";
import { Store } from "../src/app/state";
import { Talk } from "../src/app/views/Talk";
import "../src/core/texts";
import type { Pending } from "../src/core/timeline";
import { wordsOf } from "../src/core/wording";
import type { Conversation, Locale, Message, Say } from "../src/core/wire";
import { answerCalls } from "./network";
import { conversation, message } from "./people";

let store: Store;
let session: Session;
let said: Say[];

beforeEach(() => {
  said = [];
  answerCalls((command, body) => {
    if (command === "say") said.push(body as Say);
    return command === "say" ? { ok: true, value: { seq: 9, id: "message-9", created_at: "2026-11-20T02:00:00Z" } } : undefined;
  });
  store = new Store("zh-CN");
  session = new Session({ site: "demo", store, getIdentity: async () => undefined, page: () => undefined });
});

afterEach(() => {
  act(() => render(null, document.body));
  sessionStorage.clear();
});

const BOT = { kind: "bot", name: "" } as const;
const fromBot = (seq: number, data: object, given: Partial<Message> = {}): Message =>
  message(seq, "desk", { author: BOT, kind: "choices", body: "", data: data as Record<string, unknown>, ...given });

const SUGGESTED = fromBot(2, { code: "suggest", turn: 1, choices: [{ title: "怎么申请退款？", value: "a1" }, { title: "退款多久到账？", value: "a2" }], values: ["a1", "a2", "none"] });
const ANSWER = fromBot(
  2,
  { article_id: "a1", slug: "apply", title: "怎么申请退款？", version: 3, effective_at: "2026-11-03T02:00:00Z", path: "/help/demo/zh-CN/apply", turn: 1,
    values: ["helped", "not_helped", "flow:refund"], choices: [{ title: "申请退款", value: "flow:refund" }] },
  { kind: "text", body: "打开订单，点申请退款。" },
);
const flow = (values: string[], input: string): Message =>
  fromBot(2, { code: "flow", flow: "refund", step: "one", input, turn: 1, choices: values.map((value) => ({ title: `按钮 ${value}`, value })), values }, { body: "要退哪一笔？" });
const chose = (seq: number, value: string, of = 2): Message => message(seq, "fang", { data: { choice: { seq: of, value } } });

async function show(messages: Message[], given: { room?: Partial<Conversation>; pending?: Pending[]; locale?: Locale } = {}): Promise<void> {
  const { locale = "zh-CN", pending = [] } = given;
  const room = conversation({ status: "bot", last_seq: messages.length, ...given.room });
  store.set({ phase: "ready", locale, timeline: { conversation: room, messages, pending } });
  const words = wordsOf<keyof typeof zh>(locale, locale === "en" ? en : zh);
  const draw = () => act(() => render(<Talk ui={{ session, host: {} as Host, state: store.state, words }} conversation={room} />, document.body));
  session.store.listen(() => void draw());
  await draw();
  await act(() => import("../src/app/bot").then(() => undefined));
  await draw();
}

const all = (selector: string): HTMLButtonElement[] => [...document.querySelectorAll<HTMLButtonElement>(selector)];
const labels = (selector: string): string[] => all(selector).map(({ textContent }) => textContent);
const pressed = (): string[] => labels('[aria-pressed="true"]');
const press = (label: string) => act(async () => all("button").find(({ textContent }) => textContent === label)!.click());

describe("an offer is open", () => {
  const room = conversation({ status: "bot" });
  const waiting: Pending = { client_id: "c", body: "等等", created_at: "2026-11-20T02:00:00Z" };
  const first = message(1, "fang");

  test.each([
    ["while it is the newest", [first, SUGGESTED], [], room, 2],
    ["when the desk says something of its own", [first, SUGGESTED, message(3, "desk", { data: { code: "agent_left", values: {} } })], [], room, 2],
    ["when the bot goes on without another", [first, SUGGESTED, fromBot(3, { code: "no_case", values: {} }, { kind: "system" })], [], room, 2],
    ["until the bot offers something else", [first, SUGGESTED, fromBot(3, { code: "no_answer", values: {}, offer: "leave_message" }, { kind: "system" })], [], room, 3],
    ["until the customer writes", [first, SUGGESTED, message(3, "fang")], [], room, undefined],
    ["until something is on its way", [first, SUGGESTED], [waiting], room, undefined],
    ["again when that was refused", [first, SUGGESTED], [{ ...waiting, failed: "too_long" }], room, 2],
    ["until a person has taken over", [first, SUGGESTED], [], conversation(), undefined],
  ] as const)("%s", (_, messages, pending, held, seq) => {
    expect(openOffer({ conversation: held, messages, pending })?.seq).toBe(seq);
  });
});

test("a press says what the button says, and which it was of what", async () => {
  await show([message(1, "fang"), SUGGESTED]);
  expect(labels(".choices button")).toEqual(["怎么申请退款？", "退款多久到账？", "都不是"]);
  await press("都不是");
  await vi.waitFor(() => expect(said).toHaveLength(1));
  expect(said[0]).toMatchObject({ body: "都不是", choice: { seq: 2, value: "none" } });
  expect(pressed()).toEqual(["都不是"]);
  expect(all(".choices button").every(({ disabled }) => disabled)).toBe(true);
});

test("a person is offered beside the choices of a flow that gets no further, and no more when it has gone on", async () => {
  const refused = flow(["order:1", "flow:message"], "order");
  refused.data!["offer"] = "ask_agent";
  await show([message(1, "fang"), refused]);
  expect(labels(".log .chip")).toEqual([zh["standing.ask_agent"]]);
  expect(labels(".choice")).toContain("按钮 order:1");
  await show([message(1, "fang"), refused, chose(3, "order:1")]);
  expect(labels(".log .chip")).toEqual([]);
});

test("the field stays in use beside the buttons, and has the focus after a press", async () => {
  await show([message(1, "fang"), SUGGESTED]);
  const field = document.querySelector<HTMLTextAreaElement>("#composer")!;
  expect(field.disabled).toBe(false);
  await press("怎么申请退款？");
  expect(document.activeElement?.closest(".talk")).not.toBeNull();
});

test("buttons are a group that its question names", async () => {
  await show([message(1, "fang"), flow(["order:1", "flow:out"], "order")]);
  const names = [...document.querySelectorAll('[role="group"]')].map((one) => document.getElementById(one.getAttribute("aria-labelledby")!)!.textContent);
  expect(names).toEqual(["要退哪一笔？", "要退哪一笔？"]);
});

describe("an answer", () => {
  test.each([
    ["zh-CN", "来源怎么申请退款？第 3 版 · 2026年11月3日起生效"],
    ["en", "Source怎么申请退款？Version 3 · in effect since 3 November 2026"],
  ] as const)("names its article, version and date in %s", async (locale, told) => {
    await show([message(1, "fang"), ANSWER], { locale });
    expect(document.querySelector(".source")!.textContent).toBe(told);
    const link = document.querySelector<HTMLAnchorElement>(".source a")!;
    expect([link.getAttribute("href"), link.target, link.rel]).toEqual(["/help/demo/zh-CN/apply", "_blank", "noopener"]);
    await act(async () => link.click());
    expect(store.state.place).toEqual({ at: "help", slug: "apply" });
  });

  test("asks whether it helped, beside what can be done about it", async () => {
    await show([message(1, "fang"), ANSWER]);
    expect([labels(".choices button"), labels(".votes button")]).toEqual([["申请退款"], ["有帮助", "没有帮助"]]);
    expect(document.querySelector(".votes")!.getAttribute("aria-labelledby")).toBe("helped-2");
    await press("没有帮助");
    await vi.waitFor(() => expect(said[0]).toMatchObject({ body: "没有帮助", choice: { seq: 2, value: "not_helped" } }));
  });

  test("asks no more once something else was said, and shows what was pressed", async () => {
    await show([message(1, "fang"), ANSWER, message(3, "fang")]);
    expect(document.querySelector(".feedback")).toBeNull();
    await show([message(1, "fang"), ANSWER, chose(3, "helped")]);
    expect(pressed()).toEqual(["有帮助"]);
  });

  test("is shown with its marks, once they can be drawn", async () => {
    await show([message(1, "fang"), { ...ANSWER, data: { ...ANSWER.data, markdown: "打开**订单**。" } }]);
    await vi.waitFor(() => expect(document.querySelector(".rich strong")!.textContent).toBe("订单"));
  });

  test("of an agent has no source, whatever its data say", async () => {
    await show([message(1, "fang"), { ...ANSWER, author: message(2, "mei").author }]);
    expect(document.querySelector(".source, .votes, .choices")).toBeNull();
  });
});

describe("a question of a flow", () => {
  test("sets what goes on apart from what leads back and out", async () => {
    await show([message(1, "fang"), flow(["flow:send", "flow:back", "flow:out"], "confirm")]);
    expect(labels(".controls .first")).toEqual(["按钮 flow:send"]);
    expect(labels(".controls .last")).toEqual(["按钮 flow:back", "按钮 flow:out"]);
  });

  test("that was answered keeps the answer, not the ways on", async () => {
    await show([message(1, "fang"), flow(["order:1", "order:2", "flow:back", "flow:out"], "order"), chose(3, "order:2")]);
    expect([labels(".choices button"), pressed(), all(".controls button")]).toEqual([["按钮 order:1", "按钮 order:2"], ["按钮 order:2"], []]);
    await show([message(1, "fang"), flow(["order:1", "flow:back", "flow:out"], "order"), chose(3, "flow:back")]);
    expect(pressed()).toEqual(["按钮 flow:back"]);
  });

  test("for evidence leads to the button for files, while it is asked", async () => {
    const asked = [message(1, "fang"), flow(["flow:skip", "flow:out"], "evidence")];
    await show(asked);
    const opened = vi.fn();
    await vi.waitFor(() => document.querySelector(".composer input[type=file]")!.addEventListener("click", opened));
    await press("发送图片或文件");
    expect(opened).toHaveBeenCalledOnce();
    await show([...asked, chose(3, "flow:skip")]);
    expect(all(".files")).toEqual([]);
  });
});

test("Markdown is drawn of agents, and stands as it is of customers", async () => {
  const text = "请看 **这里**";
  await show([message(1, "fang", { body: text }), message(2, "mei", { body: text })], { room: { status: "active" } });
  await vi.waitFor(() => expect(document.querySelector(".block:not(.own) strong")!.textContent).toBe("这里"));
  expect(document.querySelector(".own .text")!.textContent).toBe(text);
});
