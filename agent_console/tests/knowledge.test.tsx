import { render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, test, vi } from "vitest";
import { CommandError } from "../../widget/src/core/connection";
import type { AgentCommands, Article, ArticleValue, ArticleVersion, BotModel, BotTurn, Message, Role, SaveArticle } from "../../widget/src/core/wire";
import { addressOf, placeOf } from "../src/state/place";
import { Markdown } from "../src/ui/knowledge/markdown";
import { draw, root } from "./page";
import { at, conversation, CUSTOMER, DAVID, deskView, MEI, message, picked, settled, storeWith } from "./people";

const ID = "01a2032e-0000-7000-8000-000000000001";
const OTHER = "01a2032e-0000-7000-8000-000000000002";
const TALK = "01a2032e-0000-7000-8000-000000000009";

const ARTICLE: Article = {
  id: ID,
  slug: "refund-time",
  locale: "zh-CN",
  kind: "article",
  sites: [],
  category: "refund",
  question: "退款多久到账？",
  published: true,
  version: 1,
  effective_at: at(0),
  revision: 3,
  updated_at: at(0),
  figures: { shown: 12, solved: 8, not_helpful: 2, votes_up: 3, votes_down: 1 },
};

const FIRST: ArticleVersion = {
  number: 1,
  state: "in_force",
  sites: [],
  category: "refund",
  question: "退款多久到账？",
  phrasings: ["钱什么时候退回来", "退款要等多久"],
  answer: "一般 **3 天**。",
  author: DAVID,
  created_at: at(0),
  updated_at: at(0),
  effective_at: at(0),
};

const DRAFT: ArticleVersion = { ...FIRST, number: 2, state: "draft", answer: "一般 2 天。", author: DAVID, updated_at: at(9) };

const TURN: BotTurn = {
  id: "turn-1",
  conversation_id: TALK,
  seq: 1,
  site: "demo",
  locale: "zh-CN",
  asked: "退款咋还没到",
  decision: "answer",
  article_id: ID,
  question: ARTICLE.question,
  version: 1,
  confidence: 0.93,
  outcome: "not_helpful",
  at: at(1),
};

const MODEL: BotModel = {
  mode: "full",
  stale: false,
  made_at: at(0),
  seconds: 2.5,
  articles: { "zh-CN": 20 },
  phrasings: { "zh-CN": 160 },
  answer_at: { "zh-CN": 0.82 },
  suggest_at: { "zh-CN": 0.4 },
  expected_precision: { "zh-CN": 0.95 },
  expected_coverage: { "zh-CN": 0.7 },
  target: 0.95,
  unanswerable: 0.2,
};

type Answers = { [N in keyof AgentCommands]?: (input: never) => unknown };

beforeEach(() => sessionStorage.clear());

function valueOf(versions: ArticleVersion[], change: Partial<Article> = {}): ArticleValue {
  return { article: { ...ARTICLE, ...change }, versions, translations: [] };
}

async function open(hash: string, answers: Answers = {}, role: Role = "agent") {
  location.hash = hash;
  const view = deskView();
  const { store, server } = storeWith({
    sync: () => ({ desk: { ...view, agent: { ...view.agent, role } } }),
    articles: () => ({ articles: [ARTICLE], categories: ["refund"] }),
    article: () => valueOf([FIRST]),
    bot_turns: () => ({ turns: [] }),
    ...answers,
  } as Parameters<typeof storeWith>[0]);
  await draw(store);
  return { store, server };
}

const opened = `#/knowledge/${ID}`;

function button(name: string, within: ParentNode = root): HTMLButtonElement | undefined {
  return [...within.querySelectorAll("button")].find((one) => one.textContent?.trim() === name);
}

function field(name: string): HTMLTextAreaElement {
  const label = [...root.querySelectorAll("label")].find((one) => one.textContent?.trim().startsWith(name))!;
  return label.querySelector<HTMLTextAreaElement>("input, textarea, select") ?? root.querySelector(`#${CSS.escape(label.htmlFor)}`)!;
}

async function press(control: HTMLElement | null | undefined): Promise<void> {
  await act(async () => {
    control!.click();
    await settled();
  });
  await act(settled);
}

async function type(name: string, text: string): Promise<void> {
  await act(async () => {
    field(name).value = text;
    field(name).dispatchEvent(new Event("input", { bubbles: true }));
    await settled();
  });
}

