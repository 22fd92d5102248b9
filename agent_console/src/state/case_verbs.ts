// What an agent does with tickets, orders and refunds: each sends a command, holds its answer, and says when it did not
// work.

import { CommandError } from "../../../widget/src/core/connection";
import type {
  AskEvidence,
  CheckIdentity,
  CheckRefund,
  ClearPayout,
  DecideEnding,
  DecideRefund,
  ExtendTranscript,
  Link,
  MatchOrder,
  MergeTickets,
  NoteTicket,
  OpenTicket,
  OrderList,
  PayRefund,
  RequestRefund,
  SaveView,
  SendOrder,
  Ticket,
  TicketSummary,
  UpdateTicket,
  UpdateTickets,
  Verdict,
} from "../../../widget/src/core/wire";
import type { DeskStore } from "./store";
import { firstPage, nextPage, type Query } from "./tickets";
import type { IdFor } from "./verbs";

type Asked<T> = Omit<T, "client_id">;

/** Of a customer whom no site has signed for, nothing before an order was matched. */
export async function loadOrders(
  store: DeskStore,
  customerId: string,
  of: { conversation_id: string } | { ticket_id: string },
): Promise<void> {
  const unmatched = (error: unknown): OrderList => {
    if (error instanceof CommandError && error.code === "match_first") return { orders: [], transactions: [], verified: false };
    throw error;
  };
  const list = await store.look(store.connection.send("customer_orders", of).catch(unmatched));
  if (list) store.dispatch({ type: "orders", customer_id: customerId, list });
}

export async function loadCustomerTickets(store: DeskStore, customerId: string): Promise<void> {
  const page = await store.look(store.connection.send("tickets", { customer_id: customerId, limit: 20 }));
  if (page) store.dispatch({ type: "customer_tickets", customer_id: customerId, tickets: page.tickets });
}

/** The customer, whom no site has signed for, told an order's number and its exact amount. */
export async function matchOrder(store: DeskStore, customerId: string, facts: MatchOrder): Promise<boolean> {
  const list = await store.attempt(store.connection.send("match_order", facts));
  if (list) store.dispatch({ type: "orders", customer_id: customerId, list });
  return list !== undefined;
}

export async function sendOrder(store: DeskStore, idFor: IdFor, card: Asked<SendOrder>): Promise<void> {
  const said = await store.attempt(store.connection.send("send_order", { ...card, client_id: idFor(card) }));
  if (said) store.toast({ key: "toast.order_sent" });
}

// -- lists and views ----------------------------------------------------------------------------------------------

export async function loadTickets(store: DeskStore, query: Query = store.desk.tickets.query): Promise<void> {
  const { tickets } = store.desk;
  const isSame = query === tickets.query;
  const page = await store.look(store.connection.send("tickets", firstPage(isSame ? tickets : { ...tickets, query, list: [] })));
  if (page) store.dispatch({ type: "ticket_page", query, page, first: true });
}

export async function loadMoreTickets(store: DeskStore): Promise<void> {
  const { tickets } = store.desk;
  const { next, query } = tickets;
  if (!next) return;
  const page = await store.look(store.connection.send("tickets", nextPage(tickets)));
  if (page && store.desk.tickets.next === next) store.dispatch({ type: "ticket_page", query, page, first: false });
}

/** While a server is replaced by a newer one, the old one may answer a new page: what it has not, it does without. */
function unlessOlder(error: unknown): undefined {
  if (!(error instanceof CommandError && error.code === "unknown_command")) throw error;
}

export async function loadKinds(store: DeskStore): Promise<void> {
  const answer = await store.look(store.connection.send("ticket_kinds", {}).catch(unlessOlder));
  if (answer) store.dispatch({ type: "ticket_kinds", kinds: answer.kinds });
}

export async function loadViews(store: DeskStore): Promise<void> {
  const answer = await store.look(store.connection.send("ticket_views", {}).catch(unlessOlder));
  if (answer) store.dispatch({ type: "ticket_views", views: answer.views });
}

export async function saveView(store: DeskStore, idFor: IdFor, view: Asked<SaveView>): Promise<boolean> {
  const answer = await store.attempt(store.connection.send("save_view", { ...view, client_id: idFor(view) }));
  if (answer) store.dispatch({ type: "ticket_views", views: answer.views });
  return answer !== undefined;
}

export async function dropView(store: DeskStore, id: string): Promise<void> {
  const answer = await store.attempt(store.connection.send("drop_view", { view_id: id }));
  if (answer) store.dispatch({ type: "ticket_views", views: answer.views });
}

/** By the number somebody reads out. */
export async function findTicket(store: DeskStore, number: string): Promise<Ticket | undefined> {
  return held(store, store.connection.send("find_ticket", { number }));
}

/** One change to many, all of them or none; the list is read anew either way, as somebody may have been here. */
export async function updateTickets(store: DeskStore, change: UpdateTickets): Promise<boolean> {
  const done = await store.attempt(store.connection.send("update_tickets", change));
  await loadTickets(store);
  return done !== undefined;
}

