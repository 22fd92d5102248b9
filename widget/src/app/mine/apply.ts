/** The form of a case: what is filled in, what is wrong with it, and what is sent. */

import { isCounted, partOf } from "../../core/counting";
import { toMajor, toMinor } from "../../core/money";
import type { CaseKind, KindField, LineCount, OpenCase, OrderItem, PayoutTo, Verdict } from "../../core/wire";
import { isEmail, isPhone } from "../contact";
import type { Subject } from "./data";
import type { Key } from "./words";

const OF_MONEY = new Set(["refund", "amount_dispute"]);
const BY_SUBJECT = new Set(["order", "transaction"]);
/** What a form about money asks for in its own way. */
const REASON = 1000; // characters
const AMOUNTS = new Set(["amount", "amount_charged", "amount_expected"]);

export const WAYS: PayoutTo["way"][] = ["original", "alipay", "wechat", "bank"];

export interface Filled {
  /** The id of an order or transaction; "typed": its number is written in `number`; "": none. */
  subject: string;
  number: string;
  /** Nothing before somebody chooses: then all that may be refunded. */
  lines?: number[];
  /** How many of a line, where it is not all that are left. */
  counts?: Record<number, number>;
  /** Nothing before somebody writes one: then the most. */
  amount?: string;
  charged: string;
  expected: string;
  /** The kind's own fields, by their codes. */
  fields: Record<string, string>;
  reason: string;
  way: PayoutTo["way"];
  payout: string;
  holder: string;
  name: string;
  email: string;
  phone: string;
}

export const EMPTY: Filled = {
  subject: "", number: "", charged: "", expected: "", fields: {}, reason: "",
  way: "original", payout: "", holder: "", name: "", email: "", phone: "",
};

/** What a form is judged by beside what is filled in. */
export interface Around {
  kind: CaseKind;
  subject: Subject | undefined;
  verdict: Verdict | undefined;
  wantsContact: boolean;
}

type Fault = Key | "form.email_wrong" | "form.phone_wrong";
/** By what is filled in; a field of the kind's own by `own(its code)`. */
export type Faults = Record<string, Fault>;
export const own = (code: string): string => `own.${code}`;

export const isOfMoney = ({ code }: CaseKind): boolean => OF_MONEY.has(code);
export const currencyOf = (subject: Subject | undefined): string => subject?.currency ?? "CNY";

/** The field that one's own orders and transactions are offered for. */
export function subjectField({ fields }: CaseKind): KindField | undefined {
  return fields.find(({ type }) => BY_SUBJECT.has(type!));
}

export function asksForSubject(kind: CaseKind): boolean {
  return isOfMoney(kind) || subjectField(kind) !== undefined;
}

/** Who looks for the order of a payment that failed finds it, too. */
export function canBeAbout(kind: CaseKind, of: Subject["of"]): boolean {
  return asksForSubject(kind) && (of === "order" || isOfMoney(kind) || subjectField(kind)?.type === "transaction");
}

export function needsSubject(kind: CaseKind): boolean {
  const field = subjectField(kind);
  return field !== undefined && (isOfMoney(kind) || field.required === true);
}

/** What there is nothing but the field for: neither the order or transaction, nor what is known of one. */
export function ownFields(kind: CaseKind, subject: Subject | undefined): KindField[] {
  const isKnown = ({ code }: KindField): boolean => (isOfMoney(kind) ? AMOUNTS.has(code) : subject !== undefined && code === "amount");
  return kind.fields.filter((field) => field !== subjectField(kind) && !isKnown(field));
}

/** Who has given no way to reach them is found by their account. */
export function isRequired({ code, required }: KindField, wantsContact: boolean): boolean {
  return required === true || (code === "account" && wantsContact);
}

/** In the minor unit; nothing while one of them is missing, or nothing was charged too much. */
export function differenceOf({ charged, expected }: Filled, currency: string): { charged: number; expected: number; difference: number } | undefined {
  const [was, due] = [toMinor(charged, currency), toMinor(expected, currency)];
  return was && due !== undefined && due < was ? { charged: was, expected: due, difference: was - due } : undefined;
}

/** The lines that are meant: those chosen, or all that may be refunded. */
export function chosenLines({ lines }: Filled, subject: Subject | undefined, whole: Verdict | undefined): number[] {
  if (lines) return lines;
  const all = subject?.order?.items.map(({ line }) => line) ?? [];
  const allowed = whole?.lines.filter((one) => one.allowed).map(({ line }) => line) ?? [];
  return allowed.length ? allowed : all;
}

