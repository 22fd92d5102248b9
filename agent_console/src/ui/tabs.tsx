import { useEffect, useRef } from "preact/hooks";
import type { Screen } from "../state/place";
import { useConsole } from "./context";

interface TabsProps {
  screen: Screen;
  label: string;
  tabs: readonly { name: string; text: string }[];
  open: string;
}

/** The parts of a screen. What is shown of the open one is `#<screen>-panel`. */
export function Tabs({ screen, label, tabs, open }: TabsProps) {
  const { go } = useConsole();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => list.current?.querySelector(`#${screen}-${open}`)?.scrollIntoView({ block: "nearest", inline: "nearest" }), [screen, open]);
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.name === open);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const tab = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (!tab) return;
    event.preventDefault();
    go({ screen, tab: tab.name });
    list.current?.querySelector<HTMLElement>(`#${screen}-${tab.name}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {tabs.map(({ name, text }) => (
        <button
          key={name}
          type="button"
          role="tab"
          class="tab"
          id={`${screen}-${name}`}
          aria-selected={name === open}
          aria-controls={`${screen}-panel`}
          tabIndex={name === open ? 0 : -1}
          onClick={() => go({ screen, tab: name })}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
