import { useState } from "preact/hooks";
import { wordAmount, wordMoment } from "../../../../widget/src/core/wording";
import type { DecideRefund, Order, OrderItem, Payment, Refund, Ticket, Transaction, Verdict } from "../../../../widget/src/core/wire";
import { idsByContent } from "../../../../widget/src/core/ids";
import { clearPayout, decideRefund, isOver, payRefund } from "../../state/case_verbs";
import { type ConsoleWords, useConsole } from "../context";
import { Icon } from "../icons";
import { Text } from "../log";
import { AskDialog } from "./evidence";
import { RequestForm } from "./request";
import { useStepUp } from "./step_up";
import { useKindWords } from "./words";

interface RefundsProps {
  ticket: Ticket;
  orders: Order[];
  transactions: Transaction[];
}

/** Money going back: asked for, looked at, decided by another person, paid. The server guards each step. */
export function Refunds({ ticket, orders, transactions }: RefundsProps) {
  const { words } = useConsole();
  const [asking, setAsking] = useState(false);
  const hasMoney = orders.some(({ refundable }) => refundable > 0) || transactions.some(({ refundable }) => refundable > 0);
  // Where somebody's account is the question, money is another ticket's.
  const asksWho = useKindWords().find(ticket.kind)?.steps.some(({ code }) => code === "identity_check");
  if (asksWho && ticket.refunds.length === 0) return null;
  const mayAsk = hasMoney && ticket.status !== "closed";
  if (!hasMoney && ticket.refunds.length === 0 && ticket.kind !== "refund" && ticket.kind !== "amount_dispute") return null;
  return (
    <section class="card" aria-label={words.say("refunds.title")}>
      <header class="card-head">
        <h3>{words.say("refunds.title")}</h3>
        {!asking && mayAsk && (
          <button type="button" class="button small" onClick={() => setAsking(true)}>
            <Icon name="plus" />
            {words.say("refund.request")}
          </button>
        )}
      </header>
      {asking && <RequestForm ticket={ticket} orders={orders} transactions={transactions} done={() => setAsking(false)} />}
      {ticket.refunds.length === 0 && !asking && (
        <p class="faint">{words.say(hasMoney ? "refunds.none" : "refunds.nothing_left")}</p>
      )}
      {ticket.refunds.map((refund) => (
        <RefundCard key={refund.id} refund={refund} ticket={ticket} />
      ))}
    </section>
  );
}

function RefundCard({ refund, ticket }: { refund: Refund; ticket: Ticket }) {
  const { words } = useConsole();
  const { calculation: sum, payout, verdict } = refund;
  const items = ticket.orders.find(({ id }) => id === refund.order_id)?.items ?? [];
  const part = items.filter(({ line }) => refund.lines.includes(line)); // of a whole order its number says enough
  const isPart = part.length < items.length || refund.counts.length > 0 || refund.amount < part.reduce((sum, { amount }) => sum + amount, 0);
  return (
    <article class="refund">
      <header>
        <strong class="refund-amount number">{wordAmount(refund, words.locale)}</strong>
        <span class={`tag refund-${refund.state}`}>{words.say(`refund_state.${refund.state}`)}</span>
        <span class="faint number end">{refund.order_number ?? refund.transaction_number}</span>
      </header>
      <p>
        <Text text={refund.reason} />
      </p>
      {sum && (
        <p class="calculation number">
          {words.say("refund.calculation", {
            charged: wordAmount({ amount: sum.charged, currency: sum.currency }, words.locale),
            expected: wordAmount({ amount: sum.expected, currency: sum.currency }, words.locale),
            difference: wordAmount({ amount: sum.difference, currency: sum.currency }, words.locale),
          })}
        </p>
      )}
      <dl class="facts">
        {part.length > 0 && isPart && (
          <Line name={words.say("refund.items")} value={part.map((item) => itemText(item, refund, words)).join(words.locale === "zh-CN" ? "、" : ", ")} />
        )}
        <Line name={words.say("refund.asked")} value={words.say("refund.by", { name: refund.requested_by, at: wordMoment(refund.created_at, words.locale) })} />
        {payout && <Line name={words.say("refund.payout")} value={payoutText(words, payout)} />}
        {refund.first_by && <Line name={words.say("refund.first")} value={refund.first_by} />}
        {refund.decided_by && <Line name={words.say("refund.decided")} value={refund.decided_by} />}
        {refund.reference && <Line name={words.say("refund.reference")} value={refund.reference} />}
      </dl>
      {verdict && <VerdictLine verdict={verdict} currency={refund.currency} />}
      {refund.decision_reason && (
        <p class="reason">
          <Text text={refund.decision_reason} />
        </p>
      )}
      {refund.appealed_at && (
        <div class="appeal">
          <strong>{words.say("refund.appealed", { at: wordMoment(refund.appealed_at, words.locale) })}</strong>
          {refund.appeal_reason && (
            <p>
              <Text text={refund.appeal_reason} />
            </p>
          )}
        </div>
      )}
      <Payments payments={refund.payments} />
      {!(isOver(ticket) && ticket.status === "closed") && <NextStep key={refund.state} refund={refund} ticket={ticket} />}
    </article>
  );
}

