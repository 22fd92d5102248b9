import { describe, expect, test } from "vitest";
import { toMajor, toMinor } from "../src/core/money";
import { manyOf, partOf } from "../src/core/counting";
import { chosenLines, EMPTY, faultsOf, type Filled, inputOf } from "../src/app/mine/apply";
import { inOrder, type Subject } from "../src/app/mine/data";
import { mineWords, wordApply, wordEvent, wordRefusal, wordVerdict } from "../src/app/mine/words";
import { kindsFor } from "../src/app/mine/Bought";
import type { State } from "../src/app/state";
import "../src/core/texts";
import { wordsOf } from "../src/core/wording";
import type { Case, CaseKind, KindField, Order, Verdict } from "../src/core/wire";
import mineEn from "../../chat/texts/en/mine.json";
import mineZh from "../../chat/texts/zh-CN/mine.json";
import policyZh from "../../chat/texts/zh-CN/policy.json";
import widgetZh from "../../chat/texts/zh-CN/widget.json";

const words = mineWords(wordsOf("zh-CN", widgetZh), { ...mineZh, ...policyZh });

const ORDER = {
  id: "order-1", number: "QY1", state: "delivered", currency: "CNY", total: 20_000, refunded: 0, refundable: 20_000, channel: "alipay",
  placed_at: "2026-11-20T02:00:00Z", transactions: [], refunds: [],
  items: [{ line: 1, name: "帐篷", quantity: 1, left: 1, amount: 15_000 }, { line: 2, name: "上门安装", quantity: 1, left: 1, amount: 5_000, kind: "service" }],
} as Order;
const SUBJECT: Subject = { of: "order", id: "order-1", number: "QY1", currency: "CNY", amount: 20_000, refundable: 20_000, order: ORDER };
const VERDICT: Verdict = { allowed: true, rule: "ok", values: {}, most: 15_000, lines: [] };

const field = (code: string, type: KindField["type"] = "line", required = false): KindField => ({ code, type: type!, required, names: {} });
const ORDER_NUMBER = field("order_number", "order");
const AMOUNT = field("amount", "money");
const FIELDS: Record<string, KindField[]> = {
  refund: [ORDER_NUMBER, AMOUNT],
  amount_dispute: [ORDER_NUMBER, AMOUNT, field("amount_charged", "money"), field("amount_expected", "money")],
  unfreeze: [field("account"), field("frozen_on", "date")],
  payment_failure: [field("transaction_number", "transaction"), AMOUNT],
};
const kindOf = (code: string, fields = FIELDS[code] ?? [], names = {}): CaseKind => ({ code, names, fields, evidence: [] });
const around = (kind: string, given = {}) => ({ kind: kindOf(kind), subject: SUBJECT as Subject | undefined, verdict: VERDICT as Verdict | undefined, wantsContact: false, ...given });
const filled = (given: Partial<Filled> = {}): Filled => ({ ...EMPTY, subject: "order-1", reason: "不合适", ...given });

describe("what people write as an amount", () => {
  test.each([["99.5", 9_950], ["￥1,288.00", 128_800], ["１２", 1_200], ["0", 0], ["1.234", undefined], ["-5", undefined], ["1e30", undefined], ["很多", undefined], ["", undefined]])("%j is %j fen", (text, amount) => {
    expect(toMinor(text, "CNY")).toBe(amount);
  });

  test("has the decimals of its currency", () => {
    expect([toMinor("500", "JPY"), toMinor("500.5", "JPY"), toMajor(9_950, "CNY"), toMajor(500, "JPY")]).toEqual([500, undefined, "99.50", "500"]);
  });
});

