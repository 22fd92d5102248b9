// What an agent does, besides writing: each sends a command, holds its answer, and says when it did not work.

import { CommandError } from "../../../widget/src/core/connection";
import type {
  AgentConversation,
  Invite,
  Outcome,
  TakeOver,
  Transfer,
} from "../../../widget/src/core/wire";
import type { DeskStore } from "./store";

// -- conversations ------------------------------------------------------------------------------------------------

/** Takes that conversation, or the next in line. */
export async function pick(store: DeskStore, id?: string): Promise<AgentConversation | undefined> {
  try {
    const { conversation } = await store.taking.during(store.connection.send("pick", id ? { conversation_id: id } : {}));
    store.dispatch({ type: "conversation", conversation });
    return conversation;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (id && error.code === "taken") await sayWhoHas(store, id);
    else store.toast(error);
    return undefined;
  }
}

async function sayWhoHas(store: DeskStore, id: string): Promise<void> {
  await store.catchUp(id);
  const name = store.desk.lists.conversations[id]?.agent?.name;
  store.toast(name ? { key: "error.taken_by", values: { name } } : { key: "error.taken" });
}

export async function release(store: DeskStore, id: string): Promise<void> {
  await changed(store, store.connection.send("release", { conversation_id: id }));
}

/** `to` is a colleague, or a team whose queue it goes back to. */
export async function transfer(store: DeskStore, idFor: IdFor, asked: Omit<Transfer, "client_id">, name: string): Promise<boolean> {
  const done = await changed(store, store.connection.send("transfer", { ...asked, client_id: idFor(asked) }));
  if (done) store.toast({ key: asked.team_id ? "toast.to_team" : "toast.transferred", values: { name } });
  return done;
}

export async function invite(store: DeskStore, idFor: IdFor, asked: Omit<Invite, "client_id">, name: string): Promise<boolean> {
  const done = await changed(store, store.connection.send("invite", { ...asked, client_id: idFor(asked) }));
  if (done) store.toast({ key: "toast.invited", values: { name } });
  return done;
}

export async function uninvite(store: DeskStore, id: string, agentId: string): Promise<void> {
  await changed(store, store.connection.send("uninvite", { conversation_id: id, agent_id: agentId }));
}

export async function stepOut(store: DeskStore, id: string): Promise<void> {
  await changed(store, store.connection.send("step_out", { conversation_id: id }));
}

export async function join(store: DeskStore, id: string): Promise<void> {
  await changed(store, store.connection.send("join", { conversation_id: id }));
}

export async function takeOver(store: DeskStore, idFor: IdFor, asked: Omit<TakeOver, "client_id">): Promise<boolean> {
  return changed(store, store.taking.during(store.connection.send("take_over", { ...asked, client_id: idFor(asked) })));
}

export async function endWrapUp(store: DeskStore): Promise<void> {
  const done = await store.attempt(store.connection.send("end_wrap_up", {}));
  if (done) store.dispatch({ type: "agent", agent: done.agent });
}

/** All that goes on; without `before` anew, and as much of it as was shown. */
export async function loadLive(store: DeskStore, before?: string): Promise<void> {
  const shown = before ? 0 : (store.desk.live?.conversations.length ?? 0);
  const limit = Math.min(200, Math.max(50, shown));
  const page = await store.look(store.connection.send("live", { limit, ...(before ? { before } : {}) }));
  if (page) store.dispatch({ type: "live", page, first: before === undefined });
}

/** What the bot did in a conversation. A server that is older than this page knows of no turns. */
export async function loadTurns(store: DeskStore, id: string): Promise<void> {
  const unlessOlder = (error: unknown): undefined => {
    if (!(error instanceof CommandError && error.code === "unknown_command")) throw error;
  };
  const page = await store.look(store.connection.send("bot_turns", { conversation_id: id, limit: 200 }).catch(unlessOlder));
  if (page) store.dispatch({ type: "turns", conversation_id: id, turns: page.turns });
}

export async function prioritize(store: DeskStore, id: string, priority: number): Promise<void> {
  await changed(store, store.connection.send("prioritize", { conversation_id: id, priority }));
}

export async function close(store: DeskStore, id: string, outcome: Outcome): Promise<void> {
  await changed(store, store.connection.send("close", { conversation_id: id, outcome }));
}

async function changed(store: DeskStore, doing: Promise<{ conversation: AgentConversation }>): Promise<boolean> {
  const done = await store.attempt(doing);
  if (done) store.dispatch({ type: "conversation", conversation: done.conversation });
  return done !== undefined;
}

/** Of a form: pressing again repeats what got no answer. */
export type IdFor = (content: unknown) => string;
