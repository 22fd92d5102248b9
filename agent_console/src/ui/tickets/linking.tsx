// Tickets that belong together: linked, or one goes on in the other.

import { useState } from "preact/hooks";
import type { Ticket } from "../../../../widget/src/core/wire";
import { findTicket, link, mergeTickets } from "../../state/case_verbs";
import { useConsole } from "../context";
import { Dialog } from "../dialog";
import { useKindWords } from "./words";

interface LinkingProps {
  ticket: Ticket;
  shut(): void;
}

export function LinkDialog({ ticket, shut }: LinkingProps) {
  const { store, words } = useConsole();
  const put = async (other: string): Promise<boolean> => link(store, { ticket_id: ticket.id, kind: "ticket", id: other });
  return <Choose title={words.say("ticket.link_ticket")} now={words.say("ticket.link_now")} ticket={ticket} put={put} shut={shut} />;
}

export function MergeDialog({ ticket, shut }: LinkingProps) {
  const { store, words, go } = useConsole();
  const put = async (into: string, reason: string): Promise<boolean> => {
    const done = await mergeTickets(store, { ticket_id: ticket.id, into_id: into, ...(reason ? { reason } : {}) });
    if (done) go({ screen: "tickets", id: done.id });
    return done !== undefined;
  };
  return (
    <Choose title={words.say("ticket.merge")} now={words.say("ticket.merge_now")} ticket={ticket} put={put} shut={shut} reasoned>
      <p class="faint">{words.say("ticket.merge_means", { number: ticket.number })}</p>
    </Choose>
  );
}

interface ChooseProps extends LinkingProps {
  title: string;
  now: string;
  put(id: string, reason: string): Promise<boolean>;
  reasoned?: boolean;
  children?: preact.ComponentChildren;
}

/** One of the customer's other tickets, or any by its number. */
function Choose({ title, now, ticket, put, shut, reasoned, children }: ChooseProps) {
  const { store, words } = useConsole();
  const kinds = useKindWords();
  const [busy, setBusy] = useState(false);
  const choose = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [number, other, reason] = ["number", "other", "reason"].map((name) => String(form.get(name) ?? "").trim());
    setBusy(true);
    const id = number ? (await findTicket(store, number))?.id : other;
    const done = id ? await put(id, reason!) : false;
    setBusy(false);
    if (done) shut();
  };
  return (
    <Dialog title={title} shut={shut}>
      <form class="form dialog-form" onSubmit={(event) => void choose(event)}>
        {children}
        {ticket.others.length > 0 && (
          <label>
            {words.say("ticket.others")}
            <select name="other">
              {ticket.others.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.number} · {one.subject || kinds.kind(one.kind)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {words.say(ticket.others.length > 0 ? "ticket.or_number" : "ticket.number")}
          <input name="number" class="number" maxLength={60} autoComplete="off" required={ticket.others.length === 0} />
        </label>
        {reasoned && (
          <label>
            {words.say("ticket.reason")}
            <input name="reason" maxLength={1000} />
          </label>
        )}
        <div class="form-actions">
          <button type="button" class="button small" onClick={shut}>
            {words.say("cancel")}
          </button>
          <button class="button primary small" disabled={busy}>
            {now}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
