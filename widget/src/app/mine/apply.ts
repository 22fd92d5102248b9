/** The form of a case: what is filled in, what is wrong with it, and what is sent. */

import { toMajor, toMinor } from "../../core/money";
import type { OpenCase, PayoutTo, Verdict } from "../../core/wire";
import { isEmail, isPhone } from "../contact";
import type { Subject } from "./data";
import type { Key } from "./words";

/** What customers may apply for here; a site's own kinds are opened by its pages. */
export const KINDS = ["refund", "amount_dispute", "unfreeze", "payment_failure", "password_help"] as const;
const OF_MONEY = new Set(["refund", "amount_dispute"]);
const OF_ACCOUNT = new Set(["unfreeze", "password_help"]);

export const WAYS: PayoutTo["way"][] = ["original", "alipay", "wechat", "bank"];

/** What helps to judge a case of a kind. */
export const EVIDENCE: Record<string, string[]> = {
  refund: ["photo", "order_confirmation"],
  amount_dispute: ["order_confirmation", "payment_receipt"],
  unfreeze: ["identity_proof"],
  password_help: ["identity_proof"],
  payment_failure: ["error_screenshot"],
};

export interface Filled {
  /** The id of an order or transaction; "typed": its number is written in `number`; "": none. */
  subject: string;
  number: string;
  /** Nothing before somebody chooses: then all that may be refunded. */
  lines?: number[];
  /** Nothing before somebody writes one: then the most. */
  amount?: string;
  charged: string;
  expected: string;
  account: string;
  frozen_on: string;
  reason: string;
  way: PayoutTo["way"];
  payout: string;
  holder: string;
  name: string;
  email: string;
  phone: string;
}

export const EMPTY: Filled = {
  subject: "", number: "", charged: "", expected: "", account: "", frozen_on: "", reason: "",
  way: "original", payout: "", holder: "", name: "", email: "", phone: "",
};

/** What a form is judged by beside what is filled in. */
export interface Around {
  kind: string;
  subject: Subject | undefined;
  verdict: Verdict | undefined;
  wantsContact: boolean;
}

export type Faults = Partial<Record<keyof Filled, Key | "form.email_wrong" | "form.phone_wrong">>;

export const isOfMoney = (kind: string): boolean => OF_MONEY.has(kind);
export const isOfAccount = (kind: string): boolean => OF_ACCOUNT.has(kind);
export const asksForSubject = (kind: string): boolean => isOfMoney(kind) || kind === "payment_failure";
export const asksForPayout = (kind: string): boolean => isOfMoney(kind);
export const currencyOf = (subject: Subject | undefined): string => subject?.currency ?? "CNY";

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

/** What is wrong, by field; the one that says so in its words is the field itself. */
export function faultsOf(filled: Filled, around: Around): Faults {
  const { kind, subject, wantsContact } = around;
  const faults: Faults = {};
  if (isOfMoney(kind) && !filled.subject) faults.subject = "apply.of_missing";
  if (filled.subject === "typed" && !filled.number.trim()) faults.number = "apply.number_missing";
  if (kind === "refund") Object.assign(faults, refundFaults(filled, around));
  if (kind === "amount_dispute") Object.assign(faults, disputeFaults(filled, currencyOf(subject)));
  if (isOfAccount(kind) && wantsContact && !filled.account.trim()) faults.account = "apply.account_missing";
  if (!filled.reason.trim()) faults.reason = "apply.reason_missing";
  if (asksForPayout(kind)) Object.assign(faults, payoutFaults(filled));
  if (wantsContact) Object.assign(faults, contactFaults(filled));
  return faults;
}

function refundFaults({ amount, lines }: Filled, { subject, verdict }: Around): Faults {
  if (subject?.order && lines?.length === 0) return { lines: "apply.lines_missing" };
  if (amount === undefined || (!subject && !amount.trim())) return {};
  const asked = toMinor(amount, currencyOf(subject));
  if (!asked) return { amount: "apply.amount_wrong" };
  const most = verdict?.most ?? subject?.refundable;
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

/** What is sent of a form without faults. */
export function inputOf(filled: Filled, around: Around, lines: number[], attachmentIds: string[]): Omit<OpenCase, "client_id"> {
  const { kind, subject, wantsContact } = around;
  return {
    kind,
    reason: filled.reason.trim(),
    ...(asksForSubject(kind) && subject ? { [`${subject.of}_id`]: subject.id } : {}),
    ...(subject ? moneyOf(filled, around, subject, lines) : {}),
    fields: formOf(filled, kind, subject),
    ...(asksForPayout(kind) ? { payout: payoutOf(filled) } : {}),
    ...(attachmentIds.length ? { attachment_ids: attachmentIds } : {}),
    ...(wantsContact ? texts({ name: filled.name, email: filled.email, phone: filled.phone }) : {}),
  };
}

function moneyOf(filled: Filled, { kind, verdict }: Around, subject: Subject, lines: number[]): Partial<OpenCase> {
  const { currency } = subject;
  if (kind === "amount_dispute") {
    const { charged, expected, difference } = differenceOf(filled, currency)!;
    return { charged, expected, amount: difference, currency };
  }
  if (kind !== "refund") return {};
  const amount = filled.amount === undefined ? (verdict?.most ?? subject.refundable) : toMinor(filled.amount, currency)!;
  return { amount, currency, ...(isWhole(lines, subject) ? {} : { lines }) };
}

// What is known of an order goes by its id; the form's own fields are for what was only written.
function formOf(filled: Filled, kind: string, subject: Subject | undefined): Record<string, string> {
  if (isOfAccount(kind)) return texts({ account: filled.account, ...(kind === "unfreeze" ? { frozen_on: filled.frozen_on } : {}) });
  if (subject || !asksForSubject(kind)) return {};
  const number = filled.subject === "typed" ? filled.number : "";
  if (kind === "payment_failure") return texts({ transaction_number: number });
  const difference = kind === "amount_dispute" ? differenceOf(filled, "CNY")?.difference : toMinor(filled.amount ?? "", "CNY");
  return texts({ order_number: number, amount: difference ? toMajor(difference, "CNY") : "" });
}

function payoutOf({ way, payout, holder }: Filled): PayoutTo {
  return way === "original" ? { way } : { way, account: way === "bank" ? payout.replace(/[\s-]/g, "") : payout.trim(), holder: holder.trim() };
}

function texts<T extends Record<string, string>>(given: T): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()] as const).filter(([, value]) => value));
}
