import { useState } from "preact/hooks";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordAmount, wordMoment } from "../../../../widget/src/core/wording";
import type { Ticket, TicketEvent } from "../../../../widget/src/core/wire";
import { noteTicket } from "../../state/case_verbs";
import { addressOf } from "../../state/place";
import { type ConsoleWords, useConsole } from "../context";
import { useDraft } from "../draft";
import { Icon } from "../icons";
import { Text } from "../log";
import { known } from "../parts";
import { type KindWords, useKindWords } from "./words";

const FIRST = 12; // events that need no press

/** All that happened, the newest first, and a note for colleagues above it. */
export function Timeline({ ticket }: { ticket: Ticket }) {
  const { words } = useConsole();
  const [all, showAll] = useState(false);
  const events = [...ticket.events].reverse();
  const shown = all ? events : events.slice(0, FIRST);
  return (
    <section class="card" aria-label={words.say("ticket.events")}>
      <h3>{words.say("ticket.events")}</h3>
      <NoteForm ticket={ticket} />
      <ol class="plain events">
        {shown.map((event) => (
          <Event key={event.number} event={event} ticket={ticket} />
        ))}
      </ol>
      {shown.length < events.length && (
        <button type="button" class="button quiet small older" onClick={() => showAll(true)}>
          {words.say("ticket.all_events", { count: events.length })}
        </button>
      )}
    </section>
  );
}

function NoteForm({ ticket: { id } }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const [idFor] = useState(idsByContent);
  const [busy, setBusy] = useState(false);
  const { draft, write } = useDraft("ticket", id);
  const send = async (): Promise<void> => {
    const body = draft.trim();
    if (!body || busy) return;
    setBusy(true);
    if (await noteTicket(store, idFor, { ticket_id: id, body })) write("");
    setBusy(false);
  };
  return (
    <form
      class="note-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        rows={draft ? 3 : 1}
        maxLength={8_000}
        value={draft}
        aria-label={words.say("composer.note_label")}
        placeholder={words.say("composer.note_hint")}
        aria-keyshortcuts="n"
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      {draft && (
        <button class="button small primary" disabled={busy || !draft.trim()} title="Ctrl + Enter">
          <Icon name="note" />
          {words.say("composer.note_send")}
        </button>
      )}
    </form>
  );
}

function Event({ event, ticket }: { event: TicketEvent; ticket: Ticket }) {
  const { words } = useConsole();
  const kinds = useKindWords();
  const isNote = event.code === "note";
  const said = isNote ? (event.reason ?? text(event.values["body"])) : event.reason;
  const to = event.values["ticket_id"];
  return (
    <li class={isNote ? "is-note" : event.visible ? "is-visible" : ""}>
      <time dateTime={event.at}>{wordMoment(event.at, words.locale)}</time>
      <div>
        <strong>{event.actor || words.say(event.by_customer ? "actor.customer" : "actor.system")}</strong>{" "}
        {typeof to === "string" && to !== ticket.id ? (
          <a href={addressOf({ screen: "tickets", id: to })}>{eventText(words, kinds, ticket.kind, event)}</a>
        ) : (
          eventText(words, kinds, ticket.kind, event)
        )}
        {event.visible && <span class="chip">{words.say("event.visible")}</span>}
        {said && (
          <p class={isNote ? "note-said" : "reason"}>
            <Text text={said} />
          </p>
        )}
      </div>
    </li>
  );
}

/** What happened, in a sentence after the name of who did it. */
export function eventText(words: ConsoleWords, kinds: KindWords, kind: string, { code, values }: TicketEvent): string {
  const state = /^(refund|status|payment)_(.+)$/.exec(code);
  const told = worded(words, kinds, kind, values);
  if (state?.[1] === "refund" && words.has(`refund_state.${state[2]}`)) {
    return words.say("event.refund", { amount: "", ...told, state: words.say(`refund_state.${state[2]}` as "refund_state.paid") });
  }
  if (state?.[1] === "status") return words.say("event.status", { status: known(words, `ticket_status.${state[2]}`, state[2]!) });
  const key = code === "identity_checked" ? `event.identity_${values["passed"] ? "passed" : "failed"}` : `event.${code}`;
  return words.has(key) ? words.say(key, told) : code.replaceAll("_", " ");
}

/** The values of an event as they stand in a sentence. */
function worded(words: ConsoleWords, kinds: KindWords, kind: string, values: Record<string, unknown>): Record<string, string> {
  const told: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) told[name] = text(value);
  if (typeof values["amount"] === "number" && typeof values["currency"] === "string") {
    told["amount"] = wordAmount(values as { amount: number; currency: string }, words.locale);
  }
  if (Array.isArray(values["done"])) told["done"] = String(values["done"].length);
  if ("kind" in values) told["kind"] = kinds.kind(text(values["kind"]));
  if ("priority" in values) told["priority"] = known(words, `priority.${text(values["priority"])}`, text(values["priority"]));
  if ("ending" in values) told["ending"] = kinds.part(kind, "endings", text(values["ending"]));
  for (const name of ["was", "said"]) if (name in values) told[name] = known(words, `payment_state.${text(values[name])}`, told[name]!);
  if ("what" in values) told["what"] = known(words, `identity.${text(values["what"])}`, text(values["what"]));
  for (const name of ["evidence", "codes", "wanted"]) {
    const codes = values[name];
    if (Array.isArray(codes)) told["evidence"] = codes.map((one) => kinds.part(kind, "evidence", text(one))).join(words.say("teams.comma"));
  }
  if (Array.isArray(values["tags"])) told["tags"] = values["tags"].map(text).join(words.say("teams.comma"));
  if (typeof values["code"] === "string") told["evidence"] = kinds.part(kind, "evidence", values["code"]);
  return told;
}

function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
