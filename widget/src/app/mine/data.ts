import { useEffect, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import type { Case, CaseKind, Order, OrderList, Transaction } from "../../core/wire";
import type { Session } from "../session";
import type { State } from "../state";
import type { Ui } from "../ui";

const EVERY = 30_000; // without a socket nobody says that a case has changed

/**
 * Asks for the customer's orders and cases, and for what one may apply for, now and again whenever they may have changed
 * unheard. True: it failed.
 */
export function useMine({ session, state }: Ui): { hasFailed: boolean; again: () => void } {
  const [hasFailed, setFailed] = useState(false);
  const isOnline = state.line === "online";
  const load = (): void => void loadMine(session).then((loaded) => setFailed(!loaded));
  useEffect(load, [session, state.customer?.id, isOnline]);
  useEffect(() => {
    if (isOnline) return undefined;
    const timer = setInterval(load, EVERY);
    return () => clearInterval(timer);
  }, [session, isOnline]);
  return { hasFailed, again: load };
}

let loading: Promise<boolean> | undefined;

/** Once for all who ask at the same time. False: no answer; what is known stays. */
export function loadMine(session: Session): Promise<boolean> {
  return (loading ??= fetchMine(session).finally(() => (loading = undefined)));
}

async function fetchMine(session: Session): Promise<boolean> {
  try {
    const [orders, { cases }, { kinds }] = await Promise.all([session.run("my_orders", {}), session.run("my_cases", {}), session.run("case_kinds", {})]);
    session.store.set({ orders, cases, kinds });
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return false;
  }
}

/** Open cases first, then by age, the newest first. */
export function inOrder(cases: Case[]): Case[] {
  const isOver = ({ next }: Case): number => (next === "nobody" ? 1 : 0);
  return [...cases].sort((one, other) => isOver(one) - isOver(other) || other.created_at.localeCompare(one.created_at));
}

/** The kind, if customers may open such cases here. */
export function offered({ kinds }: State, code: string): CaseKind | undefined {
  return kinds?.find((kind) => kind.code === code);
}

/** What a case may be about. */
export interface Subject {
  of: "order" | "transaction";
  id: string;
  number: string;
  currency: string;
  amount: number;
  refundable: number;
  order?: Order;
  transaction?: Transaction;
}

export function subjectsOf({ orders, transactions }: OrderList): Subject[] {
  return [
    ...orders.map((order): Subject => ({ of: "order", amount: order.total, order, ...keyed(order) })),
    ...transactions.map((transaction): Subject => ({ of: "transaction", amount: transaction.amount, transaction, ...keyed(transaction) })),
  ];
}

function keyed({ id, number, currency, refundable }: Order | Transaction) {
  return { id, number, currency, refundable };
}
