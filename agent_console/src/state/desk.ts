// The truth about the desk, as the console holds it. A pure reducer: what was there before plus the events gives what
// a fresh `sync` would give.

import { EMPTY, hasGap, type Pending, reduce as reduceTimeline, type Timeline, type Action } from "../../../widget/src/core/timeline";
import type {
  Agent,
  AgentConversation,
  AgentEvents,
  AgentSynced,
  Alert,
  AlertsEvent,
  BotTurn,
  CannedReply,
  Colleague,
  Desk,
  DeskView,
  LivePage,
  Message,
  Note,
  OrderList,
  Standstill,
  TeamOfSites,
  TicketSummary,
  Viewer,
} from "../../../widget/src/core/wire";
import { type Lists, listsOf, NO_LISTS, withConversation, withInbox, withMessage, withQueue, withRead } from "./lists";
import { isSupervisor } from "./place";
import { NO_TICKETS, reduceTickets, type TicketAction, type Tickets } from "./tickets";

/** A conversation that was opened here: its log, and the notes beside it. */
export interface Opened {
  timeline: Timeline<AgentConversation>;
  notes: readonly Note[];
  pendingNotes: readonly Pending[];
}

export interface DeskState {
  loaded: boolean;
  agent?: Agent;
  storeId?: string;
  lists: Lists;
  opened: Record<string, Opened>;
  colleagues: Colleague[];
  alerts: Alert[];
  /** Nobody does the background work. */
  standstill?: Standstill | undefined;
  desks: Desk[];
  mail: DeskView["mail"];
  openTickets: number;
  teams: TeamOfSites[];
  /** Who has which conversation on the screen. */
  viewers: Record<string, Viewer[]>;
  /** All that goes on, as far as it was asked for. */
  live?: LivePage;
  tickets: Tickets;
  /** What each customer bought and paid. */
  orders: Record<string, OrderList>;
  /** The newest tickets of each customer. */
  customerTickets: Record<string, TicketSummary[]>;
  /** What the bot did in each conversation that was opened here. */
  turns: Record<string, BotTurn[]>;
  /** Once somebody looked for one. */
  canned?: CannedReply[];
}

export type EventAction = {
  [N in keyof AgentEvents]: { type: "event"; name: N; value: AgentEvents[N]; at: number };
}[keyof AgentEvents];

export type DeskAction =
  | EventAction
  | TicketAction
  | { type: "desk"; desk: DeskView }
  | { type: "agent"; agent: Agent }
  | { type: "conversation"; conversation: AgentConversation }
  | { type: "synced"; synced: AgentSynced }
  | { type: "history"; conversation_id: string; messages: Message[] }
  | { type: "sending"; to: SentAs; conversation_id: string; pending: Pending }
  | { type: "failed"; to: SentAs; conversation_id: string; client_id: string; code: string }
  | { type: "discarded"; conversation_id: string; client_id: string }
  | { type: "still"; conversation_id: string }
  | { type: "orders"; customer_id: string; list: OrderList }
  | { type: "customer_tickets"; customer_id: string; tickets: TicketSummary[] }
  | { type: "turns"; conversation_id: string; turns: BotTurn[] }
  | { type: "turn"; turn: BotTurn }
  | { type: "canned"; replies: CannedReply[] }
  | { type: "live"; page: LivePage; first: boolean }
  | { type: "signed_out" };

export type SentAs = "reply" | "note";

export const NO_DESK: DeskState = {
  loaded: false,
  lists: NO_LISTS,
  opened: {},
  colleagues: [],
  alerts: [],
  desks: [],
  mail: "smtp",
  openTickets: 0,
  teams: [],
  viewers: {},
  tickets: NO_TICKETS,
  orders: {},
  customerTickets: {},
  turns: {},
};

export const NOT_OPENED: Opened = { timeline: EMPTY, notes: [], pendingNotes: [] };

