import { act } from "preact/test-utils";
import { describe, expect, test } from "vitest";
import { CommandError } from "../../widget/src/core/connection";
import type { AgentCommands, Order, Refund, Ticket, TicketKind, TicketList, UpdateTickets } from "../../widget/src/core/wire";
import { draw, root } from "./page";
import { at, DAVID, deskView, MEI, settled, storeWith, ticket } from "./people";

const HOUR = 3_600_000;
const from = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
const ID = (number: number): string => `01a2032e-0000-7000-8000-00000000000${number}`;

const KIND: TicketKind = {
  code: "refund",
  built_in: true,
  active: true,
  revision: 0,
  definition: {
    evidence: [{ code: "photo" }, { code: "invoice", names: { "zh-CN": "发票", en: "Invoice" } }],
    steps: [{ code: "received" }, { code: "answer" }],
    endings: [{ code: "refunded" }, { code: "rejected" }],
  },
};

const REFUND: Refund = {
  id: "r1",
  ticket_id: ID(1),
  amount: 9_900,
  currency: "CNY",
  lines: [],
  counts: [],
  reason: "尺码不对",
  state: "in_review",
  requested_by: "李娜",
  payments: [],
  created_at: at(0),
  updated_at: at(0),
};

type Answers = { [N in keyof AgentCommands]?: (input: never) => unknown };

/** The tickets' screen with these tickets, the first of them open when the address says so. */
async function open(tickets: Ticket[], more: Answers = {}, hash = "#/tickets") {
  location.hash = hash;
  const view = deskView();
  const { store, server } = storeWith({
    sync: () => ({ desk: { ...view, teams: [{ id: "t1", name: "售后", sites: ["demo"] }], desks: view.desks.map((desk) => ({ ...desk, now: from(0) })) } }),
    tickets: () => ({ tickets }),
    ticket: () => ({ ticket: tickets[0]! }),
    ticket_kinds: () => ({ kinds: [KIND] }),
    ticket_views: () => ({ views: [] }),
    customer_orders: () => ({ orders: [], transactions: [], verified: true }),
    ...more,
  } as Parameters<typeof storeWith>[0]);
  await draw(store);
  return { store, server };
}

const opened = `#/tickets/${ID(1)}`;

function button(name: string, within: ParentNode = root): HTMLButtonElement | undefined {
  return [...within.querySelectorAll("button")].find((one) => one.textContent?.trim() === name);
}

async function press(control: HTMLElement | null | undefined): Promise<void> {
  await act(async () => {
    control!.click();
    await settled();
  });
}

async function type(field: HTMLInputElement | HTMLTextAreaElement, value: string): Promise<void> {
  await act(async () => {
    field.value = value;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await settled();
  });
}

test("due times are told in words: what is left, what is late, and that the clock stands still", async () => {
  await open([
    ticket(ID(1), { due_at: from(2.5 * HOUR) }),
    ticket(ID(2), { due_at: from(-3.5 * HOUR) }),
    ticket(ID(3), { status: "pending" }),
    ticket(ID(4), { status: "solved", due_at: from(-HOUR) }),
  ]);
  const told = [...root.querySelectorAll(".rows li")].map((row) => row.querySelector(".row-time")?.textContent);
  expect(told).toEqual(["剩 2 小时", "超时 3 小时", "计时暂停", undefined]);
  expect(root.querySelector(".promise-overdue")).not.toBeNull();
});

test("a view asks for its tickets in its order, and can be saved for colleagues", async () => {
  const asked: TicketList[] = [];
  const { server } = await open([ticket(ID(1))], {
    tickets: (input: TicketList) => {
      asked.push(input);
      return { tickets: [ticket(ID(1))] };
    },
    save_view: () => ({ views: [{ id: "v1", name: "我的", filter: { unsolved: true, assignee: "me" }, order: "due", shared: true, mine: true, by: "陈梅" }] }),
  } as Answers);
  expect(asked.at(-1)).toMatchObject({ unsolved: true, order: "changed" });
  await press(root.querySelector<HTMLElement>(".view-name"));
  await press(button("我的工单"));
  expect(asked.at(-1)).toMatchObject({ unsolved: true, assignee: "me", order: "due" });
  await press(root.querySelector<HTMLElement>('[aria-keyshortcuts="f"]'));
  await press(button("保存为视图"));
  const form = root.querySelector<HTMLFormElement>("dialog form")!;
  form.querySelector<HTMLInputElement>("[name=name]")!.value = "我的";
  form.querySelector<HTMLInputElement>("[name=shared]")!.checked = true;
  await press(button("保存", form));
  expect(server.askedFor("save_view")).toMatchObject([{ name: "我的", shared: true, filter: { unsolved: true, assignee: "me" }, order: "due" }]);
  expect(root.querySelector(".view-name")!.textContent).toBe("我的");
});

