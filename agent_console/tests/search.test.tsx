import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Found, FoundPage, Search } from "../../widget/src/core/wire";
import { placeOfFound } from "../src/ui/search";
import { draw, root } from "./page";
import { at, conversation, CUSTOMER, deskView, MEI, message, settled, storeWith } from "./people";

const ID = (number: number): string => `01a2032e-0000-7000-8000-00000000000${number}`;

const SAID: Found = {
  kind: "message",
  id: ID(1),
  title: "李娜",
  pieces: [{ text: "我要", hit: false }, { text: "退款", hit: true }, { text: "<b>谢谢</b>", hit: false }],
  at: at(0),
  author: { kind: "agent", ...MEI },
  status: "closed",
  conversation_id: ID(2),
  seq: 7,
};
const TICKET: Found = { kind: "ticket", id: ID(3), ticket_id: ID(3), title: "鞋子开胶", pieces: [{ text: "开胶", hit: false }], at: at(0), number: "QY-1", status: "new" };
const PERSON: Found = { kind: "customer", id: ID(4), title: "", pieces: [{ text: "li@demo.example", hit: true }], at: at(0), conversation_id: ID(2) };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  location.hash = "#/queue";
});
afterEach(() => {
  vi.useRealTimers();
});

type Answer = (query: Search) => FoundPage | Promise<FoundPage>;

