// Where in the console one is, as the part of the address after `#`: /queue, /queue/<conversation>, /settings/<tab>.

import type { Role } from "../../../widget/src/core/wire";

export const SCREENS = ["queue", "mine", "inbox", "live", "tickets", "settings"] as const;
export type Screen = (typeof SCREENS)[number];

export interface Place {
  screen: Screen;
  /** The conversation or ticket that is open. */
  id?: string;
  /** The part of the settings that is open. */
  tab?: string;
}

export function isSupervisor(role: Role | undefined): boolean {
  return role === "supervisor" || role === "admin";
}

/** What somebody in that role finds in the rail. */
export function screensOf(role: Role | undefined): readonly Screen[] {
  return isSupervisor(role) ? SCREENS : SCREENS.filter((screen) => screen !== "settings" && screen !== "live");
}

export function placeOf(hash: string): Place {
  const [, name = "", rest = ""] = /^#?\/?([a-z]*)(?:\/([0-9a-z-]+))?$/.exec(hash) ?? [];
  const screen = SCREENS.find((one) => one === name) ?? "queue";
  if (screen === "settings") return rest ? { screen, tab: rest } : { screen };
  return /^[0-9a-f-]{36}$/.test(rest) ? { screen, id: rest } : { screen };
}

export function addressOf({ screen, id, tab }: Place): string {
  return `#/${[screen, id ?? tab].filter(Boolean).join("/")}`;
}
