import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { CommandError } from "../../widget/src/core/connection";
import type { AgentCommands, CannedReply, Role } from "../../widget/src/core/wire";
import { draw, root } from "./page";
import { at, deskView, MEI, settled, storeWith } from "./people";

type Answers = { [N in keyof AgentCommands]?: (input: AgentCommands[N]["input"]) => unknown };

const SHARED: CannedReply = {
  id: "01a2032e-1563-71a4-9e77-5bedc96e8281",
  mine: false,
  sites: ["demo"],
  shortcut: "refund-time",
  title: "退款到账时间",
  texts: { "zh-CN": "{customer}您好，1～5 个工作日到账。" },
  revision: 3,
  updated_at: at(0),
};
const OWN: CannedReply = { ...SHARED, id: "01a2032e-1563-71a4-9e77-5bedc96e8282", mine: true, sites: [], shortcut: "hi", title: "开场白", texts: { en: "Hello {customer}" } };
const TAB = "#/knowledge/canned";

async function open(place: string, role: Role, replies: CannedReply[], more: Answers = {}) {
  location.hash = place;
  const { store, server } = storeWith({
    sync: () => ({ desk: deskView({ agent: { ...MEI, email: "mei@demo.example", role, status: "online" }, teams: [{ id: "night", name: "夜班组", sites: ["demo"] }] }) }),
    canned_replies: () => ({ replies }),
    ...more,
  } as Parameters<typeof storeWith>[0]);
  await draw(store);
  return { store, server };
}

async function go(place: string): Promise<void> {
  await act(async () => {
    location.hash = place;
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    await settled();
  });
}

const labelled = (text: string) => [...root.querySelectorAll("label")].find((one) => one.textContent!.includes(text))!.querySelector<HTMLInputElement>("input, textarea, select")!;
const button = (text: string) => [...root.querySelectorAll<HTMLButtonElement>(".article button, .article-columns button")].find((one) => one.textContent!.trim() === text);
const names = () => [...root.querySelectorAll(".rows .row-name")].map((one) => one.textContent);

async function fill(label: string, value: string): Promise<void> {
  await act(async () => {
    const field = labelled(label);
    field.value = value;
    field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  });
}

async function press(text: string): Promise<void> {
  await act(async () => {
    button(text)!.click();
    await settled();
  });
  await act(settled);
}

// This page's own check of patterns knows no letters but Latin ones.
async function save(): Promise<void> {
  await act(async () => {
    root.querySelector(".article form")!.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await settled();
  });
  await act(settled);
}

