/** What the host's page may ask of the window beside signing out; fetched when it asks the first time. */

import type { Topic } from "../core/wire";
import type { Session } from "./session";
import { isOpenConversation, type Place, unread } from "./state";
import { goTo } from "./verbs";

export const COMMANDS: Record<string, (session: Session, value: unknown) => unknown> = {
  newMessage: (session, value) => {
    const { store } = session;
    const view = isOpenConversation(store.state) ? "talk" : "form";
    goTo(session);
    store.set({ view, prefill: { ...store.state.prefill, ...firstWords(value) } });
  },
  show: (session, value) => goTo(session, placeFor(value)),
  status: async (session) => {
    const { store } = session;
    if (store.state.phase === "idle") await session.open();
    const { desk, timeline, customer } = store.state;
    return {
      open: desk?.open,
      opens_at: desk?.opens_at,
      unread: unread(store.state),
      conversation: timeline.conversation?.status,
      waiting: timeline.conversation?.waiting,
      verified: customer?.kind === "verified",
    };
  },
};

/** The form of a kind, for an order or transaction of this number; without a kind one's orders and cases. */
function placeFor(value: unknown): Place {
  const { form, order } = (value ?? {}) as { form?: unknown; order?: unknown };
  if (typeof form !== "string" || !/^[a-z_]{1,60}$/.test(form)) return { at: "home" };
  return { at: "apply", kind: form, ...(order ? { number: String(order).slice(0, 100) } : {}) };
}

function firstWords(value: unknown): { body?: string; topic?: Topic } {
  const { text, topic } = (value ?? {}) as { text?: unknown; topic?: unknown };
  return { ...(typeof text === "string" ? { body: text } : {}), ...(typeof topic === "string" ? { topic: topic as Topic } : {}) };
}
