import type { Topic } from "../core/wire";
import type { Fields } from "./verbs";

const EMAIL = /^[^@\s<>"',;:\\]{1,64}@[^@\s<>"',;:\\]{1,190}$/;
const PHONE = /^\+?[0-9][0-9 ()-]{4,24}$/;

export const TOPICS: Topic[] = ["refund", "amount_dispute", "unfreeze", "password_help", "payment_failure", "other"];

/** What helps the desk to begin with, beside the description. */
export const TOPIC_FIELDS: Partial<Record<Topic, ("order_number" | "amount" | "transaction_number")[]>> = {
  refund: ["order_number", "amount"],
  amount_dispute: ["order_number", "amount"],
  payment_failure: ["transaction_number"],
};

export const isEmail = (text: string): boolean => EMAIL.test(text.trim());
export const isPhone = (text: string): boolean => PHONE.test(text.trim());

/** One field takes whatever the customer goes by. */
export function contactFields(text: string): Fields {
  const given = text.trim();
  if (!given) return {};
  if (isEmail(given)) return { email: given };
  return isPhone(given) ? { phone: given } : { account: given };
}

export function filledIn(fields: Fields): Fields {
  const kept = Object.entries(fields).map(([name, value]) => [name, value.trim()] as const);
  return Object.fromEntries(kept.filter(([, value]) => value));
}
