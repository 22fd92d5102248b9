// Asking for money back: of which purchase, all of it, some lines or any sum, and where it should go.

import { useEffect, useState } from "preact/hooks";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordAmount } from "../../../../widget/src/core/wording";
import type { Order, PayoutTo, Ticket, Transaction, Verdict } from "../../../../widget/src/core/wire";
import { checkRefund, requestRefund } from "../../state/case_verbs";
import { useConsole } from "../context";
import { toMajor, toMinor as minorOf } from "../../../../widget/src/core/money";
import { toMinor } from "../format";
import { ruleText, VerdictLine } from "./refunds";
import { useStepUp } from "./step_up";

interface RequestFormProps {
  ticket: Ticket;
  orders: Order[];
  transactions: Transaction[];
  done(): void;
}

const WAYS: PayoutTo["way"][] = ["original", "alipay", "wechat", "bank"];

export function RequestForm({ ticket, orders, transactions, done }: RequestFormProps) {
  const { store, words } = useConsole();
  const purchases = [...orders, ...transactions].filter(({ refundable }) => refundable > 0);
  const linked = new Set([...ticket.orders, ...ticket.transactions].map(({ id }) => id));
  const [chosen, choose] = useState((purchases.find(({ id }) => linked.has(id)) ?? purchases[0])?.id);
  const [lines, setLines] = useState<readonly number[]>([]);
  const [amount, setAmount] = useState<string>();
  const [isDispute, setDispute] = useState(ticket.kind === "amount_dispute");
  const [charged, setCharged] = useState(ticket.fields["amount_charged"] ?? "");
  const [expected, setExpected] = useState(ticket.fields["amount_expected"] ?? "");
  const [way, setWay] = useState<PayoutTo["way"]>("original");
  const [wrong, setWrong] = useState("");
  const [idFor] = useState(idsByContent);
  const { carryOut, dialog } = useStepUp();
  const purchase = purchases.find(({ id }) => id === chosen);
  const verdict = useVerdict(ticket, purchase, lines);
  if (!purchase) return null;
  const { currency, refundable } = purchase;
  const order = orders.find(({ id }) => id === chosen);
  const money = (sum: number): string => wordAmount({ amount: sum, currency }, words.locale);
  const major = (sum: number): string => toMajor(sum, currency);
  const minor = (text: string): number | undefined => minorOf(text, currency); // nothing may be expected
  const ofLines = (order?.items ?? []).filter(({ line }) => lines.includes(line)).reduce((sum, item) => sum + item.amount, 0);
  const most = Math.min(refundable, lines.length ? ofLines : refundable);
  const [paid, due] = [minor(charged), minor(expected)];
  const difference = paid !== undefined && due !== undefined ? paid - due : undefined;
  const offered = isDispute ? (difference !== undefined && difference > 0 ? major(difference) : "") : (amount ?? major(most));
  const toggle = (line: number): void => {
    setLines(lines.includes(line) ? lines.filter((one) => one !== line) : [...lines, line].sort((a, b) => a - b));
    setAmount(undefined); // what is chosen says how much
  };
  const ask = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const said = (name: string): string => String(form.get(name) ?? "").trim();
    const sum = toMinor(offered, currency);
    if (sum === undefined) return setWrong(words.say(isDispute ? "refund.not_a_difference" : "refund.not_an_amount"));
    setWrong("");
    const payout: PayoutTo = way === "original" ? { way } : { way, account: said("account"), holder: said("holder") || null };
    const asked = {
      ticket_id: ticket.id,
      ...(order ? { order_id: purchase.id } : { transaction_id: purchase.id }),
      amount: sum,
      currency,
      ...(lines.length ? { lines: [...lines] } : {}),
      reason: said("reason"),
      payout,
      ...(isDispute ? { charged: paid!, expected: due! } : {}),
    };
    if (await carryOut(() => requestRefund(store, idFor, asked))) done();
  };
  return (
    <form class="form boxed" onSubmit={(event) => void ask(event)} aria-label={words.say("refund.request")}>
      <label>
        {words.say("refund.purchase")}
        <select
          value={chosen}
          onChange={(event) => {
            choose(event.currentTarget.value);
            setLines([]);
            setAmount(undefined);
          }}
        >
          {purchases.map((one) => (
            <option key={one.id} value={one.id}>
              {one.number} · {("items" in one && one.items[0]?.name) || wordAmount({ amount: one.refundable, currency: one.currency }, words.locale)}
            </option>
          ))}
        </select>
      </label>
      {order && order.items.length > 0 && !isDispute && (
        <fieldset class="choices-of lines-of">
          <legend>{words.say("refund.lines")}</legend>
          {order.items.map((item) => {
            const judged = verdict?.lines.find(({ line }) => line === item.line);
            return (
              <label key={item.line} class="choice-of">
                <input type="checkbox" checked={lines.includes(item.line)} onChange={() => toggle(item.line)} />
                <span class="grow">
                  {item.name}
                  {item.quantity > 1 && <span class="faint"> ×{item.quantity}</span>}
                  {judged && !judged.allowed && <span class="faint">{ruleText(words, { rule: judged.rule, values: verdict!.values })}</span>}
                </span>
                <span class="number">{money(item.amount)}</span>
              </label>
            );
          })}
        </fieldset>
      )}
      <label class="check">
        <input type="checkbox" checked={isDispute} onChange={(event) => setDispute(event.currentTarget.checked)} />
        {words.say("refund.is_dispute")}
      </label>
      {isDispute && (
        <div class="form-row">
          <label class="grow">
            {words.say("refund.charged", { currency })}
            <input class="number" inputMode="decimal" required value={charged} onInput={(event) => setCharged(event.currentTarget.value)} />
          </label>
          <label class="grow">
            {words.say("refund.expected", { currency })}
            <input class="number" inputMode="decimal" required value={expected} onInput={(event) => setExpected(event.currentTarget.value)} />
          </label>
        </div>
      )}
      <label>
        {words.say(isDispute ? "refund.difference" : "refund.amount", { currency })}
        <input
          class="number"
          inputMode="decimal"
          required
          readOnly={isDispute}
          value={offered}
          aria-describedby="refund-most"
          onInput={(event) => setAmount(event.currentTarget.value)}
        />
      </label>
      <p id="refund-most" class={wrong ? "form-error" : "faint small"} role={wrong ? "alert" : undefined}>
        {wrong || words.say(lines.length ? "refund.most_of_lines" : "refund.most", { amount: money(most) })}
      </p>
      {verdict && !isDispute && <VerdictLine verdict={verdict} currency={currency} />}
      <label>
        {words.say("refund.reason")}
        <textarea name="reason" rows={2} required maxLength={1000} />
      </label>
      <div class="form-row">
        <label class="grow">
          {words.say("refund.payout")}
          <select value={way} onChange={(event) => setWay(event.currentTarget.value as PayoutTo["way"])}>
            {WAYS.map((one) => (
              <option key={one} value={one}>
                {words.say(`payout.${one}`)}
              </option>
            ))}
          </select>
        </label>
        {way !== "original" && (
          <>
            <label class="grow">
              {words.say("payout.account")}
              <input name="account" required maxLength={100} autoComplete="off" spellcheck={false} />
            </label>
            <label class="grow">
              {words.say("payout.holder")}
              <input name="holder" required={way === "bank"} maxLength={100} autoComplete="off" />
            </label>
          </>
        )}
      </div>
      {way !== "original" && <p class="faint small">{words.say("payout.hint")}</p>}
      <div class="form-actions">
        <button type="button" class="button small" onClick={done}>
          {words.say("cancel")}
        </button>
        <button class="button primary small">{words.say("refund.request_now")}</button>
      </div>
      {dialog}
    </form>
  );
}

/** What the site's policy says of these lines, asked anew whenever they change. */
function useVerdict(ticket: Ticket, purchase: Order | Transaction | undefined, lines: readonly number[]): Verdict | undefined {
  const { store, snapshot } = useConsole();
  const [verdict, setVerdict] = useState<Verdict>();
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (!online || !purchase) return undefined;
    let isCurrent = true;
    const of = "items" in purchase ? { order_id: purchase.id } : { transaction_id: purchase.id };
    void checkRefund(store, { ticket_id: ticket.id, ...of, lines: [...lines] }).then((found) => isCurrent && setVerdict(found));
    return () => {
      isCurrent = false;
    };
  }, [online, purchase?.id, lines]);
  return verdict;
}
