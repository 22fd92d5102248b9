// What somebody chose for this browser. Without storage (a locked-down browser) the choice lasts until reload.

import { chooseLocale } from "../../../widget/src/core/wording";
import type { Locale } from "../../../widget/src/core/wire";

export type Theme = "system" | "light" | "dark";

export interface Preferences {
  locale: Locale;
  theme: Theme;
  sound: boolean;
  /** Desktop notices: for the agent who turned them on here, with the customers' words or without. */
  notices?: { of: string; words: boolean } | undefined;
}

const KEY = "nightdesk.console";

export function loadPreferences(languages: readonly string[] = navigator.languages): Preferences {
  const chosen = { locale: chooseLocale(languages), theme: "system", sound: false } as const;
  try {
    return { ...chosen, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) };
  } catch {
    return chosen;
  }
}

export function savePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // no storage, see above
  }
}