export function isWhole(lines: number[], subject: Subject | undefined): boolean {
  return lines.length === (subject?.order?.items.length ?? 0);
}

/** The chosen items of which there are several, with how many of them go back: all that are left, if nobody chose fewer. */
export function countedOf({ counts = {} }: Filled, subject: Subject | undefined, lines: number[]): { item: OrderItem; count: number }[] {
  const items = subject?.order?.items.filter((item) => lines.includes(item.line) && isCounted(item) && item.left > 0) ?? [];
  return items.map((item) => ({ item, count: Math.min(counts[item.line] ?? item.left, item.left) }));
}

/** The most that may be asked for: what the policy allows, and no more than those that go back cost. */
export function mostOf(filled: Filled, { subject, verdict }: Around, lines: number[]): number | undefined {
  const fewer = countedOf(filled, subject, lines).filter(isFewer);
  if (!verdict || !fewer.length) return verdict?.most;
  const parts = lines.map((line) => {
    const few = fewer.find(({ item }) => item.line === line);
    const most = verdict.lines.find((one) => one.line === line)?.most ?? 0;
    return few ? Math.min(partOf(few.item, few.count), most) : most;
  });
  return Math.min(parts.reduce((sum, part) => sum + part, 0), verdict.most);
}

function isFewer({ item, count }: { item: OrderItem; count: number }): boolean {
  return count < item.left;
}

/** What is wrong, by field; the one that says so in its words is the field itself. */
export function faultsOf(filled: Filled, around: Around): Faults {
  const { kind, subject, wantsContact } = around;
  const isTyped = filled.subject === "typed";
  return {
    ...(needsSubject(kind) && !filled.subject ? { subject: "apply.of_missing" } : {}),
    ...(isTyped && needsSubject(kind) && !filled.number.trim() ? { number: "apply.number_missing" } : {}),
    ...(kind.code === "refund" ? refundFaults(filled, around) : {}),
    ...(kind.code === "amount_dispute" ? disputeFaults(filled, currencyOf(subject)) : {}),
    ...ownFaults(filled, around),
    ...(filled.reason.trim() ? {} : { reason: "apply.reason_missing" }),
    ...(isOfMoney(kind) ? payoutFaults(filled) : {}),
    ...(wantsContact ? contactFaults(filled) : {}),
  };
}

function ownFaults({ fields }: Filled, { kind, subject, wantsContact }: Around): Faults {
  const faults: Faults = {};
  for (const field of ownFields(kind, subject)) {
    const given = fields[field.code]?.trim();
    if (!given && isRequired(field, wantsContact)) faults[own(field.code)] = "apply.field_missing";
    if (given && field.type === "money" && toMinor(given, "CNY") === undefined) faults[own(field.code)] = "apply.amount_wrong";
  }
  return faults;
}

function refundFaults(filled: Filled, around: Around): Faults {
  const { amount, lines } = filled;
  const { kind, subject, verdict } = around;
  if (subject?.order && lines?.length === 0) return { lines: "apply.lines_missing" };
  const isOptional = subject ? amount === undefined : !amount?.trim() && !kind.fields.find(({ code }) => code === "amount")?.required;
  if (isOptional) return {};
  const asked = toMinor(amount ?? "", currencyOf(subject));
  if (!asked) return { amount: "apply.amount_wrong" };
  const most = mostOf(filled, around, chosenLines(filled, subject, verdict)) ?? subject?.refundable;
  return most !== undefined && asked > most ? { amount: "policy.above_most" } : {};
}

function disputeFaults(filled: Filled, currency: string): Faults {
  const [was, due] = [toMinor(filled.charged, currency), toMinor(filled.expected, currency)];
  return {
    ...(was ? {} : { charged: "apply.amount_wrong" as const }),
    ...(due === undefined ? { expected: "apply.amount_wrong" as const } : was && due >= was ? { expected: "apply.difference_none" as const } : {}),
  };
}

function payoutFaults({ way, payout, holder }: Filled): Faults {
  if (way === "original") return {};
  const account = payout.replace(/[\s-]/g, "");
  return {
    ...(!account ? { payout: "apply.payout_missing" as const } : way === "bank" && !/^\d{8,34}$/.test(account) ? { payout: "apply.payout_wrong" as const } : {}),
    ...(holder.trim() ? {} : { holder: "apply.holder_missing" as const }),
  };
}

