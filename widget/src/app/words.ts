import sharedEn from "../../../chat/texts/en/shared.json?url&no-inline";
import ownEn from "../../../chat/texts/en/widget.json?url&no-inline";
import sharedZh from "../../../chat/texts/zh-CN/shared.json?url&no-inline";
import type zh from "../../../chat/texts/zh-CN/widget.json";
import ownZh from "../../../chat/texts/zh-CN/widget.json?url&no-inline";
import { learn, type Words, wordDay, wordsOf, wordTime } from "../core/wording";
import type { Desk, Locale } from "../core/wire";

export type Key = keyof typeof zh;
export type WidgetWords = Words<Key>;

/** The words of one language; a customer downloads no other. */
export async function loadWords(locale: Locale): Promise<WidgetWords> {
  const [shared, own] = await Promise.all((locale === "en" ? [sharedEn, ownEn] : [sharedZh, ownZh]).map(table));
  learn(locale, shared!);
  return wordsOf<Key>(locale, own as Record<Key, string>);
}

async function table(url: string): Promise<Record<string, string>> {
  return (await (await fetch(url)).json()) as Record<string, string>;
}

/** Is somebody there, and if not, when: in the customer's own zone, as seen from the desk's clock. */
export function wordDesk(desk: Desk, words: WidgetWords): string {
  if (desk.open) return desk.closes_at ? words.say("desk.open_until", { time: wordTime(desk.closes_at, words.locale) }) : words.say("desk.open");
  if (!desk.opens_at) return words.say("desk.closed");
  const time = wordTime(desk.opens_at, words.locale);
  const days = daysBetween(new Date(desk.now), new Date(desk.opens_at));
  if (days === 0) return words.say("desk.opens_today", { time });
  if (days === 1) return words.say("desk.opens_tomorrow", { time });
  return words.say("desk.opens_on", { day: wordDay(desk.opens_at, words.locale), time });
}

function daysBetween(from: Date, to: Date): number {
  const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}
