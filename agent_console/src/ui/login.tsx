import { useState } from "preact/hooks";
import { CommandError } from "../../../widget/src/core/connection";
import { useConsole } from "./context";
import { errorText } from "./toasts";

export function Login() {
  const { store, words, snapshot } = useConsole();
  const [error, setError] = useState<CommandError>();
  const [busy, setBusy] = useState(false);
  const signIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(undefined);
    try {
      await store.signIn(String(given.get("email")).trim(), String(given.get("password")));
    } catch (failed) {
      if (!(failed instanceof CommandError)) throw failed;
      setError(failed);
      setBusy(false);
    }
  };
  const refused = snapshot.refusal && snapshot.refusal.code !== "unauthenticated" ? errorText(words, snapshot.refusal) : "";
  return (
    <main class="login">
      <form class="login-card" onSubmit={(event) => void signIn(event)}>
        <Brand />
        <h1>{words.say("login.title")}</h1>
        <label>
          {words.say("login.email")}
          <input name="email" type="email" autoComplete="username" required autoFocus />
        </label>
        <label>
          {words.say("login.password")}
          <input name="password" type="password" autoComplete="current-password" required maxLength={200} />
        </label>
        <p class="form-error" role="alert">
          {error ? loginError(words, error) : refused}
        </p>
        <button class="button primary wide" disabled={busy}>
          {words.say(busy ? "login.busy" : "login.submit")}
        </button>
      </form>
      <LanguageSwitch />
    </main>
  );
}

function loginError(words: ReturnType<typeof useConsole>["words"], error: CommandError): string {
  if (error.code === "unauthenticated") return words.say("login.wrong");
  return error.code === "bad_request" ? words.say("login.not_an_address") : errorText(words, error);
}

function LanguageSwitch() {
  const { preferences, prefer } = useConsole();
  const other = preferences.locale === "en" ? "zh-CN" : "en";
  return (
    <button type="button" class="button quiet" lang={other} onClick={() => void prefer({ locale: other })}>
      {other === "en" ? "English" : "简体中文"}
    </button>
  );
}

export function Brand() {
  return (
    <div class="brand">
      <svg viewBox="0 0 24 24" class="brand-mark" aria-hidden="true">
        <path d="M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-7l-5 4v-4H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Z" />
        <path class="brand-moon" d="M15.8 12.6A5 5 0 0 1 10.2 6a5 5 0 1 0 5.6 6.6Z" />
      </svg>
      <span>Nightdesk</span>
    </div>
  );
}
