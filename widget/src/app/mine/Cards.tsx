import { useState } from "preact/hooks";
import { newId } from "../../core/ids";
import type { Message, Order } from "../../core/wire";
import { isOpenConversation } from "../state";
import type { Ui } from "../ui";
import { attempt, goTo } from "../verbs";
import { kindsFor } from "./Bought";
import { subjectsOf, useMine } from "./data";
import { type MineUi, useWords, wordApply, wordKind, wordNext } from "./words";

/** The order of a card, as it stands now, with what one can do about it. */
export function OrderCard({ ui, message }: { ui: Ui; message: Message }) {
  const mine = useWords(ui);
  useMine(ui);
  if (!mine) return <p class="text">{message.body}</p>;
  const { words } = mine;
  const data = message.data as { order_id: string; number: string; state: Order["state"]; amount: number; currency: string };
  const subject = ui.state.orders && subjectsOf(ui.state.orders).find(({ id }) => id === data.order_id);
  const order = subject?.order;
  return (
    <div class="card">
      <p class="line"><strong class="digits">{data.number}</strong><span class={`badge ${order?.state ?? data.state}`}>{words.say(`order_state.${order?.state ?? data.state}`)}</span></p>
      {order && <p class="soft">{order.items.map(({ name, quantity }) => (quantity > 1 ? `${name} × ${quantity}` : name)).join(" · ")}</p>}
      <p><strong>{words.money(data.amount, data.currency)}</strong></p>
      {subject && (
        <div class="acts">
          {kindsFor(subject, mine.state).map((kind) => (
            <button key={kind.code} class="choice" onClick={() => goTo(ui.session, { at: "apply", kind: kind.code, of: "order", id: subject.id })}>{wordApply(kind, words)}</button>
          ))}
        </div>
      )}
    </div>
  );
}

/** Where the case of a card stands now. */
export function CaseCard({ ui, message }: { ui: Ui; message: Message }) {
  const mine = useWords(ui);
  useMine(ui);
  const { ticket_id, number, kind } = message.data as Record<"ticket_id" | "number" | "kind", string>;
  const known = ui.state.cases?.find((one) => one.ticket_id === ticket_id);
  return (
    <div class="card">
      <p class="case-number">{ui.words.say("case.number", { number })}</p>
      <p>{mine && known ? wordKind(known, mine.words) : ui.words.has(`topic.${kind}`) && ui.words.say(`topic.${kind}` as "topic.refund")}</p>
      <p class={known?.next === "customer" ? "turn yours" : "turn"}>{mine && known ? wordNext(known, mine, "short") : "\u00a0"}</p>
      <div class="acts"><button class="choice" onClick={() => goTo(ui.session, { at: "case", ticketId: ticket_id })}>{ui.words.say("case.follow")}</button></div>
    </div>
  );
}

/** The order that the page around the window shows: offered while it is one of the customer's and not sent yet. */
export function LookedAt({ ui, number }: { ui: Ui; number: string }) {
  const mine = useWords(ui);
  const [dismissed, setDismissed] = useState("");
  useMine(ui);
  const order = ui.state.orders?.orders.find((one) => one.number === number);
  if (!mine || !order || dismissed === number || isSent(ui, order)) return null;
  return (
    <div class="looked-at">
      <p>{mine.words.say("order.looking", { number })}</p>
      <div class="row">
        <Send mine={mine} order={order} />
        <button class="choice" onClick={() => setDismissed(number)}>{mine.words.say("order.dismiss")}</button>
      </div>
    </div>
  );
}

/** Puts an order into the open conversation; pressing again after a lost answer sends the same. */
export function Send({ mine, order }: { mine: MineUi; order: Order }) {
  const { session, state, words, ui } = mine;
  const [clientId] = useState(newId);
  if (!isOpenConversation(state) || isSent(ui, order)) return null;
  const send = (): void =>
    void attempt(session, async () => {
      await session.run("send_order", { conversation_id: state.timeline.conversation!.id, client_id: clientId, order_id: order.id });
      await session.catchUp();
      goTo(session);
    });
  return <button class="choice" onClick={send}>{words.say("order.send")}</button>;
}

// In the part of the log that is here.
function isSent({ state }: Ui, { id }: Order): boolean {
  return state.timeline.messages.some(({ kind, data }) => kind === "card" && (data as { order_id?: string }).order_id === id);
}
