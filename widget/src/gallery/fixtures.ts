import type { State } from "../app/state";
import type { Attachment, Conversation, CustomerCommands, Locale } from "../core/wire";
import { at, bought, CASES, coded, conversation, desk, GUEST, KINDS, LINA, type Line, messages, NIGHT, NOTHING, type Say, sayIn, UNKNOWN, WALLET } from "./values";

/** What the server would answer, by command. */
export type Answers = { [N in keyof CustomerCommands]?: CustomerCommands[N]["output"] };

/** Presses what `on` selects, or types into it; a field for files is given one of that name. */
export interface Step {
  on: string;
  type?: string;
}

export interface Still {
  state: Partial<State>;
  answers?: Answers;
  draft?: string;
  steps?: Step[];
}

interface Fixture {
  title: string;
  of: (locale: Locale) => Still;
}

const RATE: Line = { by: "mei", kind: "card", data: { card: "rating", code: "rating_asked", values: {} } };
const fixture = (title: string, of: (say: Say) => Still): Fixture => ({ title, of: (locale) => of(sayIn(locale)) });

// -- before a conversation ------------------------------------------------------------------------------------------

const start = (given: Partial<State>, more: Omit<Still, "state"> = {}): Still => ({ state: { customer: GUEST, desk: desk(), ...given }, ...more });

const SUBMIT = { on: "form .button.wide" };

const STARTS = {
  "start": fixture("Start, with the wait", () => start({})),
  "start-away": fixture("Start, open but nobody there yet", () => {
    const { range: _, ...away } = desk();
    return start({ desk: away });
  }),
  "start-refund": fixture("Start, a refund is chosen", () => start({ prefill: { topic: "refund", fields: { order_number: "QY20261118-0118" } } })),
  "start-named": fixture("Start, signed in", () => start({ customer: LINA })),
  "start-faults": fixture("Start, sent too early", () => start({}, { steps: [{ on: "[name=contact]", type: "lina@" }, SUBMIT] })),
  "start-refused": fixture("Start, no answer from the server", (say) =>
    start({}, { draft: say("外套小了，想换大一号。", "The jacket is too small."), steps: [{ on: "[name=topic]", type: "other" }, SUBMIT, { on: ".notice.bad" }] })),
  "start-back": fixture("Start, beside an open conversation", () => start({ view: "form", timeline: timeline([], {}) })),
  "start-full": fixture("Start, the queue is full", () => start({ desk: desk({ queue: "full" }) })),
  "start-closing": fixture("Start, just before the end of the day", () => start({ desk: desk({ queue: "closing", closes_at: at(10) }) })),
  "start-bot": fixture("Start, the bot answers while all are busy", () => start({ desk: desk({ queue: "full", divert: "bot" }) })),
  "start-night": fixture("Start, at night", () => start({ desk: NIGHT })),
  "start-message": fixture("Start, at night, a topic of messages only", () => start({ desk: { ...NIGHT, message_topics: ["unfreeze"] }, prefill: { topic: "unfreeze", fields: {} } })),
  "start-holiday": fixture("Start, on a holiday", () => start({ desk: { ...NIGHT, rule: "holiday", opens_at: at(10_000), holiday: { "zh-CN": "国庆节", en: "National Day" } } })),
  "start-emergency": fixture("Start, closed in an emergency", (say) => start({ desk: { ...NIGHT, rule: "emergency", reason: say("机房停电，正在抢修", "Power cut, being repaired") } })),
  "opening": fixture("Opening", () => ({ state: { phase: "opening", line: "idle" } })),
  "failed": fixture("No server", () => ({ state: { phase: "failed", line: "idle" } })),
} satisfies Record<string, Fixture>;

// -- a conversation -------------------------------------------------------------------------------------------------

function timeline(lines: Line[], given: Partial<Conversation>): State["timeline"] {
  const said = messages(lines);
  const read = { last_seq: said.length, customer_read_seq: said.length, agent_read_seq: said.length };
  return { conversation: conversation({ ...read, ...given }), messages: said, pending: [] };
}

function talk(lines: Line[], given: Partial<Conversation> = {}, state: Partial<State> = {}, more: Omit<Still, "state"> = {}): Still {
  return { state: { view: "talk", customer: LINA, desk: desk(), timeline: timeline(lines, given), ...state }, ...more };
}

