import { useEffect } from "preact/hooks";
import { wordAmount, wordMoment } from "../../../../widget/src/core/wording";
import type { Ticket, TicketEvent, TicketStatusName, Transcript } from "../../../../widget/src/core/wire";
import { link, loadOrders, loadTicket, updateTicket } from "../../state/verbs";
import { siteName, useConsole } from "../context";
import { entriesOf } from "../entries";
import { Icon } from "../icons";
import { MessageLine, Text } from "../log";
import { OpeningView } from "../opening";
import { OrderCard, TransactionList } from "../orders";
import { Fact, KindBadge, known, Section } from "../parts";
import { Refunds } from "./refunds";
import { STATUSES } from "./list";

export function TicketView({ id }: { id: string }) {
  const { store, snapshot } = useConsole();
  const ticket = snapshot.desk.tickets.opened[id];
  const online = snapshot.connection === "online";
  useEffect(() => {
    store.showTicket(id);
    if (online) void loadTicket(store, id);
    return () => store.showTicket(undefined);
  }, [id, online]);
  useEffect(() => {
    if (ticket && online) void loadOrders(store, ticket.customer.id, { ticket_id: id });
  }, [ticket?.id, online]);
  const orders = (ticket && snapshot.desk.orders[ticket.customer.id]?.orders) ?? ticket?.orders ?? [];
  if (!ticket) return <OpeningView look="ticket" />;
  return (
    <main class="ticket" aria-label={ticket.number}>
      <Head ticket={ticket} />
      <div class="ticket-columns">
        <div class="ticket-main">
          <Steps ticket={ticket} />
          <Refunds key={id} ticket={ticket} orders={orders} />
          <Transcripts ticket={ticket} />
          <Events events={ticket.events} />
        </div>
        <div class="ticket-side">
          <About ticket={ticket} />
          <Checklist ticket={ticket} />
          <Orders ticket={ticket} />
        </div>
      </div>
    </main>
  );
}

function Head({ ticket }: { ticket: Ticket }) {
  const { words, go } = useConsole();
  return (
    <header class="column-head ticket-head">
      <button type="button" class="icon-button back" aria-label={words.say("back")} onClick={() => go({ screen: "tickets" })}>
        <Icon name="back" />
      </button>
      <div class="head-names">
        <h2 title={ticket.subject}>{ticket.subject || known(words, `topic.${ticket.kind}`, ticket.kind)}</h2>
        <p class="head-about">
          <span class="number">{ticket.number}</span>
          <span>{known(words, `topic.${ticket.kind}`, ticket.kind)}</span>
        </p>
      </div>
      <div class="head-actions">
        <StatusChoice ticket={ticket} />
        <AssigneeChoice ticket={ticket} />
      </div>
    </header>
  );
}

// A refused change puts the old value back: the select shows what the server says.
function StatusChoice({ ticket }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const change = async (select: HTMLSelectElement): Promise<void> => {
    await updateTicket(store, { ticket_id: ticket.id, status: select.value as TicketStatusName });
    select.value = store.desk.tickets.opened[ticket.id]?.status ?? ticket.status;
  };
  return (
    <select
      aria-label={words.say("ticket.status")}
      value={ticket.status}
      onChange={(event) => void change(event.currentTarget)}
    >
      {STATUSES.filter((status) => status !== "new" || ticket.status === "new").map((status) => (
        <option key={status} value={status}>
          {words.say(`ticket_status.${status}`)}
        </option>
      ))}
    </select>
  );
}

function AssigneeChoice({ ticket }: { ticket: Ticket }) {
  const { store, words, snapshot } = useConsole();
  const { agent, colleagues } = snapshot.desk;
  const offered = [...colleagues, ...(agent ? [agent] : []), ...(ticket.assignee ? [ticket.assignee] : [])];
  const people = new Map(offered.map((one) => [one.id, one.name]));
  const change = async (select: HTMLSelectElement): Promise<void> => {
    await updateTicket(store, { ticket_id: ticket.id, assignee_id: select.value });
    select.value = store.desk.tickets.opened[ticket.id]?.assignee?.id ?? "";
  };
  return (
    <select
      aria-label={words.say("ticket.assignee")}
      value={ticket.assignee?.id ?? ""}
      onChange={(event) => void change(event.currentTarget)}
    >
      {!ticket.assignee && <option value="">{words.say("ticket.unassigned")}</option>}
      {[...people].map(([personId, name]) => (
        <option key={personId} value={personId}>
          {name}
        </option>
      ))}
    </select>
  );
}

/** The same steps the customer sees. */
function Steps({ ticket }: { ticket: Ticket }) {
  const { words } = useConsole();
  return (
    <section class="card" aria-label={words.say("ticket.steps")}>
      <ol class="steps">
        {ticket.steps.map((step) => (
          <li
            key={step.code}
            class={step.state}
            {...(step.state === "current" ? { "aria-current": "step" as const } : {})}
          >
            <span class="step-mark" aria-hidden="true" />
            <span>{known(words, `step.${step.code}`, step.code)}</span>
            <span class="hidden">{words.say(`step_state.${step.state}`)}</span>
          </li>
        ))}
      </ol>
      <p class="faint">{words.say("ticket.steps_hint")}</p>
    </section>
  );
}