test("replies are listed, one's own first, and searched", async () => {
  await open(TAB, "agent", [SHARED, OWN]);
  expect(names()).toEqual(["开场白", "退款到账时间"]);
  await act(async () => {
    const field = root.querySelector<HTMLInputElement>(".view-bar input")!;
    field.value = "工作日";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  expect(names()).toEqual(["退款到账时间"]);
});

test("an agent writes one of their own, sees it as customers would, and keeps it; only who leads may share", async () => {
  const { server } = await open(`${TAB}/new`, "agent", [], { save_canned_reply: () => ({ reply: OWN }) });
  expect(root.textContent).not.toContain("谁能用");
  expect(button("保存")!.disabled).toBe(true);
  await fill("标题", "开场白");
  await fill("快捷词", "hi");
  await fill("英文内容", "Hello ");
  const english = labelled("英文内容") as unknown as HTMLTextAreaElement;
  english.focus();
  english.setSelectionRange(6, 6);
  await press("客户姓名");
  expect(english.value).toBe("Hello {customer}");
  expect(root.querySelector(".canned-example .bubble")!.textContent).toBe("Hello Li Na");
  await save();
  expect(server.askedFor("save_canned_reply")).toMatchObject([{ shared: false, sites: [], shortcut: "hi", title: "开场白", texts: { en: "Hello {customer}" } }]);
  expect(names()).toEqual(["开场白"]);
  expect(location.hash).toBe(`${TAB}/${OWN.id}`);
});

test("all sites can be unticked, which chooses each of them, and none of them is all", async () => {
  const { server } = await open(`${TAB}/${OWN.id}`, "agent", [OWN], { save_canned_reply: () => ({ reply: { ...OWN, sites: ["demo"] } }) });
  const boxes = () => [...root.querySelectorAll<HTMLInputElement>(".choices-of input")];
  const ticks = () => boxes().map(({ checked }) => checked);
  const tick = (at: number) => act(async () => boxes()[at]!.click());
  expect(ticks()).toEqual([true, false]);
  await tick(0);
  expect(ticks()).toEqual([false, true]);
  await save();
  expect(server.askedFor("save_canned_reply")).toMatchObject([{ sites: ["demo"] }]);
  await tick(1);
  expect(ticks()).toEqual([true, false]);
});

test("an agent only reads what is shared, and may take the words for one of their own", async () => {
  await open(`${TAB}/${SHARED.id}`, "agent", [SHARED]);
  expect(root.querySelector(".article .bubble")!.textContent).toContain("李娜您好");
  expect([button("保存"), button("删除")]).toEqual([undefined, undefined]);
  await press("另存为我的");
  await go(location.hash);
  expect(location.hash).toBe(`${TAB}/new`);
  expect(labelled("标题").value).toBe("退款到账时间");
  await press("放弃修改");
});

test("Ctrl+S saves it, too, and S alone does not", async () => {
  const { server } = await open(`${TAB}/${OWN.id}`, "agent", [OWN], { save_canned_reply: () => ({ reply: { ...OWN, revision: 4 } }) });
  await fill("标题", "你好");
  root.querySelector<HTMLFormElement>(".article form")!.noValidate = true; // as above
  const press = (ctrlKey: boolean) => act(async () => {
    labelled("标题").dispatchEvent(new KeyboardEvent("keydown", { key: "s", ctrlKey, bubbles: true, cancelable: true }));
    await settled();
  });
  await press(false);
  expect(server.askedFor("save_canned_reply")).toEqual([]);
  await press(true);
  expect(server.askedFor("save_canned_reply")).toMatchObject([{ title: "你好", revision: 3 }]);
});

test("who leads shares with a team; what somebody changed meanwhile is shown, and nothing typed is lost", async () => {
  const held = [SHARED];
  const changed = { ...SHARED, title: "到账", revision: 4 };
  const { server } = await open(`${TAB}/${SHARED.id}`, "supervisor", held, {
    save_canned_reply: ({ revision }) => {
      if (revision === 4) return { reply: { ...changed, revision: 5 } };
      held[0] = changed;
      throw new CommandError("changed", "Somebody changed this reply meanwhile.");
    },
  });
  await fill("谁能用", "night");
  await fill("标题", "多久到账");
  await save();
  expect(root.querySelector(".attention")!.textContent).toContain("有了新改动");
  expect([labelled("标题").value, button("保存")!.disabled]).toEqual(["多久到账", true]);
  await press("保留我写的");
  await save();
  expect(server.askedFor("save_canned_reply")).toMatchObject([{ revision: 3 }, { revision: 4, reply_id: SHARED.id, shared: true, team_id: "night", title: "多久到账" }]);
  expect(root.querySelector(".attention")).toBeNull();
});

test("removing asks first, and what a colleague removed says so", async () => {
  const held = [SHARED];
  const { store, server } = await open(`${TAB}/${SHARED.id}`, "admin", held, { remove_canned_reply: () => ({}) });
  await press("删除");
  expect(server.askedFor("remove_canned_reply")).toEqual([]);
  await act(async () => {
    root.querySelector("dialog form")!.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await settled();
  });
  expect(server.askedFor("remove_canned_reply")).toEqual([{ reply_id: SHARED.id, revision: 3 }]);
  await go(`${TAB}/${SHARED.id}`);
  await act(() => store.dispatch({ type: "canned", replies: [] }));
  expect(root.querySelector(".attention")!.textContent).toContain("已经被删除");
});
