import { useState } from "preact/hooks";
import { CommandError } from "../../../widget/src/core/connection";
import { useConsole } from "./context";
import { CurrentPassword } from "./current_password";
import { Dialog, DialogForm } from "./dialog";
import { errorText } from "./toasts";

const SHORTEST = 10; // characters, as the server has it
const LONGEST = 200;

/** One's own: the current one first, the new one twice, because nobody sees what they type. */
export function ChangePassword({ shut }: { shut(): void }) {
  const { store, words } = useConsole();
  const [wrong, setWrong] = useState("");
  const change = async (given: FormData): Promise<boolean> => {
    const [current, chosen, again] = ["current", "new", "again"].map((name) => String(given.get(name))) as [string, string, string];
    setWrong(chosen === again ? "" : words.say("password.differ"));
    if (chosen !== again) return false;
    try {
      await store.connection.send("change_password", { current, new: chosen });
      store.toast({ key: "toast.password_changed" });
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setWrong(error.code === "wrong_password" ? words.say("password.wrong") : errorText(words, error));
      return false;
    }
  };
  return (
    <Dialog title={words.say("password.title")} shut={shut}>
      <DialogForm doIt={change} label={words.say("password.change")} shut={shut}>
        <p class="faint">{words.say("password.hint")}</p>
        <CurrentPassword name="current" label={words.say("password.current")} />
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
      </DialogForm>
    </Dialog>
  );
}
