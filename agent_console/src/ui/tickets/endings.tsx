// How a ticket ends, and the second person whom some endings take.

import { useState } from "preact/hooks";
import type { Ticket } from "../../../../widget/src/core/wire";
import { decideEnding, isOver, updateTicket } from "../../state/case_verbs";
import { useConsole } from "../context";
import { Dialog, DialogForm } from "../dialog";
import { useKindWords } from "./words";

export function EndingDialog({ ticket, ending, shut }: { ticket: Ticket; ending: string; shut(): void }) {
  const { store, words } = useConsole();
  const kinds = useKindWords();
  const name = kinds.part(ticket.kind, "endings", ending);
  const undone = ticket.checklist.filter(({ done }) => !done);
  const solve = (given: FormData): Promise<boolean> => {
    const reason = String(given.get("reason")).trim();
    return updateTicket(store, { ticket_id: ticket.id, status: "solved", ending, ...(reason ? { reason } : {}) });
  };
  return (
    <Dialog title={words.say("ending.title", { ending: name })} shut={shut}>
      <DialogForm doIt={solve} label={words.say("ending.now")} shut={shut}>
        {undone.length > 0 && (
          <div class="hint">
            {words.say("ending.undone")}
            <ul>
              {undone.map(({ code }) => (
                <li key={code}>{kinds.part(ticket.kind, "checklist", code)}</li>
              ))}
            </ul>
          </div>
        )}
        <label>
          {words.say("ending.reason")}
          <textarea name="reason" rows={3} maxLength={1000} autoFocus />
        </label>
      </DialogForm>
    </Dialog>
  );
}

/** An ending that waits for somebody else to agree; who proposed it reads for whom. */
export function SecondPerson({ ticket }: { ticket: Ticket }) {
  const { store, words, snapshot } = useConsole();
  const kinds = useKindWords();
  const [reason, setReason] = useState("");
  const { ending_proposed: proposed, ending_by: by } = ticket;
  if (!proposed || isOver(ticket)) return null;
  const ending = kinds.part(ticket.kind, "endings", proposed);
  const decide = (agree: boolean): void => {
    const given = reason.trim();
    void decideEnding(store, { ticket_id: ticket.id, agree, ...(given ? { reason: given } : {}) });
  };
  if (by?.id === snapshot.desk.agent?.id) {
    return <p class="card attention">{words.say("ending.own", { ending })}</p>;
  }
  return (
    <section class="card attention form" aria-label={words.say("ending.second")}>
      <h3>{words.say("ending.proposed", { name: by?.name ?? "", ending })}</h3>
      <label>
        {words.say("ending.second_reason")}
        <input value={reason} maxLength={1000} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <div class="form-actions start">
        <button type="button" class="button small primary" onClick={() => decide(true)}>
          {words.say("ending.agree")}
        </button>
        <button type="button" class="button small bad" disabled={!reason.trim()} onClick={() => decide(false)}>
          {words.say("ending.refuse")}
        </button>
      </div>
    </section>
  );
}
