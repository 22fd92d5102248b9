import { useEffect, useState } from "preact/hooks";
import en from "../../../../chat/texts/en/files.json?url&no-inline";
import type keys from "../../../../chat/texts/zh-CN/files.json";
import zh from "../../../../chat/texts/zh-CN/files.json?url&no-inline";
import { type Words, wordsOf } from "../../core/wording";
import type { Locale } from "../../core/wire";
import { table } from "../words";

type Key = keyof typeof keys;
export type FileWords = Words<Key>;

const loaded: Partial<Record<Locale, FileWords>> = {};

/** The words of this part; undefined until they are here. */
export function useFileWords(locale: Locale): FileWords | undefined {
  const [, redraw] = useState(0);
  useEffect(() => {
    if (loaded[locale]) return;
    void table(locale === "en" ? en : zh).then((own) => {
      loaded[locale] = wordsOf<Key>(locale, own as Record<Key, string>);
      redraw((count) => count + 1);
    });
  }, [locale]);
  return loaded[locale];
}
