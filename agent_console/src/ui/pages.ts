// A list that comes page by page, held by the screen that shows it.

import { useEffect, useRef, useState } from "preact/hooks";
import { useConsole } from "./context";

const PAGE = 50;
const MOST = 200; // that one page may hold

export interface Page<T> {
  items: T[];
  cursor?: string | undefined;
}

export interface Pages<T> {
  /** Undefined until the server has answered. */
  items: T[] | undefined;
  cursor: string | undefined;
  more(): Promise<void>;
  /** Anew, as much of it as was shown. */
  again(): Promise<void>;
  /** Shows something in the place of what is listed. */
  put(change: (items: T[]) => T[]): void;
}

/** `ask` is asked anew whenever `query` changes or the line is back. */
export function usePages<T>(query: string, ask: (at: { cursor?: string; limit: number }) => Promise<Page<T>>): Pages<T> {
  const { store, snapshot } = useConsole();
  const [{ items, cursor }, set] = useState<{ items?: T[]; cursor?: string | undefined }>({});
  const asked = useRef("");
  const load = async (from?: string): Promise<void> => {
    const shown = from || asked.current !== query ? 0 : (items?.length ?? 0);
    asked.current = query;
    const limit = Math.min(MOST, Math.max(PAGE, shown));
    const page = await store.look(ask({ limit, ...(from ? { cursor: from } : {}) }));
    if (!page || asked.current !== query) return;
    set((held) => (from && held.cursor !== from ? held : { items: [...(from ? (held.items ?? []) : []), ...page.items], cursor: page.cursor }));
  };
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (online) void load();
  }, [online, query]);
  return {
    items,
    cursor,
    more: () => load(cursor),
    again: () => load(),
    put: (change) => set((held) => ({ ...held, items: change(held.items ?? []) })),
  };
}
