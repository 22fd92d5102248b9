/** What the states are made of: 李娜, the desk of a shop, what is said there, what she bought and what she applied for. */

import type { KnownDesk } from "../app/words";
import type { Case, CaseKind, Conversation, Customer, Locale, Message, Order, OrderList, Transaction } from "../core/wire";

export const NOW = Date.parse("2026-11-20T02:30:00Z"); // 10:30 in Shanghai, a Friday
const ROOM = "00000000-0000-7000-8000-000000000001";

/** Chinese or English. */
export type Say = (zh: string, en: string) => string;

export const sayIn = (locale: Locale): Say => (zh, en) => (locale === "en" ? en : zh);

export function at(minutes: number): string {
  return new Date(NOW + minutes * 60_000).toISOString();
}

export function desk(given: Partial<KnownDesk> = {}): KnownDesk {
  return {
    site: "demo",
    names: { "zh-CN": "晴野商城", en: "Qingye Shop" },
    open: true,
    now: at(0),
    zone: "Asia/Shanghai",
    closes_at: at(630),
    rule: "weekly",
    queue: "open",
    range: { low: 300, high: 720 },
    reply_by: at(240),
    skew: NOW - Date.now(),
    ...given,
  };
}

const { closes_at: _, range: __, ...unattended } = desk();
export const NIGHT: KnownDesk = { ...unattended, open: false, opens_at: at(1350), reply_by: at(1590) };

export const GUEST: Customer = { id: "guest", kind: "anonymous", locale: "zh-CN" };
export const LINA: Customer = { id: "lina", kind: "verified", name: "李娜", email: "lina@demo.example", locale: "zh-CN" };

export function conversation(given: Partial<Conversation> = {}): Conversation {
  return {
    id: ROOM,
    status: "active",
    topic: "refund",
    customer_id: LINA.id,
    agent: { id: "mei", name: "陈梅" },
    last_seq: 0,
    version: 1,
    epoch: 1,
    customer_read_seq: 0,
    agent_read_seq: 0,
    created_at: at(-20),
    contact: true,
    urgent: false,
    ...given,
  };
}

const AUTHORS = {
  lina: { kind: "customer", id: LINA.id, name: "李娜" },
  mei: { kind: "agent", id: "mei", name: "陈梅" },
  bot: { kind: "bot", name: "" },
  desk: { kind: "system", name: "" },
} as const;

export type Line = Partial<Message> & { by: keyof typeof AUTHORS };

/** Messages one after another, each two minutes after the one before, the last a minute ago. */
export function messages(lines: Line[]): Message[] {
  return lines.map(({ by, ...given }, index) => ({
    id: `message-${index + 1}`,
    conversation_id: ROOM,
    seq: index + 1,
    author: AUTHORS[by],
    kind: by === "desk" ? "system" : "text",
    body: "",
    created_at: at(2 * (index - lines.length) + 1),
    ...given,
  }));
}

export const coded = (code: string, values: Record<string, unknown> = {}): Line => ({ by: "desk", data: { code, values } });

// -- bought and applied for -----------------------------------------------------------------------------------------

const order = (say: Say): Order => ({
  id: "order-1",
  number: "QY20261118-0118",
  state: "delivered",
  currency: "CNY",
  total: 45_800,
  refunded: 0,
  refundable: 45_800,
  channel: "wechat_pay",
  delivery: "QE261118004366",
  placed_at: at(-3_000),
  delivered_at: at(-900),
  items: [
    { line: 1, name: say("山野双肩包 24L", "Hill backpack 24 L"), quantity: 1, left: 1, amount: 32_900 },
    { line: 2, name: say("便携保温杯 500ml（限量版，带茶漏、杯套和可替换的硅胶密封圈）", "Travel flask 500 ml (limited edition, with tea strainer, sleeve and replaceable silicone seal)"), quantity: 2, left: 2, amount: 12_900 },
  ],
  transactions: [],
  refunds: [],
});

const returned = (say: Say): Order => ({
  ...order(say),
  id: "order-2",
  number: "QY20261103-0007",
  state: "refunded",
  total: 16_900,
  refunded: 16_900,
  refundable: 0,
  items: [{ line: 1, name: say("羊毛野餐毯", "Wool picnic blanket"), quantity: 1, left: 0, amount: 16_900 }],
  refunds: [{ id: "refund-1", ticket_id: "case-paid", ticket_number: "QY-2026-000001-2", amount: 16_900, currency: "CNY", state: "paid", created_at: at(-5_000) }],
});

const unpaid = (say: Say): Order => {
  const { delivery: _, delivered_at: __, ...rest } = order(say);
  return { ...rest, id: "order-3", number: "QY20261120-0009", state: "unpaid", total: 18_900, refundable: 0, items: [{ line: 1, name: say("暖光露营灯", "Warm camping lamp"), quantity: 1, left: 0, amount: 18_900 }] };
};

