import type { ComponentChildren } from "preact";
import { wordAmount, wordMoment } from "../../../widget/src/core/wording";
import type { Order, OrderItem, Transaction } from "../../../widget/src/core/wire";
import { addressOf } from "../state/place";
import { type ConsoleWords, useConsole } from "./context";
import { known } from "./parts";

/** An order, what was paid, and what of it can still be given back. */
export function OrderCard({ order, children }: { order: Order; children?: ComponentChildren }) {
  const { words } = useConsole();
  const money = (amount: number): string => wordAmount({ amount, currency: order.currency }, words.locale);
  return (
    <article class="order">
      <header>
        <span class="number">{order.number}</span>
        <span class={`tag order-${order.state}`}>{words.say(`order_state.${order.state}`)}</span>
      </header>
      <ul class="plain items">
        {order.items.map((item) => (
          <li key={item.line}>
            <span class="grow">
              {item.name}
              <Quantity item={item} />
            </span>
            <span class="number">{money(item.amount)}</span>
          </li>
        ))}
      </ul>
      <dl class="sums">
        <Sum name={words.say("order.total")} value={money(order.total)} />
        {order.refunded > 0 && <Sum name={words.say("order.refunded")} value={money(order.refunded)} />}
        <Sum name={words.say("order.refundable")} value={money(order.refundable)} strong />
      </dl>
      <p class="faint order-foot">
        {wordMoment(order.placed_at, words.locale)} · {channelName(words, order.channel)}
        {order.delivered_at && ` · ${words.say("order.delivered", { at: wordMoment(order.delivered_at, words.locale) })}`}
        {order.delivery && ` · ${words.say("order.delivery", { number: order.delivery })}`}
      </p>
      {order.transactions.length > 0 && <TransactionList transactions={order.transactions} />}
      {order.refunds.length > 0 && (
        <ul class="plain order-refunds">
          {order.refunds.map((refund) => (
            <li key={refund.id}>
              <a class="number" href={addressOf({ screen: "tickets", id: refund.ticket_id })}>
                {refund.ticket_number}
              </a>
              <span class="number">{wordAmount(refund, words.locale)}</span>
              <span class={`tag refund-${refund.state}`}>{known(words, `refund_state.${refund.state}`, refund.state)}</span>
            </li>
          ))}
        </ul>
      )}
      {children}
    </article>
  );
}

/** How many of an item there are, and how many of them can still go back where some have. */
export function Quantity({ item: { quantity, left } }: { item: OrderItem }) {
  const { words } = useConsole();
  if (quantity < 2) return null;
  return (
    <span class="faint">
      {" "}
      ×{quantity}
      {left > 0 && left < quantity && ` · ${words.say("order.left", { count: left })}`}
    </span>
  );
}

function Sum({ name, value, strong }: { name: string; value: string; strong?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={strong ? "number strong" : "number"}>{value}</dd>
    </div>
  );
}

/** Payments and transfers: those of an order, or those that belong to none. */
export function TransactionList({ transactions }: { transactions: Transaction[] }) {
  if (transactions.length === 0) return null;
  return (
    <ul class="plain transactions">
      {transactions.map((transaction) => (
        <TransactionLine key={transaction.id} transaction={transaction} />
      ))}
    </ul>
  );
}

function TransactionLine({ transaction }: { transaction: Transaction }) {
  const { words } = useConsole();
  return (
    <li class="transaction">
      <span class="number strong">{transaction.number}</span>
      <span class="number">{wordAmount(transaction, words.locale)}</span>
      <span class="faint">
        {words.say(`transaction.${transaction.kind}`)} · {channelName(words, transaction.channel)} ·{" "}
        {wordMoment(transaction.created_at, words.locale)}
      </span>
      {transaction.refunded > 0 && (
        <span class="faint number">
          {words.say("order.refunded")} {wordAmount({ amount: transaction.refunded, currency: transaction.currency }, words.locale)}
        </span>
      )}
      <span class={`tag transaction-${transaction.state}`}>{words.say(`transaction_state.${transaction.state}`)}</span>
    </li>
  );
}

/** Sites may name channels of their own; those stand as they are. */
function channelName(words: ConsoleWords, channel: string): string {
  const key = `channel.${channel}`;
  return words.has(key) ? words.say(key) : channel;
}
