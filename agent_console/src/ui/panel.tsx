import { useEffect, useState } from "preact/hooks";
import { idsByContent } from "../../../widget/src/core/ids";
import { wordMoment } from "../../../widget/src/core/wording";
import type { AgentConversation } from "../../../widget/src/core/wire";
import { loadCustomerTickets, loadOrders, sendOrder } from "../state/case_verbs";
import { prioritize } from "../state/verbs";
import { type ConsoleWords, customerName, siteName, useConsole } from "./context";
import { Icon } from "./icons";
import { MatchOrder } from "./match_order";
import { OpenTicketForm } from "./open_ticket";
import { OrderCard, TransactionList } from "./orders";
import { Fact, KindBadge, Section } from "./parts";
import { Line } from "./tickets/side";
import { mayWrite } from "./together";
import { Why } from "./why";

const PRIORITIES = [1, 2, 3, 4, 5] as const;

/** Beside a conversation: who writes, what they bought, what became of it before. */
export function Panel({ conversation, shut }: { conversation: AgentConversation; shut(): void }) {
  const { store, words, snapshot } = useConsole();
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (online) void loadOrders(store, conversation.customer_id, { conversation_id: conversation.id });
  }, [conversation.id, online]);
  return (
    <aside class="panel" aria-label={words.say("panel.label")}>
      <header class="column-head">
        <h2>{words.say("panel.label")}</h2>
        <button type="button" class="icon-button end panel-shut" aria-label={words.say("close")} onClick={shut}>
          <Icon name="close" />
        </button>
      </header>
      <Who conversation={conversation} />
      <Claimed conversation={conversation} />
      {snapshot.desk.agent?.role !== "agent" && <Why key={`${conversation.id} ${conversation.epoch}`} conversation={conversation} />}
      <CustomerTickets conversation={conversation} />
      <Orders conversation={conversation} />
    </aside>
  );
}

function Who({ conversation }: { conversation: AgentConversation }) {
  const { words, snapshot } = useConsole();
  const { verified, page } = conversation;
  return (
    <Section title={words.say("panel.customer")}>
      <p class="who">
        <strong>{customerName(words, conversation)}</strong>
        <KindBadge kind={conversation.customer_kind} />
      </p>
      {verified && (
        <dl class="facts signed" aria-label={words.say("panel.verified")}>
          <Fact name={words.say("fact.email")} value={verified.email} />
          <Fact name={words.say("fact.phone")} value={verified.phone} />
          {Object.entries(verified.attributes).map(([name, value]) => (
            <Fact key={name} name={fieldName(words, name)} value={value} />
          ))}
        </dl>
      )}
      <dl class="facts">
        <Fact name={words.say("fact.language")} value={words.say(`locale.${conversation.locale}`)} />
        <Fact name={words.say("fact.site")} value={siteName(snapshot.desk, words.locale, conversation.site)} />
        <Fact name={words.say("fact.page")} value={page} />
        <Fact name={words.say("fact.since")} value={wordMoment(conversation.created_at, words.locale)} />
        {conversation.status !== "closed" && <Priority conversation={conversation} />}
      </dl>
    </Section>
  );
}

/** Where it stands in the queue and the inbox, now and whenever it comes back there. */
function Priority({ conversation: { id, priority } }: { conversation: AgentConversation }) {
  const { store, words } = useConsole();
  const put = (event: Event): void => void prioritize(store, id, Number((event.currentTarget as HTMLSelectElement).value));
  return (
    <div>
      <dt>{words.say("fact.priority")}</dt>
      <dd>
        <select aria-label={words.say("fact.priority")} value={String(priority)} onChange={put}>
          {PRIORITIES.map((one) => (
            <option key={one} value={String(one)}>
              {words.say(`priority.${one}`)}
            </option>
          ))}
        </select>
      </dd>
    </div>
  );
}

/** What the customer, or the page they are on, says of them; nobody has signed it. */
function Claimed({ conversation: { form, contact_details: contact, verified } }: { conversation: AgentConversation }) {
  const { words } = useConsole();
  const known = ["name", "email", "phone"];
  const fields = Object.entries(form ?? {}).filter(([name, value]) => value && !known.includes(name));
  const [email, phone] = (["email", "phone"] as const).map((name) => (contact?.[name] === verified?.[name] ? undefined : contact?.[name]));
  if (!fields.length && !email && !phone) return null;
  return (
    <Section title={words.say("panel.claimed")}>
      <dl class="facts">
        <Fact name={words.say("fact.email")} value={email} />
        <Fact name={words.say("fact.phone")} value={phone} />
        {fields.map(([name, value]) => (
          <Fact key={name} name={fieldName(words, name)} value={value} />
        ))}
      </dl>
    </Section>
  );
}

function fieldName(words: ConsoleWords, name: string): string {
  const key = `field.${name}`;
  return words.has(key) ? words.say(key) : name.replaceAll("_", " ");
}

function CustomerTickets({ conversation }: { conversation: AgentConversation }) {
  const { words, store, snapshot } = useConsole();
  const { customer_id: customer, version } = conversation;
  const shown = snapshot.desk.customerTickets[customer] ?? [];
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (online) void loadCustomerTickets(store, customer);
  }, [customer, version, snapshot.desk.openTickets, online]);
  return (
    <Section title={words.say("panel.tickets")}>
      {shown.length > 0 && (
        <ul class="plain ticket-lines">
          {shown.map((ticket) => (
            <Line key={ticket.id} ticket={ticket} />
          ))}
        </ul>
      )}
      <OpenTicketForm key={conversation.id} conversation={conversation} />
    </Section>
  );
}

function Orders({ conversation }: { conversation: AgentConversation }) {
  const context = useConsole();
  const { store, words, snapshot } = context;
  const [idFor] = useState(idsByContent);
  const list = snapshot.desk.orders[conversation.customer_id];
  if (!list) return null;
  const { orders, transactions, verified } = list;
  const maySend = mayWrite(context, conversation) === "reply";
  return (
    <Section title={words.say("panel.orders")}>
      {orders.length + transactions.length === 0 && verified && <p class="faint">{words.say("orders.none")}</p>}
      {orders.map((order) => (
        <OrderCard key={order.id} order={order}>
          {maySend && (
            <button
              type="button"
              class="button small"
              onClick={() => void sendOrder(store, idFor, { conversation_id: conversation.id, order_id: order.id })}
            >
              <Icon name="send" />
              {words.say("order.send")}
            </button>
          )}
        </OrderCard>
      ))}
      <TransactionList transactions={transactions} />
      {!verified && <MatchOrder key={conversation.id} conversation={conversation} />}
    </Section>
  );
}
