import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { AgentConversation, Locale } from "../../../widget/src/core/wire";
import type { DeskState } from "../state/desk";
import type { Place } from "../state/place";
import type { Preferences } from "../state/preferences";
import type { DeskStore, Snapshot } from "../state/store";
import { shortId } from "./format";
import { type ConsoleKey, type ConsoleWords, consoleWords } from "./texts";

export { type ConsoleKey, type ConsoleWords, consoleWords };

/** All a part of the console needs to draw itself and to do something. */
export interface Console {
  store: DeskStore;
  snapshot: Snapshot;
  words: ConsoleWords;
  place: Place;
  go(place: Place): void;
  /** Takes that conversation, or the next in line, and opens it. */
  pick(id?: string): Promise<void>;
  preferences: Preferences;
  prefer(change: Partial<Preferences>): Promise<void>;
  /** Ticks every half minute, so that waits grow on the screen. */
  now: number;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (!found) throw new Error("This part is drawn outside of the console.");
  return found;
}

export function customerName(words: ConsoleWords, { customer_name, customer_id }: AgentConversation): string {
  return customer_name || words.say("customer.visitor", { id: shortId(customer_id) });
}

export function siteName(desk: DeskState, locale: Locale, site: string): string {
  return desk.desks.find((one) => one.site === site)?.names[locale] ?? site;
}
