// Agents at one conversation, as the console shows it.

import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import type { AgentConversation, DeskView, Role } from "../../widget/src/core/wire";
import { reduce } from "../src/state/desk";
import { invitedOf, mineOf, waitingOf } from "../src/state/lists";
import { isNewWork } from "../src/state/news";
import { draw, root } from "./page";
import { conversation, CUSTOMER, DAVID, deskOf, deskView, event, MEI, message, picked, settled, storeWith } from "./people";

const ID = "01a2032e-1563-71a4-9e77-5bedc96e8280";
const LIN = { id: "agent-lin", name: "林晓" };
const DAVIDS = picked(conversation(ID), DAVID);

function invited(may: "note" | "say", joined = false): AgentConversation {
  return { ...DAVIDS, version: DAVIDS.version + 1, participants: [{ ...MEI, may, joined }] };
}

// -- what is held -------------------------------------------------------------------------------------------------

test("who is asked in finds it among their own, until their part ends", () => {
  const before = deskOf();
  const asked = reduce(before, event({ name: "conversation", value: invited("note") }));
  expect(invitedOf(asked.lists)).toEqual(invitedOf(deskOf({ invited: [invited("note")] }).lists));
  expect(mineOf(asked.lists)).toEqual([]);
  expect(isNewWork(before, asked)).toBe(true);
  const out = reduce(asked, event({ name: "conversation", value: { ...invited("note"), version: 9, participants: [] } }));
  expect(invitedOf(out.lists)).toEqual([]);
  const ended = reduce(asked, event({ name: "conversation", value: { ...invited("note"), version: 9, status: "closed" } }));
  expect(invitedOf(ended.lists)).toEqual([]);
});

test("what one was asked into and what waits may be the same", () => {
  const { agent: _, ...waits } = { ...invited("note"), status: "waiting" as const, version: 9 };
  const desk = reduce(deskOf({ invited: [invited("note")] }), event({ name: "conversation", value: waits }));
  expect([invitedOf(desk.lists).length, waitingOf(desk.lists).length]).toEqual([1, 1]);
});

test("joining by oneself is no news to oneself", () => {
  const joined = reduce(deskOf(), event({ name: "conversation", value: invited("say", true) }));
  expect(isNewWork(deskOf(), joined)).toBe(false);
});

// -- what is shown ------------------------------------------------------------------------------------------------

async function open(held: AgentConversation, role: Role = "agent", change: Partial<DeskView> = {}, hash = `#/mine/${ID}`) {
  location.hash = hash;
  const { agent } = deskView();
  const isIn = held.participants.some(({ id }) => id === MEI.id);
  const lists = held.agent?.id === MEI.id ? { mine: [held] } : isIn ? { invited: [held] } : {};
  const desk = deskView({ ...lists, agent: { ...agent, role }, ...change });
  const { store, server } = storeWith({
    sync: ({ conversation_id }) =>
      conversation_id ? { conversation: held, messages: [message(ID, 1, CUSTOMER, "你好")], notes: [], more: false } : { desk },
    customer_orders: () => ({ orders: [], transactions: [], verified: true }),
    tickets: () => ({ tickets: [] }),
    read: () => ({}),
    typing: () => ({}),
    look: () => ({}),
    transfer: () => ({ conversation: { ...held, agent: DAVID, version: held.version + 1 } }),
    invite: () => ({ conversation: { ...held, version: held.version + 1, participants: [{ ...DAVID, may: "say", joined: false }] } }),
    take_over: () => ({ conversation: { ...held, agent: MEI, version: held.version + 1 } }),
    join: () => ({ conversation: held }),
    live: () => ({ conversations: [held], counts: { bot: 2, waiting: 0, active: 1 } }),
    end_wrap_up: () => ({ agent }),
  });
  await draw(store);
  return { store, server };
}

function button(name: string): HTMLButtonElement | undefined {
  const all = [...root.querySelectorAll<HTMLButtonElement>("button")];
  return all.find((one) => one.getAttribute("aria-label") === name || one.textContent === name);
}

async function press(name: string): Promise<void> {
  await act(async () => {
    button(name)!.click();
    await settled();
  });
}

async function fillIn(values: Record<string, string>): Promise<void> {
  const form = root.querySelector<HTMLFormElement>("dialog form")!;
  for (const [name, value] of Object.entries(values)) {
    const fields = [...form.querySelectorAll<HTMLInputElement>(`[name="${name}"]`)];
    if (fields[0]!.type === "radio") for (const one of fields) one.checked = one.value === value;
    else fields[0]!.value = value;
  }
  await act(async () => {
    form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await settled();
  });
}

test("a conversation is handed to a team with a note, and asked again it is the same request", async () => {
  const hers = picked(conversation(ID), MEI);
  const teams = [{ id: "team-refunds", name: "退款组", sites: ["demo"] }, { id: "team-wallet", name: "钱包组", sites: ["demo-wallet"] }];
  const { server } = await open(hers, "agent", { teams });
  await press("转接会话");
  const offered = [...root.querySelectorAll("dialog option")].map((one) => one.textContent);
  expect(offered).toEqual(["请选择同事或团队", "David Wu · 在线", "退款组"]);
  await fillIn({ to: "team team-refunds", note: " 已核对订单 " });
  expect(server.askedFor("transfer")).toMatchObject([{ conversation_id: ID, team_id: "team-refunds", note: "已核对订单" }]);
  expect(root.querySelector("dialog")).toBeNull();
});

