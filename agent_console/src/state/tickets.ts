// The tickets that are shown: one page after the other of the list, and those that were opened.

import type { Ticket, TicketPage, TicketStatusName, TicketSummary } from "../../../widget/src/core/wire";

export interface Tickets {
  filter?: TicketStatusName;
  loaded: boolean;
  list: TicketSummary[];
  next?: string;
  opened: Record<string, Ticket>;
}

export type TicketAction =
  | { type: "ticket"; ticket: Ticket }
  | { type: "ticket_page"; filter: TicketStatusName | undefined; page: TicketPage; first: boolean };

export const NO_TICKETS: Tickets = { loaded: false, list: [], opened: {} };

export function reduceTickets(tickets: Tickets, action: TicketAction): Tickets {
  if (action.type === "ticket") return withTicket(tickets, action.ticket);
  const { filter: _, next: __, ...rest } = tickets;
  return {
    ...rest,
    ...(action.filter ? { filter: action.filter } : {}),
    ...(action.page.next ? { next: action.page.next } : {}),
    loaded: true,
    list: action.first ? action.page.tickets : joined(tickets.list, action.page.tickets),
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
