import { useEffect, useRef } from "preact/hooks";
import type { Console } from "./context";
import { useConsole } from "./context";
import { Icon } from "./icons";

const KEYS = [
  ["Ctrl + K", "shortcut.search"],
  ["j / k", "shortcut.move"],
  ["Enter", "shortcut.open"],
  ["x", "shortcut.mark"],
  ["/", "shortcut.find"],
  ["f", "shortcut.filter"],
  ["a", "shortcut.take"],
  ["n", "shortcut.note"],
  ["r", "shortcut.reply"],
  ["Alt + N", "shortcut.next"],
  ["Enter", "shortcut.send"],
  ["Ctrl + Enter", "shortcut.send_too"],
  ["Shift + Enter", "shortcut.line"],
  ["/", "shortcut.canned"],
  ["Ctrl + S", "shortcut.save"],
  ["Esc", "shortcut.back"],
  ["?", "shortcut.help"],
] as const;

export function Shortcuts({ shut }: { shut(): void }) {
  const { words } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="dialog" ref={dialog} onClose={shut} aria-label={words.say("shortcuts.title")}>
      <header class="column-head">
        <h2>{words.say("shortcuts.title")}</h2>
        <button type="button" class="icon-button end" aria-label={words.say("close")} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="keys-list">
        {KEYS.map(([keys, text]) => (
          <div key={text}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{words.say(text)}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}

interface Opens {
  showShortcuts(): void;
  search(): void;
}

/** Keys that work anywhere; single letters only where nobody is writing. */
export function useKeys(context: Console, keys: Opens): void {
  const current = useRef({ context, keys });
  current.current = { context, keys };
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => press(event, current.current.context, current.current.keys);
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, []);
}

function press(event: KeyboardEvent, context: Console, { showShortcuts, search }: Opens): void {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const writes = (event.target as HTMLElement).matches("input:not([type=checkbox]), textarea, select");
  if (event.altKey && event.code === "KeyN") void context.pick();
  else if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") search();
  else if (event.key === "Escape") goBack(context, writes);
  else if (writes || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (event.key === "?") showShortcuts();
  else if (event.key === "j" || event.key === "k") moveInList(event.key === "j" ? 1 : -1);
  else if (event.key === "x") markInList();
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!(event.target as HTMLElement).closest(".rows")) return;
    moveInList(event.key === "ArrowDown" ? 1 : -1);
  } else if (!pressControl(event.key)) return;
  event.preventDefault();
}

/** Controls say themselves which key is theirs: a field is gone to, anything else pressed. */
function pressControl(key: string): boolean {
  const control = /^[a-z/]$/.test(key) && document.querySelector<HTMLElement>(`[aria-keyshortcuts="${key}"]:not(:disabled)`);
  if (!control) return false;
  if (control.matches("input, textarea")) control.focus();
  else control.click();
  return true;
}

// The first Esc leaves the field, the next one the conversation.
function goBack({ place, go }: Console, writes: boolean): void {
  if (writes) (document.activeElement as HTMLElement).blur();
  else if (place.tab && place.at) go({ screen: place.screen, tab: place.tab });
  else if (place.id || place.tab?.startsWith("new-")) go({ screen: place.screen });
}

function markInList(): void {
  document.activeElement?.closest(".rows li")?.querySelector<HTMLInputElement>(".row-mark")?.click();
}

function moveInList(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>(".rows .row")];
  const focused = rows.indexOf(document.activeElement as HTMLAnchorElement);
  const at = focused >= 0 ? focused : rows.findIndex((row) => row.ariaCurrent === "true");
  rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}
