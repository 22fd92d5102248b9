/** The wording with the shared texts of both languages at hand from the start. */

import sharedEn from "../../../chat/texts/en/shared.json";
import sharedZh from "../../../chat/texts/zh-CN/shared.json";
import { learn, type Words, wordsOf as wordsFrom } from "./wording";
import type { Locale } from "./wire";

export * from "./wording";

learn("zh-CN", sharedZh);
learn("en", sharedEn);

export function wordsOf<Key extends string = never>(locale: Locale, tables?: Record<Locale, Record<Key, string>>): Words<Key> {
  return wordsFrom(locale, tables?.[locale]);
}