export function reduce(state: DeskState, action: DeskAction): DeskState {
  switch (action.type) {
    case "event":
      return withEvent(state, action);
    case "desk":
      return withDesk(state, action.desk);
    case "agent":
      return { ...state, agent: action.agent };
    case "conversation":
      return withChange(state, action.conversation);
    case "synced":
      return withTail(state, action.synced);
    case "history":
      return inTimeline(state, action.conversation_id, { type: "history", messages: action.messages });
    case "sending":
      return withSending(state, action.to, action.conversation_id, action.pending);
    case "failed":
      return withFailed(state, action.to, action.conversation_id, action.client_id, action.code);
    case "discarded":
      return withoutPending(state, action.conversation_id, action.client_id);
    case "still":
      return inTimeline(state, action.conversation_id, { type: "typing" });
    case "orders":
      return { ...state, orders: { ...state.orders, [action.customer_id]: action.list } };
    case "customer_tickets":
      return { ...state, customerTickets: { ...state.customerTickets, [action.customer_id]: action.tickets } };
    case "turns":
      return { ...state, turns: { ...state.turns, [action.conversation_id]: action.turns } };
    case "turn":
      return withTurn(state, action.turn);
    case "canned":
      return { ...state, canned: action.replies };
    case "live":
      return { ...state, live: action.first ? action.page : withMoreLive(state.live, action.page) };
    case "signed_out":
      return NO_DESK;
    case "ticket":
    case "ticket_page":
    case "ticket_kinds":
    case "ticket_views":
      return { ...state, tickets: reduceTickets(state.tickets, action) };
  }
}

function withDesk(state: DeskState, desk: DeskView): DeskState {
  // Another database behind the same address, or another agent: nothing held here means anything any more.
  const isSame = state.storeId === desk.store_id && state.agent?.id === desk.agent.id;
  const known = state.storeId === undefined || isSame ? state : NO_DESK;
  return {
    ...known,
    loaded: true,
    agent: desk.agent,
    storeId: desk.store_id,
    lists: listsOf(desk, known.lists, Object.keys(known.opened)),
    colleagues: desk.colleagues,
    alerts: desk.alerts,
    standstill: desk.standstill,
    desks: desk.desks,
    mail: desk.mail,
    openTickets: desk.counts.tickets,
    teams: desk.teams,
  };
}

function withTurn(state: DeskState, turn: BotTurn): DeskState {
  const { conversation_id: id } = turn;
  const turns = state.turns[id]?.map((one) => (one.id === turn.id ? turn : one)) ?? [];
  return { ...state, turns: { ...state.turns, [id]: turns } };
}

function withEvent(state: DeskState, event: EventAction): DeskState {
  const { lists } = state;
  switch (event.name) {
    case "queue":
      return { ...state, lists: withQueue(lists, event.value) };
    case "inbox":
      return { ...state, lists: withInbox(lists, event.value) };
    case "conversation":
      return withChange(state, event.value);
    case "message":
      return inTimeline(
        { ...state, lists: withMessage(lists, event.value) },
        event.value.conversation_id,
        { type: "message", message: event.value },
      );
    case "read":
      return inTimeline({ ...state, lists: withRead(lists, event.value) }, event.value.conversation_id, {
        type: "read",
        read: event.value,
      });
    case "typing":
      return inTimeline(state, event.value.conversation_id, { type: "typing", typing: event.value, at: event.at });
    case "note":
      return withNote(state, event.value);
    case "viewers":
      return { ...state, viewers: { ...state.viewers, [event.value.conversation_id]: event.value.viewers } };
    case "presence":
      return { ...state, colleagues: event.value.colleagues };
    case "alerts":
      return withAlerts(state, event.value);
    case "desk":
      return { ...state, desks: state.desks.map((desk) => (desk.site === event.value.site ? event.value : desk)) };
    case "notice":
    case "beacon":
    case "bye":
      return state; // asked for by the store, not held
  }
}

function withAlerts(state: DeskState, { site, alerts, standstill }: AlertsEvent): DeskState {
  const isToBeTold = isSupervisor(state.agent?.role);
  return {
    ...state,
    alerts: [...state.alerts.filter((alert) => alert.site !== site), ...alerts],
    standstill: isToBeTold ? standstill : undefined,
  };
}

// A page is asked for by its last one; one that moved in between may come twice. The first page has counted them.
function withMoreLive(held: LivePage | undefined, page: LivePage): LivePage {
  const ids = new Set(held?.conversations.map(({ id }) => id));
  return { ...(held?.counts && { counts: held.counts }), ...page, conversations: [...(held?.conversations ?? []), ...page.conversations.filter(({ id }) => !ids.has(id))] };
}

/** Others who have this conversation on their screens. */
export function othersAt({ viewers, agent }: DeskState, id: string): Viewer[] {
  return (viewers[id] ?? []).filter((viewer) => viewer.id !== agent?.id);
}

