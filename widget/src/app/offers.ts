import type { Timeline } from "../core/timeline";
import type { Message } from "../core/wire";

/** What may still be chosen of: the bot's newest offer, until something else is said or is on its way. */
export function openOffer({ conversation, messages, pending }: Timeline): Message | undefined {
  if (conversation?.status !== "bot" || pending.some(({ failed }) => !failed)) return undefined;
  const last = messages.filter((one) => one.author.kind === "customer" || isOffer(one)).at(-1);
  return last && isOffer(last) ? last : undefined;
}

export function isOffer({ author, data = {} }: Message): boolean {
  return author.kind === "bot" && (isChoice(data) || !!data["offer"]);
}

/** Is it answered by one of some values? A line of the system has values as well, those of its words. */
export function isChoice(data: Record<string, unknown>): boolean {
  return Array.isArray(data["values"]) || !!data["choices"];
}
