import { useState } from "preact/hooks";
import { idsByContent } from "../../../widget/src/core/ids";
import type { AgentConversation, Topic } from "../../../widget/src/core/wire";
import { openTicket } from "../state/verbs";
import { useConsole } from "./context";
import { Icon } from "./icons";

export const KINDS: Topic[] = ["refund", "amount_dispute", "unfreeze", "password_help", "payment_failure", "other"];

/** Two clicks: the form is filled in already, from the topic and from what the customer gave. */
export function OpenTicketForm({ conversation }: { conversation: AgentConversation }) {
  const { words } = useConsole();
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <TicketForm conversation={conversation} done={() => setOpen(false)} />;
  return (
    <button type="button" class="button small wide" onClick={() => setOpen(true)}>
      <Icon name="plus" />
      {words.say("ticket.open")}
    </button>
  );
}

function TicketForm({ conversation, done }: { conversation: AgentConversation; done(): void }) {
  const { store, words, snapshot } = useConsole();
  const orders = snapshot.desk.orders[conversation.customer_id]?.orders ?? [];
  const written = snapshot.desk.opened[conversation.id]?.timeline.messages.map((message) => message.body) ?? [];
  const mentioned = [...Object.values(conversation.form ?? {}), ...written].join("\n");
  const [busy, setBusy] = useState(false);
  const [idFor] = useState(idsByContent);
  const open = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const [kind, order, subject] = ["kind", "order", "subject"].map((name) => String(given.get(name) ?? "").trim());
    setBusy(true);
    const ticket = await openTicket(store, idFor, {
      conversation_id: conversation.id,
      kind: kind as Topic,
      ...(order ? { order_id: order } : {}),
      ...(subject ? { subject } : {}),
    });
    setBusy(false);
    if (!ticket) return;
    store.toast({ key: "toast.ticket_opened", values: { number: ticket.number } });
    done();
  };
  return (
    <form class="form" onSubmit={(event) => void open(event)} aria-label={words.say("ticket.open")}>
      <label>
        {words.say("ticket.kind")}
        <select name="kind" autoFocus>
          {KINDS.map((kind) => (
            <option key={kind} value={kind} selected={kind === conversation.topic}>
              {words.say(`topic.${kind}`)}
            </option>
          ))}
        </select>
      </label>
      {orders.length > 0 && (
        <label>
          {words.say("ticket.order")}
          <select name="order">
            <option value="">{words.say("ticket.no_order")}</option>
            {orders.map((order) => (
              <option key={order.id} value={order.id} selected={mentioned.includes(order.number)}>
                {order.number} · {order.items[0]?.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {words.say("ticket.subject")}
        <input name="subject" maxLength={200} placeholder={words.say("ticket.subject_hint")} />
      </label>
      <div class="form-actions">
        <button type="button" class="button small" onClick={done}>
          {words.say("cancel")}
        </button>
        <button class="button primary small" disabled={busy}>
          {words.say("ticket.open_now")}
        </button>
      </div>
    </form>
  );
}
