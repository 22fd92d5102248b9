// Kinds of tickets as data: what a form asks, what is checked, what the customer follows, how such a case can end.

import "../../styles/kinds.css";

import { useState } from "preact/hooks";
import type { KindDefinition, KindField, KindItem, Locale, TicketKind } from "../../../../widget/src/core/wire";
import { useConsole } from "../context";
import { Icon } from "../icons";
import { kindWords, type Part } from "../tickets/words";
import { useAnswer } from "./answer";

const PARTS: Part[] = ["fields", "evidence", "checklist", "steps", "endings"];
const TYPES: NonNullable<KindField["type"]>[] = ["line", "text", "money", "order", "transaction", "date"];
const TIMES = ["first_minutes", "next_minutes", "solve_minutes"] as const;
const LOCALES: Locale[] = ["zh-CN", "en"];
const NEW: TicketKind = {
  code: "",
  definition: {
    steps: [{ code: "received" }, { code: "in_progress" }, { code: "answer" }],
    endings: [{ code: "solved" }, { code: "refused" }],
    first_minutes: 120,
    next_minutes: 240,
    solve_minutes: 2_880,
  },
  built_in: false,
  active: true,
  revision: 0,
};

export function KindsTab() {
  const { words, snapshot } = useConsole();
  const { value, show } = useAnswer("ticket_kinds", {});
  if (!value) return null;
  const isAdmin = snapshot.desk.agent?.role === "admin";
  const kinds = [...value.kinds, ...(isAdmin ? [NEW] : [])];
  return (
    <fieldset class="teams" disabled={!isAdmin}>
      <p class="faint">{words.say(isAdmin ? "kinds.hint" : "site.only_admin")}</p>
      {kinds.map((kind) => (
        <Kind key={`${kind.code} ${kind.revision}`} kind={kind} kinds={value.kinds} saved={(kinds) => show({ kinds })} />
      ))}
    </fieldset>
  );
}

interface KindProps {
  kind: TicketKind;
  kinds: TicketKind[];
  saved(kinds: TicketKind[]): void;
}

function Kind({ kind, kinds, saved }: KindProps) {
  const { store, words, snapshot } = useConsole();
  const named = kindWords(words, kinds);
  const isNew = kind.revision === 0 && !kind.built_in;
  const [code, setCode] = useState(kind.code);
  const [held, hold] = useState(kind.definition);
  const [active, setActive] = useState(kind.active);
  const [busy, setBusy] = useState(false);
  const put = (change: Partial<KindDefinition>): void => hold({ ...held, ...change });
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const asked = { code: code.trim(), definition: whole(held), active, revision: kind.revision };
    const done = await store.attempt(store.connection.send("set_kind", asked));
    setBusy(false);
    if (!done) return;
    saved(done.kinds);
    store.dispatch({ type: "ticket_kinds", kinds: done.kinds });
    store.toast({ key: "toast.settings_saved" });
    if (isNew) {
      setCode("");
      hold(NEW.definition);
    }
  };
  const title = isNew ? words.say("kinds.add") : named.kind(kind.code);
  return (
    <details class="saved card">
      <summary>
        <span class="saved-title">{title}</span>
        {!isNew && <code class="faint">{kind.code}</code>}
        {!kind.active && <span class="tag">{words.say("kinds.inactive")}</span>}
        {!kind.built_in && !isNew && <span class="tag">{words.say("kinds.own")}</span>}
      </summary>
      <form class="form saved-form kind" aria-label={title} onSubmit={(event) => void save(event)}>
        <div class="pairs">
          {isNew && (
            <label>
              {words.say("kinds.code")}
              <input required pattern="[a-z][a-z0-9_]*" maxLength={60} value={code} placeholder="gift_card" spellcheck={false} onInput={(event) => setCode(event.currentTarget.value)} />
            </label>
          )}
          {LOCALES.map((locale) => (
            <label key={locale}>
              {words.say("kinds.name", { language: words.say(`locale.${locale}`) })}
              <input
                required={isNew}
                maxLength={60}
                value={held.names?.[locale] ?? ""}
                placeholder={locale === words.locale && kind.built_in ? named.kind(kind.code) : ""}
                onInput={(event) => put({ names: withName(held.names, locale, event.currentTarget.value) })}
              />
            </label>
          ))}
        </div>
        <div class="pairs three">
          {TIMES.map((time) => (
            <label key={time}>
              {words.say(`kinds.${time}`)}
              <input
                type="number"
                min={1}
                max={100_000}
                value={held[time] ?? ""}
                placeholder={words.say("kinds.no_time")}
                onInput={(event) => put({ [time]: Number(event.currentTarget.value) || null })}
              />
            </label>
          ))}
        </div>
        {PARTS.map((part) => (
          <Items
            key={part}
            part={part}
            items={held[part] ?? []}
            word={(item) => (kind.code ? named.part(kind.code, part, item) : "")}
            put={(items) => put({ [part]: items })}
          />
        ))}
        <div class="checks">
          <label class="check">
            <input type="checkbox" checked={held.customers ?? true} onChange={(event) => put({ customers: event.currentTarget.checked })} />
            {words.say("kinds.customers")}
          </label>
          <label class="check">
            <input type="checkbox" checked={active} onChange={(event) => setActive(event.currentTarget.checked)} />
            {words.say("kinds.active")}
          </label>
        </div>
        {snapshot.desk.agent?.role === "admin" && (
          <div class="form-actions">
            <button class="button primary small" aria-disabled={busy}>
              {words.say(isNew ? "kinds.add_now" : "settings.save")}
            </button>
          </div>
        )}
      </form>
    </details>
  );
}