describe("the form of a refund", () => {
  test("asks for all the policy allows, until somebody writes another amount", () => {
    expect(faultsOf(filled(), around("refund"))).toEqual({});
    expect(inputOf(filled(), around("refund"), [1], []).amount).toBe(15_000);
    expect(inputOf(filled({ amount: "20" }), around("refund"), [1], [])).toMatchObject({ order_id: "order-1", amount: 2_000, currency: "CNY", lines: [1], payout: { way: "original" } });
  });

  test.each([
    [{ amount: "0" }, { amount: "apply.amount_wrong" }],
    [{ amount: "150.01" }, { amount: "policy.above_most" }],
    [{ reason: " " }, { reason: "apply.reason_missing" }],
    [{ lines: [] }, { lines: "apply.lines_missing" }],
    [{ subject: "" }, { subject: "apply.of_missing" }],
    [{ way: "alipay" as const }, { payout: "apply.payout_missing", holder: "apply.holder_missing" }],
    [{ way: "bank" as const, payout: "62abc", holder: "王芳" }, { payout: "apply.payout_wrong" }],
  ])("says what is wrong with %j", (given, faults) => {
    expect(faultsOf(filled(given), around("refund"))).toEqual(faults);
  });

  test("chooses the lines the policy allows, all of them where it allows none", () => {
    const judged = (...allowed: boolean[]): Verdict => ({ ...VERDICT, lines: allowed.map((one, at) => ({ line: at + 1, allowed: one, rule: one ? "ok" : "excluded", most: 0 })) });
    expect(chosenLines(filled(), SUBJECT, judged(true, false))).toEqual([1]);
    expect(chosenLines(filled(), SUBJECT, judged(false, false))).toEqual([1, 2]);
    expect(chosenLines(filled({ lines: [2] }), SUBJECT, judged(true, true))).toEqual([2]);
  });

  test("leaves the lines out when the whole is meant", () => {
    expect(inputOf(filled(), around("refund"), [1, 2], [])).not.toHaveProperty("lines");
  });
});

describe("several of one item", () => {
  const cups = { line: 1, name: "杯子", quantity: 3, left: 3, amount: 10_000 };
  const subject: Subject = { ...SUBJECT, order: { ...ORDER, items: [cups, ORDER.items[1]!] } };
  const line = (at: number, most: number) => ({ line: at, allowed: most > 0, rule: "ok", most });
  const verdict = { ...VERDICT, lines: [line(1, 10_000), line(2, 5_000)] };
  const of = around("refund", { subject, verdict });

  test("so many go back as were chosen, and that is told beside the words", () => {
    const input = inputOf(filled({ counts: { 1: 2 } }), of, [1, 2], []);
    expect(input).toMatchObject({ amount: 6_666 + 5_000, lines: [1, 2], counts: [{ line: 1, count: 2 }], reason: "不合适" });
    const whole = inputOf(filled(), of, [1, 2], []);
    expect(whole).toMatchObject({ amount: 15_000, counts: [{ line: 1, count: 3 }] });
    expect(whole).not.toHaveProperty("lines"); // what is no line, such as freight, goes back with it
    expect(inputOf(filled(), of, [2], [])).not.toHaveProperty("counts");
    expect(faultsOf(filled({ counts: { 1: 2 }, amount: "117" }), of)).toEqual({ amount: "policy.above_most" });
    expect(faultsOf(filled({ counts: { 1: 2 }, amount: "116" }), of)).toEqual({});
  });

  test("any other sum of the whole says nothing of the items, and of some of it what was chosen", () => {
    const whole = inputOf(filled({ amount: "20" }), of, [1, 2], []);
    expect(whole).toMatchObject({ amount: 2_000 });
    expect(whole).not.toHaveProperty("counts");
    expect(inputOf(filled({ amount: "150" }), of, [1, 2], []).counts).toEqual([{ line: 1, count: 3 }]);
    expect(inputOf(filled({ amount: "20" }), of, [1], [])).toMatchObject({ lines: [1], counts: [{ line: 1, count: 3 }] });
    expect(inputOf(filled({ amount: "20", counts: { 1: 1 } }), of, [1, 2], []).counts).toEqual([{ line: 1, count: 1 }]);
  });

  test("of another one that was chosen with it, all that are left go back", () => {
    const plates = { line: 3, name: "盘子", quantity: 4, left: 2, amount: 8_000 };
    const both = around("refund", { subject: { ...SUBJECT, order: { ...ORDER, items: [cups, plates] } }, verdict: { ...VERDICT, lines: [line(1, 10_000), line(3, 4_000)] } });
    expect(inputOf(filled({ counts: { 1: 1 } }), both, [1, 3], []).counts).toEqual([{ line: 1, count: 1 }, { line: 3, count: 2 }]);
  });

  test("words have a thousand characters at most, and no half ones", () => {
    for (const before of ["", "a"]) {
      const { reason } = inputOf(filled({ reason: before + "🎁".repeat(1001) }), of, [1], []);
      expect([...reason]).toHaveLength(1000);
      expect(reason).not.toMatch(/\p{Surrogate}/u);
    }
  });

  test("what went back before is no more there, and no cent is lost", () => {
    expect([3, 2, 1, 0].map((left) => manyOf({ ...cups, left }))).toEqual([3, 2, 1, 0]);
    expect([manyOf({ ...cups, amount: 2 }), manyOf({ ...cups, quantity: 1, left: 1 })]).toEqual([1, 1]);
    expect([3, 2, 1].map((left) => partOf({ ...cups, left }, 1)).reduce((sum, part) => sum + part, 0)).toBe(10_000);
    expect([1, 2].map((count) => partOf({ ...cups, left: 2 }, count))).toEqual([3_333, 6_667]);
  });

  test("one that went back for less leaves as many as were not counted, and what was chosen of more is cut", () => {
    const two = around("refund", { subject: { ...SUBJECT, order: { ...ORDER, items: [{ ...cups, left: 2 }] } }, verdict: { ...VERDICT, most: 6_667, lines: [line(1, 6_667)] } });
    expect(inputOf(filled(), two, [1], [])).toMatchObject({ amount: 6_667, counts: [{ line: 1, count: 2 }] });
    expect(inputOf(filled({ counts: { 1: 3 } }), two, [1], []).counts).toEqual([{ line: 1, count: 2 }]);
    expect(inputOf(filled({ counts: { 1: 1 } }), two, [1], [])).toMatchObject({ amount: 3_333, lines: [1] });
  });

  test("who asks for more than are left is told so", () => {
    expect(wordRefusal({ code: "fewer_left", message: "" }, words)).toContain("可退的件数");
  });
});

