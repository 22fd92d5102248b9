// Names of kinds and their parts: as an admin wrote them, or as the console has them.

import type { KindDefinition, KindItem, TicketKind, TicketSummary } from "../../../../widget/src/core/wire";
import { type ConsoleWords, useConsole } from "../context";
import { type Left, leftUntil } from "../promise";
import { known } from "../parts";

export type Part = "checklist" | "fields" | "evidence" | "steps" | "endings";

const WORDS: Record<Part, string> = { checklist: "check", fields: "field", evidence: "evidence", steps: "step", endings: "ending" };

export interface KindWords {
  kinds: TicketKind[];
  find(code: string): KindDefinition | undefined;
  kind(code: string): string;
  part(kind: string, part: Part, code: string): string;
}

export function useKindWords(): KindWords {
  const { snapshot, words } = useConsole();
  return kindWords(words, snapshot.desk.tickets.kinds);
}

export function kindWords(words: ConsoleWords, kinds: TicketKind[]): KindWords {
  const find = (code: string): KindDefinition | undefined => kinds.find((kind) => kind.code === code)?.definition;
  return {
    kinds,
    find,
    kind: (code) => named(words, find(code)?.names) ?? known(words, `topic.${code}`, code.replaceAll("_", " ")),
    part(kind, part, code) {
      const item = (find(kind)?.[part] as KindItem[] | undefined)?.find((one) => one.code === code);
      return named(words, item?.names) ?? known(words, `${WORDS[part]}.${code}`, code.replaceAll("_", " "));
    },
  };
}

export function named({ locale }: ConsoleWords, names: Record<string, string> | undefined): string | undefined {
  return names?.[locale] ?? Object.values(names ?? {})[0];
}

/** How the nearest due time stands: a time that runs, or the clock stands still while the customer is waited for. */
export function useDue({ due_at, site, status }: TicketSummary): Left | { text: string; state: "paused" } | undefined {
  const context = useConsole();
  if (status === "solved" || status === "closed") return undefined;
  if (due_at) return leftUntil(context, site, due_at);
  return status === "pending" ? { text: context.words.say("due.paused"), state: "paused" } : undefined;
}
