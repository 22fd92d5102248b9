import { useEffect, useState } from "preact/hooks";
import { wordAmount, wordMoment, wordTime } from "../../../../widget/src/core/wording";
import type { TicketStatusName, TicketSummary } from "../../../../widget/src/core/wire";
import { findTicket, loadMoreTickets, loadTickets } from "../../state/case_verbs";
import { addressOf } from "../../state/place";
import { siteName, useConsole } from "../context";
import { initial, isSameDay } from "../format";
import { More } from "../more";
import { BulkBar } from "./bulk";
import { ViewBar } from "./views";
import { useDue, useKindWords } from "./words";

export const STATUSES: TicketStatusName[] = ["new", "open", "pending", "on_hold", "solved", "closed"];

const MOST = 100; // tickets that one change may move

/** Tickets of a view, as far as one scrolls. */
export function TicketList() {
  const { store, snapshot, words } = useConsole();
  const { list, loaded, next } = snapshot.desk.tickets;
  const online = snapshot.connection === "online";
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const chosen = list.filter(({ id }) => marked.has(id)); // what left the list is not acted on
  useEffect(() => {
    if (online) void loadTickets(store);
  }, [online]);
  const toggle = (id: string): void => {
    const now = new Set(marked);
    if (!now.delete(id)) now.add(id);
    setMarked(now);
  };
  return (
    <section class="list tickets" aria-label={words.say("screen.tickets")}>
      <header class="column-head">
        <h1>{words.say("screen.tickets")}</h1>
        <Find />
      </header>
      <ViewBar changed={() => setMarked(new Set())} />
      {list.length > 0 && (
        <BulkBar
          chosen={chosen}
          all={chosen.length > 0 && chosen.length === Math.min(list.length, MOST)}
          markAll={(all) => setMarked(new Set(all ? list.slice(0, MOST).map(({ id }) => id) : []))}
          done={() => setMarked(new Set())}
        />
      )}
      <ul class="rows" aria-busy={!loaded}>
        {list.map((ticket) => (
          <Row key={ticket.id} ticket={ticket} marked={marked.has(ticket.id)} toggle={toggle} />
        ))}
      </ul>
      {loaded && list.length === 0 && <p class="empty">{words.say("empty.tickets")}</p>}
      {next && <More key={next} text={words.say("tickets.more")} load={() => void loadMoreTickets(store)} />}
    </section>
  );
}

/** The number as somebody reads it out: blanks, small letters and missing dashes do not matter. */
function Find() {
  const { store, words, go } = useConsole();
  const find = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const number = String(new FormData(form).get("number")).trim();
    const ticket = number ? await findTicket(store, number) : undefined;
    if (!ticket) return;
    form.reset();
    go({ screen: "tickets", id: ticket.id });
  };
  return (
    <form class="end find" role="search" onSubmit={(event) => void find(event)}>
      <input
        name="number"
        class="number"
        aria-label={words.say("tickets.find")}
        placeholder={words.say("tickets.find_hint")}
        title={words.say("tickets.find")}
        aria-keyshortcuts="/"
        maxLength={60}
        autoComplete="off"
        spellcheck={false}
      />
    </form>
  );
}

interface RowProps {
  ticket: TicketSummary;
  marked: boolean;
  toggle(id: string): void;
}

function Row({ ticket, marked, toggle }: RowProps) {
  const { words, place, snapshot } = useConsole();
  const kinds = useKindWords();
  const { id, number, subject, status, priority, tags, refund, kind } = ticket;
  return (
    <li class={marked ? "inbox-row marked" : "inbox-row"}>
      <input
        type="checkbox"
        class="row-mark"
        checked={marked}
        aria-label={words.say("tickets.mark", { number })}
        onChange={() => toggle(id)}
      />
      <a
        class="row"
        href={addressOf({ screen: "tickets", id })}
        {...(place.id === id ? { "aria-current": "true" as const } : {})}
      >
        <span class="row-top">
          {priority < 3 && <Priority priority={priority} />}
          <strong class="row-name">{subject || kinds.kind(kind)}</strong>
          <Due ticket={ticket} />
        </span>
        <span class="row-about">
          <span class="one-line">
            {ticket.customer_name || words.say("customer.unnamed")}
            <span class="faint">
              {` · ${kinds.kind(kind)}`}
              {snapshot.desk.desks.length > 1 && ` · ${siteName(snapshot.desk, words.locale, ticket.site)}`}
            </span>
          </span>
        </span>
        <span class="row-tags">
          <span class={`tag ticket-${status}`}>{words.say(`ticket_status.${status}`)}</span>
          {refund && (
            <span class={`tag refund-${refund.state}`}>
              <span class="number">{wordAmount(refund, words.locale)}</span> {words.say(`refund_state.${refund.state}`)}
            </span>
          )}
          {tags.slice(0, 3).map((tag) => (
            <span key={tag} class="tag label">
              {tag}
            </span>
          ))}
          <Owner ticket={ticket} />
        </span>
        <span class="row-foot faint">
          <span class="number">{number}</span>
          <Changed at={ticket.updated_at} />
        </span>
      </a>
    </li>
  );
}

export function Priority({ priority }: { priority: number }) {
  const { words } = useConsole();
  const name = words.say("tickets.priority", { priority: words.say(`priority.${priority as 1}`) });
  return (
    <span class={`priority p${priority}`} title={name}>
      <span aria-hidden="true">{priority === 1 ? "!!" : "!"}</span>
      <span class="hidden">{name}</span>
    </span>
  );
}

export function Due({ ticket }: { ticket: TicketSummary }) {
  const { words } = useConsole();
  const due = useDue(ticket);
  if (!due) return null;
  const title = ticket.due_at ? words.say("due.by", { at: wordMoment(ticket.due_at, words.locale) }) : "";
  return (
    <time class={`row-time promise-${due.state}`} dateTime={ticket.due_at} title={title}>
      {due.text}
    </time>
  );
}

function Owner({ ticket: { assignee, team } }: { ticket: TicketSummary }) {
  const { snapshot, words } = useConsole();
  if (!assignee) return <span class="owner faint">{team?.name ?? words.say("inbox.nobodys")}</span>;
  const mine = assignee.id === snapshot.desk.agent?.id;
  return (
    <span class={mine ? "owner mine" : "owner"} title={assignee.name}>
      {mine ? words.say("tickets.me") : initial(assignee.name).length > 1 ? assignee.name.split(" ")[0] : assignee.name}
    </span>
  );
}

function Changed({ at }: { at: string }) {
  const { words, now } = useConsole();
  return (
    <time class="end" dateTime={at}>
      {isSameDay(at, now) ? wordTime(at, words.locale) : wordMoment(at, words.locale)}
    </time>
  );
}