test("an amount dispute asks for the difference, and only for one", () => {
  const given = filled({ charged: "128", expected: "100" });
  expect(inputOf(given, around("amount_dispute"), [], [])).toMatchObject({ charged: 12_800, expected: 10_000, amount: 2_800 });
  expect(faultsOf(filled({ charged: "100", expected: "100" }), around("amount_dispute"))).toEqual({ expected: "apply.difference_none" });
  expect(faultsOf(filled(), around("amount_dispute"))).toEqual({ charged: "apply.amount_wrong", expected: "apply.amount_wrong" });
});

test("who is not signed in writes the number and how they can be reached", () => {
  const guest = around("refund", { subject: undefined, verdict: undefined, wantsContact: true });
  expect(faultsOf(filled({ subject: "typed" }), guest)).toEqual({ number: "apply.number_missing", email: "apply.contact_missing" });
  const input = inputOf(filled({ subject: "typed", number: " QY7 ", amount: "12.5", email: "fang@demo.example" }), guest, [], ["file-1"]);
  expect(input).toMatchObject({ fields: { order_number: "QY7", amount: "12.50" }, email: "fang@demo.example", attachment_ids: ["file-1"] });
  expect(input).not.toHaveProperty("order_id");
});

test("who is not signed in tells both amounts of a dispute, and the difference", () => {
  const guest = around("amount_dispute", { subject: undefined, verdict: undefined });
  const { fields, ...input } = inputOf(filled({ subject: "typed", number: "QY7", charged: "￥128", expected: "99.5" }), guest, [], []);
  expect(input).toMatchObject({ charged: 12_800, expected: 9_950, amount: 2_850, currency: "CNY" });
  expect(fields).toEqual({ order_number: "QY7", amount: "28.50", amount_charged: "128.00", amount_expected: "99.50" });
});

test("a locked account needs no order, and no place for money to go", () => {
  const input = inputOf(filled({ subject: "", fields: { account: "fang", frozen_on: "2026-11-20" } }), around("unfreeze", { subject: undefined }), [], []);
  expect(input).toEqual({ kind: "unfreeze", reason: "不合适", fields: { account: "fang", frozen_on: "2026-11-20" } });
});

