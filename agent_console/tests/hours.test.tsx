import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { CommandError } from "../../widget/src/core/connection";
import type { CalendarView, SetCalendar } from "../../widget/src/core/wire";
import { type Calendar, currentVersion, isPastMidnight, mistakeIn, readTime, type Special, type Version, withVersionFrom, wordStretchIn } from "../src/state/calendar";
import { draw, root } from "./page";
import { at, deskView, settled, storeWith } from "./people";

const WEEK: Version = {
  from: null,
  weekly: { mon: [["09:00", "21:00"]], fri: [["20:00", "02:00"]] },
  country: "CN",
  holidays: { do: "closed", intervals: [], at_least: 1 },
  makeup: "mon",
};
const CALENDAR: Calendar = {
  zone: "Asia/Shanghai",
  versions: [WEEK],
  specials: [
    { date: "2026-11-01", intervals: [], reason: "盘点" },
    { date: "2026-12-24", part: "closed", intervals: [["18:00", "21:00"]], reason: "提前下班" },
  ],
  overrides: [],
};
const VIEW: CalendarView = {
  site: "demo",
  revision: 3,
  calendar: CALENDAR as unknown as Record<string, unknown>,
  today: "2026-11-22",
  days: [
    { date: "2027-01-01", kind: "holiday", names: { "zh-CN": "元旦", en: "New Year's Day" }, first: "2027-01-01", last: "2027-01-02", rule: "holiday", hours: [], corrected: false },
    { date: "2027-01-02", kind: "holiday", names: { "zh-CN": "元旦", en: "New Year's Day" }, first: "2027-01-01", last: "2027-01-02", rule: "holiday", hours: [], corrected: false },
  ],
  unannounced: [2027],
  countries: ["CN", "DE"],
};
const DESK = deskView().desks[0]!;

async function open(
  saves: (given: SetCalendar) => CalendarView = ({ calendar }) => ({ ...VIEW, calendar, revision: 4 }),
  held: Partial<CalendarView> = {},
) {
  location.hash = "#/settings/hours";
  const view = deskView();
  const { server, store } = storeWith({
    sync: () => ({ desk: { ...view, agent: { ...view.agent, role: "supervisor" } } }),
    calendar: () => structuredClone({ ...VIEW, ...held }),
    set_calendar: saves,
    close_desk: () => ({ desk: { ...DESK, open: false, rule: "emergency", opens_at: at(30), reason: "停电" } }),
    reopen_desk: () => ({ desk: DESK }),
    preview_desk: () => ({
      desk: { ...DESK, open: false, rule: "holiday", opens_at: at(60 * 21), holiday: { "zh-CN": "元旦", en: "New Year's Day" } },
      why: { rule: "holiday", date: "2027-01-01", hours: [], holiday: { "zh-CN": "元旦", en: "New Year's Day" } },
      stretches: [],
    }),
  });
  await draw(store);
  await act(settled);
  return { server, store };
}

async function press(name: string, inside = ".settings"): Promise<void> {
  const button = [...root.querySelectorAll<HTMLButtonElement>(`${inside} button`)].find((one) => one.textContent === name || one.ariaLabel === name);
  await act(async () => {
    button!.click();
    await settled();
  });
}

test("hours that hold already cannot be edited, and new ones begin on a date", async () => {
  const { server } = await open();
  expect(root.querySelector<HTMLFieldSetElement>(".bare")!.disabled).toBe(true);
  expect(root.querySelectorAll(".week .interval")[1]!.textContent).toContain("到次日");
  await press("新建时间表");
  expect(root.querySelector<HTMLFieldSetElement>(".bare")!.disabled).toBe(false);
  await press("应用到每天");
  await press("保存");
  const { revision, calendar } = server.askedFor("set_calendar")[0] as SetCalendar;
  const { versions } = calendar as unknown as Calendar;
  expect([revision, versions.length, versions[1]!.from, versions[1]!.weekly.sun]).toEqual([3, 2, "2026-11-23", [["09:00", "21:00"]]]);
});

