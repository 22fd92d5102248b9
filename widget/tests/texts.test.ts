import { afterEach, describe, expect, test } from "vitest";
import widgetEn from "../../chat/texts/en/widget.json";
import sharedEn from "../../chat/texts/en/shared.json";
import sharedZh from "../../chat/texts/zh-CN/shared.json";
import widgetZh from "../../chat/texts/zh-CN/widget.json";
import { type KnownDesk, wordDesk, wordOutlook, wordPlace, wordWait, wordWhen } from "../src/app/words";
import { chooseLocale, wordAmount, wordDay, wordMoment, wordsOf, wordSystem } from "../src/core/texts";
import type { Desk } from "../src/core/wire";
import { message } from "./people";

const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe.each([
  ["widget", widgetZh, widgetEn],
  ["shared", sharedZh, sharedEn],
])("the %s texts", (_, zh: Record<string, string>, en: Record<string, string>) => {
  test("have the same keys in both languages", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  test("leave room for the same values", () => {
    for (const key of Object.keys(zh)) expect([key, holes(en[key]!)]).toEqual([key, holes(zh[key]!)]);
  });

  test("are Chinese in one and not in the other", () => {
    for (const text of Object.values(en)) expect(text).not.toMatch(/\p{Script=Han}/u);
    for (const text of Object.values(zh).filter((one) => !/^\W*$/.test(one))) expect(text).toMatch(/[\p{Script=Han}{}]/u);
  });
});

test.each([
  [["zh-TW", "en"], "zh-CN"],
  [["zh"], "zh-CN"],
  [["fr-FR", "zh-CN"], "zh-CN"],
  [["en-US", "zh-CN"], "en"],
  [["de"], "en"],
  [[], "en"],
])("a browser that prefers %j reads %s", (languages, locale) => {
  expect(chooseLocale(languages)).toBe(locale);
});

test("values are put in, and a hole without one stays visible", () => {
  const words = wordsOf("en", { "zh-CN": widgetZh, en: widgetEn });
  expect(words.say("wait.ahead", { ahead: 2 })).toBe("2 people before you");
  expect(words.say("wait.ahead")).toContain("{ahead}");
});

describe("a system message", () => {
  const system = (code: string, values: Record<string, unknown>) => message(1, "desk", { body: "", data: { code, values } });

  test("is worded in the reader's language", () => {
    const joined = system("agent_joined", { name: "陈梅" });
    expect(wordSystem(joined, "zh-CN")).toBe("客服 陈梅 为您服务。");
    expect(wordSystem(joined, "en")).toBe("陈梅 is here to help you.");
  });

  test("says who ended the conversation", () => {
    expect(wordSystem(system("closed", { by: "idle" }), "zh-CN")).toContain("没有消息");
    expect(wordSystem(system("closed", { by: "agent" }), "zh-CN")).toContain("客服");
  });

  test("mentions e-mail only to who left an address", () => {
    const left = (by: string) => wordSystem(system("message_left", { by, opens_at: "2026-11-21T01:00:00Z" }), "zh-CN");
    expect(left("email")).toContain("邮箱");
    expect(left("window")).not.toContain("邮箱");
  });

  test("who leaves a message reads by when and where it is answered", () => {
    const left = (code: string, by: string) => wordSystem(system(code, { by, reply_by: "2026-11-21T05:00:00Z" }), "zh-CN");
    expect(left("message_left", "email")).toMatch(/11月21日.*前回复您，并把答复发送到您的邮箱/);
    expect(left("message_left_open", "window")).toMatch(/11月21日.*前回复您，请留意这个窗口/);
    expect(left("question_kept", "window")).toMatch(/已为您转为留言.*11月21日/);
    expect(wordSystem(system("question_kept", { by: "window" }), "en")).toMatch(/as soon as possible/);
  });

  test("in an emergency one reads the site's steps in one's own language, else ours", () => {
    const help = (phone: string, steps: Record<string, string>) => wordSystem(system("urgent_help", { phone, steps }), "en");
    expect(help("400-000-0110", { en: "lock your card" })).toMatch(/call 400-000-0110 now, and do this first: lock your card\./);
    expect(help("", { "zh-CN": "先冻结银行卡" })).toMatch(/Please do this first: freeze your account/);
  });

  test("words amounts, topics and times", () => {
    const paid = system("refund_paid", { amount: 12_800, currency: "CNY", number: "QY-1" });
    expect(wordSystem(paid, "zh-CN")).toContain("¥128.00");
    expect(wordSystem(system("ticket_opened", { number: "QY-1", kind: "refund" }), "en")).toContain("Apply for a refund");
    expect(wordSystem(system("message_left", { by: "window", opens_at: "2026-11-21T01:00:00Z" }), "en")).toMatch(/\d\d:\d\d/);
  });

  test("of an unknown code says nothing rather than something wrong", () => {
    expect(wordSystem(system("of_next_year", {}), "en")).toBe("");
  });
});

test("an amount has the decimals of its currency", () => {
  expect(wordAmount({ amount: 12_800, currency: "CNY" }, "zh-CN")).toBe("¥128.00");
  expect(wordAmount({ amount: 500, currency: "JPY" }, "en")).toBe("¥500");
});

describe("in the customer's own zone", () => {
  const words = wordsOf("zh-CN", { "zh-CN": widgetZh, en: widgetEn });
  const english = wordsOf("en", { "zh-CN": widgetZh, en: widgetEn });
  const home = process.env["TZ"];
  afterEach(() => {
    if (home === undefined) delete process.env["TZ"];
    else process.env["TZ"] = home;
  });

  /** A moment of Shanghai's clock. */
  const at = (clock: string): string => new Date(`2026-11-${clock}:00+08:00`).toISOString();
  const desk = ({ now = at("20T22:00"), ...given }: Partial<Desk>): KnownDesk => {
    const skew = Date.parse(now) - Date.now();
    return { site: "demo", names: {}, open: false, now, zone: "Asia/Shanghai", rule: "weekly", queue: "open", ...given, skew };
  };

  test.each([
    ["Asia/Shanghai", desk({ opens_at: at("21T09:00") }), "明天 09:00 开始服务"],
    ["Asia/Shanghai", desk({ now: at("20T07:00"), opens_at: at("20T09:00") }), "今天 09:00 开始服务"],
    ["Asia/Shanghai", desk({ opens_at: at("23T09:00") }), "11月23日周一 09:00 开始服务"],
    ["Asia/Shanghai", desk({}), "现在是非服务时间"],
    ["Asia/Shanghai", desk({ open: true, now: at("20T10:00"), closes_at: at("20T21:00") }), "客服暂时不在 · 服务至 21:00"],
    ["Asia/Shanghai", desk({ open: true, closes_at: at("21T02:00") }), "客服暂时不在 · 服务至 02:00"],
    ["Asia/Shanghai", desk({ open: true, closes_at: at("22T21:00") }), "客服暂时不在 · 服务至 11月22日周日 21:00"],
    ["Asia/Shanghai", desk({ rule: "emergency", opens_at: at("20T23:00") }), "临时暂停服务 · 今天 23:00 恢复服务"],
    // The same wall clock under another name is no other zone.
    ["Asia/Singapore", desk({ opens_at: at("21T09:00") }), "明天 09:00 开始服务"],
    // Nine in the morning in Shanghai is the evening before in New York, and still to come there today.
    ["America/New_York", desk({ opens_at: at("21T09:00") }), "今天 20:00（北美东部时间） 开始服务"],
    ["America/New_York", desk({ now: at("21T08:00"), opens_at: at("21T14:00") }), "明天 01:00（北美东部时间） 开始服务"],
    // In Auckland it is tomorrow already.
    ["Pacific/Auckland", desk({ opens_at: at("21T09:00") }), "今天 14:00（新西兰时间） 开始服务"],
  ])("%s: the desk is told as their clock has it (%#)", (zone, given, told) => {
    process.env["TZ"] = zone;
    expect(wordDesk(given, words)).toBe(told);
  });

  test("in English as well", () => {
    process.env["TZ"] = "America/New_York";
    expect(wordDesk(desk({ opens_at: at("21T09:00") }), english)).toBe("We are back at 20:00 (Eastern Time) today");
    expect(wordWhen(at("24T09:00"), desk({}), english)).toBe("20:00 (Eastern Time) on Mon 23 November");
  });

  test("tomorrow becomes today while the window stays open", () => {
    process.env["TZ"] = "Asia/Shanghai";
    const heardOf = desk({ opens_at: at("21T09:00") });
    expect(wordDesk(heardOf, words)).toContain("明天");
    expect(wordDesk({ ...heardOf, skew: heardOf.skew + 3 * 3_600_000 }, words)).toContain("今天");
  });
});

describe("why", () => {
  const words = wordsOf("zh-CN", { "zh-CN": widgetZh, en: widgetEn });
  const desk = (given: Partial<Desk>): KnownDesk =>
    ({ site: "demo", names: {}, open: false, now: "2026-11-20T02:00:00Z", zone: "Asia/Shanghai", rule: "weekly", queue: "open", skew: 0, ...given });

  const range = { low: 60, high: 120 };

  test.each([
    [desk({ rule: "special", reason: "消防演习" }), "消防演习 · 现在是非服务时间"],
    [desk({ rule: "holiday", holiday: { "zh-CN": "春节", en: "Spring Festival" }, open: true, range }), "春节 · 客服在线"],
    [desk({ rule: "makeup", holiday: { "zh-CN": "春节", en: "Spring Festival" }, open: true, range }), "客服在线"],
    [desk({ rule: "emergency" }), "临时暂停服务"],
    [desk({ rule: "emergency", reason: "系统升级" }), "临时暂停服务 · 系统升级"],
    [desk({}), "现在是非服务时间"],
  ])("is said where there is something to say (%#)", (given, told) => expect(wordDesk(given, words)).toBe(told));
});

describe("somebody is there", () => {
  const words = wordsOf("zh-CN", { "zh-CN": widgetZh, en: widgetEn });
  const open = { open: true, now: "2026-11-20T02:00:00Z", zone: "UTC", rule: "weekly", queue: "open", skew: 0 } as KnownDesk;
  const range = { low: 60, high: 120 };

  test.each([
    ["who is there", { ...open, range }, true, "客服在线"],
    ["nobody is there", open, true, "客服暂时不在"],
    ["we do not hear who is there", { ...open, range }, false, ""],
    ["closed, whatever was heard last", { ...open, open: false, range }, true, "现在是非服务时间"],
  ])("is only said when it is so: %s", (_, desk, isHeard, told) => expect(wordDesk(desk, words, isHeard)).toBe(told));
});

describe("a wait", () => {
  const words = wordsOf("zh-CN", { "zh-CN": widgetZh, en: widgetEn });
  const english = wordsOf("en", { "zh-CN": widgetZh, en: widgetEn });

  test.each([
    [10, 50, "Within a minute"],
    [20, 130, "Within 3 minutes"],
    [61, 119, "About 1 to 2 minutes"],
    [300, 720, "About 5 to 12 minutes"],
    [301, 719, "About 5 to 12 minutes"],
    [1_000, 1_700, "About 15 to 30 minutes"],
  ])("of %d to %d seconds is rounded outwards", (low, high, told) => expect(wordWait({ low, high }, english)).toBe(told));

  test.each([
    [1, "正在排队，您是下一位", "You are next in line"],
    [2, "正在排队，前面还有 1 位", "1 person before you"],
    [3, "正在排队，前面还有 2 位", "2 people before you"],
  ])("at place %d says who is before", (place, zh, en) => {
    expect([wordPlace({ place }, words), wordPlace({ place }, english)]).toEqual([zh, en]);
  });

  test("that ends after closing time says so, and without anybody there nothing is made up", () => {
    const desk = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone } as KnownDesk;
    const closes = new Date(2026, 10, 20, 21).toISOString();
    expect(wordOutlook({ place: 3, range: { low: 300, high: 720 }, unlikely_before: closes }, desk, words)).toBe("21:00 前可能轮不到您");
    expect(wordOutlook({ place: 3, range: { low: 300, high: 720 } }, desk, words)).toBe("大约 5 到 12 分钟");
    expect(wordOutlook({ place: 3 }, desk, words)).toBe("客服暂时不在，回来后按顺序接待");
  });
});

test("a time of another year says of which, one of this year does not", () => {
  const year = new Date().getFullYear();
  const of = (which: number): string => new Date(which, 10, 18, 8, 30).toISOString();
  expect(wordMoment(of(year), "zh-CN")).toBe("11月18日 08:30");
  expect(wordMoment(of(year - 1), "zh-CN")).toBe(`${year - 1}年11月18日 08:30`);
  expect(wordMoment(of(year - 1), "en")).toBe(`18 Nov ${year - 1}, 08:30`);
  expect(wordDay(of(year), "en")).not.toContain(String(year));
  expect(wordDay(of(year - 1), "en")).toContain(String(year - 1));
});
