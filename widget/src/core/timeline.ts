/**
 * The truth about one conversation, as the browser holds it.
 *
 * A pure reducer: the state before plus the events gives what a fresh `sync` would give, whatever order events and
 * answers come in and however often. Whoever sees `hasGap` asks `sync` for everything after `knownUpTo`.
 */

import type { Attachment, Choice, Conversation, Message, ReadEvent, TypingEvent } from "./wire";

export interface Pending {
  client_id: string;
  body: string;
  created_at: string;
  attachment?: Attachment;
  /** What was pressed instead of written. */
  choice?: Choice;
  /** The error code, once the server has refused it for good. */
  failed?: string;
}

export interface Typing {
  by: TypingEvent["by"];
  name: string;
  since: number;
}

export interface Timeline<C extends Conversation = Conversation> {
  conversation?: C;
  /** In the order of their seq, each once. */
  messages: readonly Message[];
  /** Everything after this seq is, or ought to be, held. */
  since?: number;
  pending: readonly Pending[];
  typing?: Typing;
}

export type Action<C extends Conversation = Conversation> =
  | { type: "synced"; conversation: C; messages: readonly Message[]; after?: number }
  | { type: "history"; messages: readonly Message[] }
  | { type: "message"; message: Message }
  | { type: "conversation"; conversation: C }
  | { type: "read"; read: ReadEvent }
  | { type: "typing"; typing?: TypingEvent; at?: number }
  | { type: "sending"; pending: Pending }
  | { type: "failed"; client_id: string; code: string };

export const EMPTY: Timeline<never> = { messages: [], pending: [] };

export function reduce<C extends Conversation>(state: Timeline<C>, action: Action<C>): Timeline<C> {
  switch (action.type) {
    case "synced":
      return withFetched(state, action.conversation, action.messages, action.after);
    case "history":
      return action.messages.reduce(withMessage, state);
    case "message":
      return withMessage(state, action.message);
    case "conversation":
      return withConversation(state, action.conversation, false);
    case "read":
      return withRead(state, action.read);
    case "typing":
      return withTyping(state, action.typing, action.at ?? 0);
    case "sending":
      return withPending(state, action.pending);
    case "failed":
      return { ...state, pending: state.pending.map((one) => (one.client_id === action.client_id ? { ...one, failed: action.code } : one)) };
  }
}

/** Is a message missing between the first one that ought to be held and the newest one there is? */
export function hasGap(state: Timeline<Conversation>): boolean {
  return state.conversation !== undefined && knownUpTo(state) < state.conversation.last_seq;
}

/** The last seq before the first hole: `sync` after it brings everything that is missing. */
export function knownUpTo(state: Timeline<Conversation>): number {
  const first = (state.messages[0]?.seq ?? 1) - 1;
  let known = Math.min(state.since ?? first, first);
  for (const { seq } of state.messages) {
    if (seq !== known + 1) break;
    known = seq;
  }
  return state.messages.length ? known : (state.since ?? known);
}

/** Are there older messages than those held? */
export function hasOlder(state: Timeline<Conversation>): boolean {
  return (state.messages[0]?.seq ?? 1) > 1;
}

function withFetched<C extends Conversation>(state: Timeline<C>, given: C, messages: readonly Message[], after?: number): Timeline<C> {
  const from = after ?? (messages[0]?.seq ?? given.last_seq + 1) - 1;
  const { typing: _, ...known } = withConversation(state, given, true);
  const start: Timeline<C> = { ...known, since: Math.min(known.since ?? from, from) };
  return messages.reduce(withMessage, start);
}

function withConversation<C extends Conversation>(state: Timeline<C>, given: C, fetched: boolean): Timeline<C> {
  const held = state.conversation;
  // Only what was asked for may turn this timeline into another conversation's; a stray event may not.
  if (held && held.id !== given.id) return fetched ? { messages: [], pending: [], conversation: given } : state;
  if (!held) return { ...state, conversation: given };
  if (given.version < held.version) return state;
  const { typing, ...rest } = state;
  return { ...rest, ...(typing && given.status === held.status ? { typing } : {}), conversation: withMarks(given, held) };
}

// Messages move these without a new version, so of two equal versions each may be ahead in one of them.
function withMarks<C extends Conversation>(given: C, held: C): C {
  return {
    ...given,
    last_seq: Math.max(given.last_seq, held.last_seq),
    customer_read_seq: Math.max(given.customer_read_seq, held.customer_read_seq),
    agent_read_seq: Math.max(given.agent_read_seq, held.agent_read_seq),
  };
}

function withPending<C extends Conversation>(state: Timeline<C>, pending: Pending): Timeline<C> {
  // Its answer was lost, but it stands there already.
  if (state.messages.some(({ client_id }) => client_id === pending.client_id)) return state;
  return { ...state, pending: [...without(state.pending, pending.client_id), pending] };
}

function withMessage<C extends Conversation>(state: Timeline<C>, message: Message): Timeline<C> {
  if (state.conversation && state.conversation.id !== message.conversation_id) return state;
  const messages = inserted(state.messages, message);
  if (messages === state.messages) return state;
  const pending = message.client_id ? without(state.pending, message.client_id) : state.pending;
  const conversation = state.conversation && afterMessage(state.conversation, message);
  const { typing, ...rest } = state;
  const stillTyping = typing && typing.by !== message.author.kind ? { typing } : {};
  return { ...rest, ...stillTyping, ...(conversation ? { conversation } : {}), messages, pending };
}

function inserted(messages: readonly Message[], message: Message): readonly Message[] {
  let at = messages.length;
  while (at > 0 && messages[at - 1]!.seq > message.seq) at -= 1;
  if (messages[at - 1]?.seq === message.seq) return messages;
  return [...messages.slice(0, at), message, ...messages.slice(at)];
}

// Who writes has read what stands before; the server moves the mark without a word.
function afterMessage<C extends Conversation>(conversation: C, { seq, author }: Message): C {
  const last_seq = Math.max(conversation.last_seq, seq);
  if (author.kind === "customer") return { ...conversation, last_seq, customer_read_seq: Math.max(conversation.customer_read_seq, seq) };
  if (author.kind === "agent") return { ...conversation, last_seq, agent_read_seq: Math.max(conversation.agent_read_seq, seq) };
  return { ...conversation, last_seq };
}

function withRead<C extends Conversation>(state: Timeline<C>, read: ReadEvent): Timeline<C> {
  const held = state.conversation;
  if (!held || held.id !== read.conversation_id) return state;
  const mark = read.by === "customer" ? "customer_read_seq" : "agent_read_seq";
  return { ...state, conversation: { ...held, [mark]: Math.max(held[mark], read.seq), version: versionAfter(held, read) } };
}

/** A mark of a later version than the next says that a change was missed: the version stays, so that a beacon is ahead. */
export function versionAfter(held: Conversation, read: ReadEvent): number {
  return read.version === held.version + 1 ? read.version : held.version;
}

function withTyping<C extends Conversation>(state: Timeline<C>, event: TypingEvent | undefined, since: number): Timeline<C> {
  const { typing: _, ...rest } = state;
  if (!event) return rest;
  if (state.conversation?.id !== event.conversation_id) return state;
  return { ...rest, typing: { by: event.by, name: event.name, since } };
}

function without(pending: readonly Pending[], clientId: string): readonly Pending[] {
  return pending.some((one) => one.client_id === clientId) ? pending.filter((one) => one.client_id !== clientId) : pending;
}
