import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import zh from "../../chat/texts/zh-CN/widget.json";
import { Help } from "../src/app/help";
import type { Host } from "../src/app/host";
import { Session } from "../src/app/session";
import { type Place, Store } from "../src/app/state";
import "../src/core/texts";
import { wordsOf } from "../src/core/wording";
import { answerCalls } from "./network";

const words = wordsOf<keyof typeof zh>("zh-CN", zh);
let store: Store;
let session: Session;

beforeEach(() => {
  store = new Store("zh-CN");
  session = new Session({ site: "demo", store, getIdentity: async () => undefined, page: () => undefined });
});

afterEach(() => {
  act(() => render(null, document.body));
  sessionStorage.clear();
});

const results = (...questions: string[]) => ({ ok: true, value: { results: questions.map((question, index) => ({ slug: `a${index}`, locale: "zh-CN", kind: "article", category: "refund", question, excerpt: "" })) } });
const refusal = (code: string) => ({ ok: false, error: { code, message: "No." } });

/** What the server answers each command; gives what it was asked. */
function answers(given: Record<string, object | undefined>): [string, unknown][] {
  const asked: [string, unknown][] = [];
  answerCalls((command, body) => (asked.push([command, body]), given[command]));
  return asked;
}

async function show(place: Extract<Place, { at: "help" }>): Promise<void> {
  await act(async () => render(<Help ui={{ session, host: {} as Host, state: store.state, words }} place={place} />, document.body));
}

const listed = () => vi.waitFor(() => {
  const found = [...document.querySelectorAll(".articles button")].map(({ textContent }) => textContent);
  expect(found.length).toBeGreaterThan(0);
  return found;
});

describe("looking for help", () => {
  test("begins with every article, and goes to what was typed", async () => {
    const asked = answers({ find_help: results("怎么退款？", "怎么改密码？") });
    await show({ at: "help" });
    expect(await listed()).toEqual(["怎么退款？", "怎么改密码？"]);
    expect(asked).toEqual([["find_help", { locale: "zh-CN" }]]);
    document.querySelector("input")!.value = " 退款 ";
    await act(() => void document.querySelector("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
    expect(store.state.place).toEqual({ at: "help", text: "退款" });
    await act(() => document.querySelectorAll<HTMLElement>(".articles button")[1]!.click());
    expect(store.state.place).toEqual({ at: "help", slug: "a1", text: "" });
  });

  test.each(["bot_off", "unavailable"])("asks for the words where the bot answers %s", async (code) => {
    const asked = answers({ search_help: refusal(code), find_help: results("怎么退款？") });
    await show({ at: "help", text: "退款" });
    expect(await listed()).toEqual(["怎么退款？"]);
    expect(asked.at(-1)).toEqual(["find_help", { text: "退款", locale: "zh-CN" }]);
    expect(document.querySelector('[role="status"]')!.textContent).toBe("与“退款”相关的文章（1）");
  });

  test("says that there is nothing, and not that there was no answer", async () => {
    answers({ search_help: results() });
    await show({ at: "help", text: "猫" });
    await vi.waitFor(() => expect(document.querySelector('[role="status"]')!.textContent).toContain("没有找到与“猫”相关的文章"));
  });

  test("can be tried again when nobody answered", async () => {
    const given: Record<string, object | undefined> = {};
    answers(given);
    await show({ at: "help", text: "退款" });
    await vi.waitFor(() => expect(document.querySelector('[role="alert"]')!.textContent).toContain("网络似乎断开了"));
    given["search_help"] = results("怎么退款？");
    await act(() => document.querySelector<HTMLElement>('[role="alert"] button')!.click());
    expect(await listed()).toEqual(["怎么退款？"]);
  });
});

describe("an article in the window", () => {
  const article = { slug: "fees", locale: "zh-CN", kind: "article", category: "fees", question: "收什么费？", answer: "见[政策](../zh-CN/policies/fees)。\n\n- **转账**免费", version: 2, state: "in_force", effective_at: "2026-11-03T02:00:00Z" };

  test("is read with its date, and its links lead from its page", async () => {
    answers({ read_help: { ok: true, value: { article, path: "/help/demo/zh-CN/fees" } } });
    await show({ at: "help", slug: "fees" });
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("收什么费？"));
    const links = [...document.querySelectorAll("article a")].map((link) => new URL(link.getAttribute("href")!, location.origin).pathname);
    expect(links).toEqual(["/help/demo/zh-CN/policies/fees", "/help/demo/zh-CN/fees"]);
    expect(document.querySelector("article strong")!.textContent).toBe("转账");
    expect(document.querySelector(".about")!.textContent).toContain("第 2 版 · 2026年11月3日起生效");
  });

  test("that is gone says so", async () => {
    answers({ read_help: refusal("not_found") });
    await show({ at: "help", slug: "old" });
    await vi.waitFor(() => expect(document.querySelector('[role="alert"]')!.textContent).toBe("这篇文章已不再提供。"));
  });
});
