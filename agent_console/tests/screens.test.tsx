import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test, vi } from "vitest";
import type { AgentCommands } from "../../widget/src/core/wire";
import { CommandError } from "../../widget/src/core/connection";
import { draw, root } from "./page";
import { at, conversation, CUSTOMER, DAVID, deskView, event, MEI, message, picked, settled, storeWith, ticket } from "./people";

const ID = "01a2032e-1563-71a4-9e77-5bedc96e8280";
const OTHER = "01a2032e-1563-71a4-9e77-5bedc96e8281";
const LI_NA = conversation(ID);

type Answers = { [N in keyof AgentCommands]?: (input: never) => unknown };

/** The console with one conversation open, as it comes from the server. */
async function open(held: typeof LI_NA, body: string, more: Answers = {}) {
  location.hash = `#/queue/${ID}`;
  const lists = held.status === "waiting" ? { waiting: [held] } : held.agent?.id === MEI.id ? { mine: [held] } : {};
  const { store, server } = storeWith({
    sync: ({ conversation_id }) =>
      conversation_id
        ? { conversation: held, messages: [message(ID, 1, CUSTOMER, body)], notes: [], more: false }
        : { desk: deskView(lists) },
    customer_orders: () => ({ orders: [], transactions: [], verified: true }),
    read: () => ({}),
    typing: () => ({}),
    say: () => ({ seq: 2, id: "second", created_at: held.created_at }),
    ...more,
  } as Parameters<typeof storeWith>[0]);
  await draw(store);
  return { store, server };
}

function press(key: string, more: KeyboardEventInit = {}): void {
  root.querySelector("textarea")!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
}