interface ItemsProps {
  part: Part;
  items: (KindItem | KindField)[];
  word(code: string): string;
  put(items: (KindItem | KindField)[]): void;
}

/** A line each, in the order in which they are shown. */
function Items({ part, items, word, put }: ItemsProps) {
  const { words } = useConsole();
  const change = (at: number, to: Partial<KindField>): void => put(items.map((item, index) => (index === at ? { ...item, ...to } : item)));
  const title = words.say(`kinds.${part}`);
  return (
    <fieldset class="choices-of kind-part">
      <legend>{title}</legend>
      {items.map((item, at) => (
        <div key={at} class="kind-item">
          <input
            aria-label={words.say("kinds.item_code", { part: title })}
            class="code"
            required
            pattern="[a-z][a-z0-9_]*"
            maxLength={60}
            value={item.code}
            placeholder={words.say("kinds.code")}
            spellcheck={false}
            onInput={(event) => change(at, { code: event.currentTarget.value })}
          />
          {LOCALES.map((locale) => (
            <input
              key={locale}
              aria-label={words.say("kinds.name", { language: words.say(`locale.${locale}`) })}
              maxLength={100}
              value={item.names?.[locale] ?? ""}
              placeholder={locale === words.locale && item.code ? word(item.code) : words.say(`locale.${locale}`)}
              onInput={(event) => change(at, { names: withName(item.names, locale, event.currentTarget.value) })}
            />
          ))}
          {part === "fields" && <FieldType field={item} change={(to) => change(at, to)} />}
          <button
            type="button"
            class="icon-button"
            aria-label={words.say("kinds.remove", { code: item.code })}
            title={words.say("kinds.remove", { code: item.code })}
            onClick={() => put(items.filter((_, index) => index !== at))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button type="button" class="button small quiet add" onClick={() => put([...items, { code: "" }])}>
        <Icon name="plus" />
        {words.say("kinds.add_item")}
      </button>
    </fieldset>
  );
}

function FieldType({ field, change }: { field: KindField; change(to: Partial<KindField>): void }) {
  const { words } = useConsole();
  return (
    <>
      <select
        aria-label={words.say("kinds.type")}
        value={field.type ?? "line"}
        onChange={(event) => change({ type: event.currentTarget.value as NonNullable<KindField["type"]> })}
      >
        {TYPES.map((type) => (
          <option key={type} value={type}>
            {words.say(`field_type.${type}`)}
          </option>
        ))}
      </select>
      <label class="check">
        <input type="checkbox" checked={field.required ?? false} onChange={(event) => change({ required: event.currentTarget.checked })} />
        {words.say("kinds.required")}
      </label>
    </>
  );
}

function withName(names: Record<string, string> | undefined, locale: Locale, name: string): Record<string, string> {
  return { ...names, [locale]: name };
}

/** Without names that say nothing. */
function whole(held: KindDefinition): KindDefinition {
  const said = (names: Record<string, string> | undefined): Record<string, string> =>
    Object.fromEntries(Object.entries(names ?? {}).map(([locale, name]) => [locale, name.trim()]).filter(([, name]) => name));
  const parts = PARTS.map((part) => [part, (held[part] ?? []).map((item) => ({ ...item, code: item.code.trim(), names: said(item.names) }))]);
  return { ...held, names: said(held.names), ...Object.fromEntries(parts) };
}