test("what is refused stays as a draft, and says why", async () => {
  await open(() => {
    throw new CommandError("changed", "Somebody changed this calendar meanwhile.");
  });
  await press("添加");
  await press("保存");
  expect(root.querySelector(".save-bar")!.textContent).toContain("其他人刚刚修改了这份日历");
  expect(root.querySelectorAll(".special")).toHaveLength(2);
});

test("what is read again is no change, and what is being edited stays", async () => {
  const { store } = await open();
  const reconnect = () =>
    act(async () => {
      store.hearStatus("reconnecting");
      store.hearStatus("online");
      await settled();
    });
  await reconnect();
  expect(root.querySelector(".save-bar")).toBeNull();
  await press("添加");
  await reconnect();
  expect(root.querySelector(".save-bar")).not.toBeNull();
  expect(root.querySelectorAll(".special")).toHaveLength(2);
});

test("who adds a special day goes on at its date", async () => {
  await open();
  await press("添加");
  expect(document.activeElement).toBe([...root.querySelectorAll(".special input[type=date]")].at(-1));
});

test("a day that is there twice is told in one's own language, and nothing is sent", async () => {
  const { server } = await open();
  await press("添加");
  await press("添加");
  await press("保存");
  expect(root.querySelector(".save-bar")!.textContent).toContain("出现了两次，请合并成一条");
  expect(server.askedFor("set_calendar")).toEqual([]);
});

const WITH_HOURS = { ...WEEK, holidays: { do: "hours", intervals: [["10:00", "18:00"]], at_least: 1 } } satisfies Version;
const DAY = { date: "2026-12-24", reason: null, intervals: [["09:00", "12:00"], ["12:00", "02:00"]] } satisfies Special;
test.each<[string | undefined, Partial<Calendar>]>([
  [undefined, { versions: [WITH_HOURS], specials: [DAY, { ...DAY, part: "open" }, { ...DAY, part: "closed", intervals: [["02:00", "03:00"]] }] }],
  ["order 星期二", { versions: [{ ...WITH_HOURS, weekly: { tue: [["09:00", "12:00"], ["11:59", "13:00"]] } }] }],
  ["order 星期二", { versions: [{ ...WITH_HOURS, weekly: { tue: [["20:00", "02:00"], ["21:00", "23:00"]] } }] }],
  ["order 节假日", { versions: [{ ...WITH_HOURS, holidays: { do: "hours", intervals: [["14:00", "18:00"], ["09:00", "12:00"]], at_least: 1 } }] }],
  ["twice 2026年12月24日周四", { specials: [DAY, { ...DAY, intervals: [] }] }],
  ["empty 2026年12月24日周四", { specials: [{ ...DAY, part: "open", intervals: [] }] }],
  ["order 2026年12月24日周四", { specials: [{ ...DAY, part: "open", intervals: [["09:00", "12:00"]] }, { ...DAY, part: "closed", intervals: [["11:00", "13:00"]] }] }],
])("%s is seen before it is sent", (mistake, of) => {
  const found = mistakeIn({ ...CALENDAR, specials: [], ...of }, "zh-CN", "节假日");
  expect(found && `${found.what} ${found.of}`).toBe(mistake);
});

test("special days of the past are read only, and official days stand as breaks", async () => {
  await open();
  expect(root.querySelectorAll(".special")).toHaveLength(1);
  expect(root.querySelector(".specials + details")!.textContent).toContain("盘点");
  expect(root.querySelectorAll(".official li")).toHaveLength(1);
  expect(root.querySelector(".official")!.textContent).toContain("元旦");
});

