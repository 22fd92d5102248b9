// A site's calendar while it is edited: the document of docs/calendar.md, and what can be changed of it.

import type { CalendarView, Locale } from "../../../widget/src/core/wire";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export type Pair = [opens: string, closes: string];

export interface Version {
  from: string | null;
  weekly: Partial<Record<Weekday, Pair[]>>;
  country: string | null;
  holidays: { do: "nothing" | "hours" | "closed"; intervals: Pair[]; at_least: number };
  makeup: Weekday;
}

export interface Special {
  date: string;
  part?: "open" | "closed";
  intervals: Pair[];
  reason: string | null;
}

export interface Correction {
  date: string;
  kind: "holiday" | "makeup" | "ordinary";
  name: string | null;
}

export interface Calendar {
  zone: string;
  versions: Version[];
  specials: Special[];
  overrides: Correction[];
}

export const USUAL: Pair = ["09:00", "21:00"];

/** Without the emergencies, which are nobody's draft. */
export function calendarOf(view: CalendarView): Calendar {
  const { zone, versions, specials, overrides } = view.calendar as unknown as Calendar;
  return { zone, versions, specials, overrides };
}

export function isSame(one: Calendar, other: Calendar): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What was before today stays as it was. */
export function isSettled(date: string | null, today: string): boolean {
  return date === null || date < today;
}

export function currentVersion(versions: readonly Version[], today: string): number {
  return Math.max(0, versions.filter(({ from }) => from === null || from <= today).length - 1);
}

/** The same with hours from that date on, at first those that held before. */
export function withVersionFrom(calendar: Calendar, date: string): Calendar {
  if (calendar.versions.some(({ from }) => from === date)) return calendar;
  const before = calendar.versions[currentVersion(calendar.versions, date)]!;
  const versions = [...calendar.versions, { ...before, from: date }];
  return { ...calendar, versions: versions.sort((a, b) => (a.from ?? "").localeCompare(b.from ?? "")) };
}

export function replaced<T>(list: readonly T[], at: number, by?: T): T[] {
  return list.flatMap((one, place) => (place === at ? (by === undefined ? [] : [by]) : [one]));
}

export function isPastMidnight([opens, closes]: Pair): boolean {
  return closes <= opens || closes === "24:00";
}

/** The first of what somebody may write by mistake, and where it stands: the server refuses it, in one language. */
export function mistakeIn({ versions, specials }: Calendar, locale: Locale, onHolidays: string): { what: "order" | "twice" | "empty"; of: string } | undefined {
  for (const { weekly, holidays } of versions) {
    const day = WEEKDAYS.find((one) => !isInOrder(weekly[one] ?? []));
    if (day) return { what: "order", of: wordWeekday(day, locale) };
    if (!isInOrder(holidays.intervals)) return { what: "order", of: onHolidays };
  }
  for (const { date, intervals, part } of specials) {
    const of = wordDate(date, locale, true);
    const alike = specials.filter((one) => one.date === date && !one.part === !part);
    const together = alike.flatMap((one) => one.intervals).sort(([a], [b]) => (a < b ? -1 : 1));
    if (!part && alike.length > 1) return { what: "twice", of };
    if (part && intervals.length === 0) return { what: "empty", of };
    if (!isInOrder(intervals) || !isInOrder(together)) return { what: "order", of };
  }
  return undefined;
}

function isInOrder(pairs: readonly Pair[]): boolean {
  return pairs.slice(1).every(([opens], at) => !isPastMidnight(pairs[at]!) && pairs[at]![1] <= opens);
}

/** 09:00 of what somebody writes: 9:00, 0900, ９：００. */
export function readTime(written: string): string | undefined {
  const [, hours = "", minutes = ""] = /^(\d{1,2})[:.]?(\d\d)$/.exec(written.normalize("NFKC").trim()) ?? [];
  return hours && Number(hours) < 24 && Number(minutes) < 60 ? `${hours.padStart(2, "0")}:${minutes}` : undefined;
}

export function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** A date without a clock, as people write it. */
export function wordDate(date: string, locale: Locale, withYear = false): string {
  const format = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, {
    ...(withYear ? { year: "numeric" } : {}),
    month: "short",
    day: "numeric",
    weekday: "short",
    timeZone: "UTC",
  });
  return format.format(new Date(`${date}T00:00:00Z`));
}

export function wordWeekday(day: Weekday, locale: Locale): string {
  const monday = Date.UTC(2024, 0, 1) + WEEKDAYS.indexOf(day) * 86_400_000;
  return new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { weekday: "long", timeZone: "UTC" }).format(monday);
}

/** A moment by the clock of a zone. */
export function wordMomentIn(iso: string, zone: string, locale: Locale): string {
  const format = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, {
    month: "short",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
  });
  return format.format(new Date(iso));
}

/** From when to when by the clock of a zone; the day once when it is the same. */
export function wordStretchIn(opens: string, closes: string, zone: string, locale: Locale): string {
  const [from, to] = [wordMomentIn(opens, zone, locale), wordMomentIn(closes, zone, locale)];
  const [day, clock] = [from.slice(0, -5), to.slice(-5)];
  return to.startsWith(day) ? `${from}–${clock}` : `${from} – ${to}`;
}

export function wordCountry(code: string, locale: Locale): string {
  return new Intl.DisplayNames(locale, { type: "region" }).of(code) ?? code;
}

export function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}
