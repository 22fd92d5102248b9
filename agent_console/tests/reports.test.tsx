import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import type { Report, ReportQuery, ReportRow, Role } from "../../widget/src/core/wire";
import { csvOf, duration, lastDays, problemOf } from "../src/ui/reports/figures";
import { consoleWords } from "../src/ui/texts";
import { draw, root } from "./page";
import { deskView, MEI, settled, storeWith } from "./people";

const NONE: ReportRow = {
  started: 0,
  answered: 0,
  abandoned: 0,
  closed: 0,
  waited: { count: 0 },
  first_answer: { count: 0 },
  messages: 0,
  ratings: 0,
  offline: 0,
  offline_kept: 0,
  bot_asked: 0,
  bot_answered: 0,
  bot_helped: 0,
  bot_handed_over: 0,
};
const BUSY: ReportRow = { ...NONE, started: 1_200, waited: { count: 3, median: 65, p90: 3_725.4 }, ratings: 2, score: 4.5 };
const REPORT: Report = { rows: [{ ...BUSY, key: MEI.id, name: MEI.name }, { ...NONE, bot_asked: 7 }], total: { ...BUSY, bot_asked: 7 } };

/** The reports as somebody in that role finds them. */
async function open(role: Role = "supervisor") {
  location.hash = "#/reports";
  const view = deskView();
  const { store, server } = storeWith({
    sync: () => ({ desk: { ...view, agent: { ...view.agent, role } } }),
    report: ({ by }: ReportQuery) => (by === "agent" ? REPORT : { rows: [{ ...BUSY, key: "2026-11-22" }], total: BUSY }),
  } as unknown as Parameters<typeof storeWith>[0]);
  await draw(store);
  return { asked: () => server.askedFor("report") as ReportQuery[] };
}

async function choose(name: string, value: string): Promise<void> {
  const label = [...root.querySelectorAll("label")].find((one) => one.textContent!.startsWith(name))!;
  const field = label.querySelector<HTMLInputElement | HTMLSelectElement>("select, input")!;
  await act(async () => {
    field.value = value;
    field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
    await settled();
  });
  await act(settled);
}

const cells = (line: Element): string[] => [...line.querySelectorAll("th, td")].map((one) => one.textContent!);

test("the table names its columns, its rows and all of it", async () => {
  await open();
  await choose("统计维度", "agent");
  const table = root.querySelector("table.report")!;
  expect(table.querySelector("caption")!.textContent).toContain("按客服统计");
  expect([...table.querySelectorAll('th[scope="colgroup"]')].map((one) => one.textContent)).toEqual(["会话", "等待时间", "首次回复用时", "评价", "留言", "智能助手"]);
  const [mei, nobody, all] = [...table.querySelectorAll("tbody tr, tfoot tr")].map(cells);
  expect(mei!.slice(0, 12)).toEqual(["陈梅", "1,200", "0", "0", "0", "0", "1:05", "1:02:05", "–", "–", "2", "4.5"]);
  expect([nobody![0], nobody![14], all![0], all![1]]).toEqual(["无人负责", "7", "合计", "1,200"]);
  expect(table.querySelectorAll('tbody th[scope="row"]').length).toBe(2);
});

test("the days and the grouping are asked for as they are chosen", async () => {
  const { asked } = await open();
  const today = lastDays(1, "Asia/Shanghai", Date.now());
  expect(asked().at(-1)).toEqual({ ...lastDays(7, "Asia/Shanghai", Date.now()), by: "day" });
  await choose("日期", "today");
  expect(asked().at(-1)).toEqual({ ...today, by: "day" });
  await choose("日期", "own");
  await choose("开始日期", "2026-10-01");
  await choose("结束日期", "2026-10-31");
  expect(asked().at(-1)).toEqual({ since: "2026-10-01", until: "2026-10-31", by: "day" });
  const before = asked().length;
  await choose("结束日期", "2026-09-30");
  expect(root.querySelector('[role="alert"]')!.textContent).toBe("结束日期早于开始日期。");
  expect([asked().length, root.querySelector("table.report")]).toEqual([before, null]);
});

test("an agent has no reports", async () => {
  const { asked } = await open("agent");
  expect([asked().length, root.querySelector(".reports"), root.querySelector('a[href="#/reports"]')]).toEqual([0, null, null]);
  render(null, root);
  await open();
  expect(root.querySelector('a[href="#/reports"]')!.getAttribute("aria-current")).toBe("page");
});

test("a range of days is of the desk's zone, 92 at most", () => {
  const late = Date.parse("2026-11-22T16:30:00Z"); // in Shanghai the day after
  expect(lastDays(7, "Asia/Shanghai", late)).toEqual({ since: "2026-11-17", until: "2026-11-23" });
  expect(lastDays(1, "America/New_York", late)).toEqual({ since: "2026-11-22", until: "2026-11-22" });
  expect(problemOf({ since: "2026-01-01", until: "2026-04-02" })).toBeUndefined();
  expect(problemOf({ since: "2026-01-01", until: "2026-04-03" })).toBe("report.too_long");
  expect(problemOf({ since: "", until: "2026-04-03" })).toBe("report.no_days");
});

test.each([
  [0, "0:00"],
  [59.6, "1:00"],
  [3_599, "59:59"],
  [36_000, "10:00:00"],
])("%d seconds are shown as %s", (seconds, shown) => expect(duration(seconds)).toBe(shown));

test("the CSV opens in a spreadsheet as what it is, and computes nothing", () => {
  const names = ['=HYPERLINK("http://evil.example")', "+1", "-1", "@cmd", "\tTab", "李, 娜"];
  const csv = csvOf(consoleWords("zh-CN"), "agent", names.map((name, index) => ({ ...NONE, key: String(index), name })), BUSY);
  expect(csv.charCodeAt(0)).toBe(0xfeff);
  const lines = csv.slice(1).trimEnd().split("\r\n");
  expect(lines[0]).toMatch(/^客服,会话 · 新会话,.*,等待时间 · 中位数（秒）,/);
  expect(lines.slice(1, -1).map((line) => line.slice(0, line.indexOf(",0,0,")))).toEqual([
    `"'=HYPERLINK(""http://evil.example"")"`,
    `"'+1"`,
    `"'-1"`,
    `"'@cmd"`,
    `"'\tTab"`,
    `"李, 娜"`,
  ]);
  expect(lines.at(-1)).toBe("合计,1200,0,0,0,0,65,3725.4,,,2,4.5,0,0,0,0,0,0");
});
