import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface MenuItem {
  label: string;
  detail?: string;
  mark?: string;
  /** Given when this is one of several choices. */
  chosen?: boolean;
  select(): void;
}

export interface MenuSection {
  title?: string;
  /** Few short ones stand side by side. */
  abreast?: boolean;
  items: MenuItem[];
}

interface MenuProps {
  label: string;
  look: string;
  opens: "up" | "down";
  sections: MenuSection[];
  empty?: string;
  children: ComponentChildren;
}

/** A button with a list of choices: arrows move, Enter chooses, Esc closes and goes back to the button. */
export function Menu({ label, look, opens, sections, empty, children }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isOpen) choices(box.current)[0]?.focus();
    return isOpen ? onPressOutside(box.current, () => setOpen(false)) : undefined;
  }, [isOpen]);
  const shut = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div class="menu" ref={box} onKeyDown={(event) => isOpen && moveIn(box.current, event, shut)}>
      <button
        ref={button}
        type="button"
        class={look}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
      </button>
      {isOpen && (
        <div class={`menu-list opens-${opens}`} role="menu" aria-label={label}>
          {sections.map((section) => (
            <Section key={section.title ?? ""} section={section} shut={shut} />
          ))}
          {empty && sections.every((section) => section.items.length === 0) && <p class="menu-empty">{empty}</p>}
        </div>
      )}
    </div>
  );
}

function Section({ section, shut }: { section: MenuSection; shut(): void }) {
  return (
    <div role="group" class={section.abreast ? "menu-section abreast" : "menu-section"} {...(section.title ? { "aria-label": section.title } : {})}>
      {section.title && (
        <div class="menu-title" aria-hidden="true">
          {section.title}
        </div>
      )}
      {section.items.map((item) => (
        <button
          key={item.label}
          type="button"
          class="menu-item"
          role={item.chosen === undefined ? "menuitem" : "menuitemradio"}
          {...(item.chosen === undefined ? {} : { "aria-checked": item.chosen })}
          tabIndex={-1}
          onClick={() => {
            shut();
            item.select();
          }}
        >
          {item.mark && <span class={`dot ${item.mark}`} aria-hidden="true" />}
          <span class="grow">{item.label}</span>
          {item.detail && <span class="faint">{item.detail}</span>}
        </button>
      ))}
    </div>
  );
}

function choices(box: HTMLElement | null): HTMLButtonElement[] {
  return [...(box?.querySelectorAll<HTMLButtonElement>(".menu-item") ?? [])];
}

function moveIn(box: HTMLElement | null, event: KeyboardEvent, shut: () => void): void {
  const items = choices(box);
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items.at(to % items.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") shut();
  else return;
  event.stopPropagation();
  if (event.key !== "Tab") event.preventDefault();
}

function onPressOutside(box: HTMLElement | null, shut: () => void): () => void {
  const hear = (event: PointerEvent): void => {
    if (!box?.contains(event.target as Node)) shut();
  };
  document.addEventListener("pointerdown", hear);
  return () => document.removeEventListener("pointerdown", hear);
}
