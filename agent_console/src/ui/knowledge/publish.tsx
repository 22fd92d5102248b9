import { useState } from "preact/hooks";
import type { Form } from "../../state/knowledge";
import { useConsole } from "../context";
import { Dialog, DialogForm } from "../dialog";

interface PublishProps {
  form: Form;
  /** At once, or from a moment on. True when it was done. */
  publish(effectiveAt?: string): Promise<boolean>;
  shut(): void;
}

export function PublishDialog({ form, publish, shut }: PublishProps) {
  const { words, now } = useConsole();
  const [later, setLater] = useState(false);
  const [at, setAt] = useState(() => localOf(now + 24 * 3_600_000).replace(/T.*/, "T00:00"));
  const doIt = (): Promise<boolean> => publish(later ? new Date(at).toISOString() : undefined);
  return (
    <Dialog title={words.say("article.publish")} shut={shut}>
      <DialogForm doIt={doIt} label={words.say(later ? "publish.do_later" : "publish.do_now")} shut={shut}>
        <p>{words.say(form.kind === "policy" ? "publish.policy_hint" : "publish.hint")}</p>
        <fieldset class="choices-of">
          <legend>{words.say("publish.when")}</legend>
          <label class="check">
            <input type="radio" name="when" checked={!later} onChange={() => setLater(false)} />
            {words.say("publish.now")}
          </label>
          <label class="check">
            <input type="radio" name="when" checked={later} onChange={() => setLater(true)} />
            {words.say("publish.later")}
          </label>
        </fieldset>
        {later && (
          <label>
            {words.say("publish.at")}
            <input type="datetime-local" required min={localOf(now)} value={at} onInput={(event) => setAt(event.currentTarget.value)} />
          </label>
        )}
        {!form.note.trim() && <p class="faint">{words.say("publish.no_note")}</p>}
      </DialogForm>
    </Dialog>
  );
}

/** As a field for date and time holds it, by the browser's clock. */
function localOf(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface ReasonProps {
  title: string;
  hint: string;
  shut(): void;
}

export function ReturnDialog({ title, hint, done, shut }: ReasonProps & { done(reason: string): Promise<boolean> }) {
  const { words } = useConsole();
  const [reason, setReason] = useState("");
  return (
    <Asking title={title} hint={hint} done={() => done(reason.trim())} shut={shut}>
      <label>
        {words.say("article.return_reason")}
        <textarea required rows={3} maxLength={1000} autoFocus value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
    </Asking>
  );
}

/** Asks once more before something is done. */
export function Asking({ title, hint, done, shut, children }: ReasonProps & { done(): Promise<boolean>; children?: preact.ComponentChildren }) {
  return (
    <Dialog title={title} shut={shut}>
      <DialogForm doIt={done} label={title} shut={shut}>
        <p>{hint}</p>
        {children}
      </DialogForm>
    </Dialog>
  );
}
