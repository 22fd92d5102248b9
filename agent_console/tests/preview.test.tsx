import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test, vi } from "vitest";
import type { DeskPreview } from "../../widget/src/core/wire";
import { type Console, ConsoleContext, consoleWords } from "../src/ui/context";
import { Preview } from "../src/ui/settings/preview";
import { loadTexts } from "../src/ui/texts";
import { root } from "./page";

const DESK = { site: "demo", names: { "zh-CN": "晴野商城", en: "Qingye Shop" }, now: "2026-11-22T04:00:00.000Z", zone: "Asia/Shanghai", queue: "open" } as const;

async function windows(desk: Partial<DeskPreview["desk"]>): Promise<string[]> {
  const seen = { desk: { ...DESK, ...desk }, why: { rule: "weekly", date: "2026-11-22", hours: [] }, stretches: [] };
  const store = { connection: { send: async () => seen }, look: async (asked: Promise<unknown>) => asked };
  const context = { store, words: consoleWords("en") } as unknown as Console;
  const preview = <Preview site="demo" zone={DESK.zone} today="2026-11-22" revision={1} />;
  await act(async () => render(<ConsoleContext.Provider value={context}>{preview}</ConsoleContext.Provider>, root));
  await vi.waitFor(() => expect(root.querySelectorAll(".window")).toHaveLength(2));
  return [...root.querySelectorAll(".window-head > span")].map((one) => one.textContent);
}

test("who reads English sees the Chinese window in Chinese, too", async () => {
  await loadTexts("en");
  const [chinese] = await windows({ open: true, rule: "weekly", closes_at: "2026-11-22T13:00:00.000Z" });
  expect(chinese).toMatch(/^服务至 11月22日/);
});

test.each([
  ["open", { open: true, rule: "weekly" }, ["服务中", "Open"]],
  ["closed", { open: false, rule: "weekly" }, ["现在是非服务时间", "Our team is away right now"]],
  ["an emergency", { open: false, rule: "emergency", reason: "停电" }, ["临时暂停服务 · 停电", "Closed for the moment · 停电"]],
] as const)("says what is known beforehand, and not who will be there: %s", async (_, desk, told) => {
  expect(await windows(desk)).toEqual(told);
});
