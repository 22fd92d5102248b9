/** Wording in the reader's language, from the tables at hand; how they come to hand is each front end's choice. */

import type sharedZh from "../../../chat/texts/zh-CN/shared.json";
import type { Locale, Message } from "./wire";

export type Table = Record<string, string>;
export type Values = Record<string, string | number>;
export type SharedKey = keyof typeof sharedZh;

export interface Amount {
  amount: number;
  currency: string;
}

export interface Words<Key extends string = never> {
  readonly locale: Locale;
  /** The text of a key, with {name} replaced by its value. */
  say(key: Key | SharedKey, values?: Values): string;
  has(key: string): key is Key | SharedKey;
}

const shared: Record<Locale, Table> = { "zh-CN": {}, en: {} };
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Puts texts to hand, also to words that were made before. */
export function learn(locale: Locale, table: Table): void {
  Object.assign(shared[locale], table);
}

/** Chinese for every kind of Chinese, English for everybody else. */
export function chooseLocale(languages: readonly string[]): Locale {
  const known = languages.find((language) => /^(zh|en)\b/i.test(language));
  return known && /^zh/i.test(known) ? "zh-CN" : "en";
}

export function wordsOf<Key extends string = never>(locale: Locale, own?: Record<Key, string>): Words<Key> {
  const find = (key: string): string | undefined => (own as Table | undefined)?.[key] ?? shared[locale][key];
  return {
    locale,
    say: (key, values = {}) => filled(find(key) ?? key, values),
    has: (key): key is Key | SharedKey => find(key) !== undefined,
  };
}

/** A system message in the reader's language; "" for a code this version has no words for. */
export function wordSystem(message: Message, locale: Locale): string {
  const data = message.data as { code?: string; values?: Record<string, unknown> } | undefined;
  const values = data?.values ?? {};
  const text = shared[locale][`system.${codeOf(data?.code ?? "", values)}`];
  if (text === undefined) return message.body;
  const worded = Object.entries(values).map(([name, value]) => [name, wordValue(name, value, values, locale)] as const);
  return filled(text, Object.fromEntries(worded));
}

export function wordAmount({ amount, currency }: Amount, locale: Locale): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** Day and time, in the reader's own zone, with the year unless it is this one: 11月23日 09:00, 23 Nov, 09:00. */
export function wordMoment(iso: string, locale: Locale): string {
  return wordAt(iso, locale, { month: "short", day: "numeric", ...CLOCK });
}

export function wordTime(iso: string, locale: Locale): string {
  return wordAt(iso, locale, CLOCK);
}

export function wordDay(iso: string, locale: Locale): string {
  return wordAt(iso, locale, { month: "long", day: "numeric", weekday: "short" });
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

/** Plain "en" is American: month first and a twelve-hour clock. */
export function wordAt(iso: string, locale: Locale, parts: Intl.DateTimeFormatOptions): string {
  const at = new Date(iso);
  const isOld = parts.day && at.getFullYear() !== new Date().getFullYear();
  return at.toLocaleString(locale === "en" ? "en-GB" : locale, isOld ? { ...parts, year: "numeric" } : parts);
}

function codeOf(code: string, values: Record<string, unknown>): string {
  if (code === "closed") return `closed_${String(values["by"])}`;
  const byEmail = values["by"] === "email" ? "_email" : "";
  if (/^message_left/.test(code) && values["reply_by"]) return `message_promised${byEmail}`;
  if (code === "question_kept" && values["reply_by"]) return `question_kept_promised${byEmail}`;
  if (code === "message_left") return code + byEmail;
  return code === "urgent_help" && values["phone"] ? "urgent_help_phone" : code;
}

function wordValue(name: string, value: unknown, values: Record<string, unknown>, locale: Locale): string {
  if (name === "amount" && isAmount(values)) return wordAmount(values, locale);
  if (typeof value === "string" && MOMENT.test(value)) return wordMoment(value, locale);
  if (name === "steps") return (value as Table)[locale] || shared[locale]["urgent.steps"]!;
  if (name === "kind") return shared[locale][`topic.${String(value)}`] ?? String(value);
  return value === null || value === undefined ? "" : String(value);
}

function isAmount(values: Record<string, unknown>): values is Record<string, unknown> & Amount {
  return typeof values["amount"] === "number" && typeof values["currency"] === "string";
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}