test("addresses lead to an article, to a tab and to what is not saved yet, and to nothing else", () => {
  for (const place of [{ screen: "knowledge", id: ID }, { screen: "knowledge", tab: "turns" }, { screen: "knowledge", tab: "new-m1x" }, { screen: "knowledge", tab: "canned", at: "new" }] as const) {
    expect(placeOf(addressOf(place))).toEqual(place);
  }
  expect(placeOf("#/queue/turns")).toEqual({ screen: "queue" });
});

test("the list tells of each article what is in force, what is on its way and how it does", async () => {
  const coming = { ...ARTICLE, id: OTHER, published: false, version: 0, draft: "review" as const };
  await open("#/knowledge", { articles: () => ({ articles: [ARTICLE, coming], categories: [] }) } as Answers);
  const [first, second] = [...root.querySelectorAll(".articles .rows li")].map((row) => row.textContent);
  expect(first).toContain("第 1 版生效中");
  expect(first).toContain("给出 12 · 解决 8 · 没帮助 2");
  expect(second).toContain("待审核");
  expect(second).not.toContain("生效中");
});

test("filters are asked for together, and the rest of a list by its cursor", async () => {
  const { server } = await open("#/knowledge", {
    articles: ({ cursor }: { cursor?: string }) =>
      cursor ? { articles: [{ ...ARTICLE, id: OTHER }], categories: [] } : { articles: [ARTICLE], categories: ["refund"], cursor: "next" },
  } as Answers);
  await press(button("加载更多"));
  expect(server.askedFor("articles").at(-1)).toMatchObject({ cursor: "next" });
  expect(root.querySelectorAll(".articles .rows li")).toHaveLength(2);
  await press(root.querySelector<HTMLElement>('[aria-keyshortcuts="f"]'));
  for (const [name, value] of [["语言", "zh-CN"], ["状态", "draft"], ["分类", "refund"]] as const) {
    await act(async () => {
      field(name).value = value;
      field(name).dispatchEvent(new Event("change", { bubbles: true }));
      await settled();
    });
  }
  expect(server.askedFor("articles").at(-1)).toEqual({ locale: "zh-CN", state: "draft", category: "refund", limit: 50 });
});

test("an agent hands in what is on the screen, saved first, and cannot publish", async () => {
  const { server } = await open(opened, {
    save_article: () => valueOf([DRAFT, FIRST], { revision: 4 }),
    submit_article: () => valueOf([{ ...DRAFT, state: "review" }, FIRST], { revision: 5 }),
  } as Answers);
  expect(button("发布")).toBeUndefined();
  expect(button("下线")).toBeUndefined();
  await type("客户的其他问法", "钱什么时候退回来\n\n  退款咋还没到  ");
  await press(button("提交审核"));
  expect(server.askedFor("save_article")).toMatchObject([{ article_id: ID, revision: 3, slug: "refund-time", phrasings: ["钱什么时候退回来", "退款咋还没到"] }]);
  expect(server.askedFor("submit_article")).toEqual([{ article_id: ID, revision: 4 }]);
  expect(button("发布")).toBeUndefined();
});

