import { CommandError } from "../../../widget/src/core/connection";
import type { Toast } from "../state/store";
import { type ConsoleKey, type ConsoleWords, useConsole } from "./context";
import { Icon } from "./icons";

const SHOWN = 120; // of a note; the rest stands in the conversation

/** Always there, so that screen readers hear what comes in. */
export function Toasts() {
  const { snapshot, store, words } = useConsole();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {snapshot.toasts.map((toast) => (
        <div key={toast.id} class={toast.said instanceof CommandError ? "toast bad" : "toast"}>
          <span class="grow">{toastText(words, toast)}</span>
          <button type="button" class="icon-button" aria-label={words.say("close")} onClick={() => store.dismiss(toast.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

export function toastText(words: ConsoleWords, { said }: Pick<Toast, "said">): string {
  if (said instanceof CommandError) return errorText(words, said);
  const { key, values } = said;
  if (!key.startsWith("notice.")) return words.say(key as ConsoleKey, values);
  const text = words.say(key as ConsoleKey, { customer: words.say("notice.somebody"), ...values });
  const note = [...(values?.["note"] ?? "")];
  return note.length ? words.say("notice.why", { text, note: note.slice(0, SHOWN).join("") + (note.length > SHOWN ? "……" : "") }) : text;
}

/** What always means the same is said in the agent's language. What depends on the case the server says in English; who
 *  reads another language hears of what sort it is.
 */
export function errorText(words: ConsoleWords, error: Pick<CommandError, "code" | "message">): string {
  const key = `error.${error.code}`;
  if (words.has(key)) return words.say(key);
  if (words.locale === "en") return error.message;
  const sort = `refusal.${error.code}`;
  return words.say(words.has(sort) ? sort : "refusal.other");
}
