// Asking for money back: of which purchase, all of it, some lines or any sum, how many of what, and where it should go.

import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { isCounted, manyOf, partOf } from "../../../../widget/src/core/counting";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordAmount } from "../../../../widget/src/core/wording";
import type { LineCount, Order, OrderItem, PayoutTo, Ticket, Transaction, Verdict } from "../../../../widget/src/core/wire";
import { checkRefund, loadOrders, requestRefund } from "../../state/case_verbs";
import { useConsole } from "../context";
import { toMajor, toMinor as minorOf } from "../../../../widget/src/core/money";
import { toMinor } from "../format";
import { Quantity } from "../orders";
import { ruleText, VerdictLine } from "./refunds";
import { useStepUp } from "./step_up";

interface RequestFormProps {
  ticket: Ticket;
  orders: Order[];
  transactions: Transaction[];
  done(): void;
}

/** By line, where it is not all that are left. */
type Counts = Readonly<Record<number, number>>;

const WAYS: PayoutTo["way"][] = ["original", "alipay", "wechat", "bank"];

export function RequestForm({ ticket, orders, transactions, done }: RequestFormProps) {
  const { store, words } = useConsole();
  const purchases = [...orders, ...transactions].filter(({ refundable }) => refundable > 0);
  const linked = new Set([...ticket.orders, ...ticket.transactions].map(({ id }) => id));
  const [chosen, choose] = useState((purchases.find(({ id }) => linked.has(id)) ?? purchases[0])?.id);
  const [lines, setLines] = useState<readonly number[]>([]);
  const [counts, setCounts] = useState<Counts>({});
  const [amount, setAmount] = useState<string>();
  const [isDispute, setDispute] = useState(ticket.kind === "amount_dispute");
  const [charged, setCharged] = useState(ticket.fields["amount_charged"] ?? "");
  const [expected, setExpected] = useState(ticket.fields["amount_expected"] ?? "");
  const [way, setWay] = useState<PayoutTo["way"]>("original");
  const [wrong, setWrong] = useState("");
  const [idFor] = useState(idsByContent);
  const { carryOut, dialog } = useStepUp();
  const purchase = purchases.find(({ id }) => id === chosen);
  const { verdict, isJudged } = useVerdict(ticket, purchase, lines);
  if (!purchase) return null;
  const { currency, refundable } = purchase;
  const order = orders.find(({ id }) => id === chosen);
  const money = (sum: number): string => wordAmount({ amount: sum, currency }, words.locale);
  const major = (sum: number): string => toMajor(sum, currency);
  const minor = (text: string): number | undefined => minorOf(text, currency); // nothing may be expected
  const items = order?.items ?? [];
  const ofLines = items.filter(({ line }) => lines.includes(line)).reduce((sum, item) => sum + partOf(item, countOf(item, counts)), 0);
  const most = Math.min(refundable, lines.length ? ofLines : refundable);
  const suggested = verdict?.allowed && isJudged ? Math.min(most, verdict.most) : most;
  const [paid, due] = [minor(charged), minor(expected)];
  const difference = paid !== undefined && due !== undefined ? paid - due : undefined;
  const offered = isDispute ? (difference !== undefined && difference > 0 ? major(difference) : "") : (amount ?? major(suggested));
  const toggle = (line: number): void => {
    const { [line]: _, ...others } = counts;
    setCounts(others);
    setLines(lines.includes(line) ? lines.filter((one) => one !== line) : [...lines, line].sort((a, b) => a - b));
    setAmount(undefined); // what is chosen says how much
  };
  const count = (line: number, many: number): void => {
    setCounts({ ...counts, [line]: many });
    setAmount(undefined);
  };
  // The whole, as it is offered, is all that are left; any other sum of it says nothing of the items.
  const goes = ({ line }: OrderItem): boolean => (lines.length ? lines.includes(line) : amount === undefined);
  const told: LineCount[] = items
    .filter((item) => !isDispute && isCounted(item) && item.left > 0 && goes(item))
    .map((item) => ({ line: item.line, count: countOf(item, counts) }));
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
      ...(told.length ? { counts: told } : {}),
      reason: said("reason"),
      payout,
      ...(isDispute ? { charged: paid!, expected: due! } : {}),
    };
    if (await carryOut(() => requestRefund(store, idFor, asked))) return done();
    void loadOrders(store, ticket.customer.id, { ticket_id: ticket.id }); // something may have gone back meanwhile
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
            setCounts({});
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
        <Items order={order} verdict={verdict} lines={lines} counts={counts} money={money} toggle={toggle} count={count} />
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

interface ItemsProps {
  order: Order;
  verdict: Verdict | undefined;
  lines: readonly number[];
  counts: Counts;
  money(sum: number): string;
  toggle(line: number): void;
  count(line: number, many: number): void;
}

function Items({ order, verdict, lines, counts, money, toggle, count }: ItemsProps) {
  const { words } = useConsole();
  return (
    <fieldset class="choices-of lines-of">
      <legend>{words.say("refund.lines")}</legend>
      {order.items.map((item) => {
        const { line, name } = item;
        const judged = verdict?.lines.find((one) => one.line === line);
        return (
          <Fragment key={line}>
            <label class="choice-of">
              <input type="checkbox" checked={lines.includes(line)} onChange={() => toggle(line)} />
              <span class="grow">
                {name}
                <Quantity item={item} />
                {judged && !judged.allowed && <span class="faint">{ruleText(words, { rule: judged.rule, values: verdict!.values })}</span>}
              </span>
              <span class="number">{money(item.amount)}</span>
            </label>
            {lines.includes(line) && manyOf(item) > 1 && (
              <label class="how-many">
                {words.say("refund.how_many")}
                <input
                  class="number"
                  type="number"
                  min={1}
                  max={item.left}
                  required
                  value={countOf(item, counts)}
                  aria-label={words.say("refund.how_many_of", { name })}
                  onInput={({ currentTarget: { valueAsNumber: many } }) => Number.isInteger(many) && many > 0 && many <= item.left && count(line, many)}
                />
                <span class="number end">{money(partOf(item, countOf(item, counts)))}</span>
              </label>
            )}
          </Fragment>
        );
      })}
    </fieldset>
  );
}

/** How many of it go back: as was chosen, else all that are left. */
function countOf({ line, left }: OrderItem, counts: Counts): number {
  return Math.min(counts[line] ?? left, left);
}

/** What the site's policy says of these lines, asked anew whenever they change; `isJudged`: it is of these, and not of those before. */
function useVerdict(ticket: Ticket, purchase: Order | Transaction | undefined, lines: readonly number[]) {
  const { store, snapshot } = useConsole();
  const [known, setKnown] = useState<{ verdict: Verdict | undefined; purchase: Order | Transaction; lines: readonly number[] }>();
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (!online || !purchase) return undefined;
    let isCurrent = true;
    const of = "items" in purchase ? { order_id: purchase.id } : { transaction_id: purchase.id };
    void checkRefund(store, { ticket_id: ticket.id, ...of, lines: [...lines] }).then((verdict) => isCurrent && setKnown({ verdict, purchase, lines }));
    return () => {
      isCurrent = false;
    };
  }, [online, purchase?.id, purchase?.refundable, lines]);
  return { verdict: known?.verdict, isJudged: known?.lines === lines && known.purchase.id === purchase?.id };
}
