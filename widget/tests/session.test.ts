import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Session } from "../src/app/session";
import { type State, Store } from "../src/app/state";
import { begin, leaveMessage, say, sayAgain } from "../src/app/verbs";
import { idsByContent } from "../src/core/ids";
import type { Conversation, Customer, CustomerSessionOpened, Desk, Message } from "../src/core/wire";
import { answerCalls } from "./network";
import { conversation, message } from "./people";

type Input = Record<string, unknown> & { client_id: string };

/** A server behind a proxy that lets no websocket through. */
class Server {
  isDown = false;
  queue: Desk["queue"] = "open";
  storeId = "store-1";
  customer = "fang";
  kind: Customer["kind"] = "anonymous";
  renewIn: number | undefined;
  room: Conversation | undefined;
  log: Message[] = [];
  asked: [string, Input][] = [];
  refuses: Record<string, { code: string; retry_after?: number }> = {};

  answer = (command: string, body: Input): object | undefined => {
    this.asked.push([command, body]);
    if (this.isDown) return undefined;
    const error = this.refuses[command];
    if (error) return { ok: false, error: { message: "No.", ...error } };
    return { ok: true, value: this.#do(command, body) };
  };

  askedFor(name: string): Input[] {
    return this.asked.filter(([command]) => command === name).map(([, body]) => body);
  }

  #do(command: string, body: Input): object {
    if (command === "session") return this.#opened();
    if (command === "say") return this.#said(body);
    if (command === "sync") return { conversation: this.room, messages: this.log.filter(({ seq }) => seq > Number(body["after_seq"])), more: false };
    return { conversation: (this.room ??= conversation()) };
  }

  #opened(): CustomerSessionOpened {
    const desk = { site: "demo", names: {}, open: true, now: "2026-11-20T02:00:00Z", zone: "Asia/Shanghai", rule: "weekly", queue: this.queue } as const;
    const customer = { id: this.customer, kind: this.kind, locale: "zh-CN" } as const;
    return { token: `${this.customer}'s`, customer, desk, store_id: this.storeId, mails: false, ...(this.renewIn ? { renew_in: this.renewIn } : {}), ...(this.room ? { conversation: this.room } : {}) };
  }

  #said({ client_id, body }: Input): object {
    const known = this.log.find((one) => one.client_id === client_id);
    const said = known ?? this.hear(message(this.log.length + 1, "fang", { client_id, body: String(body) }));
    return { seq: said.seq, id: said.id, created_at: said.created_at };
  }

  hear(said: Message): Message {
    this.log.push(said);
    this.room = { ...this.room!, last_seq: said.seq };
    return said;
  }
}

class Dead extends EventTarget {
  send(): void {}
  close(): void {}
}

let server: Server;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  server = new Server();
  answerCalls(server.answer as never);
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  sessionStorage.clear();
  localStorage.clear();
});

/** The tab loads its page; with the one before, all its timers are gone. */
async function load(): Promise<{ session: Session; state: () => State; bodies: () => string[] }> {
  vi.clearAllTimers();
  const store = new Store("zh-CN");
  const session = new Session({ site: "demo", store, getIdentity: async () => undefined, page: () => undefined, socket: () => new Dead() });
  store.set({ open: true });
  void session.open();
  await pass(100);
  return { session, state: () => store.state, bodies: () => store.state.timeline.messages.map(({ body }) => body) };
}

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

async function talking() {
  server.room = conversation();
  return load();
}

test("pressing again after a start that got no answer is the same start, another text is another one", async () => {
  const { session, state } = await load();
  const idFor = idsByContent();
  server.isDown = true;
  expect(await begin(session, idFor, "refund", { name: "王芳" }, "你好")).toBe(false);
  await begin(session, idFor, "refund", { name: "王芳" }, "你好");
  await begin(session, idFor, "other", { name: "王芳" }, "你好");
  const [first, second, third] = server.askedFor("start");
  expect(second).toEqual(first);
  expect(third!.client_id).not.toBe(first!.client_id);
  expect([state().view, state().trouble]).toEqual(["form", "offline"]);
  server.isDown = false;
  expect(await begin(session, idFor, "other", { name: "王芳" }, "你好")).toBe(true);
  expect(server.askedFor("start").at(-1)).toEqual(third);
});

test("a message left twice because the answer was lost is left once, as long as words and contact are the same", async () => {
  const { session } = await talking();
  server.isDown = true;
  await leaveMessage(session, "请回电", { phone: "13800000000" });
  await leaveMessage(session, "请回电", { phone: "13800000000" });
  await leaveMessage(session, "请回电", { phone: "13900000000" });
  const [first, second, third] = server.askedFor("leave_message");
  expect(second).toEqual(first);
  expect(third!.client_id).not.toBe(first!.client_id);
});

