/** Emoji to choose, for who has no keyboard that offers them: a file of its own. */

import "./emoji.css";

import { useEffect, useRef } from "preact/hooks";
import type { Ui } from "../ui";

const EMOJI = [..."😀😄😂🙂😉😊😍🤔😅😭😢😞😡😱🙄👍👎👌🙏👏💪🤝👋🎉🌹💔🔥⭐✅❌❓📦🚚💰💳🧾📷🔒⏰", "❤️"];
const COLUMNS = 8; // as emoji.css has it

/** Arrows move, Enter and Space choose, Escape goes back. */
export function Emoji({ ui: { words }, choose, close }: { ui: Ui; choose: (emoji: string) => void; close: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const buttons = (): HTMLButtonElement[] => [...box.current!.querySelectorAll("button")];
  useEffect(() => buttons()[0]!.focus(), []);
  useEffect(() => {
    const pressed = ({ target }: Event): void => {
      if (!(target as Element).closest(".emojis, .emoji")) close();
    };
    addEventListener("pointerdown", pressed);
    return () => removeEventListener("pointerdown", pressed);
  }, []);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (event.key !== "Escape" && !step) return;
    event.preventDefault();
    if (!step) return close();
    const all = buttons();
    all[all.indexOf(document.activeElement as HTMLButtonElement) + step]?.focus();
  };
  return (
    <div class="emojis" role="group" aria-label={words.say("talk.emoji")} ref={box} onKeyDown={move}>
      {EMOJI.map((one, index) => <button key={one} type="button" tabIndex={index ? -1 : 0} onClick={() => choose(one)}>{one}</button>)}
    </div>
  );
}
