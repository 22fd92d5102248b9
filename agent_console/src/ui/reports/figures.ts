// What a report's columns are, what stands in each cell, and the same as CSV.

import type { ReportRow, Spread, Topic } from "../../../../widget/src/core/wire";
import { wordDate } from "../../state/calendar";
import type { ConsoleKey, ConsoleWords } from "../texts";

export type By = "day" | "agent" | "team" | "topic";
export const GROUPINGS: readonly By[] = ["day", "agent", "team", "topic"];

export interface Column {
  name: ConsoleKey;
  of(row: ReportRow): number | undefined;
  /** Of seconds it is shown as minutes or hours; in the CSV it stays a number. */
  seconds?: true;
}

export interface Group {
  name: ConsoleKey;
  columns: readonly Column[];
}

const spread = (of: (row: ReportRow) => Spread): readonly Column[] => [
  { name: "report.median", of: (row) => of(row).median, seconds: true },
  { name: "report.p90", of: (row) => of(row).p90, seconds: true },
];

export const GROUPS: readonly Group[] = [
  {
    name: "report.conversations",
    columns: [
      { name: "report.started", of: (row) => row.started },
      { name: "report.answered", of: (row) => row.answered },
      { name: "report.abandoned", of: (row) => row.abandoned },
      { name: "report.closed", of: (row) => row.closed },
      { name: "report.messages", of: (row) => row.messages },
    ],
  },
  { name: "report.waited", columns: spread((row) => row.waited) },
  { name: "report.first_answer", columns: spread((row) => row.first_answer) },
  {
    name: "report.rating",
    columns: [
      { name: "report.ratings", of: (row) => row.ratings },
      { name: "report.score", of: (row) => row.score },
    ],
  },
  {
    name: "report.left",
    columns: [
      { name: "report.offline", of: (row) => row.offline },
      { name: "report.offline_kept", of: (row) => row.offline_kept },
    ],
  },
  {
    name: "report.bot",
    columns: [
      { name: "report.bot_asked", of: (row) => row.bot_asked },
      { name: "report.bot_answered", of: (row) => row.bot_answered },
      { name: "report.bot_helped", of: (row) => row.bot_helped },
      { name: "report.bot_handed_over", of: (row) => row.bot_handed_over },
    ],
  },
];

export function rowName(words: ConsoleWords, by: By, { key, name }: ReportRow): string {
  if (key === undefined) return words.say("report.nobody");
  if (by === "topic") return words.say(`topic.${key as Topic}` as ConsoleKey);
  if (by !== "day") return name ?? key;
  return wordDate(key, words.locale);
}

export function cell({ locale }: ConsoleWords, column: Column, row: ReportRow): string {
  const value = column.of(row);
  if (value === undefined) return "–";
  return column.seconds ? duration(value) : value.toLocaleString(locale);
}

/** 0:09, 12:30, 1:02:05. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** With the mark by which Excel knows UTF-8. */
export function csvOf(words: ConsoleWords, by: By, rows: readonly ReportRow[], total: ReportRow): string {
  const columns = GROUPS.flatMap((group) => group.columns.map((column) => ({ group, column })));
  const head = [words.say(`report.by.${by}`), ...columns.map(({ group, column }) => headOf(words, group, column))];
  const line = (name: string, row: ReportRow): string[] => [name, ...columns.map(({ column }) => String(column.of(row) ?? ""))];
  const named = (row: ReportRow): string => (by === "day" && row.key ? row.key : rowName(words, by, row));
  const lines = [head, ...rows.map((row) => line(named(row), row)), line(words.say("report.total"), total)];
  return `\uFEFF${lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("")}`;
}

function headOf(words: ConsoleWords, group: Group, column: Column): string {
  const name = `${words.say(group.name)} · ${words.say(column.name)}`;
  return column.seconds ? words.say("report.in_seconds", { name }) : name;
}

/** What a spreadsheet would take for a formula begins with an apostrophe, which it takes for text. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return safe !== text || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// -- days -----------------------------------------------------------------------------------------------------------

export interface Days {
  since: string;
  until: string;
}

export const MOST_DAYS = 92;
const DAY = 86_400_000;

/** The last so many days of a zone, today among them. */
export function lastDays(count: number, zone: string, now: number): Days {
  const until = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(now); // Swedes write dates as ISO does
  return { since: new Date(Date.parse(until) - (count - 1) * DAY).toISOString().slice(0, 10), until };
}

/** What is wrong with days that somebody chose. */
export function problemOf({ since, until }: Days): "report.no_days" | "report.backwards" | "report.too_long" | undefined {
  const length = (Date.parse(until) - Date.parse(since)) / DAY + 1;
  if (Number.isNaN(length)) return "report.no_days";
  if (length < 1) return "report.backwards";
  return length > MOST_DAYS ? "report.too_long" : undefined;
}
