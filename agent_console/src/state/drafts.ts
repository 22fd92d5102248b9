// What an agent has begun to write, by what it is for. It is there again when they come back to that, after a reload of
// this tab, and when they sign in anew because their session had ended; nobody else finds it.

import { tabMemory } from "./shelf";

const memory = tabMemory<Readonly<Record<string, string>>>("drafts", {});
let held: Readonly<Record<string, string>> | undefined;

export function draftOf(key: string): string {
  held ??= memory.load();
  return held[key] ?? "";
}

export function keepDraft(key: string, text: string): void {
  held ??= memory.load();
  const { [key]: _, ...others } = held;
  save(text ? { ...others, [key]: text } : others);
}

/** For who leaves this computer. */
export function dropDrafts(): void {
  save({});
}

function save(texts: Readonly<Record<string, string>>): void {
  held = texts;
  memory.save(texts);
}