function About({ ticket }: { ticket: Ticket }) {
  const { words, snapshot } = useConsole();
  const { customer } = ticket;
  return (
    <Section title={words.say("panel.customer")}>
      <p class="who">
        <strong>{customer.name || words.say("customer.unnamed")}</strong>
        <KindBadge kind={customer.kind} />
      </p>
      <dl class="facts">
        <Fact name={words.say("fact.email")} value={customer.email} />
        <Fact name={words.say("fact.phone")} value={customer.phone} />
        <Fact name={words.say("fact.site")} value={siteName(snapshot.desk, words.locale, ticket.site)} />
        <Fact name={words.say("fact.opened")} value={wordMoment(ticket.created_at, words.locale)} />
      </dl>
    </Section>
  );
}

function Checklist({ ticket }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  if (ticket.checklist.length === 0) return null;
  const toggle = (code: string): void => {
    const done = ticket.checklist.filter((item) => item.done !== (item.code === code)).map((item) => item.code);
    void updateTicket(store, { ticket_id: ticket.id, done });
  };
  return (
    <Section title={words.say("ticket.checklist")}>
      <ul class="plain checklist">
        {ticket.checklist.map((item) => (
          <li key={item.code}>
            <label class="check">
              <input type="checkbox" checked={item.done} onChange={() => toggle(item.code)} />
              {known(words, `check.${item.code}`, item.code)}
            </label>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Orders({ ticket }: { ticket: Ticket }) {
  const { store, words, snapshot } = useConsole();
  const linked = new Set([...ticket.orders, ...ticket.transactions].map((one) => one.id));
  const { orders = [], transactions = [] } = snapshot.desk.orders[ticket.customer.id] ?? {};
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
          <select
            value=""
            onChange={(event) => choose(event.currentTarget.value)}
          >
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

function Transcripts({ ticket }: { ticket: Ticket }) {
  const { words } = useConsole();
  return (
    <section class="card" aria-label={words.say("ticket.transcript")}>
      <h3>{words.say("ticket.transcript")}</h3>
      {ticket.transcripts.map((transcript) => (
        <Range key={transcript.conversation_id} transcript={transcript} customer={ticket.customer_name} />
      ))}
    </section>
  );
}

function Range({ transcript, customer }: { transcript: Transcript; customer: string }) {
  const { words } = useConsole();
  const { first_seq: first, last_seq: last, messages } = transcript;
  const entries = entriesOf({ timeline: { messages, pending: [] }, notes: [], pendingNotes: [] });
  return (
    <details class="transcript" open={messages.length <= 30}>
      <summary>{words.say("ticket.range", { first, last })}</summary>
      <div class="transcript-log">
        {entries.map((entry) =>
          entry.kind === "message" ? (
            <MessageLine
              key={entry.key}
              message={entry.message}
              opensGroup={entry.opensGroup}
              customer={customer || words.say("customer.unnamed")}
            />
          ) : null,
        )}
      </div>
    </details>
  );
}

function Events({ events }: { events: TicketEvent[] }) {
  const { words } = useConsole();
  return (
    <section class="card" aria-label={words.say("ticket.events")}>
      <h3>{words.say("ticket.events")}</h3>
      <ol class="plain events">
        {[...events].reverse().map((event) => (
          <Event key={event.number} event={event} />
        ))}
      </ol>
    </section>
  );
}

function Event({ event }: { event: TicketEvent }) {
  const { words } = useConsole();
  return (
    <li>
      <time dateTime={event.at}>{wordMoment(event.at, words.locale)}</time>
      <div>
        <strong>{event.actor}</strong> {eventText(words, event)}
        {event.visible && <span class="chip">{words.say("event.visible")}</span>}
        {event.reason && (
          <p class="reason">
            <Text text={event.reason} />
          </p>
        )}
      </div>
    </li>
  );
}

function eventText(words: ReturnType<typeof useConsole>["words"], { code, values }: TicketEvent): string {
  const money = typeof values["amount"] === "number" && typeof values["currency"] === "string";
  const amount = money ? wordAmount(values as { amount: number; currency: string }, words.locale) : "";
  if (code.startsWith("refund_")) {
    const state = known(words, `refund_state.${code.slice(7)}`, code);
    return words.say("event.refund", { state, amount });
  }
  if (code.startsWith("status_")) {
    return words.say("event.status", { status: known(words, `ticket_status.${code.slice(7)}`, code) });
  }
  const key = `event.${code}`;
  if (!words.has(key)) return code;
  const done = Array.isArray(values["done"]) ? values["done"].length : 0;
  const kind = known(words, `topic.${String(values["kind"])}`, "");
  const [name, number, of] = ["name", "number", "of"].map((field) => String(values[field]));
  return words.say(key, { name: name!, number: number!, of: of!, done, kind });
}
