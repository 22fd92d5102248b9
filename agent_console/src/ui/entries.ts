// What stands in a conversation, top to bottom: days, messages, the staff's notes between them, and what is still on
// its way out.

import type { Pending } from "../../../widget/src/core/timeline";
import type { Message, Note } from "../../../widget/src/core/wire";
import type { Opened, SentAs } from "../state/desk";

export type Entry =
  | { kind: "day"; key: string; at: string }
  | { kind: "message"; key: string; at: string; message: Message; opensGroup: boolean }
  | { kind: "note"; key: string; at: string; note: Note }
  | { kind: "pending"; key: string; at: string; to: SentAs; pending: Pending };

const GROUP = 5 * 60_000; // within it, messages of one author share the line with name and time

export function entriesOf({ timeline, notes, pendingNotes }: Opened): Entry[] {
  const written = merged(timeline.messages, notes);
  const waiting = [
    ...timeline.pending.map((pending) => pendingEntry("reply", pending)),
    ...pendingNotes.map((pending) => pendingEntry("note", pending)),
  ];
  return withDays([...written, ...waiting.sort((a, b) => (a.at < b.at ? -1 : 1))]);
}

// The log keeps the order of its seq, whatever the clocks say; a note goes before the first message that is younger.
function merged(messages: readonly Message[], notes: readonly Note[]): Entry[] {
  const entries: Entry[] = [];
  let next = 0;
  let last: Message | undefined;
  for (const message of messages) {
    while (next < notes.length && notes[next]!.created_at <= message.created_at) {
      entries.push(noteEntry(notes[next++]!));
      last = undefined;
    }
    entries.push({
      kind: "message",
      key: message.id,
      at: message.created_at,
      message,
      opensGroup: !last || !continues(last, message),
    });
    last = message;
  }
  return [...entries, ...notes.slice(next).map(noteEntry)];
}

function continues(last: Message, message: Message): boolean {
  const sameAuthor = last.author.kind === message.author.kind && last.author.id === message.author.id;
  return sameAuthor && Date.parse(message.created_at) - Date.parse(last.created_at) < GROUP;
}

function noteEntry(note: Note): Entry {
  return { kind: "note", key: note.id, at: note.created_at, note };
}

function pendingEntry(to: SentAs, pending: Pending): Entry {
  return { kind: "pending", key: pending.client_id, at: pending.created_at, to, pending };
}

function withDays(entries: Entry[]): Entry[] {
  let day = "";
  return entries.flatMap((entry) => {
    const its = new Date(entry.at).toDateString();
    if (its === day) return [entry];
    day = its;
    const opened = entry.kind === "message" ? { ...entry, opensGroup: true } : entry;
    return [{ kind: "day", key: `day-${its}-${entry.key}`, at: entry.at }, opened];
  });
}
