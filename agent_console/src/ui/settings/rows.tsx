// Lists of rows in forms: one more, and one less.

import { useConsole } from "../context";
import { Icon } from "../icons";

export function Add({ text, add }: { text: string; add(): void }) {
  return (
    <button type="button" class="button small quiet add" onClick={add}>
      <Icon name="plus" />
      {text}
    </button>
  );
}

export function Remove({ name, remove }: { name: string; remove(): void }) {
  const { words } = useConsole();
  const label = words.say("kinds.remove", { code: name });
  return (
    <button type="button" class="icon-button end" aria-label={label} title={label} onClick={remove}>
      <Icon name="close" />
    </button>
  );
}
