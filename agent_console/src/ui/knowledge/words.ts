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

/** The sites that it is for; nothing when it is for all of them. */
export function useSiteNames({ sites }: Pick<Article, "sites">): string {
  const { snapshot, words } = useConsole();
  return sites.map((site) => siteName(snapshot.desk, words.locale, site)).join(words.say("list.comma"));
}
