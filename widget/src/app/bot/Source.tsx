import type { Locale } from "../../core/wire";
import type { Ui } from "../ui";

interface Article {
  title: string;
  version: number;
  effective_at: string;
  path: string;
}

/** Which article an answer is, of when, and where it stands in the support centre. */
export function Source({ ui: { words }, article: { title, version, effective_at, path } }: { ui: Ui; article: Article }) {
  return (
    <p class="source">
      <span>{words.say("bot.source")}</span>
      <a href={path} target="_blank" rel="noopener">{title}<span class="hidden"> {words.say("bot.new_tab")}</span></a>
      <span>{words.say("bot.version", { version, date: wordDate(effective_at, words.locale) })}</span>
    </p>
  );
}

function wordDate(iso: string, locale: Locale): string {
  return new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { dateStyle: "long" }).format(new Date(iso));
}