// -- one ticket ---------------------------------------------------------------------------------------------------

export async function loadTicket(store: DeskStore, id: string): Promise<void> {
  await held(store, store.connection.send("ticket", { ticket_id: id }));
}

export async function openTicket(store: DeskStore, idFor: IdFor, asked: Asked<OpenTicket>): Promise<Ticket | undefined> {
  const ticket = await held(store, store.connection.send("open_ticket", { ...asked, client_id: idFor(asked) }));
  if (ticket) void store.resync(); // its number now stands on the conversation, and one more is open
  return ticket;
}

export async function updateTicket(store: DeskStore, change: UpdateTicket): Promise<boolean> {
  return (await held(store, store.connection.send("update_ticket", change))) !== undefined;
}

export async function link(store: DeskStore, asked: Link): Promise<boolean> {
  return (await held(store, store.connection.send("link", asked))) !== undefined;
}

export async function extendTranscript(store: DeskStore, asked: ExtendTranscript): Promise<void> {
  await held(store, store.connection.send("extend_transcript", asked));
}

/** The ticket that it goes on in. */
export async function mergeTickets(store: DeskStore, asked: MergeTickets): Promise<Ticket | undefined> {
  const into = await held(store, store.connection.send("merge_tickets", asked));
  if (into) await loadTicket(store, asked.ticket_id);
  return into;
}

export async function noteTicket(store: DeskStore, idFor: IdFor, note: Asked<NoteTicket>): Promise<boolean> {
  return (await held(store, store.connection.send("note_ticket", { ...note, client_id: idFor(note) }))) !== undefined;
}

export async function watchTicket(store: DeskStore, id: string, watch: boolean): Promise<void> {
  await held(store, store.connection.send("watch_ticket", { ticket_id: id, watch }));
}

export async function askEvidence(store: DeskStore, idFor: IdFor, asked: Asked<AskEvidence>): Promise<boolean> {
  const done = await held(store, store.connection.send("ask_evidence", { ...asked, client_id: idFor(asked) }));
  if (done) store.toast({ key: "toast.evidence_asked" });
  return done !== undefined;
}

export async function checkIdentity(store: DeskStore, idFor: IdFor, check: Asked<CheckIdentity>): Promise<void> {
  await held(store, store.connection.send("check_identity", { ...check, client_id: idFor(check) }));
}

export async function decideEnding(store: DeskStore, decision: DecideEnding): Promise<boolean> {
  return (await held(store, store.connection.send("decide_ending", decision))) !== undefined;
}

async function held(store: DeskStore, doing: Promise<{ ticket: Ticket }>): Promise<Ticket | undefined> {
  const done = await store.attempt(doing);
  if (done) store.dispatch({ type: "ticket", ticket: done.ticket });
  return done?.ticket;
}

// -- refunds: a decision moves the ticket's steps and events too, so it is read anew ------------------------------------

/** `confirm`: the server wants the password once more, and then the same again. */
export type Done = "done" | "refused" | "confirm";

/** What the site's policy says, before anything is asked for. */
export async function checkRefund(store: DeskStore, asked: CheckRefund): Promise<Verdict | undefined> {
  return (await store.look(store.connection.send("check_refund", asked)))?.verdict;
}

export async function requestRefund(store: DeskStore, idFor: IdFor, asked: Asked<RequestRefund>): Promise<Done> {
  return reread(store, asked.ticket_id, store.connection.send("request_refund", { ...asked, client_id: idFor(asked) }));
}

export async function decideRefund(store: DeskStore, ticketId: string, decision: DecideRefund): Promise<Done> {
  return reread(store, ticketId, store.connection.send("decide_refund", decision));
}

export async function payRefund(store: DeskStore, idFor: IdFor, ticketId: string, payment: Asked<PayRefund>): Promise<Done> {
  return reread(store, ticketId, store.connection.send("pay_refund", { ...payment, client_id: idFor(payment) }));
}

export async function clearPayout(store: DeskStore, ticketId: string, cleared: ClearPayout): Promise<Done> {
  return reread(store, ticketId, store.connection.send("clear_payout", cleared));
}

/** Throws a CommandError when it is the wrong one. */
export async function confirmPassword(store: DeskStore, password: string): Promise<void> {
  await store.connection.send("confirm_password", { password });
}

async function reread(store: DeskStore, ticketId: string, doing: Promise<unknown>): Promise<Done> {
  let outcome: Done = "refused";
  const unlessConfirm = (error: unknown): undefined => {
    if (!(error instanceof CommandError && error.code === "confirm_needed")) throw error;
    outcome = "confirm";
  };
  await store.attempt(doing.then(() => void (outcome = "done")).catch(unlessConfirm));
  // Also after a refusal: it often means that a colleague was here in the meantime.
  await loadTicket(store, ticketId);
  return outcome;
}

export function isOver({ status }: TicketSummary): boolean {
  return status === "solved" || status === "closed";
}
