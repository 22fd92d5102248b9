import { useEffect, useState } from "preact/hooks";
import type { Ticket, TicketStatusName } from "../../../../widget/src/core/wire";
import { isOver, loadOrders, loadTicket, updateTicket, watchTicket } from "../../state/case_verbs";
import { useConsole } from "../context";
import { Icon } from "../icons";
import { Menu } from "../menu";
import { OpeningView } from "../opening";
import { known } from "../parts";
import { EndingDialog, SecondPerson } from "./endings";
import { Evidence } from "./evidence";
import { Identity } from "./identity";
import { Due, Priority } from "./list";
import { LinkDialog, MergeDialog } from "./linking";
import { usePeople } from "./people";
import { Refunds } from "./refunds";
import { Side } from "./side";
import { Timeline } from "./timeline";
import { Transcripts } from "./transcripts";
import { named, useKindWords } from "./words";

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
  if (!ticket) return <OpeningView look="ticket" />;
  const held = snapshot.desk.orders[ticket.customer.id];
  return (
    <main class="ticket" aria-label={ticket.number} key={id}>
      <Head ticket={ticket} />
      <div class="ticket-columns">
        <div class="ticket-main">
          <SecondPerson ticket={ticket} />
          <Steps ticket={ticket} />
          <Refunds
            ticket={ticket}
            orders={held ? newest(held.orders, ticket.orders) : ticket.orders}
            transactions={held ? newest(held.transactions, ticket.transactions) : ticket.transactions}
          />
          <Identity ticket={ticket} />
          <Evidence ticket={ticket} />
          <Timeline ticket={ticket} />
          <Transcripts ticket={ticket} />
        </div>
        <Side ticket={ticket} held={held} />
      </div>
    </main>
  );
}

// -- the head -----------------------------------------------------------------------------------------------------

function Head({ ticket }: { ticket: Ticket }) {
  const { words, go } = useConsole();
  const kinds = useKindWords();
  return (
    <header class="column-head ticket-head">
      <button type="button" class="icon-button back" aria-label={words.say("back")} onClick={() => go({ screen: "tickets" })}>
        <Icon name="back" />
      </button>
      <div class="head-names">
        <h2 title={ticket.subject}>
          {ticket.priority < 3 && <Priority priority={ticket.priority} />}
          {ticket.subject || kinds.kind(ticket.kind)}
        </h2>
        <p class="head-about">
          <Number number={ticket.number} />
          <span>{kinds.kind(ticket.kind)}</span>
          {ticket.ending && <span class="tag">{kinds.part(ticket.kind, "endings", ticket.ending)}</span>}
          <Due ticket={ticket} />
        </p>
      </div>
      <div class="head-actions">
        <StatusMenu ticket={ticket} />
        <AssigneeChoice ticket={ticket} />
        <More ticket={ticket} />
      </div>
    </header>
  );
}

/** A press copies it, to be read out or put into a mail. */
function Number({ number }: { number: string }) {
  const { store, words } = useConsole();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(number);
      store.toast({ key: "toast.copied", values: { number } });
    } catch {
      // a page over plain http may not; the number can be selected all the same
    }
  };
  return (
    <button type="button" class="copy number" title={words.say("ticket.copy")} aria-label={words.say("ticket.copy_number", { number })} onClick={() => void copy()}>
      {number}
      <Icon name="copy" />
    </button>
  );
}

const NEXT: Record<TicketStatusName, TicketStatusName[]> = {
  new: ["open", "pending", "on_hold"],
  open: ["pending", "on_hold"],
  pending: ["open", "on_hold"],
  on_hold: ["open", "pending"],
  solved: ["open", "closed"],
  closed: [],
};

