import { useEffect, useState } from "preact/hooks";
import { idsByContent } from "../../../widget/src/core/ids";
import type { AgentConversation, KindField } from "../../../widget/src/core/wire";
import { loadKinds, openTicket } from "../state/case_verbs";
import { useConsole } from "./context";
import { toMajor } from "../../../widget/src/core/money";
import { toMinor } from "./format";
import { Icon } from "./icons";
import { useKindWords } from "./tickets/words";

/** Two clicks: the form is filled in already, from the topic and from what the customer gave. */
export function OpenTicketForm({ conversation }: { conversation: AgentConversation }) {
  const { store, words, snapshot } = useConsole();
  const [isOpen, setOpen] = useState(false);
  const online = snapshot.connection === "online";
  const isKnown = snapshot.desk.tickets.kinds.length > 0;
  useEffect(() => {
    if (online && !isKnown) void loadKinds(store);
  }, [online]);
  if (isOpen) return <TicketForm conversation={conversation} done={() => setOpen(false)} />;
  return (
    <button type="button" class="button small wide" onClick={() => setOpen(true)}>
      <Icon name="plus" />
      {words.say("ticket.open")}
    </button>
  );
}

function TicketForm({ conversation, done }: { conversation: AgentConversation; done(): void }) {
  const { store, words, snapshot, go } = useConsole();
  const kinds = useKindWords();
  const { orders = [], transactions = [] } = snapshot.desk.orders[conversation.customer_id] ?? {};
  const written = snapshot.desk.opened[conversation.id]?.timeline.messages.map((message) => message.body) ?? [];
  const mentioned = [...Object.values(conversation.form ?? {}), ...written, conversation.preview].join("\n");
  const offered = kinds.kinds.length > 0 ? kinds.kinds.filter(({ active }) => active) : [{ code: conversation.topic as string }];
  const topic = offered.some(({ code }) => code === conversation.topic) ? conversation.topic : offered[0]?.code;
  const [kind, choose] = useState<string>(topic ?? "other");
  const [about, setAbout] = useState(() => [...orders, ...transactions].find(({ number }) => mentioned.includes(number))?.id ?? "");
  const [busy, setBusy] = useState(false);
  const [mistaken, setMistaken] = useState(false);
  const [idFor] = useState(idsByContent);
  const order = orders.find(({ id }) => id === about);
  const transaction = transactions.find(({ id }) => id === about);
  const currency = order?.currency ?? transaction?.currency ?? "CNY";
  const known: Record<string, string> = {
    ...(order ? { order_number: order.number, amount: toMajor(order.total, order.currency) } : {}),
    ...(transaction ? { transaction_number: transaction.number, amount: toMajor(transaction.amount, transaction.currency) } : {}),
    ...conversation.form,
  };
  const fields = kinds.find(kind)?.fields ?? [];
  const open = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const said = (name: string): string => String(given.get(name) ?? "").trim();
    const answers = fields.map((field) => [field.code, answerIn(field, said(`field ${field.code}`), currency)] as const);
    const isMistaken = answers.some(([, answer]) => answer === undefined);
    setMistaken(isMistaken);
    if (isMistaken) return;
    const filled = Object.fromEntries(answers.filter(([, answer]) => answer)) as Record<string, string>;
    const subject = said("subject");
    setBusy(true);
    const ticket = await openTicket(store, idFor, {
      conversation_id: conversation.id,
      kind,
      ...(order ? { order_id: order.id } : {}),
      ...(transaction ? { transaction_id: transaction.id } : {}),
      ...(subject ? { subject } : {}),
      ...(Object.keys(filled).length ? { fields: filled } : {}),
      priority: conversation.priority,
    });
    setBusy(false);
    if (!ticket) return;
    store.toast({ key: "toast.ticket_opened", values: { number: ticket.number } });
    done();
    if (conversation.status === "offline") go({ screen: "tickets", id: ticket.id });
  };
  return (
    <form class="form" onSubmit={(event) => void open(event)} aria-label={words.say("ticket.open")}>
      <label>
        {words.say("ticket.kind")}
        <select name="kind" value={kind} autoFocus onChange={(event) => choose(event.currentTarget.value)}>
          {offered.map(({ code }) => (
            <option key={code} value={code}>
              {kinds.kind(code)}
            </option>
          ))}
        </select>
      </label>
      {orders.length + transactions.length > 0 && (
        <label>
          {words.say("ticket.order")}
          <select name="order" value={about} onChange={(event) => setAbout(event.currentTarget.value)}>
            <option value="">{words.say("ticket.no_order")}</option>
            {orders.map((one) => (
              <option key={one.id} value={one.id}>
                {one.number} · {one.items[0]?.name}
              </option>
            ))}
            {transactions.map((one) => (
              <option key={one.id} value={one.id}>
                {one.number} · {words.say(`transaction.${one.kind}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      {fields.map((field) => (
        <Field key={`${kind} ${field.code} ${about}`} field={field} name={kinds.part(kind, "fields", field.code)} value={known[field.code] ?? ""} />
      ))}
      <label>
        {words.say("ticket.subject")}
        <input name="subject" maxLength={200} placeholder={words.say("ticket.subject_hint")} />
      </label>
      {mistaken && (
        <p class="form-error" role="alert">
          {words.say("refund.not_an_amount")}
        </p>
      )}
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

/** As the server takes it; customers and agents write "¥1,200" as well. Undefined: an amount that is none. */
function answerIn({ type }: KindField, given: string, currency: string): string | undefined {
  if (type !== "money" || !given) return given;
  const amount = toMinor(given, currency);
  return amount === undefined ? undefined : toMajor(amount, currency);
}

function Field({ field, name, value }: { field: KindField; name: string; value: string }) {
  const { code, type = "line", required = false } = field;
  const props = { name: `field ${code}`, required, maxLength: 200, defaultValue: value };
  return (
    <label>
      {name}
      {type === "text" && <textarea rows={2} {...props} maxLength={1000} />}
      {type === "date" && <input type="date" {...props} />}
      {type === "money" && <input class="number" inputMode="decimal" {...props} />}
      {!["text", "date", "money"].includes(type) && <input {...props} />}
    </label>
  );
}
