import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import zh from "../../chat/texts/zh-CN/widget.json";
import type { Host } from "../src/app/host";
import { Past } from "../src/app/past";
import { Session } from "../src/app/session";
import { type Place, Store } from "../src/app/state";
import "../src/core/texts";
import { wordsOf } from "../src/core/wording";
import { answerCalls } from "./network";
import { conversation, message, OTHER_ROOM } from "./people";

const words = wordsOf<keyof typeof zh>("zh-CN", zh);
const old = conversation({ id: OTHER_ROOM, status: "closed", topic: "refund", last_seq: 60, created_at: "2026-11-03T02:00:00Z" });
const said = Array.from({ length: 60 }, (_, index) => message(index + 1, "mei", { id: `old-${index + 1}`, conversation_id: OTHER_ROOM }));
let store: Store;
let session: Session;
let isDown = false;

beforeEach(() => {
  isDown = false;
  store = new Store("zh-CN");
  store.set({ phase: "ready", view: "form", timeline: { conversation: conversation(), messages: [], pending: [] } });
  session = new Session({ site: "demo", store, getIdentity: async () => undefined, page: () => undefined });
  answerCalls((command, body: { before_seq: number }) => {
    if (isDown) return undefined;
    if (command === "my_conversations") return { ok: true, value: { conversations: [conversation(), old] } };
    const before = said.filter(({ seq }) => seq < body.before_seq);
    return { ok: true, value: { messages: before.slice(-50), more: before.length > 50 } };
  });
});

afterEach(() => {
  act(() => render(null, document.body));
  sessionStorage.clear();
});

async function show(place: Extract<Place, { at: "past" }>): Promise<void> {
  await act(async () => render(<Past ui={{ session, host: {} as Host, state: store.state, words }} place={place} />, document.body));
}

const until = (selector: string) => vi.waitFor(() => {
  const found = [...document.querySelectorAll<HTMLElement>(selector)];
  expect(found.length).toBeGreaterThan(0);
  return found;
});

test("what was said before is listed; the one that goes on is gone back to", async () => {
  await show({ at: "past" });
  const [now, before] = await until("li button");
  expect(now!.textContent).toMatch(/进行中$/);
  expect(before!.textContent).toBe("申请退款2026年11月3日 · 陈梅 · 已结束");
  await act(() => before!.click());
  expect(store.state.place).toEqual({ at: "past", id: OTHER_ROOM });
  await act(() => now!.click());
  expect([store.state.place, store.state.view]).toEqual([undefined, "talk"]);
});

test("it is read page by page, and what is held of the open one stays", async () => {
  await show({ at: "past", id: OTHER_ROOM });
  expect((await until(".block .text")).map(({ textContent }) => textContent)).toHaveLength(50);
  await act(() => document.querySelector<HTMLElement>(".older")!.click());
  await vi.waitFor(() => expect(document.querySelectorAll(".block .text")).toHaveLength(60));
  expect(store.state.timeline.conversation!.id).not.toBe(OTHER_ROOM);
});

test("without an answer it can be asked again", async () => {
  isDown = true;
  await show({ at: "past" });
  const [again] = await until('[role="alert"] button');
  isDown = false;
  await act(() => again!.click());
  await until("li button");
});
