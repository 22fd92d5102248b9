import { useEffect, useRef, useState } from "preact/hooks";
import type { Ui } from "../ui";
import { say, sayTyping } from "../verbs";
import { Attach, Emoji } from "./parts";

const TALLEST = 132;

export function Composer({ ui, focused }: { ui: Ui; focused: boolean }) {
  const { session, state, words } = ui;
  const [text, setText] = useState(() => state.prefill.body ?? session.tab.read<string>("draft") ?? "");
  const [isChoosing, setChoosing] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (state.open || focused) box.current?.focus({ preventScroll: true });
  }, [state.open, focused]);
  useEffect(() => {
    if (state.prefill.body) setText(state.prefill.body);
  }, [state.prefill.body]);
  useEffect(() => {
    session.tab.write("draft", text);
    grow(box.current!);
  }, [text]);

  const send = (): void => {
    if (!text.trim()) return;
    say(session, text);
    setText("");
    box.current?.focus();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  };
  const leave = (): void => (setChoosing(false), box.current?.focus());
  const put = (emoji: string): void => {
    box.current!.setRangeText(emoji, box.current!.selectionStart, box.current!.selectionEnd, "end");
    setText(box.current!.value);
    leave();
  };
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      <Attach ui={ui}><i class="attach" /></Attach>
      <label class="hidden" for="composer">{words.say("talk.write")}</label>
      <textarea id="composer" ref={box} rows={1} maxLength={8000} value={text} placeholder={words.say("talk.write")} enterkeyhint="send"
        onInput={(event) => (setText(event.currentTarget.value), sayTyping(session))} onKeyDown={pressed} />
      <button type="button" class="emoji" aria-label={words.say("talk.emoji")} aria-expanded={isChoosing} onClick={() => setChoosing(!isChoosing)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18M8.5 14.5a4.2 4.2 0 0 0 7 0M9 9.5h.01M15 9.5h.01" /></svg>
      </button>
      {isChoosing && <Emoji ui={ui} choose={put} close={leave}>{null}</Emoji>}
      <button class="send" aria-label={words.say("talk.send")} disabled={!text.trim()}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" /></svg>
      </button>
    </form>
  );
}

// Enter that accepts a candidate of an input method is not for us; Safari says so by 229 alone.
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

function grow(box: HTMLTextAreaElement): void {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, TALLEST)}px`;
}
