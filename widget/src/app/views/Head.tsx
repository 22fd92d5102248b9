import { useEffect, useRef, useState } from "preact/hooks";
import type { Locale } from "../../core/wire";
import { isDown, isOpenConversation } from "../state";
import type { Ui } from "../ui";
import { goTo, speak } from "../verbs";
import { wordDesk } from "../words";
import { Ending } from "./parts";

const LANGUAGES: [Locale, string][] = [["zh-CN", "简体中文"], ["en", "English"]];

export function Head({ ui }: { ui: Ui }) {
  const { host, words } = ui;
  return (
    <header class="head">
      <Title ui={ui} />
      <Menu ui={ui} />
      {host.canClose && (
        <button class="icon" aria-label={words.say("head.close")} onClick={() => host.close()}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18" /></svg>
        </button>
      )}
    </header>
  );
}

function Title({ ui: { state, words } }: { ui: Ui }) {
  const { desk, timeline, view } = state;
  const isHeard = !isDown(state);
  const agent = timeline.conversation?.status === "active" && view === "talk" && !state.place ? timeline.conversation.agent : undefined;
  return (
    <div class="title">
      <h1>{desk?.names[words.locale] ?? words.say("head.chat")}</h1>
      {desk && (
        <p class={isHeard && (agent || (desk.open && desk.range)) ? "desk on" : "desk"}>
          {agent ? words.say("head.with", { name: agent.name }) : wordDesk(desk, words, isHeard)}
        </p>
      )}
    </div>
  );
}

function Menu({ ui }: { ui: Ui }) {
  const { session, state, words } = ui;
  const [isOpen, setOpen] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => onOutside(box, () => setOpen(false)), []);
  const choose = (act: () => void) => () => (setOpen(false), act());
  const shut = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !isOpen) return;
    event.preventDefault();
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  return (
    <div class="menu" ref={box} onKeyDown={shut}>
      <button class="icon" aria-label={words.say("head.menu")} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h.01M12 12h.01M19 12h.01" /></svg>
      </button>
      {isOpen && (
        <ul>
          <li><button class="mine" onClick={choose(() => goTo(session, { at: "home" }))}>{words.say("mine.open")}</button></li>
          {LANGUAGES.map(([locale, name]) => (
            <li key={locale}>
              <button lang={locale} aria-pressed={state.locale === locale} onClick={choose(() => void speak(session, locale))}>{name}</button>
            </li>
          ))}
          {isOpenConversation(state) && (
            <li><button class="ending" onClick={choose(() => setEnding(true))}>{words.say("end.open")}</button></li>
          )}
        </ul>
      )}
      {isEnding && <Ending ui={ui} done={() => setEnding(false)}>{null}</Ending>}
    </div>
  );
}

function onOutside(box: { current: HTMLElement | null }, act: () => void): () => void {
  const pressed = (event: Event): void => {
    if (!box.current?.contains(event.target as Node)) act();
  };
  addEventListener("pointerdown", pressed);
  return () => removeEventListener("pointerdown", pressed);
}