test("nothing is handed to a colleague on a break, who can be asked in all the same", async () => {
  const colleagues = [{ ...DAVID, role: "agent" as const, status: "away" as const, break_reason: "lunch" as const }];
  const { server } = await open(picked(conversation(ID), MEI), "agent", { colleagues });
  await press("转接会话");
  const david = root.querySelector<HTMLOptionElement>(`dialog option[value="agent ${DAVID.id}"]`)!;
  expect([david.textContent, david.disabled]).toEqual(["David Wu · 暂离：用餐", true]);
  await press("取消");
  await press("邀请同事");
  await fillIn({ to: DAVID.id, may: "say" });
  expect(server.askedFor("invite")).toMatchObject([{ conversation_id: ID, agent_id: DAVID.id, may: "say" }]);
  expect(root.querySelector(".participants")!.textContent).toContain("David Wu");
});

test.each([
  ["note", ["回复客户"], ["内部备注"]],
  ["say", ["内部备注"], ["回复客户"]],
] as const)("who was asked in to %s writes that and no more", async (may, not, so) => {
  await open(invited(may));
  const fields = [...root.querySelectorAll("textarea")].map((one) => one.getAttribute("aria-label"));
  expect(fields).toEqual(so);
  expect(fields).not.toEqual(not);
  expect(button("接管")).toBeUndefined();
  expect(button("转接会话")).toBeUndefined();
});

test("a supervisor may join, hand on and take over; a plain agent may not", async () => {
  const { server } = await open(DAVIDS, "supervisor", {}, `#/live/${ID}`);
  await press("加入会话");
  expect(server.askedFor("join")).toEqual([{ conversation_id: ID }]);
  await press("接管");
  await fillIn({ note: "客户投诉" });
  expect(server.askedFor("take_over")).toMatchObject([{ conversation_id: ID, note: "客户投诉" }]);
  expect(root.querySelector(".composer")).not.toBeNull();

  render(null, root);
  await open(DAVIDS);
  for (const name of ["加入会话", "接管", "转接会话", "邀请同事"]) expect(button(name)).toBeUndefined();
});

test("all that goes on is a screen of supervisors", async () => {
  const { server } = await open(DAVIDS, "supervisor", {}, "#/live");
  expect(root.querySelector(".rows")!.textContent).toContain("David Wu 接待中");
  expect(root.querySelector(".live-counts")!.textContent).toBe("接待 1 · 排队 0 · 助手 2");
  expect(server.askedFor("live")).toHaveLength(1);

  render(null, root);
  const plain = await open(DAVIDS, "agent", {}, "#/live");
  expect(plain.server.askedFor("live")).toEqual([]);
  expect(root.querySelector(".rail")!.textContent).not.toContain("实时会话");
});

test("others who look at the same conversation are told of, and oneself is not", async () => {
  const { store, server } = await open(picked(conversation(ID), MEI));
  expect(server.askedFor("look")).toContainEqual({ conversation_id: ID, doing: "viewing" });
  const told = () => root.querySelector(".also-here")!.textContent;
  const tell = (...viewers: { id: string; name: string; doing: "viewing" | "typing" }[]) =>
    act(async () => store.hear(event({ name: "viewers", value: { conversation_id: ID, viewers } })));
  await tell({ ...MEI, doing: "typing" });
  expect(told()).toBe("");
  await tell({ ...MEI, doing: "viewing" }, { ...DAVID, doing: "viewing" }, { ...LIN, doing: "viewing" });
  expect(told()).toBe("David Wu、林晓 也在查看这个会话");
  await tell({ ...DAVID, doing: "typing" }, { ...LIN, doing: "viewing" });
  expect(told()).toBe("David Wu 正在输入");
});

test("writing is told once, and sending ends it", async () => {
  const { server } = await open(picked(conversation(ID), MEI));
  const area = root.querySelector("textarea")!;
  for (const text of ["您", "您好"]) {
    await act(async () => {
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  const typing = { conversation_id: ID, doing: "typing" };
  expect(server.askedFor("look").filter((one) => JSON.stringify(one) === JSON.stringify(typing))).toHaveLength(1);
  await act(async () => void area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })));
  expect(server.askedFor("look").at(-1)).toEqual({ conversation_id: ID, doing: "viewing" });
});

test("the time to wrap up is counted down and ended by a click", async () => {
  const until = new Date(Date.now() + 65_000).toISOString();
  const me = { ...MEI, role: "agent" as const, status: "online" as const, wrap_up_until: until };
  const { server } = await open(DAVIDS, "agent", { colleagues: [me] });
  expect(root.querySelector(".wrap-up")!.textContent).toMatch(/还有 1:0[45]/);
  await press("整理好了");
  expect(server.askedFor("end_wrap_up")).toHaveLength(1);
});

test("who is handed a conversation reads from whom and why", async () => {
  const { store } = await open(DAVIDS);
  const values = { conversation_id: ID, by: "林晓", note: "老客户" };
  await act(async () => store.hear(event({ name: "notice", value: { code: "transferred", values } })));
  expect(root.querySelector(".toast")!.textContent).toBe("林晓 把 访客 的会话转接给了您。备注：老客户");
});
