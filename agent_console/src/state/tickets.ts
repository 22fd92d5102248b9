// The tickets that are shown: one page after the other of the list, those that were opened, and what helps to read
// them: their kinds, and the views that somebody saved.

import type { Ticket, TicketFilter, TicketKind, TicketList, TicketPage, TicketSummary, TicketView } from "../../../widget/src/core/wire";

/** What a list was asked for, without how far. */
export interface Query {
  filter: TicketFilter;
  order: NonNullable<TicketList["order"]>;
}

export interface Tickets {
  query: Query;
  loaded: boolean;
  list: TicketSummary[];
  next?: string;
  opened: Record<string, Ticket>;
  kinds: TicketKind[];
  views: TicketView[];
}

export type TicketAction =
  | { type: "ticket"; ticket: Ticket }
  | { type: "ticket_page"; query: Query; page: TicketPage; first: boolean }
  | { type: "ticket_kinds"; kinds: TicketKind[] }
  | { type: "ticket_views"; views: TicketView[] };

export const NO_TICKETS: Tickets = {
  query: { filter: { unsolved: true }, order: "changed" },
  loaded: false,
  list: [],
  opened: {},
  kinds: [],
  views: [],
};

const PAGE = 50;
const MOST = 200; // that one page may hold

export function reduceTickets(tickets: Tickets, action: TicketAction): Tickets {
  switch (action.type) {
    case "ticket":
      return withTicket(tickets, action.ticket);
    case "ticket_page":
      return withPage(tickets, action.query, action.page, action.first);
    case "ticket_kinds":
      return { ...tickets, kinds: action.kinds };
    case "ticket_views":
      return { ...tickets, views: action.views };
  }
}

/** The input that gets the first page of a query, at least as long as what is shown of it already. */
export function firstPage({ query, list }: Tickets): TicketList {
  return { ...query.filter, order: query.order, limit: Math.min(MOST, Math.max(PAGE, list.length)) };
}

export function nextPage({ query, next }: Tickets): TicketList {
  return { ...query.filter, order: query.order, limit: PAGE, before: next! };
}

function withPage(tickets: Tickets, query: Query, page: TicketPage, first: boolean): Tickets {
  const { next: _, ...rest } = tickets;
  return {
    ...rest,
    query,
    ...(page.next ? { next: page.next } : {}),
    loaded: true,
    list: first ? page.tickets : joined(tickets.list, page.tickets),
  };
}

function withTicket(tickets: Tickets, ticket: Ticket): Tickets {
  return {
    ...tickets,
    opened: { ...tickets.opened, [ticket.id]: ticket },
    list: tickets.list.map((summary) => (summary.id === ticket.id ? ticket : summary)),
  };
}

// A page is asked for by its last ticket; one that moved in between may come twice.
function joined(held: TicketSummary[], more: TicketSummary[]): TicketSummary[] {
  const ids = new Set(held.map((ticket) => ticket.id));
  return [...held, ...more.filter((ticket) => !ids.has(ticket.id))];
}
