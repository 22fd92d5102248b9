import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import type { Assigned, Role, SiteSettings, Teams, TeamSettings } from "../../widget/src/core/wire";
import { draw, root } from "./page";
import { at, conversation, DAVID, deskView, MEI, picked, settled, storeWith } from "./people";

const ID = "01a2032e-1563-71a4-9e77-5bedc96e8280";
const LIN = { id: "agent-lin", name: "林晓" };
const TALK = picked(conversation(ID), DAVID);
const DECISION: Assigned = {
  agent: DAVID,
  how: "routed",
  at: at(2),
  explanation: {
    policy: "least_loaded",
    team: { id: "team-shop", name: "商城客服组" },
    waited: 150,
    candidates: [
      { ...DAVID, load: 1, capacity: 3, score: [1, 1, 1, 9] },
      { ...LIN, load: 2, score: [1, 2, 1, 0] },
      { id: "agent-yun", name: "孙云", load: 1, capacity: 3, score: [1, 1, 1, 20] },
    ],
    left_out: [{ ...MEI, load: 3, capacity: 3, reason: "full" }],
    more: 0,
  },
};
const TEAMS: Teams = {
  teams: [
    { id: "team-shop", name: "商城客服组", sites: ["demo", "elsewhere"], topics: ["refund"], policy: "by_hand", capacity: 3, divert: "message", wrap_up_seconds: 0 },
    { id: "team-night", name: "夜班支援组", sites: ["demo"], topics: [], policy: "round_robin", divert: "message", wrap_up_seconds: 0 },
  ],
  agents: [{ ...MEI, email: "mei@demo.example", role: "agent", languages: [], team_ids: ["team-shop"] }],
};

const SITE: SiteSettings = {
  site: "demo",
  grace_seconds: 300,
  last_call_minutes: 10,
  promise_minutes: 240,
  reopen_hours: 72,
  bot_in_front: false,
  urgent_words: [],
  urgent_steps: {},
  refund_limit: 0,
  refund_limits: {},
  refund_policy: {},
  second_person: [],
  channels: [], message_topics: [],
  identity_keys: [{ id: "aaaaaaaaaaaa", algorithm: "HS256" }],
};

async function open(hash: string, role: Role, me = LIN) {
  location.hash = hash;
  const view = deskView();
  const { store, server } = storeWith({
    sync: ({ conversation_id }) =>
      conversation_id
        ? { conversation: TALK, messages: [], notes: [], more: false }
        : { desk: { ...view, agent: { ...view.agent, ...me, role } } },
    customer_orders: () => ({ orders: [], transactions: [], verified: true }),
    tickets: () => ({ tickets: [] }),
    decisions: () => ({ decisions: [DECISION] }),
    prioritize: ({ priority }) => ({ conversation: { ...TALK, priority, version: TALK.version + 1 } }),
    teams: () => TEAMS,
    set_team: ({ capacity }) => ({ ...TEAMS, teams: TEAMS.teams.map((team) => ({ ...team, capacity: capacity ?? undefined }) as TeamSettings) }),
    set_agent: () => TEAMS,
    site_settings: () => ({ settings: SITE }),
    set_site: ({ promise_minutes }) => ({ settings: { ...SITE, promise_minutes: promise_minutes! } }),
  });
  await draw(store);
  await act(async () => {
    root.querySelector<HTMLButtonElement>("button[aria-expanded=false][aria-label*=资料]")?.click();
    await settled();
  });
  return server;
}

function button(text: string): HTMLButtonElement | undefined {
  return [...root.querySelectorAll("button")].find((one) => one.textContent?.includes(text));
}

async function why(me = LIN): Promise<string[]> {
  await open(`#/queue/${ID}`, "supervisor", me);
  await act(async () => {
    button("为什么由 David Wu 接待？")!.click();
    await settled();
  });
  return [...root.querySelectorAll(".why-one")].map((line) => line.textContent!);
}

test("a supervisor reads why it went to one and not to the others, and their own line is marked", async () => {
  expect(await why()).toEqual([
    "David Wu：接到了会话，手上 1 个（上限 3）",
    "林晓（您）：手上会话更多，手上 2 个",
    "孙云：更近才接到过新会话，手上 1 个（上限 3）",
    "陈梅：已满，手上 3 个（上限 3）",
  ]);
  expect(root.querySelector(".is-me")!.textContent).toContain("林晓");
  expect(root.querySelector(".is-chosen")!.textContent).toContain("David Wu");
  expect(root.querySelector(".why-list")!.textContent).toContain("客户等了 3 分钟。由 商城客服组 负责。");
});

test("who was no candidate reads that as well", async () => {
  expect((await why({ id: "agent-admin", name: "赵敏" })).at(-1)).toBe("您：当时不在可以接待这个会话的团队里。");
});

test("an agent is not told why", async () => {
  await open(`#/queue/${ID}`, "agent");
  expect(root.querySelector(".panel")).not.toBeNull();
  expect(button("为什么")).toBeUndefined();
});

test("an agent puts a conversation before others", async () => {
  const server = await open(`#/queue/${ID}`, "agent");
  const select = root.querySelector<HTMLSelectElement>("select[aria-label=优先级]")!;
  expect(select.value).toBe("3");
  await act(async () => {
    select.value = "1";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await settled();
  });
  expect(server.askedFor("prioritize")).toEqual([{ conversation_id: ID, priority: 1 }]);
  expect(root.querySelector<HTMLSelectElement>("select[aria-label=优先级]")!.value).toBe("1");
});