/** How this agent stands with their colleagues: presence, break and wrap-up as those see it. */
export function ownStanding({ colleagues, agent }: DeskState): Colleague | undefined {
  return colleagues.find(({ id }) => id === agent?.id);
}

function withChange(state: DeskState, conversation: AgentConversation): DeskState {
  const lists = withConversation(state.lists, conversation);
  return inTimeline({ ...state, lists }, conversation.id, { type: "conversation", conversation });
}

/** The tail of one conversation and all of its notes; from now on it counts as opened. */
function withTail(state: DeskState, { conversation, messages = [], notes = [] }: AgentSynced): DeskState {
  if (!conversation) return state;
  const before = state.opened[conversation.id] ?? NOT_OPENED;
  const noted = new Set(notes.map((note) => note.client_id));
  const opened: Opened = {
    timeline: reduceTimeline(before.timeline, { type: "synced", conversation, messages }),
    notes: joined(before.notes, notes),
    pendingNotes: before.pendingNotes.filter((pending) => !noted.has(pending.client_id)),
  };
  const lists = withConversation(state.lists, conversation);
  return { ...state, lists, opened: { ...state.opened, [conversation.id]: opened } };
}

function inTimeline(state: DeskState, id: string, action: Action<AgentConversation>): DeskState {
  const opened = state.opened[id];
  if (!opened) return state;
  const timeline = reduceTimeline(opened.timeline, action);
  return { ...state, opened: { ...state.opened, [id]: { ...opened, timeline } } };
}

function withNote(state: DeskState, note: Note): DeskState {
  const known = state.lists.conversations[note.conversation_id];
  const lists = known
    ? withConversation(state.lists, { ...known, last_note: Math.max(known.last_note, note.number) })
    : state.lists;
  const opened = state.opened[note.conversation_id];
  if (!opened) return { ...state, lists };
  const notes = joined(opened.notes, [note]);
  const pendingNotes = opened.pendingNotes.filter((pending) => pending.client_id !== note.client_id);
  return { ...state, lists, opened: { ...state.opened, [note.conversation_id]: { ...opened, notes, pendingNotes } } };
}

// By number, each once.
function joined(held: readonly Note[], more: readonly Note[]): readonly Note[] {
  const numbers = new Set(held.map(({ number }) => number));
  const added = more.filter(({ number }) => !numbers.has(number));
  return added.length ? [...held, ...added].sort((a, b) => a.number - b.number) : held;
}

/** Is something of this conversation missing here, as far as anything heard says? */
export function isBehind({ lists, opened }: DeskState, id: string): boolean {
  const held = opened[id];
  return !!held && (hasGap(held.timeline) || (held.notes.at(-1)?.number ?? 0) < (lists.conversations[id]?.last_note ?? 0) || hasHole(held.notes));
}

function hasHole(notes: readonly Note[]): boolean {
  return notes.some(({ number }, index) => index > 0 && number !== notes[index - 1]!.number + 1);
}

// -- on their way out ---------------------------------------------------------------------------------------------

function withSending(state: DeskState, to: SentAs, id: string, pending: Pending): DeskState {
  const opened = state.opened[id];
  if (!opened) return state;
  if (to === "reply") return inTimeline(state, id, { type: "sending", pending });
  if (opened.notes.some((one) => one.client_id === pending.client_id)) return state;
  const others = opened.pendingNotes.filter((one) => one.client_id !== pending.client_id);
  return { ...state, opened: { ...state.opened, [id]: { ...opened, pendingNotes: [...others, pending] } } };
}

function withFailed(state: DeskState, to: SentAs, id: string, clientId: string, code: string): DeskState {
  if (to === "reply") return inTimeline(state, id, { type: "failed", client_id: clientId, code });
  const opened = state.opened[id];
  if (!opened) return state;
  const pendingNotes = opened.pendingNotes.map((one) => (one.client_id === clientId ? { ...one, failed: code } : one));
  return { ...state, opened: { ...state.opened, [id]: { ...opened, pendingNotes } } };
}

function withoutPending(state: DeskState, id: string, clientId: string): DeskState {
  const opened = state.opened[id];
  if (!opened) return state;
  const others = (pending: readonly Pending[]) => pending.filter((one) => one.client_id !== clientId);
  const timeline = { ...opened.timeline, pending: others(opened.timeline.pending) };
  const left = { ...opened, timeline, pendingNotes: others(opened.pendingNotes) };
  return { ...state, opened: { ...state.opened, [id]: left } };
}
