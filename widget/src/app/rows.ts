import type { Pending, Timeline } from "../core/timeline";
import type { Message } from "../core/wire";

export type Row =
  | { type: "day"; key: string; at: string }
  | { type: "message"; key: string; message: Message; isFirst: boolean; isLast: boolean }
  | { type: "pending"; key: string; pending: Pending };

const TOGETHER = 5 * 60_000; // messages of one author this close stand as one block

/** The log as it is drawn: a line per day, messages in blocks by author, then what is on its way. */
export function rowsOf({ messages, pending }: Timeline): Row[] {
  const rows = messages.flatMap((message, index): Row[] => {
    const [before, after] = [messages[index - 1], messages[index + 1]];
    const isNewDay = !before || dayOf(before) !== dayOf(message);
    const row: Row = { type: "message", key: message.id, message, isFirst: isNewDay || !isBlock(before, message), isLast: !after || !isBlock(message, after) };
    return isNewDay ? [{ type: "day", key: `day-${message.id}`, at: message.created_at }, row] : [row];
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