describe("at a desk that takes nobody any more", () => {
  const offer = (code: string, given = {}) => message(1, "desk", { body: "", data: { code, ...given } });

  async function starts(told: Message, contact = false) {
    server.queue = "closing";
    const loaded = await load();
    server.room = conversation({ status: "bot", contact, last_seq: 1 });
    server.log = [told];
    await begin(loaded.session, idsByContent(), "refund", {}, "我想退款");
    await pass(100);
    return loaded;
  }

  test("the first message is left for the agents, and not said to the bot as well", async () => {
    const { session, state } = await starts(offer("desk_closing", { offer: "leave_message" }), true);
    expect(server.askedFor("leave_message").map(({ body }) => body)).toEqual(["我想退款"]);
    expect(server.askedFor("say")).toEqual([]);
    expect([state().view, session.tab.read("draft")]).toEqual(["talk", undefined]);
  });

  test("only who cannot be reached is asked for more, and their words are kept", async () => {
    const { session, state } = await starts(offer("desk_closing", { offer: "leave_message" }));
    expect(server.asked.map(([command]) => command)).not.toContain("leave_message");
    expect([state().view, session.tab.read("draft")]).toEqual(["leave", "我想退款"]);
  });

  test("a message that could not be left stays in its form, to be left once", async () => {
    server.refuses["leave_message"] = { code: "unavailable" };
    const { session, state } = await starts(offer("desk_closing", { offer: "leave_message" }), true);
    expect([state().view, state().trouble, session.tab.read("draft")]).toEqual(["leave", "offline", "我想退款"]);
    await leaveMessage(session, "我想退款");
    const [first, second] = server.askedFor("leave_message");
    expect(second).toEqual(first);
  });

  test("the bot is asked where the team would rather have it try", async () => {
    const { state } = await starts(offer("desk_closing_bot"), true);
    expect(server.askedFor("say").map(({ body }) => body)).toEqual(["我想退款"]);
    expect(server.askedFor("leave_message")).toEqual([]);
    expect(state().view).toBe("talk");
  });
});

test("what could not be sent is sent by itself from the next page, once", async () => {
  const { session } = await talking();
  server.isDown = true;
  say(session, "第一条");
  say(session, "第二条");
  await pass(100);
  server.isDown = false;
  const next = await load();
  await pass(100);
  expect(server.log.map(({ body }) => body)).toEqual(["第一条", "第二条"]);
  expect(next.bodies()).toEqual(["第一条", "第二条"]);
  expect(next.state().timeline.pending).toEqual([]);
});

test("told to slow down, it sends by itself when it was told to, once", async () => {
  const { session } = await talking();
  server.refuses = { say: { code: "too_many", retry_after: 5 } };
  say(session, "第一条");
  await pass(4_000);
  server.refuses = {};
  expect(server.log).toEqual([]);
  await pass(1_500);
  expect(server.log.map(({ body }) => body)).toEqual(["第一条"]);
});

test("what was refused for good is shown as failed after a reload too, and goes out again under its id", async () => {
  const { session } = await talking();
  server.refuses = { say: { code: "invalid" } };
  say(session, "第一条");
  await pass(100);
  server.refuses = {};
  const { session: next, state } = await load();
  const [failed] = state().timeline.pending;
  expect(failed).toMatchObject({ body: "第一条", failed: "invalid" });
  expect(server.log).toEqual([]);
  sayAgain(next, failed!.client_id);
  await pass(100);
  expect(server.log.map(({ client_id }) => client_id)).toEqual([failed!.client_id]);
  expect(state().timeline.pending).toEqual([]);
});

test("where no websocket passes, news come over HTTP within seconds, and nothing alarming is shown", async () => {
  const { bodies, state } = await talking();
  server.hear(message(1));
  await pass(4_000);
  expect(bodies()).toEqual(["mei 1"]);
  expect(state().current).toBe(true);
});

test("a long poll that is answered at once does not become a storm", async () => {
  await talking();
  await pass(4_000);
  const before = server.asked.length;
  await pass(10_000);
  expect(server.asked.length - before).toBeLessThanOrEqual(11);
});

test("a server that does not answer is asked again, ever more slowly, and at once when the page is seen", async () => {
  server.isDown = true;
  const { session, state } = await load();
  expect(state().phase).toBe("failed");
  await pass(60_000);
  const asked = server.askedFor("session").length;
  expect(asked).toBeGreaterThan(4);
  expect(asked).toBeLessThan(12);
  server.isDown = false;
  session.wake();
  await pass(100);
  expect(state().phase).toBe("ready");
});

test("a site that does not exist is not asked for again", async () => {
  server.refuses = { session: { code: "not_found" } };
  const { state } = await load();
  await pass(60_000);
  expect([state().phase, server.askedFor("session").length]).toEqual(["failed", 1]);
});

