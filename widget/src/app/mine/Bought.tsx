import type { ComponentChildren } from "preact";
import { wordMoment } from "../../core/wording";
import type { CaseKind, Order, Transaction } from "../../core/wire";
import type { State } from "../state";
import { goTo } from "../verbs";
import { offered, type Subject } from "./data";
import { Send } from "./Cards";
import { Quantity } from "./Quantity";
import { type MineUi, type MineWords, wordApply } from "./words";

/** An order or a transaction: what it is, what came of it, and what one can do about it. */
export function Bought({ mine, subject }: { mine: MineUi; subject: Subject }) {
  const { words } = mine;
  return (
    <article class="tile" aria-label={words.say("order.number", { number: subject.number })}>
      {subject.order ? <OrderFacts mine={mine} order={subject.order} /> : <TransactionFacts words={words} of={subject.transaction!} />}
      <div class="acts">
        {kindsFor(subject, mine.state).map((kind) => (
          <button key={kind.code} class="choice" onClick={() => goTo(mine.session, { at: "apply", kind: kind.code, of: subject.of, id: subject.id })}>
            {wordApply(kind, words)}
          </button>
        ))}
        {subject.order && <Send mine={mine} order={subject.order} />}
      </div>
    </article>
  );
}

/** What can be wrong with it, as far as its state tells and the site lets customers say so. */
export function kindsFor(subject: Subject, state: State): CaseKind[] {
  return wrongWith(subject).flatMap((code) => offered(state, code) ?? []);
}

function wrongWith({ refundable, order, transaction }: Subject): string[] {
  if (transaction?.state === "frozen") return ["unfreeze"];
  if (transaction?.state === "failed" || order?.state === "unpaid") return ["payment_failure"];
  if (transaction?.state === "pending" || order?.state === "cancelled") return [];
  return refundable > 0 ? ["refund", "amount_dispute"] : [];
}

function OrderFacts({ mine, order }: { mine: MineUi; order: Order }) {
  const { session, words } = mine;
  const money = (amount: number): string => words.money(amount, order.currency);
  return (
    <>
      <p class="line"><span class="digits">{order.number}</span><span class={`badge ${order.state}`}>{words.say(`order_state.${order.state}`)}</span></p>
      <ul class="items">
        {order.items.map((item) => (
          <li key={item.line} class="line bought"><span>{item.name}<Quantity words={words} item={item} /></span><span class="digits">{money(item.amount)}</span></li>
        ))}
      </ul>
      <dl class="facts">
        <Fact name={words.say("order.total")}><strong>{money(order.total)}</strong></Fact>
        {order.refunded > 0 && <Fact name={words.say("order.refunded")}>{money(order.refunded)}</Fact>}
        {order.refundable > 0 && order.refunded > 0 && <Fact name={words.say("order.refundable")}>{money(order.refundable)}</Fact>}
        <Fact name={words.say("order.channel")}>{words.named(`channel.${order.channel}`, order.channel)}</Fact>
        <Fact name={words.say("order.placed")}>{wordMoment(order.placed_at, words.locale)}</Fact>
        {order.delivered_at && <Fact name={words.say("order.delivered")}>{wordMoment(order.delivered_at, words.locale)}</Fact>}
        {order.delivery && <Fact name={words.say("order.delivery")}><span class="digits">{order.delivery}</span></Fact>}
      </dl>
      {order.refunds.map(({ id, ticket_id, amount, currency, state }) => (
        <button key={id} class="refund" onClick={() => goTo(session, { at: "case", ticketId: ticket_id })}>
          {words.say("order.refund", { amount: words.money(amount, currency) })}
          <span class={`badge ${state}`}>{words.named(`refund_state.${state}`, state)}</span>
        </button>
      ))}
    </>
  );
}

function TransactionFacts({ words, of }: { words: MineWords; of: Transaction }) {
  const money = (amount: number): string => words.money(amount, of.currency);
  return (
    <>
      <p class="line"><strong>{words.say(`transaction.${of.kind}`)}</strong><span class={`badge ${of.state}`}>{words.say(`transaction_state.${of.state}`)}</span></p>
      <p class="soft digits">{of.number}</p>
      <dl class="facts">
        <Fact name={words.say("order.amount")}><strong>{money(of.amount)}</strong></Fact>
        {of.refunded > 0 && <Fact name={words.say("order.refunded")}>{money(of.refunded)}</Fact>}
        {of.refunded > 0 && of.refundable > 0 && <Fact name={words.say("order.refundable")}>{money(of.refundable)}</Fact>}
        <Fact name={words.say("order.channel")}>{words.named(`channel.${of.channel}`, of.channel)}</Fact>
        <Fact name={words.say("order.at")}>{wordMoment(of.created_at, words.locale)}</Fact>
      </dl>
    </>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return <div class="line"><dt>{name}</dt><dd>{children}</dd></div>;
}
