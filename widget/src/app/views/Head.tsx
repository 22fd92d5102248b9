import { useEffect, useRef, useState } from "preact/hooks";
import { isDown } from "../state";
import type { Ui } from "../ui";
import { wordDesk } from "../words";
import { Ending, Mail, Options } from "./parts";

export function Head({ ui }: { ui: Ui }) {
  const { host, words } = ui;
  const person = useRef({ id: "", turn: 0 });
  const { id = "" } = ui.state.customer ?? {};
  // Who comes after somebody finds nothing of theirs; who only becomes known keeps the menu that is open.
  if (person.current.id !== id) person.current = { id, turn: person.current.turn + (person.current.id ? 1 : 0) };
  return (
    <header class="head">
      <Title ui={ui} />
      <Menu key={person.current.turn} ui={ui} />
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
  const { words } = ui;
  const [isOpen, setOpen] = useState(false);
  const [asks, ask] = useState<"end" | "mail">();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => onOutside(box, () => setOpen(false)), []);
  const close = (): void => (setOpen(false), box.current?.querySelector("button")?.focus());
  const shut = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !isOpen) return;
    event.preventDefault();
    close();
  };
  return (
    <div class="menu" ref={box} onKeyDown={shut}>
      <button class="icon" aria-label={words.say("head.menu")} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h.01M12 12h.01M19 12h.01" /></svg>
      </button>
      {isOpen && <Options ui={ui} close={close} mail={() => ask("mail")} end={() => ask("end")}>{null}</Options>}
      {asks === "end" && <Ending ui={ui} done={() => ask(undefined)}>{null}</Ending>}
      {asks === "mail" && <Mail ui={ui} done={() => ask(undefined)}>{null}</Mail>}
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
