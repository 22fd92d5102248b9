import { useState } from "preact/hooks";
import { wordAmount, wordMoment } from "../../../../widget/src/core/wording";
import type { DueTime, LinkedTicket, OrderList, Ticket, TicketSummary } from "../../../../widget/src/core/wire";
import { isOver, link, updateTicket } from "../../state/case_verbs";
import { addressOf } from "../../state/place";
import { type ConsoleWords, siteName, useConsole } from "../context";
import { Icon } from "../icons";
import { OrderCard, TransactionList } from "../orders";
import { Fact, KindBadge, Section } from "../parts";
import { leftUntil } from "../promise";
import { tagsOf } from "./bulk";
import { usePeople } from "./people";
import { useKindWords } from "./words";

/** Beside what happened: who it is about, by when, what to check, what belongs to it. */
export function Side({ ticket, held }: { ticket: Ticket; held: OrderList | undefined }) {
  return (
    <div class="ticket-side">
      <About ticket={ticket} />
      <Dues ticket={ticket} />
      <Checklist ticket={ticket} />
      <Details ticket={ticket} />
      <Orders ticket={ticket} held={held} />
      <Belongs ticket={ticket} />
    </div>
  );
}

function About({ ticket }: { ticket: Ticket }) {
  const { words, snapshot } = useConsole();
  const kinds = useKindWords();
  const { customer, fields } = ticket;
  return (
    <Section title={words.say("panel.customer")}>
      <p class="who">
        <strong>{customer.name || ticket.customer_name || words.say("customer.unnamed")}</strong>
        <KindBadge kind={customer.kind} />
      </p>
      <dl class="facts">
        <Fact name={words.say("fact.email")} value={customer.email} />
        <Fact name={words.say("fact.phone")} value={customer.phone} />
        <Fact name={words.say("fact.language")} value={words.say(`locale.${customer.locale}`)} />
        <Fact name={words.say("fact.site")} value={siteName(snapshot.desk, words.locale, ticket.site)} />
        <Fact name={words.say("fact.opened")} value={wordMoment(ticket.created_at, words.locale)} />
        {Object.entries(fields).map(([code, value]) => (
          <Fact key={code} name={kinds.part(ticket.kind, "fields", code)} value={value} />
        ))}
      </dl>
    </Section>
  );
}

// -- by when ------------------------------------------------------------------------------------------------------

function Dues({ ticket }: { ticket: Ticket }) {
  const { words } = useConsole();
  if (ticket.due.length === 0) return null;
  return (
    <Section title={words.say("due.title")}>
      <ul class="plain dues">
        {ticket.due.map((due) => (
          <Due key={due.what} due={due} ticket={ticket} />
        ))}
      </ul>
    </Section>
  );
}

function Due({ due, ticket }: { due: DueTime; ticket: Ticket }) {
  const context = useConsole();
  const { words } = context;
  const left = due.at && !due.met_at ? leftUntil(context, ticket.site, due.at) : undefined;
  const stands = due.met_at
    ? words.say(due.missed ? "due.met_late" : "due.met", { at: wordMoment(due.met_at, words.locale) })
    : (left?.text ?? words.say(isOver(ticket) ? "due.none" : "due.paused"));
  const state = due.met_at ? (due.missed ? "overdue" : "met") : (left?.state ?? "paused");
  return (
    <li>
      <details>
        <summary>
          <span class="grow">{words.say(`due.${due.what}`)}</span>
          <span class={`row-time promise-${state}`}>{stands}</span>
        </summary>
        <p class="faint small arithmetic">{arithmetic(words, due)}</p>
      </details>
    </li>
  );
}

/** From when, how much of the opening time, what the customer took of it, and so until when. */
function arithmetic(words: ConsoleWords, { since, of, paused, at }: DueTime): string {
  const parts = [words.say("due.since", { at: wordMoment(since, words.locale), of: span(words, of) })];
  if (paused > 0) parts.push(words.say("due.waited", { time: span(words, Math.round(paused / 60)) }));
  parts.push(at ? words.say("due.so", { at: wordMoment(at, words.locale) }) : words.say("due.stands_still"));
  return parts.join(words.locale === "en" ? " " : "");
}

function span(words: ConsoleWords, minutes: number): string {
  if (minutes < 60) return words.say("length.minutes", { count: minutes });
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const whole = words.say("length.hours", { count: hours });
  return rest ? `${whole} ${words.say("length.minutes", { count: rest })}` : whole;
}

// -- what to check ------------------------------------------------------------------------------------------------

function Checklist({ ticket }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const kinds = useKindWords();
  if (ticket.checklist.length === 0) return null;
  const done = ticket.checklist.filter((item) => item.done).length;
  const toggle = (code: string): void => {
    const checked = ticket.checklist.filter((item) => item.done !== (item.code === code)).map((item) => item.code);
    void updateTicket(store, { ticket_id: ticket.id, done: checked });
  };
  return (
    <Section title={`${words.say("ticket.checklist")} ${done}/${ticket.checklist.length}`}>
      <ul class="plain checklist">
        {ticket.checklist.map((item) => (
          <li key={item.code}>
            <label class={item.done ? "check is-done" : "check"}>
              <input type="checkbox" checked={item.done} disabled={isOver(ticket)} onChange={() => toggle(item.code)} />
              {kinds.part(ticket.kind, "checklist", item.code)}
            </label>
          </li>
        ))}
      </ul>
    </Section>
  );
}

// -- what can be set ----------------------------------------------------------------------------------------------