test("a reload without an answer shows the last known log as out of date, until the server answers", async () => {
  const { session, bodies } = await talking();
  server.hear(message(1));
  await pass(4_000);
  expect(bodies()).toEqual(["mei 1"]);
  session.remember();
  server.isDown = true;
  const next = await load();
  expect(next.bodies()).toEqual(["mei 1"]);
  expect([next.state().phase, next.state().view, next.state().current]).toEqual(["failed", "talk", false]);
  server.isDown = false;
  server.hear(message(2));
  await pass(5_000);
  expect(next.bodies()).toEqual(["mei 1", "mei 2"]);
  expect(next.state().current).toBe(true);
});

test("the log that is remembered is shown to nobody but who it was shown to", async () => {
  const { session } = await talking();
  server.hear(message(1));
  await pass(4_000);
  session.remember();
  localStorage.setItem(session.memory.nameOf("token"), JSON.stringify("somebody else's"));
  server.isDown = true;
  const next = await load();
  expect([next.bodies(), next.state().phase]).toEqual([[], "failed"]);
  expect(session.tab.read("held")).toBeUndefined();
});

test("when the database was replaced, what was held is forgotten, what was on its way too, also after a reload", async () => {
  const { session } = await talking();
  server.isDown = true;
  say(session, "写给旧的");
  await pass(100);
  server.isDown = false;
  server.storeId = "store-2";
  const next = await load();
  await pass(4_000);
  expect(server.askedFor("say").map(({ body }) => body)).toEqual(["写给旧的"]); // the try that got no answer
  expect(next.state().timeline.pending).toEqual([]);
});

test("a token that has run out is replaced without a word", async () => {
  const { session, state } = await talking();
  server.refuses = { sync: { code: "unauthenticated" } };
  void session.catchUp();
  await pass(50);
  server.refuses = {};
  server.customer = "fang-again";
  server.room = undefined;
  await pass(2_000);
  expect([state().phase, state().customer?.id, state().timeline.conversation]).toEqual(["ready", "fang-again", undefined]);
});

test("a conversation begun while the window asked who it is stays, whatever the older answer says", async () => {
  const { session, state } = await load();
  server.refuses = { sync: { code: "not_found" } }; // it comes a moment later
  const opening = session.open();
  session.hold(conversation());
  await opening;
  expect(state().timeline.conversation?.id).toBe(conversation().id);
});

test("what a signed-in customer left behind is nobody else's, although they never signed out", async () => {
  server.kind = "verified";
  const { session } = await load();
  session.tab.write("draft", "我的卡号");
  session.memory.write("form", { contact: "fang@mail.example" });
  server.customer = "guest";
  server.kind = "anonymous";
  const next = await load();
  expect([next.session.tab.read("draft"), next.session.memory.read("form")]).toEqual([undefined, undefined]);
});

test("what a guest began to write is there when they have signed in, and still there for them later", async () => {
  const { session } = await load();
  session.tab.write("draft", "登录不了");
  server.customer = "known";
  server.kind = "verified";
  expect((await load()).session.tab.read("draft")).toBe("登录不了");
  expect((await load()).session.tab.read("draft")).toBe("登录不了");
});

test("who signs out leaves nothing in the browser", async () => {
  server.kind = "verified";
  const { session } = await talking();
  say(session, "还没发出去");
  session.remember();
  session.tab.write("draft", "写到一半");
  session.memory.write("form", { contact: "fang@mail.example" });
  await session.signOut();
  const kept = [localStorage, sessionStorage].flatMap((storage) => Object.entries(storage).map(([name, value]) => `${name}: ${value}`));
  expect(kept.filter((entry) => /还没|写到|fang/.test(entry))).toEqual([]);
});

test("the proof of who somebody is is asked for again before it runs out", async () => {
  server.kind = "verified";
  server.renewIn = 540;
  await talking();
  expect(server.askedFor("session")).toHaveLength(1);
  await pass(539_000);
  expect(server.askedFor("session")).toHaveLength(1);
  await pass(1_500);
  expect(server.askedFor("session")).toHaveLength(2);
});

test("a proof the server does not believe is told to the page, and the visitor is a guest", async () => {
  vi.clearAllTimers();
  const told = vi.fn();
  const store = new Store("zh-CN");
  server.refuses = { session: { code: "bad_identity" } };
  const asked = { site: "demo", store, getIdentity: async () => "forged", page: () => undefined, socket: () => new Dead(), onRefused: told };
  const session = new Session(asked);
  void session.open();
  await pass(50);
  expect(told).toHaveBeenCalledWith("bad_identity", "No.");
  expect(server.askedFor("session").map(({ identity }) => identity)).toEqual(["forged", undefined]);
});