test("one change goes to all that are ticked, and to nothing else", async () => {
  const { server } = await open([ticket(ID(1)), ticket(ID(2)), ticket(ID(3))], {
    update_tickets: () => ({ tickets: [] }),
  } as Answers);
  expect(button("分配")).toBeUndefined();
  const marks = [...root.querySelectorAll<HTMLInputElement>(".row-mark")];
  await press(marks[0]);
  await press(marks[2]);
  await press(button("分配"));
  await press(button("售后"));
  expect(server.askedFor("update_tickets")).toEqual([{ ticket_ids: [ID(1), ID(3)], team_id: "t1" } satisfies UpdateTickets]);
  expect(root.querySelector(".bulk-count")).toBeNull();
});

test("what is scrolled to comes in by its cursor, each ticket once", async () => {
  const { server } = await open([], {
    tickets: ({ before }: TicketList) =>
      before ? { tickets: [ticket(ID(2)), ticket(ID(3))] } : { tickets: [ticket(ID(1)), ticket(ID(2))], next: "after-2" },
  } as Answers);
  await press(button("加载更多"));
  expect(server.askedFor("tickets").at(-1)).toMatchObject({ before: "after-2", unsolved: true });
  expect(root.querySelectorAll(".rows li")).toHaveLength(3);
  expect(button("加载更多")).toBeUndefined();
});

test("nobody decides on their own request, and reads why", async () => {
  await open([ticket(ID(1), { refunds: [{ ...REFUND, requested_by_id: MEI.id }] })], {}, opened);
  expect(root.querySelector(".refund .hint")!.textContent).toContain("需由其他同事审核");
  expect(button("通过")).toBeUndefined();
});

test("who decides sees how many of an item go back, and of how many", async () => {
  const items = [{ line: 1, name: "杯子", quantity: 3, left: 3, amount: 30_000 }, { line: 2, name: "茶几", quantity: 1, left: 1, amount: 9_000 }];
  const order = { id: ID(7), number: "QY1", state: "delivered", currency: "CNY", total: 39_000, refunded: 0, refundable: 39_000, channel: "alipay", placed_at: "2026-11-20T02:00:00Z", items, transactions: [], refunds: [] } as Order;
  const refund = { ...REFUND, order_id: ID(7), lines: [1, 2], counts: [{ line: 1, count: 2 }] };
  await open([ticket(ID(1), { orders: [order], refunds: [refund] })], {}, opened);
  expect(root.querySelector(".refund .facts")!.textContent).toContain("杯子 ×2（共购 3 件，¥300.00）、茶几 · ¥90.00");
});

describe("asking for money back", () => {
  const ORDER = {
    id: ID(7), number: "QY1", state: "delivered", currency: "CNY", total: 41_000, refunded: 2_000, refundable: 39_000, channel: "alipay", placed_at: "2026-11-20T02:00:00Z",
    items: [{ line: 1, name: "杯子", quantity: 3, left: 2, amount: 30_000 }, { line: 2, name: "茶几", quantity: 1, left: 1, amount: 9_000 }],
    transactions: [], refunds: [],
  } as Order;
  const VERDICT = { allowed: true, rule: "ok", values: {}, most: 31_000, lines: [] };

  /** The form, with what is chosen in it and then sent. */
  async function ask(more: Answers, fill: () => Promise<void>) {
    const answers = { check_refund: ({ lines }: { lines: number[] }) => ({ verdict: { ...VERDICT, most: lines.length ? 29_000 : 31_000 } }), request_refund: () => ({ refund: REFUND }), ...more };
    const { server } = await open([ticket(ID(1), { orders: [ORDER] })], { customer_orders: () => ({ orders: [ORDER], transactions: [], verified: true }), ...answers } as Answers, opened);
    await press(button("申请退款"));
    await fill();
    await type(root.querySelector<HTMLTextAreaElement>("[name=reason]")!, "磕坏了");
    await press(button("提交申请"));
    return server;
  }
  const howMany = (): HTMLInputElement => root.querySelector<HTMLInputElement>(".how-many input")!;
  const tick = (at: number): Promise<void> => press(root.querySelectorAll<HTMLInputElement>(".lines-of input[type=checkbox]")[at]);

  test("an agent says how many of an item, of those that are left, and what they cost is offered", async () => {
    const server = await ask({}, async () => {
      expect(root.querySelector(".lines-of")!.textContent).toContain("×3 · 可退 2 件");
      await tick(0);
      expect([howMany().value, howMany().max, howMany().getAttribute("aria-label")]).toEqual(["2", "2", "杯子退几件"]);
      await type(howMany(), "1");
      expect(root.querySelector("#refund-most")!.textContent).toBe("所选商品可退 ¥100.00。");
      await tick(1);
      expect(root.querySelectorAll(".how-many")).toHaveLength(1); // there is one table
    });
    expect(server.askedFor("request_refund")).toMatchObject([{ lines: [1, 2], counts: [{ line: 1, count: 1 }], amount: 19_000 }]);
  });

  test("the whole is what is left of it, at what the policy allows, whatever was chosen before", async () => {
    const server = await ask({}, async () => {
      await tick(0);
      await type(howMany(), "1");
      await tick(0);
    });
    expect(server.askedFor("request_refund")).toMatchObject([{ counts: [{ line: 1, count: 2 }], amount: 31_000 }]);
    expect(server.askedFor("request_refund")[0]).not.toHaveProperty("lines");
  });

  test("any other sum of the whole says nothing of the items", async () => {
    const server = await ask({}, () => type(root.querySelector<HTMLInputElement>("[aria-describedby=refund-most]")!, "20"));
    expect(server.askedFor("request_refund")).toMatchObject([{ amount: 2_000 }]);
    expect(server.askedFor("request_refund")[0]).not.toHaveProperty("counts");
  });

  test("more than there are is not taken, and when fewer are left meanwhile that is said and looked up", async () => {
    const refuse = (): never => {
      throw new CommandError("fewer_left", "Of line 1 1 can still go back, and not 2.");
    };
    const server = await ask({ request_refund: refuse }, async () => {
      await tick(0);
      await type(howMany(), "1");
      for (const wrong of ["3", "0", "1.5", ""]) await type(howMany(), wrong);
      expect(root.querySelector("#refund-most")!.textContent).toBe("所选商品可退 ¥100.00。");
      await type(howMany(), "1");
    });
    expect(server.askedFor("request_refund")).toMatchObject([{ counts: [{ line: 1, count: 1 }] }]);
    expect(root.ownerDocument.body.textContent).toContain("可退的件数比所选的少");
    expect(server.askedFor("customer_orders")).toHaveLength(2);
  });
});

