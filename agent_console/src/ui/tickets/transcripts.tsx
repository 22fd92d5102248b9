import type { Ticket, Transcript } from "../../../../widget/src/core/wire";
import { extendTranscript } from "../../state/case_verbs";
import { useConsole } from "../context";
import { entriesOf } from "../entries";
import { MessageLine } from "../log";

const SHORT = 12; // messages that need no press to be read

/** What was said, as far as it is part of this ticket. */
export function Transcripts({ ticket }: { ticket: Ticket }) {
  const { words } = useConsole();
  if (ticket.transcripts.length === 0) return null;
  return (
    <section class="card" aria-label={words.say("ticket.transcript")}>
      <h3>{words.say("ticket.transcript")}</h3>
      {ticket.transcripts.map((transcript) => (
        <Range key={transcript.conversation_id} transcript={transcript} ticket={ticket} />
      ))}
    </section>
  );
}

function Range({ transcript, ticket }: { transcript: Transcript; ticket: Ticket }) {
  const { store, words } = useConsole();
  const { conversation_id, first_seq: first, last_seq: last, messages, more } = transcript;
  const entries = entriesOf({ timeline: { messages, pending: [] }, notes: [], pendingNotes: [] });
  return (
    <details class="transcript" open={messages.length <= SHORT}>
      <summary>{words.say("ticket.range", { first, last })}</summary>
      <div class="transcript-log">
        {entries.map((entry) =>
          entry.kind === "message" ? (
            <MessageLine
              key={entry.key}
              message={entry.message}
              opensGroup={entry.opensGroup}
              customer={ticket.customer_name || words.say("customer.unnamed")}
            />
          ) : null,
        )}
      </div>
      {more > 0 && (
        <button type="button" class="button small later" onClick={() => void extendTranscript(store, { ticket_id: ticket.id, conversation_id })}>
          {words.say("ticket.extend", { count: more })}
        </button>
      )}
    </details>
  );
}
