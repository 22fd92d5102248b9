import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AgentConversation } from "../../../widget/src/core/wire";
import { holesIn } from "../state/canned";
import type { SentAs } from "../state/desk";
import { select, Unfilled, useCanned } from "./canned";
import { Cards } from "./cards";
import { useConsole } from "./context";
import { useDraft } from "./draft";
import { Attach } from "./files";
import { Icon } from "./icons";

const LIMIT = 8_000;
const KEYS: Record<SentAs, string> = { reply: "r", note: "n" };

/** Enter sends, Shift+Enter is a new line; Enter that chooses a word in an input method does neither. */
export function Composer({ conversation, only }: { conversation: AgentConversation; only?: SentAs }) {
  const { store, words } = useConsole();
  const [chosen, choose] = useState<SentAs>("reply");
  const to = only ?? chosen;
  const { draft, write } = useDraft(to, conversation.id);
  const box = useBox(conversation.id, to, draft);
  const canned = useCanned(conversation, to === "reply", box, write);
  const { send, question } = useSending(conversation.id, to, box, draft, write);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229 || canned.press(event)) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class={`composer ${to}`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {canned.list}
      <textarea
        ref={box}
        rows={2}
        maxLength={LIMIT}
        value={draft}
        aria-label={words.say(`composer.${to}_label`)}
        placeholder={words.say(`composer.${to}_hint`)}
        aria-keyshortcuts={KEYS[to]}
        onInput={(event) => {
          write(event.currentTarget.value);
          if (to === "reply") store.typing(conversation.id);
          store.writes(conversation.id);
          canned.look(event);
        }}
        onCompositionEnd={canned.look}
        onKeyUp={canned.look}
        onClick={canned.look}
        onKeyDown={onKeyDown}
        onBlur={({ currentTarget }) => document.activeElement !== currentTarget && canned.shut()}
        {...canned.owns}
      />
      <footer class="composer-foot">
        {!only && <Switch chosen={chosen} choose={choose} />}
        {to === "reply" && <Attach id={conversation.id} />}
        {to === "reply" && <Cards id={conversation.id} />}
        {canned.button}
        <span class="faint keys">{words.say("composer.keys")}</span>
        <button class="button primary small" title={words.say("composer.keys")} disabled={!draft.trim()}>
          <Icon name={to === "note" ? "note" : "send"} />
          {words.say(`composer.${to}_send`)}
        </button>
      </footer>
      {question}
    </form>
  );
}

/** `send` sends what is written; about what nobody has filled in there is a question first. */
function useSending(id: string, to: SentAs, box: RefObject<HTMLTextAreaElement | null>, draft: string, write: (draft: string) => void) {
  const { store } = useConsole();
  const [unfilled, setUnfilled] = useState<"asked" | "filled_in">();
  useEffect(() => {
    const [hole] = unfilled === "filled_in" ? holesIn(box.current!.value) : [];
    if (hole) select(box.current!, hole);
  }, [unfilled]);
  const sendNow = (): void => {
    store.write(to, id, draft.trim());
    write("");
    setUnfilled(undefined);
  };
  const send = (): void => {
    if (!draft.trim()) return;
    if (to === "reply" && holesIn(draft).length) setUnfilled("asked");
    else sendNow();
  };
  return { send, question: unfilled === "asked" && <Unfilled draft={draft} send={sendNow} shut={() => setUnfilled("filled_in")} /> };
}

function Switch({ chosen, choose }: { chosen: SentAs; choose(to: SentAs): void }) {
  const { words } = useConsole();
  return (
    <div class="switch" role="group" aria-label={words.say("composer.switch")}>
      {(["reply", "note"] as const).map((to) => (
        <button key={to} type="button" aria-pressed={chosen === to} {...(chosen === to ? {} : { "aria-keyshortcuts": KEYS[to] })} onClick={() => choose(to)}>
          {words.say(`composer.${to}`)}
        </button>
      ))}
    </div>
  );
}

/** The field, as high as what is in it. */
function useBox(id: string, to: SentAs, draft: string) {
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const area = box.current!;
    const { scrollTop } = area;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
    area.scrollTop = scrollTop; // which being as high as all of it has lost
  }, [draft, id, to]);
  useEffect(() => {
    // On a phone the keyboard would cover half of the conversation.
    if (matchMedia("(hover: hover)").matches) box.current!.focus();
  }, [id, to]);
  return box;
}
