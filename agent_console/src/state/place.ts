// Where in the console one is, as the part of the address after `#`: /queue, /queue/<conversation>/<message>,
// /settings/<tab>, /knowledge/<tab>/<what is open there>.

import type { Role } from "../../../widget/src/core/wire";

export const SCREENS = ["queue", "mine", "inbox", "live", "tickets", "knowledge", "reports", "settings"] as const;
export type Screen = (typeof SCREENS)[number];

export interface Place {
  screen: Screen;
  /** The conversation, ticket or article that is open. */
  id?: string;
  /** What in that conversation is looked for, the number of a message or the id of a note; or what is open in that tab. */
  at?: string;
  /** The part of the settings or of the knowledge that is open. */
  tab?: string;
}

const OF_SUPERVISORS: readonly Screen[] = ["live", "reports", "settings"];

export function isSupervisor(role: Role | undefined): boolean {
  return role === "supervisor" || role === "admin";
}

/** What somebody in that role finds in the rail. */
export function screensOf(role: Role | undefined): readonly Screen[] {
  return isSupervisor(role) ? SCREENS : SCREENS.filter((screen) => !OF_SUPERVISORS.includes(screen));
}

export function placeOf(hash: string): Place {
  const [, name = "", rest = "", at] = /^#?\/?([a-z]*)(?:\/([0-9a-z-]+))?(?:\/([0-9a-z-]+))?$/.exec(hash) ?? [];
  const screen = SCREENS.find((one) => one === name) ?? "queue";
  if (/^[0-9a-f-]{36}$/.test(rest) && screen !== "settings") return at ? { screen, id: rest, at } : { screen, id: rest };
  if (!rest || (screen !== "settings" && screen !== "knowledge")) return { screen };
  return at ? { screen, tab: rest, at } : { screen, tab: rest };
}

export function addressOf({ screen, id, tab, at }: Place): string {
  return `#/${[screen, id ?? tab, at].filter(Boolean).join("/")}`;
}
