import { describe, expect, test } from "vitest";
import widgetEn from "../../chat/texts/en/widget.json";
import sharedEn from "../../chat/texts/en/shared.json";
import sharedZh from "../../chat/texts/zh-CN/shared.json";
import widgetZh from "../../chat/texts/zh-CN/widget.json";
import { wordDesk } from "../src/app/words";
import { chooseLocale, wordAmount, wordsOf, wordSystem } from "../src/core/texts";
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
  expect(words.say("standing.waiting", { ahead: 2 })).toBe("You are in line, 2 ahead of you.");
  expect(words.say("standing.waiting")).toContain("{ahead}");
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

describe("the desk", () => {
  const words = wordsOf("zh-CN", { "zh-CN": widgetZh, en: widgetEn });
  const at = (day: number, hour: number): string => new Date(2026, 10, day, hour).toISOString();
  const desk = (given: Partial<Desk>): Desk => ({ site: "demo", names: { "zh-CN": "晴野商城", en: "Qingye Shop" }, open: false, now: at(20, 22), zone: "Asia/Shanghai", rule: "weekly", queue: "open", ...given });

  test.each([
    [desk({ opens_at: at(21, 9) }), "明天 09:00 开始服务"],
    [desk({ now: at(20, 7), opens_at: at(20, 9) }), "今天 09:00 开始服务"],
    [desk({ opens_at: at(23, 9) }), "11月23日"],
    [desk({}), "现在是非服务时间"],
    [desk({ open: true, closes_at: at(20, 21) }), "客服在线，今日服务至 21:00"],
  ])("is told as the customer's clock has it (%#)", (given, told) => {
    expect(wordDesk(given, words)).toContain(told);
  });
});