test("one click closes the desk for an hour, another one opens it", async () => {
  const { server } = await open();
  await press("关闭 1 小时");
  expect(server.askedFor("close_desk")).toEqual([{ site: "demo", minutes: 60 }]);
  expect(root.querySelector(".settings")!.textContent).toContain("停电");
  expect(root.querySelector(".rail-desks")!.textContent).toContain("临时关闭");
  await press("立即恢复接待");
  expect(server.askedFor("reopen_desk")).toEqual([{ site: "demo" }]);
});

test("the rail closes a desk with a reason, opens it again, and leaves the keyboard where it was", async () => {
  const { server } = await open();
  const desk = root.querySelector<HTMLButtonElement>(".rail-desk")!;
  desk.focus();
  await act(async () => desk.click());
  await act(async () => {
    const reason = root.querySelector<HTMLInputElement>("dialog input")!;
    reason.value = "停电";
    reason.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await press("今天不再接待", "dialog");
  expect(server.askedFor("close_desk")).toEqual([{ site: "demo", until: "midnight", reason: "停电" }]);
  expect(root.querySelector("dialog")).toBeNull();
  expect(document.activeElement).toBe(desk);
  await act(async () => desk.click());
  await press("立即恢复接待", "dialog");
  expect(server.askedFor("reopen_desk")).toEqual([{ site: "demo" }]);
});

test("the preview shows the window in both languages", async () => {
  await open();
  const windows = [...root.querySelectorAll(".window")].map((one) => one.textContent);
  expect(windows[0]).toContain("元旦 · 11月23日");
  expect(windows[1]).toContain("New Year's Day · We are back Mon");
});

test.each([
  ["9:00", "09:00"],
  ["0930", "09:30"],
  ["２３：５９", "23:59"],
  ["24:00", undefined],
  ["9", undefined],
  ["09:60", undefined],
])("%s is the time %s", (written, time) => {
  expect(readTime(written)).toBe(time);
});

test("the version of a date is the last one that began, and a new one begins as the one before", () => {
  const calendar = withVersionFrom({ ...CALENDAR, versions: [WEEK, { ...WEEK, from: "2026-12-01", makeup: "fri" }] }, "2027-01-01");
  expect(calendar.versions.map(({ from, makeup }) => [from, makeup])).toEqual([[null, "mon"], ["2026-12-01", "fri"], ["2027-01-01", "fri"]]);
  expect([currentVersion(calendar.versions, "2026-11-30"), currentVersion(calendar.versions, "2026-12-01")]).toEqual([0, 1]);
  expect(withVersionFrom(calendar, "2027-01-01")).toBe(calendar);
});

test("hours past midnight are told apart, and a stretch names its day once", () => {
  expect([isPastMidnight(["20:00", "02:00"]), isPastMidnight(["09:00", "24:00"]), isPastMidnight(["09:00", "21:00"])]).toEqual([true, true, false]);
  expect(wordStretchIn("2026-11-23T01:00:00Z", "2026-11-23T13:00:00Z", "Asia/Shanghai", "zh-CN")).toBe("11月23日周一 09:00–21:00");
  expect(wordStretchIn("2026-11-23T12:00:00Z", "2026-11-23T18:00:00Z", "Asia/Shanghai", "en")).toBe("Mon 23 Nov, 20:00 – Tue 24 Nov, 02:00");
});

test("a calendar that was broken by hand says what is wrong, and is mended by saving what can be read of it", async () => {
  const problem = "'Mars/Olympus' is not a time zone.";
  const { server } = await open(undefined, { problem });
  expect(root.querySelector("[role=alert]")!.textContent).toContain(problem);
  expect(root.querySelector<HTMLFieldSetElement>(".bare")!.disabled).toBe(false);
  expect(server.askedFor("preview_desk")).toEqual([]);
  await press("保存");
  expect(server.askedFor("set_calendar")).toEqual([{ site: "demo", revision: 3, calendar: CALENDAR, mends: true }]);
  expect(root.querySelector("[role=alert]")).toBeNull();
  expect(root.querySelector(".save-bar")).toBeNull();
});
