// Small parts that the panel beside a conversation and the page of a ticket share.

import type { ComponentChildren } from "preact";
import type { CustomerKind } from "../../../widget/src/core/wire";
import { type ConsoleKey, type ConsoleWords, useConsole } from "./context";
import { Icon } from "./icons";

export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="panel-section" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** What the page or the person only says is never shown like what the site has signed. */
export function KindBadge({ kind }: { kind: CustomerKind }) {
  const { words } = useConsole();
  return (
    <span class={`badge ${kind}`} title={words.say(`kind.${kind}_means`)}>
      {kind === "verified" && <Icon name="shield" />}
      {words.say(`kind.${kind}`)}
    </span>
  );
}

export function Fact({ name, value }: { name: string; value: string | undefined }) {
  if (!value) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  /** What no choice is called. */
  any: string;
  put(value: string): void;
}

/** One of several, or none. */
export function Choice({ name, value, options, any, put }: ChoiceProps) {
  return (
    <label>
      {name}
      <select value={value} onChange={(event) => put(event.currentTarget.value)}>
        <option value="">{any}</option>
        {options.map(([one, label]) => (
          <option key={one} value={one}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** An event's word, when there is one. */
export function known(words: ConsoleWords, key: string, fallback: string): string {
  return words.has(key) ? words.say(key as ConsoleKey) : fallback;
}