function contactFaults({ email, phone }: Filled): Faults {
  if (!email.trim() && !phone.trim()) return { email: "apply.contact_missing" };
  return {
    ...(email.trim() && !isEmail(email) ? { email: "form.email_wrong" as const } : {}),
    ...(phone.trim() && !isPhone(phone) ? { phone: "form.phone_wrong" as const } : {}),
  };
}

/** So many characters at most: half of one, which a cut by units would leave of an emoji, is refused by the server. */
function firstOf(text: string, most: number): string {
  return [...text].slice(0, most).join("");
}

/** What is sent of a form without faults. */
export function inputOf(filled: Filled, around: Around, lines: number[], attachmentIds: string[]): Omit<OpenCase, "client_id"> {
  const { kind, subject, wantsContact } = around;
  return {
    kind: kind.code,
    reason: firstOf(filled.reason.trim(), REASON),
    ...(subject ? { [`${subject.of}_id`]: subject.id } : {}),
    ...moneyOf(filled, around, lines),
    fields: formOf(filled, around),
    ...(isOfMoney(kind) ? { payout: payoutOf(filled) } : {}),
    ...(attachmentIds.length ? { attachment_ids: attachmentIds } : {}),
    ...(wantsContact ? texts({ name: filled.name, email: filled.email, phone: filled.phone }) : {}),
  };
}

function moneyOf(filled: Filled, around: Around, lines: number[]): Partial<OpenCase> {
  const { kind, subject } = around;
  const currency = currencyOf(subject);
  if (kind.code === "amount_dispute") {
    const { charged, expected, difference } = differenceOf(filled, currency)!;
    return { charged, expected, amount: difference, currency };
  }
  if (kind.code !== "refund" || !subject) return {};
  const most = mostOf(filled, around, lines) ?? subject.refundable;
  const amount = filled.amount === undefined ? most : toMinor(filled.amount, currency)!;
  const counted = countedOf(filled, subject, lines);
  const isAll = isWhole(lines, subject) && !counted.some(isFewer);
  // Any other sum of the whole, such as for a scratch, says nothing of the items.
  const counts: LineCount[] = isAll && amount !== most ? [] : counted.map(({ item, count }) => ({ line: item.line, count }));
  return { amount, currency, ...(isAll ? {} : { lines }), ...(counts.length ? { counts } : {}) };
}

function formOf(filled: Filled, around: Around): Record<string, string> {
  return texts(Object.fromEntries(around.kind.fields.map((field) => [field.code, answerTo(field, filled, around)])));
}

// What is known of an order goes by its id, and into the form only where its kind insists.
function answerTo(field: KindField, filled: Filled, { kind, subject }: Around): string {
  const given = filled.fields[field.code] ?? "";
  if (ownFields(kind, subject).includes(field)) return field.type === "money" ? plain(given) : given;
  if (subject && !field.required) return "";
  if (field === subjectField(kind)) return subject?.number ?? (filled.subject === "typed" ? filled.number : "");
  return amountsOf(filled, kind, subject)[field.code] ?? "";
}

function amountsOf(filled: Filled, { code }: CaseKind, subject: Subject | undefined): Record<string, string> {
  const currency = currencyOf(subject);
  const found = code === "amount_dispute" && differenceOf(filled, currency);
  if (found) {
    const { charged, expected, difference } = found;
    return { amount: toMajor(difference, currency), amount_charged: toMajor(charged, currency), amount_expected: toMajor(expected, currency) };
  }
  if (filled.amount) return { amount: plain(filled.amount) };
  return subject ? { amount: toMajor(subject.refundable || subject.amount, currency) } : {};
}

/** An amount as forms have it, "12.50": of no currency. */
function plain(text: string): string {
  const amount = toMinor(text, "CNY");
  return amount === undefined ? "" : toMajor(amount, "CNY");
}

function payoutOf({ way, payout, holder }: Filled): PayoutTo {
  return way === "original" ? { way } : { way, account: way === "bank" ? payout.replace(/[\s-]/g, "") : payout.trim(), holder: holder.trim() };
}

function texts<T extends Record<string, string>>(given: T): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()] as const).filter(([, value]) => value));
}
