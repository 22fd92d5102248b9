import { useEffect, useState } from "preact/hooks";
import { idsByContent } from "../../core/ids";
import type { Topic } from "../../core/wire";
import { contactFields, filledIn, isEmail, TOPIC_FIELDS, TOPICS } from "../contact";
import { isOpenConversation } from "../state";
import type { Ui } from "../ui";
import { begin, type Fields, goTo } from "../verbs";
import { isShut, type KnownDesk, takesOnlyMessages, type WidgetWords, wordWait } from "../words";
import { Field, focusFault } from "./Field";

interface Filled {
  topic: Topic | "";
  body: string;
  contact: string;
  fields: Fields;
}

/** Before a conversation: what it is about, and what helps the desk. Only topic and description are asked of everybody. */
export function Start({ ui }: { ui: Ui }) {
  const { session, state, host, words } = ui;
  const [filled, setFilled] = useState(() => remembered(ui));
  const [isChecked, setChecked] = useState(false);
  const [isSending, setSending] = useState(false);
  const [idFor] = useState(idsByContent);
  const isNamed = state.customer?.kind === "verified";
  const isMessage = takesOnlyMessages(state.desk, filled.topic);
  const faults = isChecked ? faultsOf(filled) : {};
  const set = (change: Partial<Filled>): void => setFilled({ ...filled, ...change });
  useEffect(() => session.tab.write("draft", filled.body), [filled.body]); // also where it goes on, if only the answer is lost
  useEffect(() => session.tab.write("begun", { topic: filled.topic, contact: filled.contact, fields: filled.fields }), [filled]);
  const field = (name: string) => ({
    ui,
    name,
    label: words.say(`form.${name}` as "form.name"),
    value: filled.fields[name] ?? "",
    onValue: (value: string) => set({ fields: { ...filled.fields, [name]: value } }),
  });

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    if (Object.keys(faultsOf(filled)).length) return focusFault(event.target as HTMLFormElement);
    const { topic, body, contact, fields } = filled;
    session.memory.write("form", { contact, fields: filledIn({ name: fields["name"] ?? "" }) });
    setSending(true);
    const asked = TOPIC_FIELDS[topic as Topic] ?? [];
    const told = filledIn({ ...state.prefill.fields, ...pick(fields, ["name", ...asked]), ...contactFields(contact) });
    await begin(session, idFor, topic as Topic, told, body, host.page());
    setSending(false);
  };

  return (
    <form class="form" noValidate onSubmit={(event) => void submit(event)}>
      <Greeting ui={ui} />
      <Field ui={ui} name="topic" label={words.say("form.topic")} required value={filled.topic} hint={isMessage ? words.say("form.message_only") : ""} error={faults.topic && words.say("form.topic_missing")} onValue={(topic) => set({ topic: topic as Topic })}>
        <option value="" disabled>{words.say("form.choose")}</option>
        {TOPICS.map((topic) => <option key={topic} value={topic}>{words.say(`topic.${topic}`)}</option>)}
      </Field>
      {(TOPIC_FIELDS[filled.topic as Topic] ?? []).map((name) => <Field key={name} {...field(name)} input={{ inputMode: name === "amount" ? "decimal" : "text" }} />)}
      {!isNamed && <Field {...field("name")} input={{ autocomplete: "name" }} />}
      {!isNamed && (
        <Field ui={ui} name="contact" label={words.say("form.contact")} value={filled.contact} hint={words.say("form.contact_hint")} error={faults.contact && words.say("form.email_wrong")} onValue={(contact) => set({ contact })} />
      )}
      <Field ui={ui} name="body" label={words.say("form.body")} required lines={3} value={filled.body} error={faults.body && words.say("form.body_missing")} onValue={(body) => set({ body })} />
      <button class="button wide" disabled={isSending}>{words.say(isMessage || (isShut(state.desk) && !state.desk!.divert) ? "standing.leave_message" : "form.start")}</button>
      <p class="ways">
        <button type="button" class="quiet" onClick={() => goTo(session, { at: "help" })}>{words.say("help.title")}</button>
        <button type="button" class="quiet" onClick={() => goTo(session, { at: "home" })}>{words.say("mine.open")}</button>
      </p>
    </form>
  );
}

function Greeting({ ui: { session, state, words } }: { ui: Ui }) {
  return (
    <div class="greeting">
      <h2>{words.say("start.title")}</h2>
      <p>{wordStart(state.desk, words)}</p>
      {isOpenConversation(state) && (
        <button type="button" class="quiet" onClick={() => session.store.set({ view: "talk" })}>{words.say("start.back")}</button>
      )}
    </div>
  );
}

function wordStart(desk: KnownDesk | undefined, words: WidgetWords): string {
  if (!desk?.open) return words.say("start.closed");
  if (desk.divert) return words.say("start.diverted");
  if (desk.queue !== "open") return words.say(`queue.${desk.queue}`);
  return desk.range ? words.say("start.open") + words.say("start.wait", { wait: wordWait(desk.range, words) }) : words.say("start.away");
}

function remembered({ session, state: { prefill } }: Ui): Filled {
  const { contact = "", fields = {} } = session.memory.read<Partial<Filled>>("form") ?? {};
  const begun = session.tab.read<Partial<Filled>>("begun") ?? {}; // of this question, before a reload
  const { email, phone, account, ...told } = prefill.fields;
  const topic = (TOPICS as string[]).includes(prefill.topic ?? "") ? (prefill.topic as Topic) : told["order_number"] ? "refund" : (begun.topic ?? "");
  return { topic, body: prefill.body ?? session.tab.read<string>("draft") ?? "", contact: begun.contact || contact || (email ?? phone ?? account ?? ""), fields: { ...fields, ...begun.fields, ...told } };
}

function faultsOf({ topic, body, contact }: Filled): Record<"topic" | "body" | "contact", boolean> | Record<string, never> {
  const faults = { topic: !topic, body: !body.trim(), contact: contact.includes("@") && !isEmail(contact) };
  return faults.topic || faults.body || faults.contact ? faults : {};
}

function pick(fields: Fields, names: string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? ""]));
}