const asked = (say: Say): Line => ({ by: "lina", body: say("外套尺码不对，想退款。", "The jacket does not fit, I would like my money back.") });
const greeted = (say: Say): Line => ({ by: "mei", body: say("您好，李娜。请告诉我订单号，我马上为您查看。", "Good morning, Li Na. Please tell me the order number and I will look at once.") });

const JOINED = coded("agent_joined", { name: "陈梅" });
const SAFETY = coded("safety_notice");

const waits = (say: Say, waiting: Conversation["waiting"], state: Partial<State> = {}): Still => {
  const { agent: _, ...room } = conversation({ status: "waiting", waiting: waiting! });
  const { conversation: __, ...rest } = timeline([asked(say)], {});
  return talk([], {}, { timeline: { ...rest, conversation: { ...room, last_seq: 1 } }, ...state });
};

const PICTURE: Attachment = { attachment_id: "picture", name: "tent.png", type: "image/png", size: 48_000, width: 240, height: 180, url: "/pages/demo/tent.svg" };
const GONE: Attachment = { attachment_id: "gone", name: "IMG_20261118_102231.jpg", type: "image/jpeg", size: 1_400_000, width: 4_000, height: 3_000, url: "/pages/demo/gone.svg" };
const INVOICE: Attachment = { attachment_id: "invoice", name: "invoice.pdf", type: "application/pdf", size: 320_000, url: "/pages/demo/invoice.pdf" };

const fileOf = (by: Line["by"], attachment: Attachment): Line => ({ by, kind: "file", data: { attachment } });

const MINE = (say: Say): Answers => ({ my_orders: bought(say), my_cases: { cases: CASES }, case_kinds: { kinds: KINDS } });

const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(2);
const pending = (id: string, body: string, failed?: string) => ({ client_id: id, body, created_at: at(0), ...(failed ? { failed } : {}) });

