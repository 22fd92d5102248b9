import { useState } from "preact/hooks";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordAmount, wordMoment } from "../../../../widget/src/core/wording";
import type { Order, Refund, Ticket } from "../../../../widget/src/core/wire";
import { decideRefund, payRefund, requestRefund } from "../../state/verbs";
import { useConsole } from "../context";
import { toMajor, toMinor } from "../format";
import { Icon } from "../icons";
import { Text } from "../log";

/** Money going back: asked for, looked at, decided by another person, paid by hand. The server guards each step. */
export function Refunds({ ticket, orders }: { ticket: Ticket; orders: Order[] }) {
  const { words } = useConsole();
  const [asking, setAsking] = useState(false);
  const refundable = orders.filter((order) => order.refundable > 0);
  return (
    <section class="card" aria-label={words.say("refunds.title")}>
      <header class="card-head">
        <h3>{words.say("refunds.title")}</h3>
        {!asking && refundable.length > 0 && (
          <button type="button" class="button small" onClick={() => setAsking(true)}>
            <Icon name="plus" />
            {words.say("refund.request")}
          </button>
        )}
      </header>
      {asking && <RequestForm ticket={ticket} orders={refundable} done={() => setAsking(false)} />}
      {ticket.refunds.length === 0 && !asking && (
        <p class="faint">{words.say(refundable.length > 0 ? "refunds.none" : "refunds.nothing_left")}</p>
      )}
      {ticket.refunds.map((refund) => (
        <RefundCard key={refund.id} refund={refund} />
      ))}
    </section>
  );
}

interface RequestFormProps {
  ticket: Ticket;
  orders: Order[];
  done(): void;
}

function RequestForm({ ticket, orders, done }: RequestFormProps) {
  const { store, words } = useConsole();
  const linked = orders.find((order) => ticket.orders.some((one) => one.id === order.id));
  const [orderId, choose] = useState((linked ?? orders[0])?.id);
  const [wrong, setWrong] = useState("");
  const [idFor] = useState(idsByContent);
  const order = orders.find((one) => one.id === orderId);
  if (!order) return null;
  const { currency, refundable } = order;
  const most = wordAmount({ amount: refundable, currency }, words.locale);
  const ask = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const amount = toMinor(String(given.get("amount")), currency, words.locale);
    if (amount === undefined) return setWrong(words.say("refund.not_an_amount"));
    setWrong("");
    const reason = String(given.get("reason")).trim();
    if (await requestRefund(store, idFor, { ticket_id: ticket.id, order_id: order.id, amount, currency, reason })) done();
  };
  return (
    <form class="form boxed" onSubmit={(event) => void ask(event)} aria-label={words.say("refund.request")}>
      <div class="form-row">
        <label class="grow">
          {words.say("refund.order")}
          <select value={orderId} onChange={(event) => choose(event.currentTarget.value)}>
            {orders.map((one) => (
              <option key={one.id} value={one.id}>
                {one.number} · {one.items[0]?.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.say("refund.amount", { currency })}
          <input
            key={order.id}
            name="amount"
            class="number"
            inputMode="decimal"
            required
            defaultValue={toMajor(refundable, currency, words.locale)}
            aria-describedby="refund-most"
          />
        </label>
      </div>
      <p id="refund-most" class={wrong ? "form-error" : "faint"} role={wrong ? "alert" : undefined}>
        {wrong || words.say("refund.most", { amount: most })}
      </p>
      <label>
        {words.say("refund.reason")}
        <textarea name="reason" rows={2} required maxLength={1000} />
      </label>
      <div class="form-actions">
        <button type="button" class="button small" onClick={done}>
          {words.say("cancel")}
        </button>
        <button class="button primary small">{words.say("refund.request_now")}</button>
      </div>
    </form>
  );
}

function RefundCard({ refund }: { refund: Refund }) {
  const { words } = useConsole();
  return (
    <article class="refund">
      <header>
        <strong class="refund-amount number">{wordAmount(refund, words.locale)}</strong>
        <span class={`tag refund-${refund.state}`}>{words.say(`refund_state.${refund.state}`)}</span>
        <span class="faint number">{refund.order_number}</span>
      </header>
      <p>
        <Text text={refund.reason} />
      </p>
      <p class="faint">
        {words.say("refund.by", { name: refund.requested_by, at: wordMoment(refund.created_at, words.locale) })}
        {refund.decided_by && ` · ${words.say("refund.decided_by", { name: refund.decided_by })}`}
        {refund.reference && ` · ${words.say("refund.paid_as", { reference: refund.reference })}`}
      </p>
      {refund.decision_reason && (
        <p class="reason">
          <Text text={refund.decision_reason} />
        </p>
      )}
      <NextStep key={refund.state} refund={refund} />
    </article>
  );
}

function NextStep({ refund }: { refund: Refund }) {
  if (refund.state === "requested" || refund.state === "evidence_wanted") return <Review refund={refund} />;
  if (refund.state === "in_review" || refund.state === "second_approval") return <Decide refund={refund} />;
  if (refund.state === "approved" || refund.state === "failed") return <Pay refund={refund} />;
  return null;
}

function Review({ refund }: { refund: Refund }) {
  const { store, words } = useConsole();
  const review = () => decideRefund(store, refund.ticket_id, { refund_id: refund.id, decision: "review" });
  return (
    <div class="form-actions start">
      <button type="button" class="button small primary" onClick={() => void review()}>
        {words.say("refund.review")}
      </button>
    </div>
  );
}

function Decide({ refund }: { refund: Refund }) {
  const { store, words, snapshot } = useConsole();
  const [reason, setReason] = useState("");
  if (refund.requested_by_id === snapshot.desk.agent?.id) return <p class="hint">{words.say("refund.own")}</p>;
  const decide = (decision: "approve" | "reject"): void => {
    const given = reason.trim();
    void decideRefund(store, refund.ticket_id, { refund_id: refund.id, decision, ...(given ? { reason: given } : {}) });
  };
  return (
    <div class="form">
      <label>
        {words.say("refund.decision_reason")}
        <input value={reason} maxLength={1000} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <div class="form-actions start">
        <button type="button" class="button small primary" onClick={() => decide("approve")}>
          {words.say("refund.approve")}
        </button>
        <button type="button" class="button small bad" disabled={!reason.trim()} onClick={() => decide("reject")}>
          {words.say("refund.reject")}
        </button>
      </div>
    </div>
  );
}

/** One payment has one key, however often it is sent: money moves at most once. */
function Pay({ refund }: { refund: Refund }) {
  const { store, words } = useConsole();
  const [idFor] = useState(idsByContent);
  const pay = (event: SubmitEvent): void => {
    event.preventDefault();
    const reference = String(new FormData(event.currentTarget as HTMLFormElement).get("reference")).trim();
    void payRefund(store, idFor, refund.ticket_id, { refund_id: refund.id, reference });
  };
  return (
    <form class="form form-row" onSubmit={pay}>
      <label class="grow">
        {words.say("refund.reference")}
        <input name="reference" required maxLength={200} placeholder={words.say("refund.reference_hint")} />
      </label>
      <button class="button small primary">{words.say("refund.pay")}</button>
    </form>
  );
}
