import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import en from "../../chat/texts/en/widget.json";
import zh from "../../chat/texts/zh-CN/widget.json";
import type { Host } from "../src/app/host";
import { Mail, Options } from "../src/app/more";
import { saveTranscript, transcript } from "../src/app/more/transcript";
import { Session } from "../src/app/session";
import { Store } from "../src/app/state";
import "../src/core/texts";
import { wordsOf } from "../src/core/wording";
import { answerCalls } from "./network";
import { conversation, message } from "./people";

const words = wordsOf<keyof typeof zh>("zh-CN", zh);
let store: Store;
let session: Session;

beforeEach(() => {
  store = new Store("zh-CN");
  session = new Session({ site: "demo", store, getIdentity: async () => undefined, page: () => undefined });
});

afterEach(() => {
  act(() => render(null, document.body));
  localStorage.clear();
});

function options(): HTMLButtonElement[] {
  act(() => render(<Options ui={{ session, host: {} as Host, state: store.state, words }} close={() => undefined} mail={() => undefined} end={() => undefined} />, document.body));
  return [...document.querySelectorAll("button")];
}

describe("the menu", () => {
  const labels = () => options().map(({ textContent }) => textContent);

  test("offers what there is something of", () => {
    expect(labels()).not.toContain("下载聊天记录");
    store.set({ timeline: { conversation: conversation({ status: "closed" }), messages: [], pending: [] } });
    expect(labels()).toContain("下载聊天记录");
    expect(labels()).not.toContain("结束会话");
    store.set({ timeline: { conversation: conversation(), messages: [], pending: [] } });
    expect(labels()).toContain("结束会话");
  });

  test("offers the mail only where mails are sent, and says where it goes to", async () => {
    store.set({ timeline: { conversation: conversation(), messages: [], pending: [] } });
    expect(labels()).not.toContain("发送到邮箱");
    store.set({ mails: true, customer: { id: "fang", kind: "claimed", locale: "zh-CN", email: "fang@mail.example" } });
    expect(labels()).toContain("发送到邮箱");
    const asked: string[] = [];
    answerCalls((command) => (asked.push(command), { ok: true, value: {} }));
    act(() => render(<Mail ui={{ session, host: {} as Host, state: store.state, words }} done={() => undefined} />, document.body));
    await act(async () => void document.querySelector("form")!.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true })));
    await vi.waitFor(() => expect(document.body.textContent).toContain("会话记录会发送到 fang@mail.example"));
    expect(asked).toEqual(["mail_transcript"]);
  });

  test("makes no sound until it is allowed", () => {
    const isAllowed = () => options().find(({ textContent }) => textContent === "新消息提示音")!.getAttribute("aria-pressed");
    expect(isAllowed()).toBe("false");
    session.memory.write("sound", true);
    expect(isAllowed()).toBe("true");
  });
});

describe("a transcript", () => {
  const said = [
    message(1, "desk", { body: "", data: { code: "agent_joined", values: { name: "陈梅" } } }),
    message(2, "mei", { body: "您好\n请讲" }),
    message(3, "fang", { kind: "file", body: "", data: { attachment: { name: "收据.jpg" } } }),
    message(4, "desk", { author: { kind: "bot", name: "" }, body: "", data: { code: "of_next_year", values: {} } }),
    message(5, "fang", { created_at: "2026-11-21T02:00:00Z", body: "再见" }),
  ];

  test("has every line that says something, by day, with who said it", () => {
    const lines = transcript(said, words, "晴野商城").split("\r\n").map((line) => line.replace(/^\d\d:\d\d/, "00:00"));
    expect(lines).toEqual([
      "晴野商城", "聊天记录，时间为您的本地时间。", "", expect.stringMatching(/^—— 11月20日/),
      "00:00 · 客服 陈梅 为您服务。", "00:00 陈梅：您好", "      请讲", "00:00 您：[收据.jpg]", "", expect.stringMatching(/^—— 11月21日/), "00:00 您：再见", "",
    ]);
  });

  test("has what the assistant offered to choose", () => {
    const offered = message(1, "desk", { author: { kind: "bot", name: "" }, body: "", data: { code: "suggest", choices: [{ title: "怎么申请退款？", value: "a" }, { title: "多久到账？", value: "b" }] } });
    const asked = message(2, "desk", { author: { kind: "bot", name: "" }, body: "退到哪里？", data: { choices: [{ title: "原路退回", value: "c" }] } });
    expect(transcript([offered, asked], words).split("\r\n").slice(3, -1)).toEqual([
      expect.stringMatching(/智能助手：.+/), "      - 怎么申请退款？", "      - 多久到账？", expect.stringMatching(/智能助手：退到哪里？$/), "      - 原路退回",
    ]);
  });

  test("is worded in English as well", () => {
    const text = transcript(said.slice(1, 3), wordsOf<keyof typeof zh>("en", en));
    expect(text).toMatch(/\d\d:\d\d 陈梅: 您好/);
    expect(text).toMatch(/\d\d:\d\d You: \[收据\.jpg\]/);
  });

  test("is of the whole conversation, however little of it is on the screen", async () => {
    const asked: number[] = [];
    answerCalls((command, body: { before_seq: number }) => {
      if (command !== "history") return undefined;
      asked.push(body.before_seq);
      const before = said.filter(({ seq }) => seq < body.before_seq);
      return { ok: true, value: { messages: before.slice(-2), more: before.length > 2 } };
    });
    const saved = vi.spyOn(URL, "createObjectURL");
    expect(await saveTranscript(session, words, conversation({ last_seq: 5 }))).toBe(true);
    expect(asked).toEqual([6, 4, 2]);
    const text = await (saved.mock.lastCall![0] as Blob).text();
    for (const line of ["您好", "收据.jpg", "再见"]) expect(text).toContain(line);
    saved.mockRestore();
  });
});