const TALKS = {
  "waiting": fixture("Waiting, with place and range", (say) => waits(say, { place: 3, range: { low: 300, high: 720 } })),
  "waiting-next": fixture("Waiting, next", (say) => waits(say, { place: 1, range: { low: 0, high: 55 } })),
  "waiting-nobody": fixture("Waiting, nobody can be said to come", (say) => waits(say, { place: 2 })),
  "waiting-unlikely": fixture("Waiting, probably not before the end of the day", (say) => waits(say, { place: 9, range: { low: 3_000, high: 5_000 }, unlikely_before: at(630) })),
  "waiting-over": fixture("Waiting, and the desk has closed", (say) => waits(say, { place: 2 }, { desk: NIGHT })),
  "talk": fixture("Talking: text, marks, days", (say) =>
    talk([
      { ...asked(say), created_at: at(-1_500) },
      { ...SAFETY, created_at: at(-1_500) },
      JOINED,
      greeted(say),
      { by: "lina", body: "QY20261118-0118" },
      { by: "mei", body: say("查到了。退款说明在 https://demo.example/help/refund ，您看一下。", "Found it. How refunds work is at https://demo.example/help/refund.") },
      { by: "lina", body: say("好的，谢谢！", "Thank you!") },
    ], { agent_read_seq: 6 })),
  "talk-new": fixture("Talking: what came while nobody looked", (say) =>
    talk([asked(say), greeted(say), { by: "mei", body: say("您还在吗？", "Are you still there?") }], { customer_read_seq: 1 })),
  "talk-markdown": fixture("Talking: Markdown", (say) =>
    talk([asked(say), {
      by: "mei",
      body: say(
        "**退款分三步：**\n\n1. 打开订单，点「申请退款」\n2. 写明原因，附上`照片`\n3. 等待审核，一般 *一个工作日*\n\n> 原路退回，不收手续费。\n\n- 微信支付：即时到账\n- 银行卡：1 至 3 天\n\n详见 [退款政策](https://demo.example/help/refund)。",
        "**A refund takes three steps:**\n\n1. Open the order and press “Ask for a refund”\n2. Say why, and add a `photo`\n3. Wait for the review, mostly *one working day*\n\n> It goes back the way it came, free of charge.\n\n- WeChat Pay: at once\n- Bank card: 1 to 3 days\n\nMore in the [refund policy](https://demo.example/help/refund).",
      ),
    }])),
  "talk-long": fixture("Talking: long words, long text", () =>
    talk([
      { by: "lina", body: LONG },
      { by: "mei", body: `https://demo.example/${"very-long-address/".repeat(8)}` },
      { by: "lina", body: "订单号在这里麻烦您帮我查一下为什么付款成功了却一直显示未支付我已经等了两个小时了还是没有变化".repeat(4) },
      { by: "mei", body: "1️⃣ 👩‍👩‍👧‍👦 ﷽ Ελληνικά עברית العربية <b>text & text</b>" },
    ], { agent: { id: "mei", name: "欧阳陈梅·阿不都热合曼·买买提江（高级售后服务专员）" } })),
  "talk-files": fixture("Talking: picture, file, a picture that is gone", () => talk([fileOf("lina", PICTURE), fileOf("mei", INVOICE), fileOf("lina", GONE)])),
  "talk-cards": fixture("Talking: cards of an order and a case", (say) =>
    talk([
      { by: "lina", kind: "card", body: "QY20261118-0118", data: { card: "order", order_id: "order-1", number: "QY20261118-0118", state: "delivered", amount: 45_800, currency: "CNY" } },
      coded("refund_requested", { amount: 32_900, currency: "CNY", number: "QY-2026-000014-7" }),
      { by: "mei", kind: "card", data: { card: "case", ticket_id: "case-wanted", number: "QY-2026-000015-4", kind: "refund" } },
    ], {}, {}, { answers: MINE(say) })),
  "talk-evidence": fixture("Talking: the desk asks for evidence", (say) =>
    talk([
      { by: "mei", kind: "form", data: { ticket_id: "case-wanted", number: "QY-2026-000015-4", message: say("请拍一张标签的照片。", "Please take a photo of the label."), wanted: [{ code: "photo" }, { code: "order_confirmation" }] } },
      coded("evidence_added", { ticket_id: "case-wanted", evidence: "order_confirmation", number: "QY-2026-000015-4" }),
    ])),
  "talk-typing": fixture("Talking: the other side types", (say) => {
    const still = talk([asked(say), JOINED, greeted(say)]);
    return { ...still, state: { ...still.state, timeline: { ...still.state.timeline!, typing: { by: "agent", name: "陈梅", since: 0 } } } };
  }),
  "talk-pending": fixture("Talking: sending, failed, too late", (say) => {
    const still = talk([asked(say), greeted(say)]);
    const own = [pending("a", "QY20261118-0118"), pending("b", say("这条没有发出去", "This was not sent"), "too_long"), pending("c", say("这条太晚了", "This came too late"), "closed")];
    return { ...still, state: { ...still.state, timeline: { ...still.state.timeline!, pending: own } } };
  }),
  "talk-offline": fixture("Talking: the line is down", (say) => {
    const still = talk([asked(say), greeted(say)], {}, { line: "reconnecting", current: false });
    return { ...still, state: { ...still.state, timeline: { ...still.state.timeline!, pending: [pending("a", say("在吗？", "Are you there?"))] } } };
  }),
  "talk-behind": fixture("Talking: fetching what was missed", (say) => talk([asked(say), greeted(say)], {}, { current: false })),
  "talk-older": fixture("Talking: there is more above", (say) => {
    const still = talk([asked(say), greeted(say)]);
    const { messages: said, ...rest } = still.state.timeline!;
    return { ...still, state: { ...still.state, timeline: { ...rest, messages: said.map((one) => ({ ...one, seq: one.seq + 40 })) } } };
  }),
  "talk-refused": fixture("Talking: something was refused", (say) => talk([asked(say), greeted(say)], {}, { trouble: "too_many" })),
  "talk-urgent": fixture("Talking: an emergency", (say) =>
    talk([{ by: "lina", body: say("我的账户被盗了，正在转走钱！", "Somebody is moving money out of my account!") }, coded("urgent_help", { phone: "400 820-0001", steps: {} }), JOINED], { urgent: true })),
  "talk-order": fixture("Talking: the page around shows an order", (say) => talk([asked(say), greeted(say)], {}, { prefill: { fields: { order_number: "QY20261118-0118" } } }, { answers: MINE(say) })),
  "talk-draft": fixture("Talking: a long draft", (say) => talk([asked(say), greeted(say)], {}, {}, { draft: say("第一行\n第二行\n第三行\n第四行\n第五行\n第六行\n第七行\n第八行", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight") })),
  "talk-upload": fixture("Talking: a file the server does not take", (say) => talk([asked(say), greeted(say)], {}, {}, { steps: [{ on: "#attach + input[type=file]", type: "IMG_20261118_102231.heic" }, { on: ".uploads .failed" }] })),
  "talk-emoji": fixture("Talking: emoji to choose", (say) => talk([asked(say), greeted(say)], {}, {}, { steps: [{ on: ".composer .emoji" }, { on: ".emojis button:nth-child(3)" }, { on: ".composer .emoji" }, { on: ".emojis" }] })),
  "menu": fixture("The menu", (say) => talk([asked(say), greeted(say)], {}, {}, { steps: [{ on: ".menu .icon" }] })),
  "ending": fixture("Ending: are you sure?", (say) => talk([asked(say), greeted(say)], {}, {}, { steps: [{ on: ".menu .icon" }, { on: ".menu .ending" }, { on: "dialog h2" }] })),
  "article-card": fixture("An agent sends an article", (say) => talk([asked(say), JOINED, { by: "mei", kind: "card", body: say("退款多久到账", "How long a refund takes"), data: { card: "article", slug: "refund-time", locale: "zh-CN", title: say("退款多久到账", "How long a refund takes"), summary: say("审核通过后，微信支付和钱包即时到账，银行卡需要 1 至 3 个工作日。", "Once approved, WeChat Pay and the wallet have it at once, a bank card within 1 to 3 working days."), version: 3, path: "/help/demo/zh-CN/refund-time" } }])),
  "rating-card": fixture("An agent asks to be rated", (say) => talk([asked(say), JOINED, greeted(say), RATE], {}, {}, { steps: [{ on: ".star:nth-of-type(5) input" }] })),
  "rating-card-rated": fixture("An agent was rated", (say) => talk([asked(say), JOINED, greeted(say), RATE], { score: 5 })),
  "mail": fixture("The transcript by e-mail, to where", (say) => talk([asked(say), JOINED, greeted(say)], {}, { mails: true }, { steps: [{ on: ".menu .icon" }, { on: ".menu li:nth-child(5) button" }] })),
  "closed": fixture("Ended, to be rated", (say) => talk([asked(say), JOINED, greeted(say), coded("closed", { by: "agent" })], { status: "closed" })),
  "closed-stars": fixture("Ended, stars are chosen", (say) => talk([asked(say), coded("closed", { by: "customer" })], { status: "closed" }, {}, { steps: [{ on: ".star:nth-of-type(2) input" }, { on: ".reason input" }, { on: "#comment", type: say("等得有点久。", "A bit of a wait.") }] })),
  "closed-rated": fixture("Ended and rated", (say) => talk([asked(say), coded("closed", { by: "idle" })], { status: "closed", score: 5 })),
} satisfies Record<string, Fixture>;

// -- the bot --------------------------------------------------------------------------------------------------------

const withBot = (lines: Line[], state: Partial<State> = {}): Still => {
  const still = talk(lines, { status: "bot" }, { desk: NIGHT, customer: GUEST, ...state });
  const { agent: _, ...room } = still.state.timeline!.conversation!;
  return { ...still, state: { ...still.state, timeline: { ...still.state.timeline!, conversation: { ...room, contact: false } } } };
};

const HELLO = coded("bot_hello");
const question = (say: Say): Line => ({ by: "lina", body: say("退款多久到账？", "How long does a refund take?") });
const answer = (say: Say, extra: object = {}): Line => ({
  by: "bot",
  body: say("审核通过后，微信支付和钱包即时到账，银行卡需要 1 至 3 个工作日。", "Once approved, WeChat Pay and the wallet have it at once, a bank card within 1 to 3 working days."),
  data: {
    article_id: "a1", slug: "refund-time", title: say("退款多久到账", "How long a refund takes"), version: 3, effective_at: at(-20_000), path: "/help/demo/zh-CN/refund-time", turn: 1,
    values: ["helped", "not_helped", "flow:refund"], choices: [{ title: say("申请退款", "Ask for a refund"), value: "flow:refund" }], ...extra,
  },
});
const choices = (body: string, data: object): Line => ({ by: "bot", kind: "choices", body, data: { turn: 1, ...data } });
const suggestions = (say: Say): Line =>
  choices("", {
    code: "suggest",
    choices: [{ title: say("怎么申请退款？", "How do I ask for a refund?"), value: "a1" }, { title: say("退款多久到账？", "How long does a refund take?"), value: "a2" }, { title: say("退款金额和我付的不一样，差额是怎么算出来的？", "Why is the refund not what I paid, and how was the difference worked out?"), value: "a3" }],
    values: ["a1", "a2", "a3", "none"],
  });

const BOTS = {
  "bot-hello": fixture("Bot: how it begins at night", () => withBot([HELLO, { by: "bot", data: { code: "bot_greeting" } }])),
  "bot-answer": fixture("Bot: an answer, its source, did it help", (say) => withBot([HELLO, question(say), answer(say)])),
  "bot-helped": fixture("Bot: it helped", (say) => withBot([HELLO, question(say), answer(say), { by: "lina", body: say("有帮助", "Yes"), data: { choice: { seq: 3, value: "helped" } } }, { by: "bot", data: { code: "bot_thanks" } }])),
  "bot-suggest": fixture("Bot: suggestions", (say) => withBot([HELLO, question(say), suggestions(say)])),
  "bot-flow": fixture("Bot: a question of a guided flow", (say) =>
    withBot([{ by: "lina", body: say("申请退款", "Ask for a refund") }, choices(say("要退哪一笔订单？", "Which order is it about?"), {
      code: "flow", flow: "refund", step: "order", input: "order",
      choices: [{ title: "QY20261118-0118 · ¥458.00", value: "order:1" }, { title: "QY20261120-0009 · ¥189.00", value: "order:2" }, { title: say("上一步", "Back"), value: "flow:back" }, { title: say("退出", "Leave"), value: "flow:out" }],
      values: ["order:1", "order:2", "flow:back", "flow:out"],
    })])),
  "bot-flow-file": fixture("Bot: a flow asks for files", (say) =>
    withBot([choices(say("请上传商品照片。", "Please add photos of the goods."), {
      code: "flow", flow: "refund", step: "photo", input: "evidence",
      choices: [{ title: say("跳过", "Skip"), value: "flow:skip" }, { title: say("完成", "Done"), value: "flow:done" }, { title: say("退出", "Leave"), value: "flow:out" }], values: ["flow:skip", "flow:done", "flow:out"],
    })])),
  "bot-unsure": fixture("Bot: no answer, leave a message", (say) => withBot([question(say), { by: "bot", data: { code: "no_answer", offer: "leave_message" } }])),
  "bot-hand-over": fixture("Bot: no answer, an agent is there", (say) => withBot([question(say), { by: "bot", data: { code: "no_answer_open", offer: "ask_agent" } }], { desk: desk() })),
} satisfies Record<string, Fixture>;

// -- messages -------------------------------------------------------------------------------------------------------

const leave = (lines: Line[], state: Partial<State> = {}, more: Omit<Still, "state"> = {}): Still => ({ ...withBot(lines, { view: "leave", ...state }), ...more });

const MESSAGES = {
  "leave": fixture("Leaving a message", () => leave([HELLO])),
  "leave-more": fixture("Leaving a message, beside what was written", (say) => leave([HELLO, question(say)])),
  "leave-faults": fixture("Leaving a message, sent too early", () => leave([HELLO], {}, { steps: [{ on: "[name=phone]", type: "12" }, { on: ".form .row .button:last-child" }] })),
  "leave-known": fixture("Leaving a message, signed in", (say) => leave([HELLO, question(say)], { customer: LINA })),
  "left": fixture("A message is left, the reply promised", (say) => {
    const still = withBot([question(say), coded("message_left", { by: "email", reply_by: at(1_590) })]);
    const { timeline: now } = still.state;
    return { ...still, state: { ...still.state, timeline: { ...now!, conversation: { ...now!.conversation!, status: "offline", reply_by: at(1_590), contact: true } } } };
  }),
} satisfies Record<string, Fixture>;

// -- one's own orders and cases -------------------------------------------------------------------------------------

const mine = (say: Say, place: State["place"], answers: Answers = {}, more: Omit<Still, "state"> = {}): Still => ({
  state: { customer: LINA, desk: desk(), place },
  answers: { ...MINE(say), ...answers },
  ...more,
});

const refusedBy = (rule: string, values: object, most: number): Answers => ({
  check_case: { verdict: { allowed: most > 0, rule, values: values as Record<string, string | number>, most, lines: [{ line: 1, allowed: true, rule: "ok" }, { line: 2, allowed: most > 0, rule }] } } as never,
});

const ORDERS = { on: ".tabs button:first-child" };
const CASE_TAB = { on: ".tabs button:last-child" };
const APPLY = { at: "apply", kind: "refund", of: "order", id: "order-1" } as const;

const OWN = {
  "orders": fixture("My orders", (say) => mine(say, { at: "home" }, {}, { steps: [ORDERS] })),
  "orders-none": fixture("My orders: none", (say) => mine(say, { at: "home" }, { my_orders: NOTHING, my_cases: { cases: [] } })),
  "orders-guest": fixture("My orders: nobody is signed in", (say) => mine(say, { at: "home" }, { my_orders: UNKNOWN, my_cases: { cases: [] } })),
  "transactions": fixture("My transactions", (say) => mine(say, { at: "home" }, { my_orders: WALLET, my_cases: { cases: [] } })),
  "cases": fixture("My cases", (say) => mine(say, { at: "home" }, {}, { steps: [CASE_TAB] })),
  "cases-none": fixture("My cases: none", (say) => mine(say, { at: "home" }, { my_cases: { cases: [] } }, { steps: [CASE_TAB] })),
  "mine-failed": fixture("My orders: no answer", () => ({ state: { customer: LINA, desk: desk(), place: { at: "home" } } })),
  "case": fixture("A case in review", (say) => mine(say, { at: "case", ticketId: "case-review" })),
  "case-new": fixture("A case, just opened", (say) => mine(say, { at: "case", ticketId: "case-review", isNew: true })),
  "case-wanted": fixture("A case that waits for its customer", (say) => mine(say, { at: "case", ticketId: "case-wanted" })),
  "case-late": fixture("A case that is late", (say) => mine(say, { at: "case", ticketId: "case-late" })),
  "case-refused": fixture("A case that was refused", (say) => mine(say, { at: "case", ticketId: "case-refused" })),
  "case-paid": fixture("A case that is done", (say) => mine(say, { at: "case", ticketId: "case-paid" })),
  "case-gone": fixture("A case that is not there", (say) => mine(say, { at: "case", ticketId: "nobody's" })),
  "case-withdraw": fixture("A case: withdraw it?", (say) => mine(say, { at: "case", ticketId: "case-review" }, {}, { steps: [{ on: ".acts .danger" }, { on: "dialog h2" }] })),
  "case-appeal": fixture("A case: an appeal without a reason", (say) => mine(say, { at: "case", ticketId: "case-refused" }, {}, { steps: [{ on: ".case-view > .acts .choice" }, { on: "dialog .row .button:last-child" }] })),
  "apply": fixture("Applying for a refund", (say) => mine(say, APPLY, refusedBy("ok_if_unused", {}, 45_800))),
  "apply-part": fixture("Applying for a refund: not of everything", (say) => mine(say, APPLY, refusedBy("above_most", { amount: 32_900, currency: "CNY" }, 32_900))),
  "apply-not": fixture("Applying for a refund: too late", (say) => mine(say, APPLY, refusedBy("too_late_delivery", { days: 7, last: "2026-11-10" }, 0))),
  "apply-faults": fixture("Applying for a refund, sent too early", (say) => mine(say, APPLY, refusedBy("ok", {}, 45_800), { steps: [{ on: "[name=amount]", type: "999" }, SUBMIT] })),
  "apply-dispute": fixture("Applying about an amount", (say) => mine(say, { at: "apply", kind: "amount_dispute", of: "order", id: "order-1" }, {}, { steps: [{ on: "[name=charged]", type: "458" }, { on: "[name=expected]", type: "412.20" }] })),
  "apply-unfreeze": fixture("Applying to unfreeze an account, as a guest", (say) => ({ ...mine(say, { at: "apply", kind: "unfreeze" }, { my_orders: UNKNOWN }), state: { customer: GUEST, desk: desk(), place: { at: "apply", kind: "unfreeze" } } })),
  "apply-closed": fixture("Applying for what the site does not offer", (say) => mine(say, { at: "apply", kind: "nothing" })),
} satisfies Record<string, Fixture>;

// -- articles -------------------------------------------------------------------------------------------------------

const ABOUT = { kind: "article", category: "refund" } as const;

const found = (say: Say): Answers["find_help"] => ({
  results: [
    { slug: "refund-time", locale: say("zh-CN", "en") as Locale, question: say("退款多久到账？", "How long does a refund take?"), excerpt: "", ...ABOUT },
    { slug: "refund-amount", locale: "zh-CN", question: say("退款金额和我付的不一样，差额是怎么算出来的？", "退款金额怎么计算？"), excerpt: "", ...ABOUT },
  ],
});

const read = (say: Say): Answers["read_help"] => ({
  path: "/help/demo/zh-CN/refund-time",
  article: {
    slug: "refund-time", locale: say("zh-CN", "en") as Locale, question: say("退款多久到账？", "How long does a refund take?"), ...ABOUT, version: 3, state: "in_force", effective_at: at(-20_000),
    answer: say("审核通过后：\n\n- **微信支付、钱包**：即时到账\n- 银行卡：1 至 3 个工作日\n\n另见[怎么申请退款](./refund)。", "Once approved:\n\n- **WeChat Pay, wallet**: at once\n- bank card: 1 to 3 working days\n\nSee also [how to ask for a refund](./refund)."),
  },
});

const helped = (place: State["place"], answers: Answers): Still => ({ state: { customer: GUEST, desk: desk(), place }, answers });

const HELPS = {
  "help": fixture("Articles", (say) => helped({ at: "help" }, { find_help: found(say)! })),
  "help-found": fixture("Articles that were found", (say) => helped({ at: "help", text: say("退款", "refund") }, { search_help: found(say)! })),
  "help-nothing": fixture("No article was found", () => helped({ at: "help", text: "qwertz" }, { search_help: { results: [] } })),
  "help-article": fixture("An article", (say) => helped({ at: "help", slug: "refund-time" }, { read_help: read(say)! })),
  "help-failed": fixture("An article, no answer", () => helped({ at: "help", slug: "refund-time" }, {})),
} satisfies Record<string, Fixture>;

// -- past conversations ---------------------------------------------------------------------------------------------

const EARLIER = "00000000-0000-7000-8000-000000000002";

const past = (say: Say): Answers => ({
  my_conversations: {
    conversations: [
      conversation({ status: "closed", created_at: at(-3_000), closed_at: at(-2_980), last_seq: 3, customer_read_seq: 3, score: 5 }),
      conversation({ id: EARLIER, status: "closed", topic: "payment_failure", created_at: at(-60_000), closed_at: at(-59_980), last_seq: 2, customer_read_seq: 2 }),
    ],
  },
  history: { messages: messages([asked(say), greeted(say), coded("closed", { by: "agent" })]), more: false },
});

const before = (place: State["place"], answers: Answers): Still => ({ state: { customer: LINA, desk: desk(), place }, answers });

const PASTS = {
  "past": fixture("Past conversations", (say) => before({ at: "past" }, past(say))),
  "past-none": fixture("Past conversations: none", () => before({ at: "past" }, { my_conversations: { conversations: [] } })),
  "past-one": fixture("A past conversation", (say) => before({ at: "past", id: conversation().id }, past(say))),
  "past-failed": fixture("Past conversations, no answer", () => before({ at: "past" }, {})),
} satisfies Record<string, Fixture>;

export const FIXTURES: Record<string, Fixture> = { ...STARTS, ...TALKS, ...BOTS, ...MESSAGES, ...OWN, ...HELPS, ...PASTS };
