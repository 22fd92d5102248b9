import { useState } from "preact/hooks";
import { idsByContent } from "../../core/ids";
import { filledIn, isEmail, isPhone, isReachable } from "../contact";
import type { Ui } from "../ui";
import { leaveMessage } from "../verbs";
import { wordDesk, wordWhen } from "../words";
import { Field, focusFault } from "./Field";

/** A message for the agents, and how the answer reaches its writer. */
export function LeaveMessage({ ui }: { ui: Ui }) {
  const { session, state, words } = ui;
  const { customer, desk, timeline } = state;
  const [body, setBody] = useState("");
  const [contact, setContact] = useState({ name: customer?.name ?? "", email: customer?.email ?? "", phone: customer?.phone ?? "" });
  const [isChecked, setChecked] = useState(false);
  const [isSending, setSending] = useState(false);
  const [idFor] = useState(idsByContent);
  const isKnown = isReachable(customer, timeline.conversation?.contact ?? false);
  const faults = faultsOf(body, contact, isKnown);
  const set = (name: keyof typeof contact) => (value: string) => setContact({ ...contact, [name]: value });
  const field = (name: keyof typeof contact) => ({ ui, name, label: words.say(`form.${name}`), value: contact[name], onValue: set(name) });
  const errorOf = (fault: string | undefined): string | false => isChecked && fault !== undefined && words.say(fault as "form.email_wrong");

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    if (Object.keys(faults).length) return focusFault(event.target as HTMLFormElement);
    setSending(true);
    await leaveMessage(session, idFor, body, filledIn(contact));
    setSending(false);
  };

  return (
    <form class="form" noValidate onSubmit={(event) => void submit(event)}>
      <div class="greeting">
        <h2>{words.say("leave.title")}</h2>
        <p>
          {desk && !desk.open ? words.say("leave.closed", { when: wordDesk(desk, words) }) : words.say("leave.open")}
          {desk?.reply_by ? words.say("leave.promised", { when: wordWhen(desk.reply_by, desk, words) }) : words.say("leave.soon")}
        </p>
      </div>
      <Field ui={ui} name="body" label={words.say("leave.body")} required lines={4} value={body} error={errorOf(faults.body)} onValue={setBody} />
      {!isKnown && <p class="hint">{words.say("leave.contact")}</p>}
      <Field {...field("name")} input={{ autocomplete: "name" }} />
      <Field {...field("email")} unmarked={!isKnown} input={{ type: "email", autocomplete: "email" }} error={errorOf(faults.email)} />
      <Field {...field("phone")} unmarked={!isKnown} input={{ type: "tel", autocomplete: "tel" }} error={errorOf(faults.phone)} />
      <div class="row">
        <button type="button" class="button plain" onClick={() => session.store.set({ view: "talk" })}>{words.say("leave.back")}</button>
        <button class="button" disabled={isSending}>{words.say("leave.send")}</button>
      </div>
    </form>
  );
}

function faultsOf(body: string, { email, phone }: { email: string; phone: string }, isKnown: boolean): Record<string, string> {
  const faults: Record<string, string> = {};
  if (!body.trim()) faults["body"] = "leave.body_missing";
  if (email.trim() && !isEmail(email)) faults["email"] = "form.email_wrong";
  if (phone.trim() && !isPhone(phone)) faults["phone"] = "form.phone_wrong";
  if (!isKnown && !email.trim() && !phone.trim()) faults["email"] = "leave.contact_missing";
  return faults;
}
