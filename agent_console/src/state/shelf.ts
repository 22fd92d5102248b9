import type { Outgoing, Shelf } from "../../../widget/src/core/outbox";

/** Keeps what is on its way out through a reload of this tab; another tab may be another agent's. */
export function tabShelf(name: string): Shelf {
  const { load, save } = tabMemory<readonly Outgoing[]>(name, []);
  return { load: () => [...load()], save };
}

/** Keeps one thing through a reload of this tab. Without storage it lasts until then. */
export function tabMemory<T>(name: string, empty: T): { load(): T; save(value: T): void } {
  const key = `nightdesk.console.${name}`;
  return {
    load: () => {
      try {
        return (JSON.parse(sessionStorage.getItem(key) ?? "null") as T | null) ?? empty;
      } catch {
        return empty;
      }
    },
    save: (value) => {
      try {
        sessionStorage.setItem(key, JSON.stringify(value));
      } catch {
        // no storage, see above
      }
    },
  };
}
