import { useState } from "preact/hooks";
import { CommandError } from "../../../widget/src/core/connection";
import { useConsole } from "./context";
import { Dialog } from "./dialog";
import { errorText } from "./toasts";

const SHORTEST = 10; // characters, as the server has it
const LONGEST = 200;

/** One's own: the current one first, the new one twice, because nobody sees what they type. */
export function ChangePassword({ shut }: { shut(): void }) {
  const { store, words, snapshot } = useConsole();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const change = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const [current, chosen, again] = ["current", "new", "again"].map((name) => String(given.get(name))) as [string, string, string];
    if (chosen !== again) {
      setWrong(words.say("password.differ"));
      return;
    }
    setBusy(true);
    setWrong("");
    try {
      await store.connection.send("change_password", { current, new: chosen });
      store.toast({ key: "toast.password_changed" });
      shut();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setWrong(error.code === "wrong_password" ? words.say("password.wrong") : errorText(words, error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.say("password.title")} shut={shut}>
      <form class="form dialog-form" onSubmit={(event) => void change(event)}>
        <p class="faint">{words.say("password.hint")}</p>
        <input type="email" class="hidden" autoComplete="username" value={snapshot.desk.agent?.email} readOnly tabIndex={-1} aria-hidden="true" />
        <label>
          {words.say("password.current")}
          <input name="current" type="password" autoComplete="current-password" required autoFocus maxLength={LONGEST} />
        </label>
        <label>
          {words.say("password.new")}
          <input
            name="new"
            type="password"
            autoComplete="new-password"
            required
            minLength={SHORTEST}
            maxLength={LONGEST}
            aria-describedby="password-rule"
          />
          <span class="faint" id="password-rule">
            {words.say("password.rule")}
          </span>
        </label>
        <label>
          {words.say("password.again")}
          <input name="again" type="password" autoComplete="new-password" required maxLength={LONGEST} />
        </label>
        {wrong && (
          <p class="form-error" role="alert">
            {wrong}
          </p>
        )}
        <div class="form-actions">
          <button type="button" class="button small" onClick={shut}>
            {words.say("cancel")}
          </button>
          <button class="button primary small" disabled={busy}>
            {words.say("password.change")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