export const bought = (say: Say): OrderList => ({ orders: [unpaid(say), order(say), returned(say)], transactions: [], verified: true });

export const NOTHING: OrderList = { orders: [], transactions: [], verified: true };
export const UNKNOWN: OrderList = { ...NOTHING, verified: false };

const transaction = (id: string, given: Partial<Transaction>): Transaction => ({
  id, number: `QP2026112000${id}`, kind: "payment", channel: "wallet", amount: 5_000, currency: "CNY", state: "succeeded", refunded: 0, refundable: 0, created_at: at(-600), ...given,
});

export const WALLET: OrderList = {
  orders: [],
  transactions: [
    transaction("2639", { kind: "transfer", state: "frozen", amount: 300_000 }),
    transaction("2640", { state: "failed" }),
    transaction("2641", { refundable: 5_000 }),
    transaction("2642", { kind: "collection", state: "pending" }),
  ],
  verified: true,
};

const kind = (code: string, fields: CaseKind["fields"] = [], evidence: string[] = []): CaseKind => ({ code, names: {}, fields, evidence: evidence.map((one) => ({ code: one, names: {} })) });

export const KINDS: CaseKind[] = [
  kind("refund", [{ code: "order_number", names: {}, type: "order" }, { code: "amount", names: {}, type: "money" }], ["photo", "order_confirmation"]),
  kind("amount_dispute", [{ code: "order_number", names: {}, type: "order" }, { code: "amount_charged", names: {}, type: "money" }, { code: "amount_expected", names: {}, type: "money" }], ["payment_receipt"]),
  kind("unfreeze", [{ code: "account", names: {}, type: "line" }, { code: "frozen_on", names: {}, type: "date" }], ["identity_proof", "explanation"]),
  kind("password_help", [{ code: "account", names: {}, type: "line" }], ["identity_proof"]),
  kind("payment_failure", [{ code: "transaction_number", names: {}, type: "transaction" }, { code: "amount", names: {}, type: "money" }], ["error_screenshot"]),
  kind("other"),
];

const STEPS = ["received", "in_review", "decision", "payment"];

const stepsUntil = (current: number): Case["steps"] =>
  STEPS.map((code, index) => ({ code, names: {}, state: index < current ? "done" : index === current ? "current" : "todo" }));

function applied(id: string, number: string, current: number, given: Partial<Case>): Case {
  return {
    ticket_id: id,
    number,
    kind: "refund",
    names: {},
    status: "open",
    next: "desk",
    by: at(1_500),
    late: false,
    steps: stepsUntil(current),
    history: [
      { at: at(-2_000), code: "opened", values: { kind: "refund" } },
      { at: at(-2_000), code: "refund_requested", values: { amount: 32_900, currency: "CNY" } },
    ],
    refund: { amount: 32_900, currency: "CNY", state: "in_review", payout: { way: "alipay", masked: "138****0001" } },
    order_number: "QY20261118-0118",
    wanted: [],
    may: ["withdraw"],
    named: {},
    created_at: at(-2_000),
    updated_at: at(-1_000),
    ...given,
  };
}

export const CASES: Case[] = [
  applied("case-review", "QY-2026-000014-7", 1, {}),
  applied("case-wanted", "QY-2026-000015-4", 1, {
    status: "pending",
    next: "customer",
    wanted: [{ code: "photo", names: {}, given: false }, { code: "order_confirmation", names: {}, given: true }],
    may: ["add_evidence", "withdraw"],
    refund: { amount: 32_900, currency: "CNY", state: "evidence_wanted" },
  }),
  applied("case-late", "QY-2026-000011-3", 2, { late: true, by: at(-200) }),
  applied("case-refused", "QY-2026-000009-8", 2, {
    status: "solved",
    next: "nobody",
    ending: "refused",
    steps: stepsUntil(2).map((step, index) => (index === 2 ? { ...step, state: "failed" } : step)),
    may: ["appeal"],
    refund: { amount: 32_900, currency: "CNY", state: "rejected" },
  }),
  applied("case-paid", "QY-2026-000001-2", 4, {
    status: "closed",
    next: "nobody",
    may: [],
    refund: { amount: 16_900, currency: "CNY", state: "paid" },
    history: [
      { at: at(-6_000), code: "opened", values: { kind: "refund" } },
      { at: at(-6_000), code: "refund_requested", values: { amount: 16_900, currency: "CNY" } },
      { at: at(-5_200), code: "refund_approved", values: { amount: 16_900, currency: "CNY" } },
      { at: at(-5_000), code: "refund_paid", values: { amount: 16_900, currency: "CNY" } },
    ],
  }),
];