test("a supervisor publishes at once or from a date on, and sends back with a reason", async () => {
  const { server } = await open(opened, { article: () => valueOf([{ ...DRAFT, state: "review" }, FIRST]), publish_article: () => valueOf([FIRST]), return_article: () => valueOf([DRAFT, FIRST]) } as Answers, "supervisor");
  await press(button("退回修改"));
  const reason = root.querySelector<HTMLTextAreaElement>("dialog textarea")!;
  await act(async () => {
    reason.value = "写清楚天数";
    reason.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await press(button("退回修改", root.querySelector("dialog")!));
  expect(server.askedFor("return_article")).toEqual([{ article_id: ID, revision: 3, reason: "写清楚天数" }]);
  await press(button("发布"));
  await press(root.querySelectorAll<HTMLElement>('dialog [name="when"]')[1]);
  const when = root.querySelector<HTMLInputElement>("dialog [type=datetime-local]")!;
  await act(async () => {
    when.value = "2027-01-01T00:00";
    when.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await press(button("定时发布", root.querySelector("dialog")!));
  expect(server.askedFor("publish_article")).toEqual([{ article_id: ID, revision: 3, effective_at: new Date("2027-01-01T00:00").toISOString() }]);
});

test("nothing can be published while another version waits for its date, and the button says why", async () => {
  const waiting = { ...FIRST, number: 2, state: "scheduled" as const, effective_at: at(99_999) };
  await open(opened, { article: () => valueOf([{ ...DRAFT, number: 3 }, waiting, FIRST]) } as Answers, "supervisor");
  expect(button("发布")!.disabled).toBe(true);
  expect(button("发布")!.title).toContain("第 2 版还在等待生效");
});

test("who was faster is named, what was typed stays, and is saved only after one has seen it", async () => {
  let held = valueOf([FIRST]);
  const { server } = await open(opened, {
    article: () => held,
    save_article: ({ revision }: SaveArticle) => {
      if (revision !== held.article.revision) throw new CommandError("changed", "Somebody changed this article meanwhile.");
      return held;
    },
  } as Answers);
  await type("标准问题", "退款几天到账？");
  held = valueOf([DRAFT, FIRST], { revision: 4 });
  await press(button("保存草稿"));
  expect(root.querySelector("[role=alert]")!.textContent).toContain("David Wu");
  expect(root.querySelector("[role=alert]")!.textContent).toContain("一般 2 天。");
  expect(field("标准问题").value).toBe("退款几天到账？");
  expect(button("保存草稿")!.disabled).toBe(true);
  await press(button("保留我写的"));
  await press(button("保存草稿"));
  expect(server.askedFor("save_article").at(-1)).toMatchObject({ revision: 4, question: "退款几天到账？" });
});

test("what was typed survives a reload of the page, and is nobody else's", async () => {
  await open(opened);
  await type("标准问题", "退款几天到账？");
  render(null, root);
  await open(opened);
  expect(field("标准问题").value).toBe("退款几天到账？");
  render(null, root);
  const view = deskView();
  await open(opened, { sync: () => ({ desk: { ...view, agent: { ...view.agent, ...DAVID } } }) } as Answers);
  expect(field("标准问题").value).toBe("退款多久到账？");
});

test("an article that is also for a site one does not serve can only be read", async () => {
  await open(opened, { article: () => valueOf([FIRST], { sites: ["demo", "elsewhere"] }) } as Answers, "supervisor");
  expect(root.querySelector<HTMLFieldSetElement>(".editor fieldset")!.disabled).toBe(true);
  expect(root.querySelector(".save-bar")!.textContent).toContain("elsewhere");
  expect(button("下线")).toBeUndefined();
});

test("the same article is begun in the other language under the same short name", async () => {
  const { server } = await open(opened, { save_article: () => valueOf([{ ...DRAFT, number: 1 }], { id: OTHER, locale: "en", version: 0 }) } as Answers);
  await press(button("翻译为英文"));
  await vi.waitFor(() => expect(field("标准问题").value).toBe(""));
  await type("标准问题", "When does my refund arrive?");
  await type("答案", "Within 3 days.");
  await press(button("保存草稿"));
  expect(server.askedFor("save_article")).toMatchObject([{ slug: "refund-time", locale: "en", category: "refund", question: "When does my refund arrive?" }]);
  expect(server.askedFor("save_article")[0]).not.toHaveProperty("article_id");
});

test("two versions are told apart line by line", async () => {
  await open(opened, {
    article: () => valueOf([DRAFT, FIRST]),
    compare_versions: () => ({ question: [{ op: "same", text: "退款多久到账？" }], phrasings: [], answer: [{ op: "removed", text: "一般 **3 天**。" }, { op: "added", text: "一般 2 天。" }] }),
  } as Answers);
  await press(button("与上一版比较"));
  expect([...root.querySelectorAll(".diff li")].map((line) => line.textContent)).toEqual(["删除：一般 **3 天**。", "新增：一般 2 天。"]);
});

test("Markdown becomes elements; HTML and addresses that run something stay text", () => {
  render(<Markdown text={"# 标题\n\n一般 **3 天**，见[说明](https://a.example/b)。\n\n1. 先\n2. 后\n\n<img src=x onerror=alert(1)> [坏](javascript:alert) [也坏](//evil.example)"} />, root);
  expect(root.querySelector("h3")!.textContent).toBe("标题");
  expect(root.querySelector("strong")!.textContent).toBe("3 天");
  expect(root.querySelectorAll("ol li")).toHaveLength(2);
  expect([...root.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(["https://a.example/b"]);
  expect(root.querySelector("img")).toBeNull();
  expect(root.textContent).toContain("<img src=x onerror=alert(1)>");
});

test("why the bot only suggests is said in words, and when it is off nothing can be tried", async () => {
  await open("#/knowledge/bot", { bot_model: () => ({ model: { ...MODEL, mode: "suggest_only", reason: "few_articles" } }) } as Answers);
  expect(root.querySelector(".hint")!.textContent).toContain("至少要有十篇");
  render(null, root);
  await open("#/knowledge/bot", { bot_model: () => ({ model: { ...MODEL, mode: "off" } }) } as Answers);
  expect(root.textContent).toContain("没有启用智能助手");
  expect(root.querySelector("textarea")).toBeNull();
});

test("the try-it box tells what the bot would do, why, and what each part said", async () => {
  const found = { decision: "suggest", reason: "unsure", confidence: 0.33, listing: 0.6, ms: 3.2, model: MODEL, candidates: [{ article_id: ID, slug: "refund-time", locale: "zh-CN", question: ARTICLE.question, confidence: 0.6, scores: { meaning: 0.7, pinyin: 0.5 }, exact: false }] };
  const { server } = await open("#/knowledge/bot", { bot_model: () => ({ model: MODEL }), try_bot: () => found } as Answers);
  await type("客户的问题", "退款咋还没到");
  await press(button("提问"));
  expect(server.askedFor("try_bot")).toEqual([{ site: "demo", locale: "zh-CN", text: "退款咋还没到" }]);
  const told = root.querySelector(".tried")!.textContent;
  for (const part of ["它会列出几篇文章", "没有达到直接回答的门槛", "60%", "40%", "语义", "拼音", "0.70"]) expect(told).toContain(part);
  for (const part of ["33%", "82%"]) expect(told).not.toContain(part);
});

test("a bot that is being loaded is waited for, and then answers", async () => {
  const loading = new CommandError("unavailable", "The bot is still being trained.", 0);
  const found = { decision: "hand_over", reason: "unlike", confidence: 0, listing: 0, ms: 3, model: MODEL, candidates: [] };
  let loaded: (found: object) => void = () => undefined;
  const answers = [Promise.reject(loading), new Promise((resolve) => (loaded = resolve))];
  const { server } = await open("#/knowledge/bot", { bot_model: () => ({ model: MODEL }), try_bot: () => answers.shift() } as unknown as Answers);
  await type("客户的问题", "退款咋还没到");
  await press(button("提问"));
  expect(root.querySelector("[aria-live] .boxed")!.textContent).toContain("正在加载智能助手");
  expect(button("提问")!.disabled).toBe(true);
  await vi.waitFor(() => expect(server.askedFor("try_bot").length).toBe(2));
  await act(async () => loaded(found));
  await act(settled);
  expect(root.querySelector(".tried")!.textContent).toContain("交给人工");
  expect(root.querySelector(".toast")).toBeNull();
  expect(button("提问")!.disabled).toBe(false);
});

test("who leaves while the bot is being loaded hears no more of it", async () => {
  let refuse: (error: CommandError) => void = () => undefined;
  const answer = () => new Promise((_, reject) => (refuse = reject));
  const { server } = await open("#/knowledge/bot", { bot_model: () => ({ model: MODEL }), try_bot: answer } as unknown as Answers);
  await type("客户的问题", "退款咋还没到");
  await press(button("提问"));
  await act(async () => {
    location.hash = "#/knowledge/articles";
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    await settled();
  });
  expect(button("提问")).toBeUndefined();
  await act(async () => {
    refuse(new CommandError("unavailable", "The bot is still being trained.", 0));
    await settled();
  });
  expect(root.querySelector(".toast")).toBeNull();
  expect(server.askedFor("try_bot")).toHaveLength(1);
});

test("a question is tried in the language it is written in, unless one chooses another", async () => {
  const found = { decision: "hand_over", reason: "unlike", confidence: 0, listing: 0, ms: 3, model: MODEL, candidates: [] };
  const { server } = await open("#/knowledge/bot", { bot_model: () => ({ model: MODEL }), try_bot: () => found } as Answers);
  const askedIn = () => server.askedFor("try_bot").map((asked) => (asked as { locale: string }).locale);
  await type("客户的问题", "Where is my refund?");
  await press(button("提问"));
  await type("客户的问题", "我的 refund 呢");
  await press(button("提问"));
  const language = field("语言");
  await act(async () => {
    language.value = "en";
    language.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await press(button("提问"));
  expect(askedIn()).toEqual(["en", "zh-CN", "en"]);
});

test("a turn is marked wrong with the right article, which learns the question, and taken back", async () => {
  const right = { ...ARTICLE, id: OTHER, question: "退款怎么还没到账？" };
  const { server } = await open("#/knowledge/turns", {
    bot_turns: () => ({ turns: [TURN] }),
    articles: () => ({ articles: [ARTICLE, right], categories: [] }),
    mark_turn: ({ wrong }: { wrong: boolean }) => ({ turn: wrong ? { ...TURN, wrong_by: MEI, right_article_id: OTHER } : TURN }),
  } as Answers);
  await press(button("标记为错误", root.querySelector(".turn")!));
  const dialog = root.querySelector("dialog")!;
  await vi.waitFor(() => expect(dialog.textContent).toContain(right.question));
  expect(dialog.textContent).not.toContain(ARTICLE.question);
  await press(dialog.querySelector<HTMLElement>("[name=right]"));
  await press(button("标记", dialog));
  expect(server.askedFor("mark_turn")).toEqual([{ turn_id: "turn-1", wrong: true, right_article_id: OTHER, learn: true }]);
  expect(root.querySelector(".turn")!.textContent).toContain("陈梅 标记为错误");
  await press(button("撤销"));
  expect(server.askedFor("mark_turn").at(-1)).toEqual({ turn_id: "turn-1", wrong: false });
  expect(button("标记为错误", root.querySelector(".turn")!)).toBeDefined();
});

test("an article is written from a question that had none, in its language", async () => {
  const { server } = await open("#/knowledge/unanswered", {
    unanswered: () => ({ questions: [{ asked: "do you ship to Norway", locale: "en", count: 4, last_at: at(0), conversation_id: TALK }] }),
    dismiss_unanswered: () => ({}),
  } as Answers);
  await press(button("移出列表"));
  expect(server.askedFor("dismiss_unanswered")).toEqual([{ asked: "do you ship to Norway", locale: "en" }]);
  await press(button("写文章"));
  await vi.waitFor(() => expect(field("标准问题").value).toBe("do you ship to Norway"));
  expect(field("语言").value).toBe("en");
});

test("in a conversation the bot's answer names its article, and a press of the customer is told from words", async () => {
  const told: Message = { ...message(TALK, 2, { kind: "bot", name: "" }, "一般 3 天。"), data: { article_id: ID, title: ARTICLE.question, version: 1, turn: 1, values: [] } };
  const pressed: Message = { ...message(TALK, 3, CUSTOMER, "没有解决"), data: { choice: { seq: 2, value: "not_helped" } } };
  const held = picked(conversation(TALK, { last_seq: 3 }), MEI);
  const { server } = await open(`#/mine/${TALK}`, {
    sync: ({ conversation_id }: { conversation_id?: string }) =>
      conversation_id ? { conversation: held, messages: [message(TALK, 1, CUSTOMER, "退款咋还没到"), told, pressed], notes: [], more: false } : { desk: deskView({ mine: [held] }) },
    customer_orders: () => ({ orders: [], transactions: [], verified: true }),
    bot_turns: () => ({ turns: [TURN] }),
    read: () => ({}),
  } as Answers);
  expect(server.askedFor("bot_turns")).toEqual([{ conversation_id: TALK, limit: 200 }]);
  const source = root.querySelector(".bot-source")!;
  await vi.waitFor(() => expect(source.textContent).toContain("没帮助"));
  expect(source.querySelector("a")!.getAttribute("href")).toBe(addressOf({ screen: "knowledge", id: ID }));
  expect(source.textContent).toContain("第 1 版");
  expect(button("标记为错误", source)).toBeDefined();
  expect([...root.querySelectorAll(".said.customer .chip")].map((chip) => chip.textContent)).toEqual(["点选"]);
});