async function type(text: string): Promise<void> {
  const area = root.querySelector("textarea")!;
  await act(async () => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

test("HTML in a message is shown as text", async () => {
  await open(LI_NA, '<img src=x onerror="alert(1)"> 你好');
  expect(root.querySelector(".bubble")!.textContent).toBe('<img src=x onerror="alert(1)"> 你好');
  expect(root.querySelector(".log img")).toBeNull();
});

test("a desk whose clock was moved says so, and one that goes with ours does not", async () => {
  const [desk] = deskView().desks;
  const told = async (ahead: number) => {
    const now = new Date(Date.now() + ahead * 60_000).toISOString();
    await draw(storeWith({ sync: () => ({ desk: deskView({ desks: [{ ...desk!, now }] }) }) } as Parameters<typeof storeWith>[0]).store);
    const said = root.querySelector(".rail-desks")!.textContent;
    render(null, root);
    return said;
  };
  expect(await told(300)).toContain("服务时钟已调到");
  expect(await told(1)).not.toContain("服务时钟");
});

test("a conversation that waits can be taken, but not answered", async () => {
  await open(LI_NA, "你好");
  expect(root.querySelector(".take .primary")!.textContent).toBe("接待");
  expect(root.querySelector("textarea")).toBeNull();
});

test("a colleague's conversation can be neither answered nor taken", async () => {
  const { store } = await open(picked(LI_NA, DAVID), "你好");
  await act(settled);
  expect(store.desk.lists.conversations[ID]!.agent!.name).toBe("David Wu");
  expect(root.querySelector(".take")!.textContent).toContain("David Wu 正在接待");
  expect(root.querySelector(".take .primary")).toBeNull();
});

function key(name: string): Promise<void> {
  return act(async () => {
    (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
    await settled();
  });
}

test("an open conversation has keys to note, to leave the field and to take it", async () => {
  const { server } = await open(LI_NA, "你好");
  await key("n");
  expect(document.activeElement).toBe(root.querySelector(".composer.note textarea"));
  await key("a"); // is written, and takes nothing
  expect(server.askedFor("pick")).toEqual([]);
  await key("Escape");
  await key("a");
  expect(server.askedFor("pick")).toMatchObject([{ conversation_id: ID }]);
});

test("keys choose between a reply and a note in one's own conversation", async () => {
  await open(picked(LI_NA, MEI), "你好");
  for (const [name, to] of [["n", "note"], ["r", "reply"]] as const) {
    (document.activeElement as HTMLElement).blur();
    await key(name);
    expect(document.activeElement).toBe(root.querySelector(`.composer.${to} textarea`));
  }
});

test("what was begun is there after leaving, and gone once its writer has signed out", async () => {
  const own = picked(LI_NA, MEI);
  await open(own, "你好");
  await type("您好，正在为您查");
  render(null, root);
  const { store } = await open(own, "你好");
  expect(root.querySelector("textarea")!.value).toBe("您好，正在为您查");
  location.hash = "#/mine";
  await vi.waitFor(async () => {
    await act(settled);
    expect(root.querySelector(".row .preview")?.textContent).toBe("草稿：您好，正在为您查");
  });
  vi.stubGlobal("fetch", async () => new Response("{}"));
  await act(() => store.signOut());
  vi.unstubAllGlobals();
  render(null, root);
  await open(own, "你好");
  expect(root.querySelector("textarea")!.value).toBe("");
});

test("a draft outlives a reload of the tab", async () => {
  (await import("../src/state/drafts")).keepDraft("mei reply li-na", "您好");
  vi.resetModules();
  const { draftOf, dropDrafts } = await import("../src/state/drafts");
  expect(draftOf("mei reply li-na")).toBe("您好");
  expect(draftOf("david reply li-na")).toBe("");
  dropDrafts();
});

test("Enter sends, but not while an input method is choosing a word", async () => {
  const { server } = await open(picked(LI_NA, MEI), "你好");
  await type("您好");
  await act(async () => press("Enter", { isComposing: true }));
  expect(server.askedFor("say")).toEqual([]);
  await act(async () => press("Enter", { shiftKey: true }));
  expect(server.askedFor("say")).toEqual([]);
  await act(async () => {
    press("Enter");
    await settled();
  });
  expect(server.askedFor("say")).toMatchObject([{ conversation_id: ID, body: "您好" }]);
  expect(root.querySelector("textarea")!.value).toBe("");
});

test("who asks for a rating again asks anew, and is told what the server says", async () => {
  const { store, server } = await open(picked(LI_NA, MEI), "你好");
  const given = { seq: 2, id: "second", created_at: LI_NA.created_at };
  const asked: string[] = [];
  server.answers.ask_rating = ({ client_id }) => {
    if (asked.push(client_id) > 1) throw new CommandError("already_asked", "Asked already.");
    return given;
  };
  const ask = async (): Promise<void> => {
    await act(async () => root.querySelector<HTMLElement>('[aria-label="发送卡片"]')!.click());
    await act(async () => {
      [...root.querySelectorAll<HTMLElement>('[role="menuitem"]')].find(({ textContent }) => textContent === "请客户评价")!.click();
      await settled();
    });
  };
  await ask();
  await ask();
  expect(new Set(asked).size).toBe(2);
  expect(store.snapshot.toasts.map(({ said }) => (said instanceof CommandError ? said.code : said.key))).toEqual(["toast.card_sent", "already_asked"]);
});

test.each([
  [true, "新的会话会自动出现在这里"],
  [false, "现在是非服务时间"],
])("an empty queue says what is to come: at a desk that is open, %s", async (isOpen, told) => {
  location.hash = "#/queue";
  const view = deskView();
  const { store } = storeWith({ sync: () => ({ desk: { ...view, desks: view.desks.map((one) => ({ ...one, open: isOpen })) } }) });
  await draw(store);
  expect(root.querySelector(".empty")!.textContent).toContain(told);
});

test("every control has a name", async () => {
  await open(picked(LI_NA, MEI), "你好");
  const controls = [...root.querySelectorAll("button, a, input, select, textarea")];
  expect(controls.length).toBeGreaterThan(10);
  const nameless = controls.filter(
    (control) => !control.getAttribute("aria-label") && !control.textContent?.trim() && !control.closest("label"),
  );
  expect(nameless).toEqual([]);
});

test("what needs a person is told above everything, with the way to the oldest", async () => {
  const { store } = await open(picked(LI_NA, MEI), "你好");
  expect(root.querySelector(".alert")).toBeNull();
  const alone = { site: "demo", kind: "nobody_there", count: 3, since: at(0), conversation_id: ID, list: "queue" as const };
  await act(async () => store.hear(event({ name: "alerts", value: { site: "demo", alerts: [alone] } })));
  expect(root.querySelector(".alert")!.textContent).toContain("3 位客户在排队，目前没有在线客服 · 晴野商城");
  expect(root.querySelector(".alert a")!.getAttribute("href")).toBe(`#/queue/${ID}`);

  const unknown = { site: "demo", kind: "of_a_newer_server", count: 2, since: at(-5) };
  await act(async () => store.hear(event({ name: "alerts", value: { site: "demo", alerts: [alone, unknown] } })));
  expect(root.querySelector(".alerts summary")!.textContent).toContain("2 个会话卡住了");
  expect(root.querySelector(".alerts summary")!.textContent).toContain("另有 1 项");
  expect(root.querySelectorAll(".alert")).toHaveLength(2);
});

test("who leads is told that the background work has stopped, before all else and until it has not", async () => {
  const { store } = await open(picked(LI_NA, MEI), "你好");
  const supervisor = { ...deskView().agent, role: "supervisor" as const };
  const alone = { site: "demo", kind: "nobody_there", count: 3, since: at(0) };
  const stopped = deskView({ agent: supervisor, alerts: [alone], standstill: { since: at(-120) } });
  await act(async () => store.dispatch({ type: "desk", desk: stopped }));
  const [first, second] = root.querySelectorAll('[role="status"].alerts .alert');
  expect(first!.textContent).toContain("服务器的后台任务已停止。");
  expect(second!.textContent).toContain("3 位客户在排队");
  await act(async () => store.hear(event({ name: "alerts", value: { site: "demo", alerts: [] } })));
  expect(root.querySelector(".alert")).toBeNull();
});

test("who did not answer in time is told where the conversation went", async () => {
  const { store } = await open(picked(LI_NA, MEI), "你好");
  const notice = { code: "passed_over", values: { conversation_id: ID } };
  await act(async () => store.hear(event({ name: "notice", value: notice })));
  expect(root.querySelector(".toast")!.textContent).toContain("有客户等候您的回复太久");
});

test("who is signed out sees the log-in screen, and nothing of the desk", async () => {
  const { store } = await open(picked(LI_NA, MEI), "你好");
  await act(async () => store.hearStatus("refused", { code: "unauthenticated", message: "This session has ended." }));
  expect(root.querySelector("h1")!.textContent).toBe("登录客服工作台");
  expect(root.textContent).not.toContain("李娜");
});

async function openSettings(role: "agent" | "supervisor") {
  location.hash = "#/settings/hours";
  const view = deskView();
  const { store } = storeWith({ sync: () => ({ desk: { ...view, agent: { ...view.agent, role } } }) });
  await draw(store);
}

test("a supervisor finds the settings in the rail, and the tab that the address names", async () => {
  await openSettings("supervisor");
  expect(root.querySelector(".rail a[aria-current]")!.textContent).toBe("设置");
  expect(root.querySelector("[role=tab][aria-selected=true]")!.textContent).toBe("营业时间");
});

test("an agent has no settings, not even by their address", async () => {
  await openSettings("agent");
  expect(root.querySelector(".rail")!.textContent).not.toContain("设置");
  expect(root.querySelector(".settings")).toBeNull();
  expect(root.querySelector(".list")).not.toBeNull();
});

/** A part of its own, with words of its own. */
async function openPanel(): Promise<void> {
  await act(async () => root.querySelector<HTMLElement>('[aria-label="显示或隐藏客户资料"]')!.click());
  await vi.waitFor(async () => {
    await act(settled);
    expect(root.querySelector(".panel h3")).not.toBeNull();
  });
}

test("what the site has signed stands apart from what the customer claims", async () => {
  const verified = { name: "李娜", email: "lina@shop.example", attributes: { plan: "gold" } };
  const contact_details = { name: "李娜", email: "lina@shop.example", phone: "138 0000 0000" };
  await open(conversation(ID, { customer_kind: "verified", verified, contact_details, form: { plan: "platinum" } }), "你好");
  await openPanel();
  const signed = root.querySelector(".panel .signed")!;
  expect(signed.getAttribute("aria-label")).toBe("网站已核实");
  expect(signed.textContent).toContain("lina@shop.example");
  expect(signed.textContent).toContain("gold");
  expect(signed.textContent).not.toContain("138");
  const claimed = [...root.querySelectorAll(".panel section")].find((section) => section.textContent?.includes("客户自述，未经核实"))!;
  expect(claimed.textContent).toContain("138 0000 0000");
  expect(claimed.textContent).toContain("platinum");
  expect(claimed.textContent).not.toContain("lina@shop.example");
});

test("a ticket takes the amount as the customer wrote it, and says what is none", async () => {
  const { server } = await open(picked(conversation(ID, { form: { amount: "三百多" } }), MEI), "你好", {
    ticket_kinds: () => ({ kinds: [{ code: "refund", built_in: true, active: true, revision: 0, definition: { fields: [{ code: "amount", type: "money" }], steps: [], endings: [], evidence: [] } }] }),
    open_ticket: () => ({ ticket: ticket(OTHER) }),
  });
  await openPanel();
  const press = (label: string) =>
    act(async () => {
      [...root.querySelectorAll<HTMLButtonElement>(".panel button")].find((one) => one.textContent === label)!.click();
      await settled();
    });
  await press("开工单");
  await press("确认开单");
  expect(root.querySelector(".panel [role=alert]")!.textContent).toBe("请填写有效的金额，例如 99.50。");
  expect(server.askedFor("open_ticket")).toEqual([]);
  root.querySelector<HTMLInputElement>("[name='field amount']")!.value = "¥1,200";
  await press("确认开单");
  expect(server.askedFor("open_ticket")).toMatchObject([{ fields: { amount: "1200.00" } }]);
});

test("of a customer nobody signed for everything is claimed", async () => {
  await open(conversation(ID, { contact_details: { name: "李娜", email: "lina@mail.example" } }), "你好");
  await openPanel();
  expect(root.querySelector(".panel .signed")).toBeNull();
  expect(root.querySelector(".panel")!.textContent).toContain("客户自述，未经核实");
});
