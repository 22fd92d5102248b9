import type { Pending, Timeline } from "../core/timeline";
import type { Message } from "../core/wire";
import { isForCustomer } from "./state";

export type Row =
  | { type: "day"; key: string; at: string }
  | { type: "new"; key: string }
  | { type: "message"; key: string; message: Message; isFirst: boolean; isLast: boolean }
  | { type: "pending"; key: string; pending: Pending };

const TOGETHER = 5 * 60_000; // messages of one author this close stand as one block

/** Numbers of messages: those after `after`, up to `to`, came while nobody looked; after 0, nothing was ever looked at. */
export interface Unseen {
  after: number;
  to: number;
}

/** The log as it is drawn: a line per day and before what is new, messages in blocks by author, then what is on its way. */
export function rowsOf({ messages, pending }: Timeline, unseen?: Unseen): Row[] {
  const firstNew = messages.find(({ seq, author }) => unseen?.after && seq > unseen.after && seq <= unseen.to && isForCustomer(author));
  const rows = messages.flatMap((message, index): Row[] => {
    const [before, after] = [messages[index - 1], messages[index + 1]];
    const isNewDay = !before || dayOf(before) !== dayOf(message);
    const row: Row = { type: "message", key: message.id, message, isFirst: isNewDay || message === firstNew || !isBlock(before, message), isLast: !after || !isBlock(message, after) };
    return [
      ...(isNewDay ? [{ type: "day", key: `day-${message.id}`, at: message.created_at } as const] : []),
      ...(message === firstNew ? [{ type: "new", key: "new" } as const] : []),
      row,
    ];
  });
  return [...rows, ...pending.map((one): Row => ({ type: "pending", key: one.client_id, pending: one }))];
}

function isBlock(first: Message, second: Message): boolean {
  const gap = Date.parse(second.created_at) - Date.parse(first.created_at);
  return first.author.kind === second.author.kind && first.author.id === second.author.id && gap < TOGETHER && dayOf(first) === dayOf(second);
}

function dayOf(message: Message): string {
  return new Date(message.created_at).toDateString();
}
