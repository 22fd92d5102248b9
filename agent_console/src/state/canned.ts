// Canned replies: where one is looked for, which ones fit, and what of a conversation is filled into one.

import type { AgentConversation, CannedReply, Locale } from "../../../widget/src/core/wire";
import type { DeskState } from "./desk";

/** What a text may leave to be filled in, each written in braces. */
export const VARIABLES = ["customer", "agent", "site", "order", "ticket"] as const;
export type Variable = (typeof VARIABLES)[number];
export type Known = Partial<Record<Variable, string>>;

const HOLE = new RegExp(`\\{(${VARIABLES.join("|")})\\}`, "g");

/** What a conversation knows. Its order is the one last sent as a card, or else the one its customer began with. */
export function knownOf(desk: DeskState, conversation: AgentConversation, locale: Locale): Known {
  const { id, site, customer_name, ticket_number, form } = conversation;
  const cards = desk.opened[id]?.timeline.messages.filter(({ kind, data }) => kind === "card" && data?.["card"] === "order");
  return given({
    customer: ofCustomer(customer_name),
    agent: desk.agent?.name,
    site: desk.desks.find((one) => one.site === site)?.names[locale],
    order: ofCustomer(cards?.at(-1)?.body || form?.["order_number"] || form?.["order"] || ""),
    ticket: ticket_number,
  });
}

const BREAK = /[\n-\r\u0085\u2028\u2029]/;
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu; // with what turns the direction of what follows
const LONGEST = 40;

/** What customers write goes into a sentence of the agent's: no more of it than is taken in at a glance. */
function ofCustomer(text: string): string {
  const [line = ""] = text.trim().split(BREAK);
  return [...line.replace(UNSEEN, "").trim()].slice(0, LONGEST).join("");
}

function given(known: Record<Variable, string | undefined>): Known {
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value));
}

/** With what is known; the rest is left to be seen. */
export function filledIn(text: string, known: Known): string {
  return text.replace(HOLE, (hole, name: Variable) => known[name] ?? hole);
}

export interface Hole {
  start: number;
  end: number;
  name: Variable;
}

export function holesIn(text: string): Hole[] {
  return [...text.matchAll(HOLE)].map((found) => ({ start: found.index, end: found.index + found[0].length, name: found[1] as Variable }));
}

// -- looking for one ------------------------------------------------------------------------------------------------

export interface Search {
  /** Which part of the draft gives way to what is chosen. */
  start: number;
  end: number;
  text: string;
  /** Begun by the button: no slash stands before it. */
  byHand: boolean;
}

/** A line that is a slash, as any keyboard has it, and what is looked for, up to the caret. */
export function searchIn(draft: string, caret: number): Search | undefined {
  const start = draft.lastIndexOf("\n", caret - 1) + 1;
  const isLineEnd = caret === draft.length || draft[caret] === "\n";
  const found = isLineEnd && /^[/／、]([^/／、]{0,40})$/.exec(draft.slice(start, caret));
  return found ? { start, end: caret, text: found[1]!, byHand: false } : undefined;
}

/** One that was begun by the button, after more was typed. */
export function searchFrom(start: number, draft: string, caret: number): Search | undefined {
  const text = draft.slice(start, caret);
  return caret < start || text.length > 40 || text.includes("\n") ? undefined : { start, end: caret, text, byHand: true };
}

export interface Choice {
  reply: CannedReply;
  locale: Locale;
  /** As it goes into the draft. */
  text: string;
}

/** Those of the conversation's site in which it stands: by their shortcut first, and in the customer's language. */
export function choicesOf(desk: DeskState, conversation: AgentConversation, sought: string): Choice[] {
  const { site, locale } = conversation;
  const words = plain(sought);
  return (desk.canned ?? [])
    .filter(({ sites }) => sites.length === 0 || sites.includes(site))
    .map((reply) => ({ ...worded(reply, desk, conversation), rank: rankOf(reply, words) }))
    .filter(({ rank }) => rank < NOT)
    .sort((a, b) => a.rank - b.rank || Number(a.locale !== locale) - Number(b.locale !== locale) || inOrder(a.reply, b.reply));
}

const NOT = 4;

function rankOf({ shortcut, title, texts }: CannedReply, words: string): number {
  if (shortcut === words) return 0;
  if (shortcut.startsWith(words)) return 1;
  if (shortcut.includes(words) || plain(title).includes(words) || initialsOf(title).includes(words)) return 2;
  return Object.values(texts).some((text) => plain(text).includes(words)) ? 3 : NOT;
}

export function isFound(reply: CannedReply, sought: string): boolean {
  return rankOf(reply, plain(sought)) < NOT;
}

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

// The first character of each letter, as browsers sort Chinese by its sound; none begins with i, u or v.
const LETTERS = "abcdefghjklmnopqrstwxyz";
const FIRST = [..."阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀"];
const bySound = new Intl.Collator("zh-CN-u-co-pinyin");
const initials = new Map<string, string>(); // of each sign, of which there are only so many

/** A title by the first letters of its pinyin, as people type who do not want to change to Chinese: 退款 is `tk`. */
export function initialsOf(title: string): string {
  return plain(title).replace(/\p{Script=Han}/gu, initialOf);
}

function initialOf(sign: string): string {
  const initial = initials.get(sign) ?? LETTERS[FIRST.filter((first) => bySound.compare(first, sign) <= 0).length - 1] ?? sign;
  initials.set(sign, initial);
  return initial;
}

/** One's own first. */
export function inOrder(a: CannedReply, b: CannedReply): number {
  return Number(b.mine) - Number(a.mine) || (a.shortcut < b.shortcut ? -1 : 1);
}

function worded(reply: CannedReply, desk: DeskState, conversation: AgentConversation): Choice {
  const locale = conversation.locale in reply.texts ? conversation.locale : (Object.keys(reply.texts)[0] as Locale);
  return { reply, locale, text: filledIn(reply.texts[locale]!, knownOf(desk, conversation, locale)) };
}
