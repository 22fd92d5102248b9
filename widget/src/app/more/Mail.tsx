import { useEffect, useRef, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import { idsByContent } from "../../core/ids";
import { isEmail } from "../contact";
import type { Ui } from "../ui";
import { Field, focusFault } from "../views/Field";

type Outcome = "sent" | "mail_too_many" | "mail_no_agent" | "mail_failed";

const REFUSALS: Record<string, Outcome> = { too_many: "mail_too_many", no_agent: "mail_no_agent" };

/** The transcript by e-mail: where to, and what came of it. */
export function Mail({ ui, done }: { ui: Ui; done: () => void }) {
  const { session, state, words } = ui;
  const [email, setEmail] = useState(state.customer?.email ?? "");
  const [isChecked, setChecked] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const [idFor] = useState(idsByContent);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    if (!isEmail(email)) return focusFault(event.target as HTMLFormElement);
    const input = { conversation_id: state.timeline.conversation!.id, email: email.trim(), locale: words.locale };
    try {
      await session.run("mail_transcript", { ...input, client_id: idFor(input) });
      setOutcome("sent");
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setOutcome(REFUSALS[error.code] ?? "mail_failed");
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="mail" onClose={done}>
      <h2 id="mail">{words.say("more.mail")}</h2>
      {outcome === "sent" ? (
        <>
          <p role="status">{words.say("more.mail_sent", { email: email.trim() })}</p>
          <div class="row"><button class="button" onClick={done}>{words.say("trouble.dismiss")}</button></div>
        </>
      ) : (
        <form noValidate onSubmit={(event) => void submit(event)}>
          <Field ui={ui} name="mail" label={words.say("form.email")} required value={email} onValue={setEmail} input={{ type: "email", autocomplete: "email" }}
            error={isChecked && !isEmail(email) && words.say("form.email_wrong")} />
          {outcome && <p class="error" role="alert">{words.say(`more.${outcome}`)}</p>}
          <div class="row">
            <button type="button" class="button plain" onClick={done}>{words.say("more.mail_no")}</button>
            <button class="button">{words.say("more.mail_send")}</button>
          </div>
        </form>
      )}
    </dialog>
  );
}
