import type { Outgoing, Shelf } from "../../../widget/src/core/outbox";

/** Keeps what is on its way out through a reload of this tab; another tab may be another agent's. */
export function tabShelf(name: string): Shelf {
  const key = `nightdesk.console.${name}`;
  return {
    load: () => {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? "[]") as Outgoing[];
      } catch {
        return [];
      }
    },
    save: (items) => {
      try {
        sessionStorage.setItem(key, JSON.stringify(items));
      } catch {
        // no storage: what was not sent lasts until reload
      }
    },
  };
}
