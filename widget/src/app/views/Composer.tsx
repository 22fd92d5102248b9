import { useEffect, useRef, useState } from "preact/hooks";
import type { Ui } from "../ui";
import { say, sayTyping } from "../verbs";
import { Attach } from "./parts";

const TALLEST = 132;

export function Composer({ ui, focused }: { ui: Ui; focused: boolean }) {
  const { session, state, words } = ui;
  const [text, setText] = useState(() => state.prefill.body ?? session.tab.read<string>("draft") ?? "");
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
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      <Attach ui={ui}><i class="attach" /></Attach>
      <label class="hidden" for="composer">{words.say("talk.write")}</label>
      <textarea id="composer" ref={box} rows={1} maxLength={8000} value={text} placeholder={words.say("talk.write")} enterkeyhint="send"
        onInput={(event) => (setText(event.currentTarget.value), sayTyping(session))} onKeyDown={pressed} />
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
