import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AgentConversation } from "../../../widget/src/core/wire";
import type { SentAs } from "../state/desk";
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
  const send = (): void => {
    if (!draft.trim()) return;
    store.write(to, conversation.id, draft.trim());
    write("");
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
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
        }}
        onKeyDown={onKeyDown}
      />
      <footer class="composer-foot">
        {!only && <Switch chosen={chosen} choose={choose} />}
        {to === "reply" && <Attach id={conversation.id} />}
        {to === "reply" && <Cards id={conversation.id} />}
        <span class="faint keys">{words.say("composer.keys")}</span>
        <button class="button primary small" disabled={!draft.trim()}>
          <Icon name={to === "note" ? "note" : "send"} />
          {words.say(`composer.${to}_send`)}
        </button>
      </footer>
    </form>
  );
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
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
  }, [draft, id, to]);
  useEffect(() => {
    // On a phone the keyboard would cover half of the conversation.
    if (matchMedia("(hover: hover)").matches) box.current!.focus();
  }, [id, to]);
  return box;
}
