// Where each conversation stands on the desk. One map holds the newest of every conversation; the lists hold ids.

import { versionAfter } from "../../../widget/src/core/timeline";
import type { AgentConversation, Attachment, DeskView, InboxEvent, Message, Participant, QueueEvent, ReadEvent } from "../../../widget/src/core/wire";

export interface SiteList {
  ids: string[];
  total: number;
}

export interface Lists {
  me: string;
  conversations: Record<string, AgentConversation>;
  mine: string[];
  /** Colleagues' conversations that this agent takes part in; each may stand in another list as well. */
  invited: string[];
  waiting: Record<string, SiteList>;
  inbox: Record<string, SiteList>;
  /** There is more waiting than one fetch gives, so a change can bring up what is not known here. */
  cutOff: boolean;
}

export const NO_LISTS: Lists = { me: "", conversations: {}, mine: [], invited: [], waiting: {}, inbox: {}, cutOff: false };

const PREVIEW = 120;
const MOST_COUNTED = 1000;

// -- what changes the lists ---------------------------------------------------------------------------------------

/** A fresh fetch; `kept` are conversations that stay known though they are in no list. */
export function listsOf(desk: DeskView, before: Lists, kept: string[]): Lists {
  const fresh = [...desk.mine, ...desk.invited, ...desk.waiting, ...desk.inbox];
  const conversations: Record<string, AgentConversation> = {};
  for (const id of kept) {
    const known = before.conversations[id];
    if (known) conversations[id] = known;
  }
  for (const conversation of fresh) conversations[conversation.id] = conversation;
  const lists: Lists = {
    me: desk.agent.id,
    conversations,
    mine: desk.mine.map((conversation) => conversation.id),
    invited: desk.invited.map((conversation) => conversation.id),
    waiting: bySite(desk.waiting, desk.counts.waiting),
    inbox: bySite(desk.inbox, desk.counts.inbox),
    cutOff: desk.counts.waiting > desk.waiting.length || desk.counts.inbox > desk.inbox.length,
  };
  // What an event told while this answer was on its way stays.
  return fresh.flatMap(({ id }) => before.conversations[id] ?? []).filter((known) => isAhead(known, conversations[known.id]!)).reduce(withConversation, lists);
}

function isAhead(known: AgentConversation, fetched: AgentConversation): boolean {
  return known.version > fetched.version || known.last_seq > fetched.last_seq || known.last_note > fetched.last_note;
}

// Of a list that was cut off nobody knows whose the rest is; it counts all the same.
function bySite(conversations: AgentConversation[], count: number): Record<string, SiteList> {
  const rest = count - conversations.length;
  const lists: Record<string, SiteList> = rest > 0 ? { "": { ids: [], total: rest } } : {};
  for (const { site, id } of conversations) {
    const ids = [...(lists[site]?.ids ?? []), id];
    lists[site] = { ids, total: ids.length };
  }
  return lists;
}

/** One conversation changed: it stands in the list that its newest status names. */
export function withConversation(lists: Lists, given: AgentConversation): Lists {
  const conversation = newest(lists.conversations[given.id], given);
  const elsewhere = withoutPlace(lists, conversation);
  return placed({ ...elsewhere, conversations: { ...lists.conversations, [given.id]: conversation } }, conversation);
}

// Messages move the log and the marks without a new version, so each copy may be ahead in one of them.
function newest(known: AgentConversation | undefined, given: AgentConversation): AgentConversation {
  if (!known) return given;
  const state = given.version < known.version ? known : given;
  const log = given.last_seq < known.last_seq ? known : given;
  return {
    ...state,
    last_seq: log.last_seq,
    last_at: log.last_at,
    preview: log.preview,
    last_note: Math.max(given.last_note, known.last_note),
    customer_read_seq: Math.max(given.customer_read_seq, known.customer_read_seq),
    agent_read_seq: Math.max(given.agent_read_seq, known.agent_read_seq),
  };
}

function withoutPlace(lists: Lists, { id, site }: AgentConversation): Lists {
  return {
    ...lists,
    mine: lists.mine.filter((other) => other !== id),
    invited: lists.invited.filter((other) => other !== id),
    waiting: without(lists.waiting, site, id),
    inbox: without(lists.inbox, site, id),
  };
}

function without(lists: Record<string, SiteList>, site: string, id: string): Record<string, SiteList> {
  const list = lists[site];
  if (!list?.ids.includes(id)) return lists;
  return { ...lists, [site]: { ids: list.ids.filter((other) => other !== id), total: list.total - 1 } };
}

function placed(before: Lists, conversation: AgentConversation): Lists {
  const { id, site } = conversation;
  if (isMine(before, conversation)) return { ...before, mine: [...before.mine, id] };
  const lists = partIn(before, conversation) ? { ...before, invited: [...before.invited, id] } : before;
  if (conversation.status === "waiting") return { ...lists, waiting: added(lists.waiting, site, id) };
  if (conversation.status === "offline" && !conversation.snoozed_until) return { ...lists, inbox: added(lists.inbox, site, id) };
  return lists;
}