const PRIORITIES = [1, 2, 3, 4, 5] as const;

function Details({ ticket }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const { teams } = usePeople([ticket.site]);
  const { id, team, priority, watchers } = ticket;
  const offered = new Map([...teams, ...(team ? [team] : [])].map((one) => [one.id, one.name]));
  return (
    <Section title={words.say("ticket.details")}>
      <dl class="facts settable">
        <div>
          <dt>{words.say("ticket.team")}</dt>
          <dd>
            <select
              aria-label={words.say("ticket.team")}
              value={team?.id ?? ""}
              onChange={(event) => void updateTicket(store, { ticket_id: id, team_id: event.currentTarget.value || null })}
            >
              <option value="">{words.say("ticket.no_team")}</option>
              {[...offered].map(([one, name]) => (
                <option key={one} value={one}>
                  {name}
                </option>
              ))}
            </select>
          </dd>
        </div>
        <div>
          <dt>{words.say("fact.priority")}</dt>
          <dd>
            <select
              aria-label={words.say("fact.priority")}
              value={String(priority)}
              onChange={(event) => void updateTicket(store, { ticket_id: id, priority: Number(event.currentTarget.value) })}
            >
              {PRIORITIES.map((one) => (
                <option key={one} value={String(one)}>
                  {words.say(`priority.${one}`)}
                </option>
              ))}
            </select>
          </dd>
        </div>
        <div>
          <dt>{words.say("ticket.tags")}</dt>
          <dd>
            <Tags ticket={ticket} />
          </dd>
        </div>
        {watchers.length > 0 && <Fact name={words.say("ticket.watchers")} value={watchers.map(({ name }) => name).join(words.say("teams.comma"))} />}
      </dl>
    </Section>
  );
}

function Tags({ ticket: { id, tags } }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const [text, setText] = useState("");
  const put = (to: string[]): void => void updateTicket(store, { ticket_id: id, tags: to });
  const add = (event: Event): void => {
    event.preventDefault();
    const fresh = tagsOf(text).filter((tag) => !tags.includes(tag));
    if (fresh.length) put([...tags, ...fresh]);
    setText("");
  };
  return (
    <form class="tags-field" onSubmit={add}>
      {tags.map((tag) => (
        <span key={tag} class="tag label">
          {tag}
          <button
            type="button"
            class="icon-button tiny"
            aria-label={words.say("ticket.untag", { tag })}
            onClick={() => put(tags.filter((one) => one !== tag))}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <input
        value={text}
        maxLength={40}
        aria-label={words.say("ticket.add_tag")}
        placeholder={words.say("ticket.add_tag")}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={add}
      />
    </form>
  );
}

// -- what belongs to it -------------------------------------------------------------------------------------------

function Orders({ ticket, held }: { ticket: Ticket; held: OrderList | undefined }) {
  const { store, words } = useConsole();
  const linked = new Set([...ticket.orders, ...ticket.transactions].map((one) => one.id));
  const { orders = [], transactions = [] } = held ?? {};
  const others = [
    ...orders.map((order) => ({ ...order, link: "order" as const, amount: order.total })),
    ...transactions.map((transaction) => ({ ...transaction, link: "transaction" as const })),
  ].filter((one) => !linked.has(one.id));
  const choose = (id: string): void => {
    const chosen = others.find((one) => one.id === id);
    if (chosen) void link(store, { ticket_id: ticket.id, kind: chosen.link, id });
  };
  return (
    <Section title={words.say("ticket.orders")}>
      {linked.size === 0 && <p class="faint">{words.say("ticket.no_orders")}</p>}
      {ticket.orders.map((order) => (
        <OrderCard key={order.id} order={order} />
      ))}
      <TransactionList transactions={ticket.transactions} />
      {others.length > 0 && (
        <label class="form-line">
          <span class="hidden">{words.say("ticket.link_order")}</span>
          <select value="" onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">{words.say("ticket.link_order")}</option>
            {others.map((one) => (
              <option key={one.id} value={one.id}>
                {one.number} · {wordAmount(one, words.locale)}
              </option>
            ))}
          </select>
        </label>
      )}
    </Section>
  );
}

/** Tickets that are linked, and whatever else this customer has had. */
function Belongs({ ticket }: { ticket: Ticket }) {
  const { words } = useConsole();
  const linked = new Set(ticket.tickets.map(({ id }) => id));
  const others = ticket.others.filter(({ id }) => !linked.has(id));
  return (
    <>
      {ticket.tickets.length > 0 && (
        <Section title={words.say("ticket.linked")}>
          <ul class="plain ticket-lines">
            {ticket.tickets.map((one) => (
              <Line key={one.id} ticket={one} how={words.say(`linked.${one.how}`)} />
            ))}
          </ul>
        </Section>
      )}
      {others.length > 0 && (
        <Section title={words.say("ticket.others")}>
          <ul class="plain ticket-lines">
            {others.map((one) => (
              <Line key={one.id} ticket={one} />
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

export function Line({ ticket, how }: { ticket: LinkedTicket | TicketSummary; how?: string }) {
  const { words } = useConsole();
  const kinds = useKindWords();
  return (
    <li>
      <a class="ticket-line" href={addressOf({ screen: "tickets", id: ticket.id })}>
        <span class="number">{ticket.number}</span>
        <span class="faint">{how ?? kinds.kind(ticket.kind)}</span>
        <span class={`tag ticket-${ticket.status}`}>{words.say(`ticket_status.${ticket.status}`)}</span>
      </a>
    </li>
  );
}

