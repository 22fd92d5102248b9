// How much of the promised time is left. Promises are of the calendar's clock, which `--at` may have moved.

import { wordMoment } from "../../../widget/src/core/wording";
import type { AgentConversation, Desk } from "../../../widget/src/core/wire";
import type { Console } from "./context";

export interface Left {
  text: string;
  state: "overdue" | "soon" | "later";
  /** The promised moment on our own clock. */
  until: number;
}

const MINUTE = 60_000;
const SOON = 60 * MINUTE;
const ahead = new WeakMap<Desk, number>();

/** How far a desk's clock is ahead of ours, by what it said when it was first seen here. */
export function aheadOf(desk: Desk, now: number): number {
  if (!ahead.has(desk)) ahead.set(desk, Date.parse(desk.now) - now);
  const by = ahead.get(desk)!;
  return Math.abs(by) < 5 * MINUTE ? 0 : by; // the server's clock and ours are the same then, and ours ticks
}

export function leftOf(context: Console, { reply_by, site }: AgentConversation): Left | undefined {
  return reply_by ? leftUntil(context, site, reply_by) : undefined;
}

/** `at` is of that site's calendar. */
export function leftUntil({ snapshot, words, now }: Console, site: string, at: string): Left {
  const desk = snapshot.desk.desks.find((one) => one.site === site);
  const left = Date.parse(at) - now - (desk ? aheadOf(desk, now) : 0);
  const overdue = left < 0;
  const { key, count } = unit(Math.abs(left));
  const text = words.say(`promise.${overdue ? "over" : "in"}_${key}`, { count });
  return { text, state: overdue ? "overdue" : left < SOON ? "soon" : "later", until: now + left };
}

function unit(span: number): { key: "minutes" | "hours" | "days"; count: number } {
  if (span < 60 * MINUTE) return { key: "minutes", count: Math.floor(span / MINUTE) };
  if (span < 48 * 60 * MINUTE) return { key: "hours", count: Math.floor(span / (60 * MINUTE)) };
  return { key: "days", count: Math.floor(span / (24 * 60 * MINUTE)) };
}

/** In a sentence: what was promised, and how much of it is left. */
export function promiseText(context: Console, conversation: AgentConversation): string {
  const { words } = context;
  const left = leftOf(context, conversation);
  if (!left) return words.say("promise.none");
  return words.say("promise.by", { at: wordMoment(conversation.reply_by!, words.locale), left: left.text });
}