describe("a kind that the site made", () => {
  const WARRANTY = kindOf("warranty", [field("order_number", "order", true), field("bought_on", "date"), field("paid", "money"), field("serial", "line", true)], { "zh-CN": "保修", en: "Warranty" });
  const warranty = (given = {}) => ({ ...around("warranty", given), kind: WARRANTY });

  test("asks for what it has to know, and takes amounts as people write them", () => {
    expect(faultsOf(filled({ subject: "", fields: { paid: "很多" } }), warranty({ subject: undefined }))).toEqual({
      subject: "apply.of_missing", "own.serial": "apply.field_missing", "own.paid": "apply.amount_wrong",
    });
    expect(faultsOf(filled({ subject: "typed", fields: { serial: "A-7" } }), warranty({ subject: undefined }))).toEqual({ number: "apply.number_missing" });
    const typed = inputOf(filled({ subject: "typed", number: " QY7 ", fields: { serial: " A-7 ", paid: "￥1,288", bought_on: "" } }), warranty({ subject: undefined }), [], []);
    expect(typed).toEqual({ kind: "warranty", reason: "不合适", fields: { order_number: "QY7", serial: "A-7", paid: "1288.00" } });
  });

  test("is linked to what it is about, whose number stands in a form that insists on it", () => {
    const input = inputOf(filled({ fields: { serial: "A-7" } }), warranty(), [], []);
    expect(input).toEqual({ kind: "warranty", reason: "不合适", order_id: "order-1", fields: { order_number: "QY1", serial: "A-7" } });
  });

  test("is called what the site calls it, and what it adds to ours is asked for as well", () => {
    expect([wordApply(WARRANTY, words), wordApply(kindOf("refund"), words)]).toEqual(["保修", "申请退款"]);
    const refund = { ...around("refund"), kind: kindOf("refund", [ORDER_NUMBER, AMOUNT, field("size", "line", true)]) };
    expect(faultsOf(filled(), refund)).toEqual({ "own.size": "apply.field_missing" });
    expect(inputOf(filled({ fields: { size: "L" } }), refund, [1], []).fields).toEqual({ size: "L" });
  });
});

test("what can be wrong with something bought depends on its state", () => {
  const bought = (given: Partial<Order>): Subject => ({ ...SUBJECT, ...given, order: { ...ORDER, ...given } });
  const codes = (subject: Subject, kinds = Object.keys(FIELDS)): string[] =>
    kindsFor(subject, { kinds: kinds.map((code) => kindOf(code)) } as State).map(({ code }) => code);
  expect(codes(SUBJECT)).toEqual(["refund", "amount_dispute"]);
  expect(codes(bought({ refundable: 0 }))).toEqual([]);
  expect(codes(bought({ state: "unpaid" }))).toEqual(["payment_failure"]);
  expect(codes(SUBJECT, ["amount_dispute"])).toEqual(["amount_dispute"]); // the site takes no refunds here
});

test("open cases come first, then the newest", () => {
  const one = (ticket_id: string, next: Case["next"], day: string) => ({ ticket_id, next, created_at: `2026-11-${day}T00:00:00Z` }) as Case;
  const cases = [one("old", "desk", "01"), one("over", "nobody", "20"), one("new", "customer", "10")];
  expect(inOrder(cases).map(({ ticket_id }) => ticket_id)).toEqual(["new", "old", "over"]);
});

test("a refusal is told in the reader's language, and the server's English to nobody else", () => {
  const message = "90.00 CNY is more than the 1.00 CNY that can still be refunded.";
  for (const code of ["policy", "wrong_form", "too_many_cases", "illegal_move", "invalid", "not_found", "anything"]) {
    expect(wordRefusal({ code, message }, words)).toMatch(/^[^A-Za-z]+$/);
  }
  const english = mineWords(wordsOf("en", widgetZh), { ...mineEn, ...policyZh });
  expect(wordRefusal({ code: "invalid", message }, english)).toContain("1.00 CNY");
});

test("a verdict and an event are told in plain words, and an unknown event not at all", () => {
  expect(wordVerdict({ rule: "too_late_delivery", values: { days: 14, last: "2026-11-12" } }, words)).toBe("已超过签收后 14 天的退款期限（截至 11月12日）。");
  expect(wordVerdict({ rule: "cap", values: { amount: 50_000, currency: "CNY" } }, words)).toContain("¥500.00");
  const event = (code: string, values = {}) => wordEvent({ at: "2026-11-20T02:00:00Z", code, values }, { kind: "refund", names: {}, named: { "ending.repaired": { "zh-CN": "已修复寄回" } } }, words);
  expect(event("evidence_wanted", { codes: ["photo", "payment_receipt"] })).toMatch(/商品照片.*付款凭证/);
  expect(event("ended", { ending: "rejected", reason: "已使用" })).toBe("处理结果：未通过。原因：已使用");
  expect(event("ended", { ending: "repaired" })).toBe("处理结果：已修复寄回");
  expect(event("of_next_year")).toBe("");
});

test("both languages have words for the same things", () => {
  expect(Object.keys(mineEn).sort()).toEqual(Object.keys(mineZh).sort());
});