test("a rejection takes a reason, and so does what the policy forbids", async () => {
  const verdict = { allowed: false, rule: "too_late_delivery", values: { days: 14, last: "2026-11-10" }, most: 0, lines: [] };
  await open([ticket(ID(1), { refunds: [{ ...REFUND, requested_by_id: DAVID.id, verdict }] })], {}, opened);
  expect(root.querySelector(".verdict")!.textContent).toContain("已超过签收后 14 天的期限");
  expect(button("通过")!.disabled).toBe(true);
  expect(button("驳回")!.disabled).toBe(true);
});

test("above the limit the password is asked for, and then the same is done again", async () => {
  let isConfirmed = false;
  const { server } = await open(
    [ticket(ID(1), { refunds: [{ ...REFUND, requested_by_id: DAVID.id }] })],
    {
      decide_refund: () => {
        if (!isConfirmed) throw new CommandError("confirm_needed", "The sum takes the password once more.");
        return { refund: { ...REFUND, state: "approved" } };
      },
      confirm_password: ({ password }: { password: string }) => {
        if (password !== "right") throw new CommandError("wrong_password", "This is not your password.");
        isConfirmed = true;
        return { until: from(HOUR) };
      },
    } as Answers,
    opened,
  );
  await press(button("通过"));
  const dialog = root.querySelector("dialog")!;
  const field = dialog.querySelector<HTMLInputElement>("[name=password]")!;
  field.value = "wrong";
  await press(button("确认", dialog));
  expect(dialog.querySelector("[role=alert]")!.textContent).toBe("密码不正确。");
  expect(server.askedFor("decide_refund")).toHaveLength(1);
  field.value = "right";
  await press(button("确认", dialog));
  expect(server.askedFor("decide_refund")).toEqual(Array(2).fill({ refund_id: "r1", decision: "approve" }));
  expect(root.querySelector("dialog")).toBeNull();
});

test("missing evidence is asked for in one press, once", async () => {
  const lacking = ticket(ID(1), { missing: ["photo", "invoice"], wanted: [{ code: "invoice", names: {}, given: false }] });
  const { server } = await open([lacking], { ask_evidence: () => ({ ticket: lacking }) } as Answers, opened);
  expect(root.querySelector(".lacking")!.textContent).toContain("发票已请客户提供");
  await press(root.querySelector<HTMLElement>('[aria-label="请客户提供商品照片"]'));
  expect(server.askedFor("ask_evidence")).toMatchObject([{ ticket_id: ID(1), evidence: ["photo"] }]);
});

test("an ending that a colleague proposed is agreed to or refused; one's own waits", async () => {
  const proposed = ticket(ID(1), { ending_proposed: "refunded", ending_by: DAVID });
  const { server } = await open([proposed], { decide_ending: () => ({ ticket: proposed }) } as Answers, opened);
  expect(root.querySelector(".attention")!.textContent).toContain("David Wu 提议以“已退款”结束");
  expect(button("不同意")!.disabled).toBe(true);
  await press(button("同意"));
  expect(server.askedFor("decide_ending")).toEqual([{ ticket_id: ID(1), agree: true }]);
});

test("who proposed an ending cannot agree to it", async () => {
  await open([ticket(ID(1), { ending_proposed: "refunded", ending_by: MEI })], {}, opened);
  expect(root.querySelector(".attention")!.textContent).toContain("需由另一位同事复核");
  expect(button("同意")).toBeUndefined();
});
