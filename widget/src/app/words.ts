import sharedEn from "../../../chat/texts/en/shared.json?url&no-inline";
import ownEn from "../../../chat/texts/en/widget.json?url&no-inline";
import sharedZh from "../../../chat/texts/zh-CN/shared.json?url&no-inline";
import type zh from "../../../chat/texts/zh-CN/widget.json";
import ownZh from "../../../chat/texts/zh-CN/widget.json?url&no-inline";
import { learn, type Words, wordAt, wordDay, wordsOf, wordTime } from "../core/wording";
import type { Desk, Locale, Range, Topic, Waiting } from "../core/wire";

export type Key = keyof typeof zh;
export type WidgetWords = Words<Key>;

/** The words of one language; a customer downloads no other. */
export async function loadWords(locale: Locale): Promise<WidgetWords> {
  const [shared, own] = await Promise.all((locale === "en" ? [sharedEn, ownEn] : [sharedZh, ownZh]).map(table));
  learn(locale, shared!);
  return wordsOf<Key>(locale, own as Record<Key, string>);
}

export async function table(url: string): Promise<Record<string, string>> {
  return (await (await fetch(url)).json()) as Record<string, string>;
}

/** The desk as it was heard of last; `skew` is how far its clock is ahead of this machine's. */
export interface KnownDesk extends Desk {
  skew: number;
}

/** May nobody who comes anew enter the queue, although the desk is open? */
export const isShut = (desk: Desk | undefined): boolean => !!desk?.open && desk.queue !== "open";

/** Is only a message taken of this topic now? */
export const takesOnlyMessages = (desk: Desk | undefined, topic: string): boolean => !!desk?.message_topics?.includes(topic as Topic);

/**
 * Who is there and until when, or why nobody is and from when: in the customer's own zone, as seen from the desk's clock.
 * Who is there is only said while we hear of it (`isHeard`).
 */
export function wordDesk(desk: KnownDesk, words: WidgetWords, isHeard = true): string {
  const isEmergency = desk.rule === "emergency" && words.say("desk.emergency");
  const note = desk.reason ?? (desk.rule === "holiday" && desk.holiday?.[words.locale]);
  const presence = desk.open && isHeard && words.say(desk.range ? "desk.here" : "desk.away");
  return [isEmergency, note, presence, wordHours(desk, words)].filter(Boolean).join(" · ");
}

function wordHours(desk: KnownDesk, words: WidgetWords): string {
  const at = desk.open ? desk.closes_at : desk.opens_at;
  if (!at) return desk.open || desk.rule === "emergency" ? "" : words.say("desk.closed");
  if (!desk.open) return words.say(desk.rule === "emergency" ? "desk.resumes" : "desk.opens", { when: wordWhen(at, desk, words) });
  const isSoon = Date.parse(at) - clockOf(desk) < DAY;
  return words.say("desk.until", { when: isSoon ? wordTime(at, words.locale) + wordZone(at, desk, words) : wordWhen(at, desk, words) });
}

/** A time the customer is told, by the day it is for them; their zone is named where it is not the desk's. */
export function wordWhen(at: string, desk: KnownDesk, words: WidgetWords): string {
  const days = Math.round((midnight(new Date(at)) - midnight(new Date(clockOf(desk)))) / DAY);
  const time = wordTime(at, words.locale) + wordZone(at, desk, words);
  if (days === 0) return words.say("when.today", { time });
  return days === 1 ? words.say("when.tomorrow", { time }) : words.say("when.on", { day: wordDay(at, words.locale), time });
}

function wordZone(at: string, { zone }: Desk, words: WidgetWords): string {
  const date = new Date(at);
  if (date.toLocaleString("en", { timeZone: zone }) === date.toLocaleString("en")) return "";
  const parts = new Intl.DateTimeFormat(words.locale, { timeZoneName: "longGeneric" }).formatToParts(date);
  return words.say("when.zone", { name: parts.find(({ type }) => type === "timeZoneName")?.value ?? "" });
}

/** How long it takes, rounded outwards, so that it stays true and changes seldom. */
export function wordWait({ low, high }: Range, words: WidgetWords): string {
  const step = high > 1200 ? 300 : 60;
  const from = (Math.floor(low / step) * step) / 60;
  const to = (Math.ceil(high / step) * step) / 60;
  if (to <= 1) return words.say("wait.soon");
  return from < 1 ? words.say("wait.within", { to }) : words.say(from === to ? "wait.about" : "wait.range", { from, to });
}

/** Where somebody stands who waits at an open desk, and what to expect. */
export function wordPlace({ place }: Waiting, words: WidgetWords): string {
  return words.say(place > 2 ? "wait.ahead" : place > 1 ? "wait.ahead_one" : "wait.next", { ahead: place - 1 });
}

export function wordOutlook({ range, unlikely_before }: Waiting, desk: KnownDesk, words: WidgetWords): string {
  if (!range) return words.say("wait.nobody");
  return unlikely_before ? words.say("wait.unlikely", { time: wordTime(unlikely_before, words.locale) + wordZone(unlikely_before, desk, words) }) : wordWait(range, words);
}

/** A day in full, such as that since when an article is in force. */
export function wordDate(iso: string, locale: Locale): string {
  return wordAt(iso, locale, { dateStyle: "long" });
}

const DAY = 86_400_000;
const clockOf = (desk: KnownDesk): number => Date.now() + desk.skew;
const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
