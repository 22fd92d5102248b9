import { expect, test } from "vitest";
import { addressOf, placeOf } from "../src/state/place";
import { loadPreferences } from "../src/state/preferences";
import { entriesOf } from "../src/ui/entries";
import { dayLine, initial, isSameDay, pieces, shortId, since, toMinor } from "../src/ui/format";
import { toMajor } from "../../widget/src/core/money";
import { at, CUSTOMER, message, NOON, note } from "./people";
import en from "../../chat/texts/en/console.json";
import zh from "../../chat/texts/zh-CN/console.json";

test.each([
  ["99.5", "CNY", 9950],
  ["99.50", "CNY", 9950],
  ["0.29", "CNY", 29],
  ["1,234.56", "CNY", 123456],
  ["12", "JPY", 12],
  ["90071992.54", "CNY", 9007199254],
])("%s %s is %i of the minor unit, exactly", (text, currency, amount) => {
  expect(toMinor(text, currency)).toBe(amount);
});

test.each([
  ["", "CNY"],
  ["0", "CNY"],
  ["-5", "CNY"],
  ["1.234", "CNY"],
  ["12.5", "JPY"],
  ["1e3", "CNY"],
  ["五十", "CNY"],
])("%s is no amount of %s", (text, currency) => {
  expect(toMinor(text, currency)).toBeUndefined();
});

test("an amount in a field reads back as the same amount", () => {
  for (const amount of [1, 10, 3050, 99999]) expect(toMinor(toMajor(amount, "CNY"), "CNY")).toBe(amount);
  expect(toMajor(1200, "JPY")).toBe("1200");
});

test.each([
  [0.5, { key: "seconds", count: 30 }],
  [5, { key: "minutes", count: 5 }],
  [119, { key: "hours", count: 1 }],
  [60 * 50, { key: "days", count: 2 }],
])("%d minutes of waiting", (minutes, said) => {
  expect(since(at(-minutes), NOON)).toEqual(said);
});

test("a clock that is behind the server's never shows a wait below nothing", () => {
  expect(since(at(3), NOON)).toEqual({ key: "seconds", count: 0 });
});

test("days are named as people name them", () => {
  expect(dayLine(at(0), NOON, "zh-CN")).toBe("today");
  expect(dayLine(at(-24 * 60), NOON, "zh-CN")).toBe("yesterday");
  expect(dayLine(at(-72 * 60), NOON, "en")).toEqual({ day: expect.stringContaining("November") });
  expect(isSameDay(at(0), NOON)).toBe(true);
});

test("only web addresses become links, and what closes a sentence is not part of one", () => {
  expect(pieces("看 https://shop.demo.example/a?b=1。好")).toEqual([
    { text: "看 " },
    { link: "https://shop.demo.example/a?b=1" },
    { text: "。好" },
  ]);
  expect(pieces("javascript:alert(1) <b>x</b>")).toEqual([{ text: "javascript:alert(1) <b>x</b>" }]);
  expect(pieces("(https://a.example/x).")).toEqual([{ text: "(" }, { link: "https://a.example/x" }, { text: ")." }]);
});

test("people without a name can be told apart", () => {
  expect(shortId("01a2032e-1563-71a4-9e77-5bedc96e8280")).toBe("8280");
  expect(initial("陈梅")).toBe("陈");
  expect(initial("David Wu")).toBe("DW");
});

test("notes stand between the messages they were written between, each day has its line", () => {
  const messages = [message("c", 1, CUSTOMER, "a", -24 * 60), message("c", 2, CUSTOMER, "b", 0), message("c", 3, CUSTOMER, "c", 1)];
  const opened = { timeline: { messages, pending: [] }, notes: [note("c", 1, "n", 0.5)], pendingNotes: [] };
  const entries = entriesOf(opened);
  expect(entries.map((entry) => entry.kind)).toEqual(["day", "message", "day", "message", "note", "message"]);
  expect(entries.flatMap((entry) => (entry.kind === "message" ? [entry.opensGroup] : []))).toEqual([true, true, true]);
});

test("an address is a place and back; what it does not know is the queue", () => {
  const id = "01a2032e-1563-71a4-9e77-5bedc96e8280";
  for (const place of [{ screen: "inbox" }, { screen: "tickets", id }] as const) expect(placeOf(addressOf(place))).toEqual(place);
  expect(placeOf("")).toEqual({ screen: "queue" });
  expect(placeOf("#/nonsense/../x")).toEqual({ screen: "queue" });
});

test("the browser's language is the first one, sound is off", () => {
  expect(loadPreferences(["zh-TW", "en"])).toEqual({ locale: "zh-CN", theme: "system", sound: false });
  expect(loadPreferences(["fr", "en-GB"]).locale).toBe("en");
});

test("both languages have the same texts with the same holes", () => {
  const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  expect(Object.keys(en)).toEqual(Object.keys(zh));
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect([key, holes(en[key])]).toEqual([key, holes(zh[key])]);
});