test("an admin saves a team as a whole, an empty limit as none", async () => {
  const server = await open("#/settings/teams", "admin");
  const form = root.querySelector<HTMLFormElement>("form[aria-label=商城客服组]")!;
  root.querySelector("details")!.open = true;
  form.querySelector<HTMLInputElement>("[name=capacity]")!.value = "";
  form.querySelector<HTMLInputElement>("[name=topics][value=unfreeze]")!.checked = true;
  await act(async () => {
    form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await settled();
  });
  expect(server.askedFor("set_team")).toEqual([
    {
      team_id: "team-shop",
      name: "商城客服组",
      sites: ["demo", "elsewhere"],
      topics: ["refund", "unfreeze"],
      policy: "by_hand",
      capacity: null,
      overflow_team_id: null,
      overflow_seconds: null,
      wrap_up_seconds: 0,
      max_queue: null,
      max_wait_seconds: null,
      divert: "message",
    },
  ]);
  expect(root.querySelector("form[aria-label=商城客服组]")).toBe(form);
  expect([root.querySelector("details")!.open, form.querySelector<HTMLInputElement>("[name=capacity]")!.value]).toEqual([true, ""]);
});

test("a supervisor sees the teams and can change nothing", async () => {
  await open("#/settings/teams", "supervisor");
  expect(root.querySelectorAll("form[aria-label=商城客服组]").length).toBe(1);
  expect(root.querySelector<HTMLFieldSetElement>(".teams")!.disabled).toBe(true);
});

test.each([
  ["4", 0, "请填写 5 到 10080 之间的整数"],
  ["bald", 0, "请填写 5 到 10080 之间的整数"],
  ["5", 1, ""],
])("a promise within %s minutes is sent %i times", async (minutes, times, told) => {
  const server = await open("#/settings/site", "admin");
  const form = root.querySelector<HTMLFormElement>("form[aria-label=站点]")!;
  form.querySelector<HTMLInputElement>("[name=promise_minutes]")!.value = minutes;
  const save = form.querySelector<HTMLButtonElement>("button.primary")!;
  save.focus();
  await act(async () => {
    form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await settled();
  });
  expect(server.askedFor("set_site")).toHaveLength(times);
  expect(document.activeElement).toBe(save);
  expect(root.querySelector(".form-error")?.textContent ?? "").toContain(told);
});

test("an admin lists the ways to reach the desk, each with hours of its own where they differ", async () => {
  const server = await open("#/settings/site", "admin", { id: "agent-admin", name: "赵敏" });
  const form = (): HTMLFormElement => root.querySelector<HTMLFormElement>("form[aria-label=联系方式]")!;
  const press = async (text: string): Promise<void> => {
    await act(async () => {
      [...form().querySelectorAll("button")].find((one) => (one.textContent || one.getAttribute("aria-label"))!.includes(text))!.click();
      await settled();
    });
  };
  await press("添加联系方式");
  await press("添加联系方式");
  const [chat, mail] = [...form().querySelectorAll<HTMLElement>("[role=group].policy-row")];
  expect(chat!.getAttribute("aria-label")).toBe("在线聊天");
  expect(chat!.querySelectorAll("option").length).toBe(6);
  expect([...mail!.querySelectorAll("option")].map((one) => one.value)).not.toContain("chat");
  await act(async () => {
    const address = mail!.querySelector<HTMLInputElement>("input[inputmode=email]")!;
    address.value = "help@shop.example";
    address.dispatchEvent(new Event("input", { bubbles: true }));
    await settled();
  });
  await act(async () => {
    const own = mail!.querySelector<HTMLInputElement>("input[type=checkbox]")!;
    own.checked = true;
    own.dispatchEvent(new Event("change", { bubbles: true }));
    await settled();
  });
  await press("上移");
  await act(async () => {
    form().dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await settled();
  });
  const given = server.askedFor("set_site").at(-1);
  const week = Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, [["09:00", "21:00"]]]));
  expect(given).toEqual({
    site: "demo",
    channels: [
      { kind: "email", value: "help@shop.example", names: {}, hours: week },
      { kind: "chat", names: {} },
    ],
  });
});


test("an admin makes a new secret, which is shown once and comes beside the one before", async () => {
  const server = await open("#/settings/site", "admin", { id: "agent-admin", name: "赵敏" });
  const press = async (text: string): Promise<void> => {
    await act(async () => {
      [...root.querySelectorAll<HTMLButtonElement>("dialog button, [aria-label=身份验证密钥] button")].reverse().find((one) => one.textContent!.trim() === text)!.click();
      await settled();
    });
  };
  await press("生成新密钥");
  await press("生成新密钥");
  const given = server.askedFor("set_site").at(-1)!;
  const secret = root.querySelector<HTMLInputElement>(".secret")!.value;
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(given).toEqual({ site: "demo", identity_keys_seen: ["aaaaaaaaaaaa"], identity_keys: [{ id: "aaaaaaaaaaaa" }, { algorithm: "HS256", key: secret }] });
  await press("复制");
  const field = root.querySelector<HTMLInputElement>(".secret")!;
  expect([field.selectionStart, field.selectionEnd]).toEqual([0, secret.length]);
  await press("已保存");
  expect(root.textContent).not.toContain(secret);
  expect(root.querySelector(".secret")).toBeNull();
});

test("a supervisor sees no keys", async () => {
  await open("#/settings/site", "supervisor");
  expect(root.querySelector("form[aria-label=站点]")).not.toBeNull();
  expect(root.querySelector("[aria-label=身份验证密钥]")).toBeNull();
});
