// The words of the console. A table is downloaded when it is wanted, and in the agent's language only.

import type en from "../../../chat/texts/en/console.json";
import type casesEn from "../../../chat/texts/en/cases.json";
import type knowledgeEn from "../../../chat/texts/en/knowledge.json";
import type reportsEn from "../../../chat/texts/en/reports.json";
import type searchEn from "../../../chat/texts/en/search.json";
import { learn, type Table, type Words, wordsOf } from "../../../widget/src/core/wording";
import type { Locale } from "../../../widget/src/core/wire";

export type ConsoleKey = keyof typeof en | keyof typeof casesEn | keyof typeof knowledgeEn | keyof typeof reportsEn | keyof typeof searchEn;
export type ConsoleWords = Words<ConsoleKey>;

/** What is loaded with the page, with the screens of tickets, those of articles and the bot, with reports, and with the search. */
export type TextPart = "desk" | "cases" | "knowledge" | "reports" | "search";

type Load = () => Promise<{ default: Table }>;

const FILES: Record<TextPart, Record<Locale, Load[]>> = {
  desk: {
    "zh-CN": [() => import("../../../chat/texts/zh-CN/shared.json"), () => import("../../../chat/texts/zh-CN/console.json")],
    en: [() => import("../../../chat/texts/en/shared.json"), () => import("../../../chat/texts/en/console.json")],
  },
  cases: {
    "zh-CN": [() => import("../../../chat/texts/zh-CN/cases.json")],
    en: [() => import("../../../chat/texts/en/cases.json")],
  },
  knowledge: {
    "zh-CN": [() => import("../../../chat/texts/zh-CN/knowledge.json")],
    en: [() => import("../../../chat/texts/en/knowledge.json")],
  },
  reports: {
    "zh-CN": [() => import("../../../chat/texts/zh-CN/reports.json")],
    en: [() => import("../../../chat/texts/en/reports.json")],
  },
  search: {
    "zh-CN": [() => import("../../../chat/texts/zh-CN/search.json")],
    en: [() => import("../../../chat/texts/en/search.json")],
  },
};

const wanted = new Set<TextPart>(["desk"]);
const had = new Set<string>();

/** All parts that this page has wanted so far, in that language. */
export async function loadTexts(locale: Locale): Promise<void> {
  await Promise.all([...wanted].map((part) => loadPart(part, locale)));
}

/** From now on that part is wanted too, whatever the language. */
export async function wantTexts(part: TextPart, locale: Locale): Promise<void> {
  wanted.add(part);
  await loadPart(part, locale);
}

async function loadPart(part: TextPart, locale: Locale): Promise<void> {
  if (had.has(`${part} ${locale}`)) return;
  const tables = await Promise.all(FILES[part][locale].map((load) => load()));
  for (const table of tables) learn(locale, table.default);
  had.add(`${part} ${locale}`);
}

export function consoleWords(locale: Locale): ConsoleWords {
  return wordsOf<ConsoleKey>(locale);
}
