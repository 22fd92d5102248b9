import { wordMoment } from "../../../../widget/src/core/wording";
import type { Article } from "../../../../widget/src/core/wire";
import { type ConsoleWords, siteName, useConsole } from "../context";
import { known } from "../parts";

export function categoryName(words: ConsoleWords, code: string): string {
  return known(words, `category.${code}`, code.replaceAll("_", " "));
}

export function reasonText(words: ConsoleWords, code: string | undefined): string {
  return code ? known(words, `bot_reason.${code}`, code.replaceAll("_", " ")) : "";
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** A moment that may lie ahead, or a year back. */
export function fullMoment({ locale }: ConsoleWords, iso: string): string {
  const at = new Date(iso);
  if (at.getFullYear() === new Date().getFullYear()) return wordMoment(iso, locale);
  return at.toLocaleString(locale, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
}

/** The sites that it is for; nothing when it is for all of them. */
export function useSiteNames({ sites }: Pick<Article, "sites">): string {
  const { snapshot, words } = useConsole();
  return sites.map((site) => siteName(snapshot.desk, words.locale, site)).join(words.say("list.comma"));
}