function itemText({ line, name, quantity, amount }: OrderItem, { counts, currency }: Refund, words: ConsoleWords): string {
  const price = wordAmount({ amount, currency }, words.locale);
  const counted = counts.find((one) => one.line === line);
  if (counted) return words.say("refund.counted", { name, count: counted.count, quantity, amount: price });
  return `${name}${quantity > 1 ? ` ×${quantity}` : ""} · ${price}`;
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The policy's word: allowed, or which rule forbids it. */
export function VerdictLine({ verdict, currency }: { verdict: Verdict; currency: string }) {
  const { words } = useConsole();
  const { allowed, rule, most } = verdict;
  const state = !allowed ? "forbidden" : rule === "ok" ? "allowed" : "depends";
  return (
    <p class={`verdict is-${state}`}>
      <Icon name={allowed ? "check" : "alert"} />
      <span>
        {ruleText(words, verdict)}
        {most > 0 && words.say("verdict.most", { amount: wordAmount({ amount: most, currency }, words.locale) })}
      </span>
    </p>
  );
}

export function ruleText(words: ConsoleWords, { rule, values }: Pick<Verdict, "rule" | "values">): string {
  const { amount, currency } = values;
  const told = typeof amount === "number" && typeof currency === "string" ? { ...values, amount: wordAmount({ amount, currency }, words.locale) } : values;
  const key = `verdict.${rule}`;
  return words.has(key) ? words.say(key, told) : rule.replaceAll("_", " ");
}

export function payoutText(words: ConsoleWords, { way, masked }: NonNullable<Refund["payout"]>): string {
  return [words.say(`payout.${way}`), masked].filter(Boolean).join(" ");
}

function Payments({ payments }: { payments: Payment[] }) {
  const { words } = useConsole();
  if (payments.length === 0) return null;
  return (
    <ul class="plain payments">
      {payments.map((payment) => (
        <li key={payment.at + payment.state}>
          <time class="faint" dateTime={payment.at}>
            {wordMoment(payment.at, words.locale)}
          </time>
          <span>{words.say(`payment.${payment.way}`)}</span>
          <span class={`tag payment-${payment.state}`}>{words.say(`payment_state.${payment.state}`)}</span>
          {payment.said && <span class="form-error">{words.say("payment.said", { state: words.say(`payment_state.${payment.said}`) })}</span>}
          {payment.reference && <span class="number faint">{payment.reference}</span>}
          {payment.error && <span class="form-error">{payment.error}</span>}
        </li>
      ))}
    </ul>
  );
}

// -- what can be done next ----------------------------------------------------------------------------------------

interface StepProps {
  refund: Refund;
  ticket: Ticket;
}

function NextStep(props: StepProps) {
  const { words } = useConsole();
  const { state, payments } = props.refund;
  if (payments.some(({ said }) => said)) return <Doubtful {...props} />;
  if (state === "requested" || state === "evidence_wanted") return <Review {...props} />;
  if (state === "in_review" || state === "second_approval") return <Decide {...props} />;
  if (state === "approved" || state === "failed") {
    return (
      <>
        <Pay {...props} />
        <GiveUp {...props} />
      </>
    );
  }
  if (state !== "paying") return null;
  return <p class="hint">{words.say(payments.at(-1)?.state === "unknown" ? "refund.unknown" : "refund.paying")}</p>;
}

function useDecide({ refund }: StepProps) {
  const { store } = useConsole();
  const { carryOut, dialog } = useStepUp();
  const decide = (decision: Omit<DecideRefund, "refund_id">): Promise<boolean> =>
    carryOut(() => decideRefund(store, refund.ticket_id, { refund_id: refund.id, ...decision }));
  return { decide, dialog };
}

function Review(props: StepProps) {
  const { words } = useConsole();
  const { decide, dialog } = useDecide(props);
  const waits = props.refund.state === "evidence_wanted";
  return (
    <div class="form-actions start">
      {waits && <p class="grow faint">{words.say("refund.evidence_wanted")}</p>}
      <button type="button" class={waits ? "button small" : "button small primary"} onClick={() => void decide({ decision: "review" })}>
        {words.say(waits ? "refund.review_all_the_same" : "refund.review")}
      </button>
      {dialog}
    </div>
  );
}

function Decide(props: StepProps) {
  const { words, snapshot } = useConsole();
  const { refund, ticket } = props;
  const { decide, dialog } = useDecide(props);
  const [reason, setReason] = useState("");
  const [asking, setAsking] = useState(false);
  const { agent } = snapshot.desk;
  if (refund.requested_by_id === agent?.id) return <p class="hint">{words.say("refund.own")}</p>;
  const isSecond = refund.state === "second_approval";
  const given = reason.trim() ? { reason: reason.trim() } : {};
  const forbidden = refund.verdict?.allowed === false;
  return (
    <div class="form">
      {isSecond && <p class="hint">{words.say(refund.first_by === agent?.name ? "refund.second_own" : "refund.second", { name: refund.first_by ?? "" })}</p>}
      <label>
        {words.say(forbidden ? "refund.decision_reason_needed" : "refund.decision_reason")}
        <input value={reason} maxLength={1000} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <div class="form-actions start">
        <button type="button" class="button small primary" disabled={forbidden && !reason.trim()} onClick={() => void decide({ decision: "approve", ...given })}>
          {words.say("refund.approve")}
        </button>
        <button type="button" class="button small bad" disabled={!reason.trim()} onClick={() => void decide({ decision: "reject", ...given })}>
          {words.say("refund.reject")}
        </button>
        {!isSecond && (
          <button type="button" class="button small quiet" onClick={() => setAsking(true)}>
            {words.say("evidence.ask")}
          </button>
        )}
      </div>
      {asking && (
        <AskDialog
          ticket={ticket}
          ask={(evidence, message) => decide({ decision: "ask_evidence", evidence, ...(message ? { reason: message } : {}) })}
          shut={() => setAsking(false)}
        />
      )}
      {dialog}
    </div>
  );
}

/** A supervisor asks the service where the money is, and writes down what came of it. */
function Doubtful({ refund }: StepProps) {
  const { store, words, snapshot } = useConsole();
  const [reason, setReason] = useState("");
  const clear = (event: SubmitEvent): void => {
    event.preventDefault();
    void clearPayout(store, refund.ticket_id, { refund_id: refund.id, reason: reason.trim() });
  };
  return (
    <form class="form" onSubmit={clear}>
      <p class="card attention">{words.say("refund.doubtful")}</p>
      {snapshot.desk.agent?.role !== "agent" && (
        <div class="form-row">
          <label class="grow">
            {words.say("refund.doubtful_reason")}
            <input value={reason} required maxLength={1000} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          <button class="button small primary" disabled={!reason.trim()}>
            {words.say("refund.doubtful_cleared")}
          </button>
        </div>
      )}
    </form>
  );
}

/** A payment that cannot be made at all is rejected with a reason, which the customer can appeal from. */
function GiveUp(props: StepProps) {
  const { words, snapshot } = useConsole();
  const { decide, dialog } = useDecide(props);
  const [reason, setReason] = useState("");
  if (props.refund.requested_by_id === snapshot.desk.agent?.id) return null;
  const reject = (event: SubmitEvent): void => {
    event.preventDefault();
    void decide({ decision: "give_up", reason: reason.trim() });
  };
  return (
    <form class="form form-row" onSubmit={reject}>
      <label class="grow">
        {words.say("refund.give_up_reason")}
        <input value={reason} required maxLength={1000} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <button class="button small bad" disabled={!reason.trim()}>
        {words.say("refund.give_up")}
      </button>
      {dialog}
    </form>
  );
}

/** One payment has one key, however often it is sent: money moves at most once. */
function Pay({ refund }: StepProps) {
  const { store, words } = useConsole();
  const { carryOut, dialog } = useStepUp();
  const [idFor] = useState(idsByContent);
  const [busy, setBusy] = useState(false);
  const pay = async (how: { way: "by_hand"; reference: string } | { way: "service" }): Promise<void> => {
    if (busy) return;
    setBusy(true);
    await carryOut(() => payRefund(store, idFor, refund.ticket_id, { refund_id: refund.id, ...how }));
    setBusy(false);
  };
  const byHand = (event: SubmitEvent): void => {
    event.preventDefault();
    const reference = String(new FormData(event.currentTarget as HTMLFormElement).get("reference")).trim();
    if (reference) void pay({ way: "by_hand", reference });
  };
  return (
    <form class="form form-row" onSubmit={byHand}>
      {refund.state === "failed" && <p class="hint wide">{words.say("refund.failed")}</p>}
      <label class="grow">
        {words.say("refund.reference")}
        <input name="reference" required maxLength={200} placeholder={words.say("refund.reference_hint")} />
      </label>
      <button class="button small primary" disabled={busy}>
        {words.say("refund.pay")}
      </button>
      <button type="button" class="button small" disabled={busy} title={words.say("refund.pay_service_hint")} onClick={() => void pay({ way: "service" })}>
        {words.say(refund.state === "failed" ? "refund.pay_again" : "refund.pay_service")}
      </button>
      {dialog}
    </form>
  );
}
