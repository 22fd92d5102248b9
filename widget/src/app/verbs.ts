/** What a customer does. A refusal becomes the state's `trouble`, which the window words. */

import { CommandError } from "../core/connection";
import { idsByContent, newId } from "../core/ids";
import type { Attachment, Choice, Conversation, Locale, Topic } from "../core/wire";
import { filledIn } from "./contact";
import type { Session } from "./session";
import { isReachable, type Place, type Trouble } from "./state";
import { isShut, takesOnlyMessages } from "./words";

export type Fields = Record<string, string>;

const TYPING_EVERY = 3_000;
const TROUBLES: Trouble[] = ["offline", "too_many", "desk_closed", "desk_closing", "queue_full", "closed"];

type IdFor = (content: unknown) => string;

/**
 * Opens a conversation with its first message, which is left for the agents where the desk takes nobody any more and
 * offers just that. False: it was refused, and nothing is lost from the form.
 */
export function begin(session: Session, idFor: IdFor, topic: Topic, fields: Fields, body: string, page?: string): Promise<boolean> {
  const { desk, locale } = session.store.state;
  const form = Object.keys(fields).length ? { form: fields } : {};
  return attempt(session, async () => {
    const input = { topic, ...form, locale, ...(page ? { page } : {}) };
    const { conversation } = await session.run("start", { ...input, client_id: idFor(input) });
    for (const name of ["draft", "begun"]) session.tab.forget(name);
    session.hold(conversation);
    const leaves = (isShut(desk) || takesOnlyMessages(desk, topic)) && (await isOfferedToLeave(session));
    if (leaves) session.tab.write("draft", body); // what its form begins with, where something is still to be asked
    const isLeft = leaves && isReachable(session.store.state) && (await leaveMessage(session, body));
    session.store.set({ view: leaves && !isLeft ? "leave" : "talk", prefill: { fields: {} } });
    session.connectIfWanted();
    if (!leaves) say(session, body);
  });
}

async function isOfferedToLeave(session: Session): Promise<boolean> {
  await session.catchUp();
  const { conversation, messages } = session.store.state.timeline;
  const { offer } = (messages.at(-1)?.data ?? {}) as { offer?: string };
  return conversation?.status === "bot" && offer === "leave_message";
}

export function say(session: Session, body: string, beside: { attachment?: Attachment; choice?: Choice } = {}): void {
  const { conversation } = session.store.state.timeline;
  if (!conversation || !(body.trim() || beside.attachment)) return;
  const pending = { client_id: newId(), body: body.trim().normalize(), created_at: new Date().toISOString(), ...beside };
  session.dispatch({ type: "sending", pending });
  void session.outbox.add({ ...pending, conversation_id: conversation.id });
}

/** Sends what was refused once more, under its old client_id: it can never stand there twice. */
export function sayAgain(session: Session, clientId: string): void {
  const { conversation, ...timeline } = session.store.state.timeline;
  const refused = timeline.pending.find((one) => one.client_id === clientId);
  if (!conversation || !refused) return;
  const { failed: _, ...pending } = refused;
  session.dispatch({ type: "sending", pending });
  void session.outbox.add({ ...pending, conversation_id: conversation.id });
}

let typedAt = 0;

export function sayTyping(session: Session): void {
  const { conversation } = session.store.state.timeline;
  if (conversation?.status !== "active" || session.store.state.line !== "online" || Date.now() - typedAt < TYPING_EVERY) return;
  typedAt = Date.now();
  session.run("typing", { conversation_id: conversation.id }).catch(() => undefined); // a hint; the next one comes
}

export function askAgent(session: Session): Promise<boolean> {
  return inConversation(session, (conversation_id) => session.run("ask_agent", { conversation_id }));
}

export function end(session: Session): Promise<boolean> {
  return inConversation(session, (conversation_id) => session.run("leave", { conversation_id }));
}

export function rate(session: Session, score: number, comment: string): Promise<boolean> {
  const words = comment.trim() ? { comment: comment.trim() } : {};
  return inConversation(session, (conversation_id) => session.run("rate", { conversation_id, score, ...words }));
}

let idForLeft = idsByContent();

/** Without a body: what stands in the conversation already. */
export async function leaveMessage(session: Session, body = "", contact: Fields = {}): Promise<boolean> {
  const left = await inConversation(session, (conversation_id) => {
    const input = { conversation_id, ...filledIn({ body, ...contact }) };
    return session.run("leave_message", { ...input, client_id: idForLeft(input) });
  });
  if (!left) return false;
  idForLeft = idsByContent();
  session.tab.forget("draft");
  session.store.set({ view: "talk" });
  return true;
}

/** Goes to one's orders and cases, or with nothing back to where one was; a reload of the tab finds it again. */
export function goTo(session: Session, place?: Place): void {
  session.tab.write("place", place ?? null);
  session.store.clear("trouble");
  session.store.set({ place });
  session.markRead();
}

export function startAnew(session: Session): void {
  session.store.set({ view: "form" });
}

export async function speak(session: Session, locale: Locale): Promise<void> {
  session.memory.write("locale", locale);
  session.store.set({ locale });
  await session.open();
}

function inConversation(session: Session, act: (conversationId: string) => Promise<{ conversation: Conversation }>): Promise<boolean> {
  return attempt(session, async () => {
    const held = session.store.state.timeline.conversation;
    if (!held) return;
    const { conversation } = await act(held.id);
    session.dispatch({ type: "conversation", conversation });
    await session.catchUp();
    session.connectIfWanted();
  });
}

export async function attempt(session: Session, act: () => Promise<void>): Promise<boolean> {
  session.store.clear("trouble");
  try {
    await act();
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    session.store.set({ trouble: TROUBLES.find((one) => one === error.code) ?? (error.code === "unavailable" ? "offline" : "other") });
    return false;
  }
}
