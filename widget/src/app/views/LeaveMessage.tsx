import "../styles/leave.css";

import { useEffect, useState } from "preact/hooks";
import { isEmail, isPhone } from "../contact";
import { isReachable, type State, written } from "../state";
import type { Ui } from "../ui";
import { leaveMessage } from "../verbs";
import { isShut, type WidgetWords, wordWhen } from "../words";
import { Field, focusFault } from "./Field";

type Contact = Record<"email" | "phone", string>;

/** A message for the agents; asks for nothing that stands in the conversation or is known of its writer. */
export function LeaveMessage({ ui }: { ui: Ui }) {
  const { session, state, words } = ui;
  const { customer, desk } = state;
  const [body, setBody] = useState(() => session.tab.read<string>("draft") ?? "");
  const [contact, setContact] = useState<Contact>({ email: customer?.email ?? "", phone: customer?.phone ?? "" });
  const [isChecked, setChecked] = useState(false);
  const [isSending, setSending] = useState(false);
  const before = written(state)?.body;
  const isKnown = isReachable(state);
  const faults = { ...(!before && !body.trim() && { body: "leave.body_missing" }), ...(!isKnown && contactFaults(contact)) };
  useEffect(() => session.tab.write("draft", body), [body]);
  const errorOf = (fault: string | undefined): string | false => isChecked && fault !== undefined && words.say(fault as "form.email_wrong");
  const field = (name: keyof Contact) => ({
    ui,
    name,
    label: words.say(`form.${name}`),
    value: contact[name],
    onValue: (value: string) => setContact({ ...contact, [name]: value }),
  });

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    if (Object.keys(faults).length) return focusFault(event.target as HTMLFormElement);
    setSending(true);
    await leaveMessage(session, body, isKnown ? {} : contact);
    setSending(false);
  };

  return (
    <form class="form" noValidate onSubmit={(event) => void submit(event)}>
      <div class="greeting">
        <h2>{words.say("leave.title")}</h2>
        <p>{wordOffer(state, words)}</p>
        <p>{desk?.reply_by ? words.say("leave.promised", { when: wordWhen(desk.reply_by, desk, words) }) : words.say("leave.soon")}</p>
      </div>
      {before && <blockquote><p class="hint">{words.say("leave.before")}</p><p class="text">{before}</p></blockquote>}
      <Field ui={ui} name="body" label={words.say(before ? "leave.more" : "leave.body")} required={!before} lines={before ? 2 : 4} value={body} error={errorOf(faults.body)} onValue={setBody} />
      {!isKnown && (
        <>
          <p class="hint">{words.say("leave.contact")}</p>
          <Field {...field("email")} unmarked input={{ type: "email", autocomplete: "email" }} error={errorOf(faults.email)} />
          <Field {...field("phone")} unmarked input={{ type: "tel", autocomplete: "tel" }} error={errorOf(faults.phone)} />
        </>
      )}
      <div class="row">
        <button type="button" class="button plain" onClick={() => session.store.set({ view: "talk" })}>{words.say("leave.back")}</button>
        <button class="button" disabled={isSending}>{words.say("leave.send")}</button>
      </div>
    </form>
  );
}

// Why one might, at an open desk; when a closed one opens stands in the head.
function wordOffer({ desk, timeline }: State, words: WidgetWords): string {
  if (!desk?.open) return "";
  if (timeline.conversation?.waiting) return words.say("leave.open");
  return isShut(desk) ? words.say(`queue.${desk.queue as "full"}`) : "";
}

function contactFaults({ email, phone }: Contact): { email?: string; phone?: string } {
  if (!email.trim() && !phone.trim()) return { email: "leave.contact_missing" };
  return { ...(email.trim() && !isEmail(email) && { email: "form.email_wrong" }), ...(phone.trim() && !isPhone(phone) && { phone: "form.phone_wrong" }) };
}