function StatusMenu({ ticket }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const kinds = useKindWords();
  const [ending, choose] = useState<string>();
  const { id, status, kind } = ticket;
  const name = words.say(`ticket_status.${status}`);
  const endings = isOver(ticket) ? [] : (kinds.find(kind)?.endings ?? []);
  const sections = [
    {
      title: words.say("ticket.change_status"),
      items: NEXT[status].map((to) => ({
        label: words.say(`ticket_status.${to}`),
        select: () => void updateTicket(store, { ticket_id: id, status: to }),
      })),
    },
    {
      title: words.say("ticket.solve_as"),
      items: endings.map(({ code }) => ({ label: kinds.part(kind, "endings", code), select: () => choose(code) })),
    },
  ].filter(({ items }) => items.length > 0);
  if (sections.length === 0) return <span class={`tag ticket-${status}`}>{name}</span>;
  return (
    <>
      <Menu label={words.say("ticket.status_is", { status: name })} look={`button small status ticket-${status}`} opens="down" sections={sections}>
        {name}
        <Icon name="down" />
      </Menu>
      {ending && <EndingDialog ticket={ticket} ending={ending} shut={() => choose(undefined)} />}
    </>
  );
}

// A refused change puts the old value back: the select shows what the server says.
function AssigneeChoice({ ticket }: { ticket: Ticket }) {
  const { store, words, snapshot } = useConsole();
  const { colleagues } = usePeople([ticket.site]);
  const people = new Map(colleagues.map((one) => [one.id, one.name]));
  if (ticket.assignee) people.set(ticket.assignee.id, ticket.assignee.name);
  const me = snapshot.desk.agent?.id ?? "";
  const give = (to: string): Promise<boolean> => updateTicket(store, { ticket_id: ticket.id, assignee_id: to || null });
  const change = async (select: HTMLSelectElement): Promise<void> => {
    await give(select.value);
    select.value = store.desk.tickets.opened[ticket.id]?.assignee?.id ?? "";
  };
  return (
    <>
      {!ticket.assignee && (
        <button type="button" class="button small primary" aria-keyshortcuts="a" onClick={() => void give(me)}>
          {words.say("ticket.take")}
        </button>
      )}
      <select
        class="assignee"
        aria-label={words.say("ticket.assignee")}
        title={words.say("ticket.assignee")}
        value={ticket.assignee?.id ?? ""}
        onChange={(event) => void change(event.currentTarget)}
      >
        <option value="">{words.say("ticket.unassigned")}</option>
        {[...people].map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </>
  );
}

function More({ ticket }: { ticket: Ticket }) {
  const { store, words, snapshot } = useConsole();
  const [asking, ask] = useState<"link" | "merge">();
  const isWatched = ticket.watchers.some(({ id }) => id === snapshot.desk.agent?.id);
  const revoke = async (): Promise<void> => {
    const done = await store.attempt(store.connection.send("revoke_case_links", { ticket_id: ticket.id }));
    if (done) store.toast({ key: "toast.links_revoked" });
  };
  const items = [
    { label: words.say(isWatched ? "ticket.unwatch" : "ticket.watch"), select: () => void watchTicket(store, ticket.id, !isWatched) },
    { label: words.say("ticket.link_ticket"), select: () => ask("link") },
    ...(isOver(ticket) ? [] : [{ label: words.say("ticket.merge"), select: () => ask("merge") }]),
    { label: words.say("ticket.revoke_links"), select: () => void revoke() },
  ];
  const Asks = asking === "link" ? LinkDialog : MergeDialog;
  return (
    <>
      <Menu label={words.say("ticket.more")} look="icon-button" opens="down" sections={[{ items }]}>
        <Icon name="more" />
      </Menu>
      {asking && <Asks ticket={ticket} shut={() => ask(undefined)} />}
    </>
  );
}

// -- the steps ----------------------------------------------------------------------------------------------------

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
            <span>{named(words, step.names) ?? known(words, `step.${step.code}`, step.code)}</span>
            <span class="hidden">{words.say(`step_state.${step.state}`)}</span>
          </li>
        ))}
      </ol>
      <p class="faint small">{words.say("ticket.steps_hint")}</p>
    </section>
  );
}

/** What a ticket is about is read with it, and so newer than when the customer's purchases were looked up. */
function newest<T extends { id: string }>(known: T[], linked: T[]): T[] {
  return known.map((one) => linked.find(({ id }) => id === one.id) ?? one);
}