function added(lists: Record<string, SiteList>, site: string, id: string): Record<string, SiteList> {
  const { ids, total } = lists[site] ?? { ids: [], total: 0 };
  return { ...lists, [site]: { ids: [...ids, id], total: total + 1 } };
}

export function isMine(lists: Lists, conversation: AgentConversation): boolean {
  return conversation.status === "active" && conversation.agent?.id === lists.me;
}

/** What this agent may do in a conversation of somebody else's that they were asked into. */
export function partIn(lists: Lists, { status, participants }: AgentConversation): Participant | undefined {
  return status === "closed" ? undefined : participants.find(({ id }) => id === lists.me);
}

export function withQueue(lists: Lists, event: QueueEvent): Lists {
  const { ids, conversations } = replaced(lists, event.waiting, "waiting");
  return { ...lists, conversations, waiting: { ...lists.waiting, [event.site]: { ids, total: event.total } } };
}

export function withInbox(lists: Lists, event: InboxEvent): Lists {
  const { ids, conversations } = replaced(lists, event.inbox, "offline");
  return { ...lists, conversations, inbox: { ...lists.inbox, [event.site]: { ids, total: event.total } } };
}

// A list is read a moment before it is sent, so what is already known to have moved on does not come back.
function replaced(lists: Lists, given: AgentConversation[], status: "waiting" | "offline") {
  const conversations = { ...lists.conversations };
  for (const conversation of given) {
    conversations[conversation.id] = newest(conversations[conversation.id], conversation);
  }
  const ids = given.map(({ id }) => id).filter((id) => conversations[id]?.status === status);
  return { ids, conversations };
}

/** Who writes has read what stands before, so the mark of that side moves along. */
export function withMessage(lists: Lists, message: Message): Lists {
  const known = lists.conversations[message.conversation_id];
  if (!known || message.seq <= known.last_seq) return lists;
  const changed: AgentConversation = { ...known, last_seq: message.seq, last_at: message.created_at };
  const isSaid = message.author.kind === "customer" || message.author.kind === "agent";
  const words = message.body || (message.data?.["attachment"] as Attachment | undefined)?.name;
  if (isSaid && words) changed.preview = [...words].slice(0, PREVIEW).join(""); // a card without words leaves what was said before
  if (message.author.kind === "customer") changed.customer_read_seq = message.seq;
  if (message.author.kind === "agent") changed.agent_read_seq = message.seq;
  return { ...lists, conversations: { ...lists.conversations, [known.id]: changed } };
}

export function withRead(lists: Lists, event: ReadEvent): Lists {
  const known = lists.conversations[event.conversation_id];
  if (!known) return lists;
  const mark = event.by === "agent" ? "agent_read_seq" : "customer_read_seq";
  const changed = { ...known, [mark]: Math.max(known[mark], event.seq), version: versionAfter(known, event) };
  return { ...lists, conversations: { ...lists.conversations, [known.id]: changed } };
}

// -- what the lists show ------------------------------------------------------------------------------------------

export function mineOf(lists: Lists): AgentConversation[] {
  return known(lists, lists.mine).sort((a, b) => compare(b.last_at, a.last_at) || compare(a.id, b.id));
}

export function invitedOf(lists: Lists): AgentConversation[] {
  return known(lists, lists.invited).sort((a, b) => compare(b.last_at, a.last_at) || compare(a.id, b.id));
}

export function waitingOf(lists: Lists): AgentConversation[] {
  return ofSites(lists, lists.waiting).sort(
    (a, b) => a.priority - b.priority || compare(a.first_waited_at ?? "", b.first_waited_at ?? "") || compare(a.id, b.id),
  );
}

export function inboxOf(lists: Lists): AgentConversation[] {
  return inInboxOrder(ofSites(lists, lists.inbox));
}

const FIRST = 1; // the priority of what is urgent

/** Urgent ones first, then the others; of either the first promised first, and last what nothing could be promised for. */
export function inInboxOrder(conversations: AgentConversation[]): AgentConversation[] {
  const unpromised = ({ reply_by }: AgentConversation): number => (reply_by ? 0 : 1);
  const ordinary = ({ priority }: AgentConversation): number => (priority > FIRST ? 1 : 0);
  return conversations.sort(
    (a, b) =>
      ordinary(a) - ordinary(b) ||
      unpromised(a) - unpromised(b) ||
      a.priority - b.priority ||
      compare(a.reply_by ?? "", b.reply_by ?? "") ||
      compare(a.id, b.id),
  );
}

export function totalOf(lists: Record<string, SiteList>): number {
  return Object.values(lists).reduce((sum, list) => sum + list.total, 0);
}

/** A number beside a list. The server counts an inbox up to here. */
export function toldCount(count: number): string {
  return count >= MOST_COUNTED ? `${MOST_COUNTED}+` : String(count);
}

/** Entries of the log its agent has not seen. */
export function unreadOf(conversation: AgentConversation): number {
  return Math.max(0, conversation.last_seq - conversation.agent_read_seq);
}

function ofSites(lists: Lists, sites: Record<string, SiteList>): AgentConversation[] {
  return known(lists, Object.values(sites).flatMap((list) => list.ids));
}

function known(lists: Lists, ids: string[]): AgentConversation[] {
  return ids.flatMap((id) => lists.conversations[id] ?? []);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