/** The search, opened by its key; `answer` is what the server says. */
async function open(answer: Answer) {
  const asked: Search[] = [];
  const { store } = storeWith({
    sync: () => ({ desk: deskView({ waiting: [conversation(ID(2))] }) }),
    search: (query: Search) => {
      asked.push(query);
      return answer(query);
    },
  } as unknown as Parameters<typeof storeWith>[0]);
  await draw(store);
  await act(async () => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true }));
  });
  // What was asked last is asked again, so each begins with nothing.
  await act(async () => root.querySelector<HTMLElement>(".search-tabs .search-chip")!.click());
  await act(async () => {
    const field = input();
    field.value = "";
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  return { asked };
}

const input = (): HTMLInputElement => root.querySelector<HTMLInputElement>("dialog.search input")!;
const lines = (): string[] => [...root.querySelectorAll(".search-found .row")].map((row) => row.textContent!.replace(/\s+/g, " "));

async function type(...texts: string[]): Promise<void> {
  for (const text of texts) {
    await act(async () => {
      input().value = text;
      input().dispatchEvent(new InputEvent("input", { bubbles: true }));
    });
  }
}

async function pause(): Promise<void> {
  await act(async () => {
    vi.advanceTimersByTime(1_000);
    await settled();
  });
}

const nothing: FoundPage = { found: [], behind: false };
const ANSWERS: Partial<Record<string, Found[]>> = { message: [SAID], ticket: [TICKET], customer: [PERSON] };
const answers = (query: Search): FoundPage => ({ behind: false, found: ANSWERS[query.kinds![0]!] ?? [] });

test("what is typed is asked once, a moment after the last key, and shown with its hits as text", async () => {
  const { asked } = await open(answers);
  await type("退", "退款");
  expect(asked).toEqual([]);
  await pause();
  expect(new Set(asked.map(({ text }) => text))).toEqual(new Set(["退款"]));
  expect(lines()).toHaveLength(3);
  expect(lines()[2]).toContain("陈梅: 我要退款<b>谢谢</b>");
  expect([...root.querySelectorAll(".search-found mark")].map((hit) => hit.textContent)).toEqual(["li@demo.example", "退款"]);
  expect(root.querySelector(".search-found b")).toBeNull();
});

test("an answer to what was typed before is dropped", async () => {
  const late: ((page: FoundPage) => void)[] = [];
  await open(({ text, kinds }) => (text === "退" && kinds?.includes("message") ? new Promise((tell) => late.push(tell)) : text === "退" ? nothing : answers({ text, kinds: kinds! })));
  await type("退");
  await pause();
  await type("退款");
  await pause();
  await act(async () => {
    late[0]!({ ...nothing, found: [{ ...SAID, id: ID(9), title: "王伟" }] });
    await settled();
  });
  expect(lines().some((line) => line.includes("王伟"))).toBe(false);
  expect(lines()).toHaveLength(3);
});

test("nothing is asked while there is no word, and nothing found is said so", async () => {
  const { asked } = await open(() => nothing);
  await type("  !? ");
  await pause();
  expect(asked).toEqual([]);
  await type("龙猫");
  await pause();
  expect(root.querySelector(".search-found .empty")!.textContent).toContain("龙猫");
});

test("a page on which all was turned down is followed by the next", async () => {
  const { asked } = await open(({ kinds, before }) => (!kinds?.includes("message") ? nothing : before ? { ...nothing, found: [SAID] } : { ...nothing, next: "further" }));
  await type("退款");
  await pause();
  expect(asked.filter(({ before }) => before === "further")).toHaveLength(1);
  expect(lines()).toHaveLength(1);
});

test("a kind is searched alone, and keys go to what was found, which opens at the message", async () => {
  const { asked } = await open(answers);
  await type("退款");
  await act(async () => [...root.querySelectorAll<HTMLElement>(".search-chip")].find((chip) => chip.textContent === "消息")!.click());
  await pause();
  expect(asked).toEqual([{ text: "退款", kinds: ["message"] }]);
  await act(async () => {
    input().dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  });
  expect(document.activeElement!.className).toBe("row");
  await act(async () => (document.activeElement as HTMLElement).click());
  expect(location.hash).toBe(`#/queue/${ID(2)}/7`);
  expect(root.querySelector("dialog.search")).toBeNull();
});

test("when all is searched the first of each kind are shown, and the way to its others", async () => {
  const articles = [6, 7, 8, 9].map((number): Found => ({ ...TICKET, kind: "article", id: ID(number), title: `文章 ${number}` }));
  const { asked } = await open((query) => ({ behind: false, found: query.kinds![0] === "article" ? articles.slice(0, query.limit) : [] }));
  await type("退款");
  await pause();
  expect(lines().filter((line) => line.includes("文章 "))).toHaveLength(3);
  expect(root.querySelector(".search-foot [role=status]")!.textContent).toContain("还有更多");
  await act(async () => root.querySelector<HTMLElement>(".search-others")!.click());
  await pause();
  expect(asked.at(-1)).toEqual({ text: "退款", kinds: ["article"] });
  expect(lines()).toHaveLength(4);
  expect(lines()[0]).toContain("更新于");
});

test("it can be narrowed to one of the customers of whom something was found", async () => {
  const { asked } = await open((query) => (query.kinds![0] === "message" ? { behind: false, found: [{ ...SAID, customer_id: ID(4) }] } : nothing));
  await type("退款");
  await pause();
  const choice = root.querySelector<HTMLSelectElement>('select[aria-label="客户"]')!;
  expect([...choice.options].map((option) => option.text)).toEqual(["所有客户", "李娜"]);
  await act(async () => {
    choice.value = ID(4);
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await pause();
  expect(new Set(asked.slice(-4).map(({ customer_id }) => customer_id))).toEqual(new Set([ID(4)]));
});

test("each kind opens where it is", () => {
  expect(placeOfFound(SAID)).toEqual({ screen: "queue", id: ID(2), at: "7" });
  expect(placeOfFound({ ...SAID, kind: "note", id: ID(5) })).toEqual({ screen: "queue", id: ID(2), at: ID(5) });
  expect(placeOfFound(TICKET)).toEqual({ screen: "tickets", id: ID(3) });
  expect(placeOfFound(PERSON)).toEqual({ screen: "queue", id: ID(2) });
  expect(placeOfFound({ ...TICKET, kind: "article", id: ID(6) })).toEqual({ screen: "knowledge", id: ID(6) });
});

test("a message far above the end is fetched and shown, and what it is called stays in the address", async () => {
  const talk = conversation(ID(2), { last_seq: 90 });
  const messages = Array.from({ length: 90 }, (_, index) => message(ID(2), index + 1, CUSTOMER, `第 ${index + 1} 句`));
  const asked: number[] = [];
  location.hash = `#/queue/${ID(2)}/7`;
  const { store } = storeWith({
    sync: ({ conversation_id }: { conversation_id?: string }) =>
      conversation_id ? { conversation: talk, messages: messages.slice(40), notes: [], viewers: [], more: false } : { desk: deskView({ waiting: [talk] }) },
    history: ({ before_seq }: { before_seq: number }) => {
      asked.push(before_seq);
      return { messages: messages.slice(0, before_seq - 1), more: false };
    },
  } as unknown as Parameters<typeof storeWith>[0]);
  await draw(store);
  expect(asked).toEqual([41]);
  expect(root.querySelector(".sought")!.textContent).toContain("第 7 句");
  expect(root.querySelectorAll(".sought")).toHaveLength(1);
});
