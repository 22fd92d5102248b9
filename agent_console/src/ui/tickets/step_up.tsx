import { useState } from "preact/hooks";
import { CommandError } from "../../../../widget/src/core/connection";
import { confirmPassword, type Done } from "../../state/case_verbs";
import { useConsole } from "../context";
import { CurrentPassword } from "../current_password";
import { Dialog } from "../dialog";
import { errorText } from "../toasts";

/** Does it, and where the server wants the password once more asks for that and does it again. */
export function useStepUp() {
  const [held, hold] = useState<{ doing: () => Promise<Done>; done: (outcome: Done) => void }>();
  const carryOut = async (doing: () => Promise<Done>): Promise<boolean> => {
    const outcome = await doing();
    if (outcome !== "confirm") return outcome === "done";
    return (await new Promise<Done>((done) => hold({ doing, done }))) === "done";
  };
  const end = (outcome: Done): void => {
    hold(undefined);
    held?.done(outcome);
  };
  const dialog = held && <PasswordDialog confirmed={async () => end(await held.doing())} shut={() => end("refused")} />;
  return { carryOut, dialog };
}

function PasswordDialog({ confirmed, shut }: { confirmed(): Promise<void>; shut(): void }) {
  const { store, words } = useConsole();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const confirm = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget as HTMLFormElement).get("password"));
    setBusy(true);
    try {
      await confirmPassword(store, password);
      await confirmed();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const isWrong = error.code === "wrong_password" || error.code === "unauthenticated";
      setWrong(isWrong ? words.say("confirm.wrong") : errorText(words, error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.say("confirm.title")} shut={shut}>
      <form class="form dialog-form" onSubmit={(event) => void confirm(event)}>
        <p class="faint">{words.say("confirm.hint")}</p>
        <CurrentPassword name="password" label={words.say("login.password")} />
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
            {words.say("confirm.now")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
