// Words for times, waits and money.

import { toMinor as minorOf } from "../../../widget/src/core/money";
import { wordDay } from "../../../widget/src/core/wording";
import type { Locale } from "../../../widget/src/core/wire";

/** An amount of money that is asked for: more than nothing. */
export function toMinor(text: string, currency: string): number | undefined {
  return minorOf(text, currency) || undefined;
}

/** How long since `iso`, in the largest unit that says something. */
export function since(iso: string, now: number): { key: "seconds" | "minutes" | "hours" | "days"; count: number } {
  const seconds = Math.max(0, Math.floor((now - Date.parse(iso)) / 1000));
  if (seconds < 60) return { key: "seconds", count: seconds };
  if (seconds < 3600) return { key: "minutes", count: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { key: "hours", count: Math.floor(seconds / 3600) };
  return { key: "days", count: Math.floor(seconds / 86_400) };
}

/** Today, yesterday, or the day itself. */
export function dayLine(iso: string, now: number, locale: Locale): "today" | "yesterday" | { day: string } {
  if (isSameDay(iso, now)) return "today";
  if (isSameDay(iso, now - 86_400_000)) return "yesterday";
  return { day: wordDay(iso, locale) };
}

export function isSameDay(iso: string, other: number): boolean {
  return new Date(iso).toDateString() === new Date(other).toDateString();
}

/** The end of an id, to tell visitors without a name apart. */
export function shortId(id: string): string {
  return id.slice(-4).toUpperCase();
}

export function initial(name: string): string {
  const words = name.trim().split(/\s+/);
  const latin = /^[\u0020-\u024f]+$/.test(name);
  if (!latin) return [...name.trim()][0] ?? "?";
  return words.slice(0, 2).map((word) => word[0]?.toUpperCase() ?? "").join("");
}

export type Piece = { text: string } | { link: string };

/** Web addresses in a text, so that they can be followed; everything else stays text. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let rest = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'，。；！？、（）【】「」]+/g)) {
    const link = match[0].replace(/[.,;:!?)\]]+$/, "");
    if (match.index > rest) found.push({ text: text.slice(rest, match.index) });
    found.push({ link });
    rest = match.index + link.length;
  }
  if (rest < text.length) found.push({ text: text.slice(rest) });
  return found;
}
