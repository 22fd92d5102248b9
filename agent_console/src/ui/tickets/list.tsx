import { useEffect } from "preact/hooks";
import { wordAmount, wordMoment, wordTime } from "../../../../widget/src/core/wording";
import type { TicketStatusName, TicketSummary } from "../../../../widget/src/core/wire";
import { addressOf } from "../../state/place";
import { loadTickets } from "../../state/verbs";
import { siteName, useConsole } from "../context";
import { isSameDay } from "../format";
import { known } from "../parts";

export const STATUSES: TicketStatusName[] = ["new", "open", "pending", "on_hold", "solved", "closed"];

export function TicketList() {
  const { store, snapshot, words } = useConsole();
  const { tickets } = snapshot.desk;
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (online) void loadTickets(store, tickets.filter);
  }, [online]);
  const choose = (value: string): void => void loadTickets(store, (value || undefined) as TicketStatusName | undefined);
  return (
    <section class="list" aria-label={words.say("screen.tickets")}>
      <header class="column-head">
        <h1>{words.say("screen.tickets")}</h1>
        <select
          class="end"
          aria-label={words.say("tickets.filter")}
          value={tickets.filter ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{words.say("tickets.all")}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {words.say(`ticket_status.${status}`)}
            </option>
          ))}
        </select>
      </header>
      <ul class="rows">
        {tickets.list.map((ticket) => (
          <Row key={ticket.id} ticket={ticket} />
        ))}
      </ul>
      {tickets.loaded && tickets.list.length === 0 && <p class="empty">{words.say("empty.tickets")}</p>}
      {tickets.next && (
        <button
          type="button"
          class="button quiet small older"
          onClick={() => void loadTickets(store, tickets.filter, tickets.next)}
        >
          {words.say("tickets.more")}
        </button>
      )}
    </section>
  );
}

function Row({ ticket }: { ticket: TicketSummary }) {
  const { words, place, now, snapshot } = useConsole();
  const at = ticket.updated_at;
  return (
    <li>
      <a
        class="row"
        href={addressOf({ screen: "tickets", id: ticket.id })}
        {...(place.id === ticket.id ? { "aria-current": "true" as const } : {})}
      >
        <span class="row-top">
          <strong class="row-name">{ticket.subject || known(words, `topic.${ticket.kind}`, ticket.kind)}</strong>
          <time class="row-time" dateTime={at}>
            {isSameDay(at, now) ? wordTime(at, words.locale) : wordMoment(at, words.locale)}
          </time>
        </span>
        <span class="row-about">
          <span class="number">{ticket.number}</span>
          <span class="faint"> · {siteName(snapshot.desk, words.locale, ticket.site)}</span>
        </span>
        <span class="row-tags">
          <span class={`tag ticket-${ticket.status}`}>{words.say(`ticket_status.${ticket.status}`)}</span>
          <span class="faint">{ticket.customer_name || words.say("customer.unnamed")}</span>
          {ticket.refund && (
            <span class="faint number">
              {wordAmount(ticket.refund, words.locale)} {words.say(`refund_state.${ticket.refund.state}`)}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
