import { act } from "preact/test-utils";
import { beforeEach, expect, test } from "vitest";
import type { AgentConversation, InboxList, TeamSettings } from "../../widget/src/core/wire";
import { draw, root } from "./page";
import { conversation, DAVID, deskView, MEI, settled, storeWith } from "./people";

const HOUR = 3_600_000;
const from = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

function left(number: number, name: string, change: Partial<AgentConversation> = {}): AgentConversation {
  const id = `01a2032e-0000-7000-8000-00000000000${number}`;
  return conversation(id, { status: "offline", customer_name: name, reply_by: from(3 * HOUR), ...change });
}

const LATER = left(1, "王强");
const OVERDUE = left(2, "陈晨", { reply_by: from(-10.5 * 60_000) });
const URGENT = left(3, "李娜", { urgent: true, priority: 1, reply_by: from(5 * HOUR + 60_000) });

beforeEach(() => {
  location.hash = "#/inbox";
});

const TAKES_ALL: Pick<TeamSettings, "topics" | "policy" | "divert" | "wrap_up_seconds"> = {
  topics: [],
  policy: "by_hand",
  divert: "message",
  wrap_up_seconds: 0,
};

type Role = "agent" | "supervisor";

async function open(role: Role = "agent", pages: (asked: InboxList) => unknown = () => ({ conversations: [LATER, OVERDUE, URGENT] })) {
  const asked: InboxList[] = [];
  const done: [string, unknown][] = [];
  const act_ = (name: string) => (given: unknown) => {
    done.push([name, given]);
    return { conversations: [] };
  };
  const view = deskView({ inbox: [LATER, OVERDUE, URGENT] });
  const { store } = storeWith({
    sync: () => ({ desk: { ...view, agent: { ...view.agent, role }, desks: view.desks.map((desk) => ({ ...desk, now: from(0) })) } }),
    inbox: (given: InboxList) => {
      asked.push(given);
      return pages(given);
    },
    promises: () => ({
      days: 7,
      sites: [{ site: "demo", kept: 31, missed: 2, open: 1, overdue: 1 }],
      missed: [{ conversation_id: OVERDUE.id, site: "demo", customer_name: "陈晨", reply_by: OVERDUE.reply_by }],
    }),
    teams: () => ({
      teams: [
        { id: "team", name: "商城客服组", sites: ["demo"], ...TAKES_ALL },
        { id: "other", name: "钱包客服组", sites: ["demo-wallet"], ...TAKES_ALL },
      ],
      agents: [],
    }),
    assign: act_("assign"),
    snooze: act_("snooze"),
    spam: act_("spam"),
  } as Parameters<typeof storeWith>[0]);
  await draw(store);
  return { asked, done };
}

const names = (): (string | null)[] => [...root.querySelectorAll(".row-name")].map((name) => name.textContent);

async function click(selector: string, text = ""): Promise<void> {
  const found = [...root.querySelectorAll<HTMLElement>(selector)].find((one) => one.textContent!.includes(text));
  await act(async () => {
    found!.click();
    await settled();
  });
  await act(settled); // what the click asked for
}

test("messages stand in the order of their promises, urgent ones first, with what is left of each", async () => {
  await open();
  expect(names()).toEqual(["李娜", "陈晨", "王强"]);
  expect([...root.querySelectorAll(".row-time")].map((time) => time.textContent)).toEqual(["剩 5 小时", "超时 10 分钟", "剩 2 小时"]);
  expect(root.querySelectorAll(".tag.urgent")).toHaveLength(1);
});

test("a filter asks for its own page, and shows nothing else", async () => {
  const { asked } = await open("agent", ({ filter }) => ({ conversations: filter === "overdue" ? [OVERDUE] : [] }));
  await click(".filter", "已超时");
  expect(asked.at(-1)).toMatchObject({ filter: "overdue" });
  expect(names()).toEqual(["陈晨"]);
});

test("more is read where the last page ended", async () => {
  const { asked } = await open("agent", ({ before }) => (before ? { conversations: [LATER] } : { conversations: [OVERDUE], next: "cursor" }));
  await click(".filter", "未分配");
  await click(".older");
  expect(asked.at(-1)).toMatchObject({ filter: "unassigned", before: "cursor" });
  expect(names()).toEqual(["陈晨", "王强"]);
  expect(root.querySelector(".older")).toBeNull();
});

test("x marks the row that has the focus, and what is marked is taken together", async () => {
  const { done } = await open();
  const rows = [...root.querySelectorAll<HTMLElement>(".rows .row")];
  for (const row of rows.slice(0, 2)) {
    row.focus();
    await act(async () => void row.dispatchEvent(new KeyboardEvent("keydown", { key: "x", bubbles: true, cancelable: true })));
  }
  expect(root.querySelector(".bulk-count")!.textContent).toBe("已选 2 条");
  await click(".bulk .menu > button", "分配");
  expect([...root.querySelectorAll(".menu-item")].map((item) => item.textContent)).toEqual(["分配给我", "取消分配"]);
  await click(".menu-item", "分配给我");
  expect(done).toEqual([["assign", { conversation_ids: [URGENT.id, OVERDUE.id], agent_id: MEI.id }]]);
  expect(root.querySelector(".bulk-count")).toBeNull();
});

test("a supervisor gives messages to colleagues, and reads how the promises went", async () => {
  const { done } = await open("supervisor");
  expect(root.querySelector(".kept summary")!.textContent).toBe("近 7 天：按时答复 31 条，超时 2 条");
  await click(".row-mark");
  await click(".bulk .menu > button", "分配");
  await click(".menu-item", DAVID.name);
  await click(".row-mark");
  await click(".bulk .menu > button", "分配");
  expect(root.querySelector(".menu-list")!.textContent).not.toContain("钱包客服组"); // it does not serve this site
  await click(".menu-item", "商城客服组");
  expect(done).toEqual([
    ["assign", { conversation_ids: [URGENT.id], agent_id: DAVID.id }],
    ["assign", { conversation_ids: [URGENT.id], team_id: "team" }],
  ]);
});

test("no time is offered to put a message off to that is later than its promise", async () => {
  await open();
  const offered = async (mark: number): Promise<number> => {
    const box = root.querySelectorAll<HTMLElement>(".row-mark")[mark]!;
    await act(async () => box.click());
    await click(".bulk .menu > button", "推迟");
    const count = root.querySelectorAll(".menu-item").length;
    await click(".bulk .menu > button", "推迟");
    await act(async () => box.click());
    return count;
  };
  expect(await offered(0)).toBeGreaterThanOrEqual(3); // in 1 and 3 hours, and before the promise
  expect(await offered(1)).toBe(0);
});
