import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CommandError, Connection, type ConnectionStatus, type Refusal, type Socket } from "../src/core/connection";

interface Commands {
  say: { input: { body: string }; output: { seq: number } };
}
interface Events {
  message: { seq: number };
  bye: { reconnect_in: number };
}

/** The server's end of one websocket, speaking the protocol as written. */
class Line extends EventTarget implements Socket {
  heard: string[] = [];
  isClosed = false;

  constructor(readonly url: string) {
    super();
  }

  send(packet: string): void {
    this.heard.push(packet);
  }

  close(): void {
    this.isClosed = true;
    this.dispatchEvent(new Event("close"));
  }

  tell(packet: string): void {
    this.dispatchEvent(new MessageEvent("message", { data: packet }));
  }

  letIn(): void {
    this.join();
    this.answerProbe();
  }

  join(): void {
    this.tell('0{"sid":"s","upgrades":[],"pingInterval":15000,"pingTimeout":8000}');
    this.tell('40/customer,{"sid":"n"}');
  }

  answerProbe(): void {
    this.tell('43/customer,0[{"ok":false,"error":{"code":"unknown_command","message":"There is no such command."}}]');
  }

  get asked(): string {
    return this.heard.at(-1)!;
  }
}

const lines: Line[] = [];
const statuses: [ConnectionStatus, (Refusal | undefined)?][] = [];
const events: unknown[] = [];
let connection: Connection<Commands, Events>;

const line = (): Line => lines.at(-1)!;
const status = (): ConnectionStatus => statuses.at(-1)![0];

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = statuses.length = events.length = 0;
  connection = new Connection<Commands, Events>({
    url: "http://chat.example",
    namespace: "/customer",
    auth: () => ({ token: "fang's" }),
    onEvent: (name, value) => events.push([name, value]),
    onStatus: (...told) => statuses.push(told),
    socket: (url) => (lines.push(new Line(url)), line()),
  });
});

afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

function online(): void {
  connection.open();
  line().letIn();
}

test("joins its namespace with what auth gives, and is online when its first question is answered", () => {
  connection.open();
  expect(line().url).toBe("ws://chat.example/socket.io/?EIO=4&transport=websocket");
  expect(status()).toBe("connecting");
  line().join();
  expect(line().heard).toEqual(['40/customer,{"token":"fang\'s"}', '42/customer,0["probe",{}]']);
  expect(status()).toBe("connecting");
  line().answerProbe();
  expect(status()).toBe("online");
});

test("a line that lets in and then swallows everything never counts as online", () => {
  connection.open();
  line().join();
  line().tell("2");
  vi.advanceTimersByTime(10_001);
  expect(lines[0]!.isClosed).toBe(true);
  expect(statuses.map(([name]) => name)).toEqual(["connecting", "reconnecting"]);
});

test("a command is answered by the ack with its number, whatever order answers come in", async () => {
  online();
  const first = connection.send("say", { body: "一" });
  const second = connection.send("say", { body: "二" });
  expect(line().heard.slice(2)).toEqual(['42/customer,1["say",{"body":"一"}]', '42/customer,2["say",{"body":"二"}]']);
  line().tell('43/customer,2[{"ok":true,"value":{"seq":8}}]');
  line().tell('43/customer,1[{"ok":true,"value":{"seq":7}}]');
  expect(await first).toEqual({ seq: 7 });
  expect(await second).toEqual({ seq: 8 });
});

test("a refusal is thrown with its code and when to try again", async () => {
  online();
  const answer = connection.send("say", { body: "一" });
  line().tell('43/customer,1[{"ok":false,"error":{"code":"too_many","message":"Wait.","retry_after":2}}]');
  await expect(answer).rejects.toMatchObject({ code: "too_many", message: "Wait.", retryAfter: 2 });
});

test("events of the namespace are heard, those of another are not", () => {
  online();
  line().tell('42/agent,["message",{"seq":1}]');
  line().tell('42/customer,["message",{"seq":2}]');
  expect(events).toEqual([["message", { seq: 2 }]]);
});

test("nothing is sent while there is no line", async () => {
  await expect(connection.send("say", { body: "一" })).rejects.toMatchObject({ code: "offline" });
  expect(lines).toEqual([]);
});

test("what was not answered before the line dropped is thrown as offline", async () => {
  online();
  const answer = connection.send("say", { body: "一" });
  line().close();
  await expect(answer).rejects.toBeInstanceOf(CommandError);
  await expect(answer).rejects.toMatchObject({ code: "offline" });
  expect(status()).toBe("reconnecting");
});

test("pings are answered and keep the line; without them, as long as the server announced, it is dialled again", () => {
  online();
  vi.advanceTimersByTime(22_000);
  line().tell("2");
  expect(line().asked).toBe("3");
  vi.advanceTimersByTime(22_000);
  expect(status()).toBe("online");
  vi.advanceTimersByTime(1_500);
  expect(lines[0]!.isClosed).toBe(true);
  expect(status()).toBe("reconnecting");
  vi.advanceTimersByTime(1_000);
  expect(lines).toHaveLength(2);
});

test("a server that says nothing after a command is given up sooner", () => {
  online();
  connection.send("say", { body: "一" }).catch(() => undefined);
  vi.advanceTimersByTime(10_001);
  expect(lines[0]!.isClosed).toBe(true);
});

test("a line that brings news but carries nothing away is given up as soon", () => {
  online();
  connection.send("say", { body: "一" }).catch(() => undefined);
  vi.advanceTimersByTime(8_000);
  line().tell('42/customer,["message",{"seq":1}]');
  vi.advanceTimersByTime(2_001);
  expect(events).toHaveLength(1);
  expect(lines[0]!.isClosed).toBe(true);
});

test("an answer in time gives the line its full silence again", async () => {
  online();
  const answer = connection.send("say", { body: "一" });
  vi.advanceTimersByTime(9_000);
  line().tell('43/customer,1[{"ok":true,"value":{"seq":7}}]');
  await answer;
  vi.advanceTimersByTime(22_000);
  expect(status()).toBe("online");
});

test("waits longer after each failure, never longer than twenty seconds, and not the same for everybody", () => {
  connection.open();
  const waits = Array.from({ length: 10 }, () => {
    line().close();
    const before = Date.now();
    const dialled = lines.length;
    while (lines.length === dialled) vi.advanceTimersByTime(50);
    return Date.now() - before;
  });
  expect(waits[0]).toBeLessThanOrEqual(550);
  expect(waits[4]).toBeGreaterThanOrEqual(4_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(20_050);
  expect(Math.min(...waits.slice(6))).toBeGreaterThanOrEqual(10_000);
});

describe("being refused", () => {
  const refuse = (code: string): void => {
    line().tell('0{"sid":"s","pingInterval":15000,"pingTimeout":8000}');
    line().tell(`44/customer,{"message":"No.","data":{"code":"${code}","message":"No."}}`);
  };

  test("for who one is, is final and handed to the owner", () => {
    connection.open();
    refuse("unauthenticated");
    expect(statuses.at(-1)).toEqual(["refused", { code: "unauthenticated", message: "No." }]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    connection.open();
    expect(lines).toHaveLength(2);
  });

  test("for the moment only, is tried again", () => {
    connection.open();
    refuse("unavailable");
    expect(status()).toBe("reconnecting");
    vi.advanceTimersByTime(1_000);
    expect(lines).toHaveLength(2);
  });
});

test("after a goodbye it comes back when it was told to, not before", () => {
  online();
  line().tell('42/customer,["bye",{"reconnect_in":3}]');
  expect(events).toEqual([["bye", { reconnect_in: 3 }]]);
  vi.advanceTimersByTime(2_900);
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(2_000);
  expect(lines).toHaveLength(2);
});

test("sent away again and again, it comes back ever more slowly", () => {
  online();
  for (let round = 0; round < 6; round += 1) {
    line().tell('42/customer,["bye",{"reconnect_in":0}]');
    vi.advanceTimersByTime(20_000);
    line().letIn();
  }
  const dialled = lines.length;
  line().tell('42/customer,["bye",{"reconnect_in":0}]');
  vi.advanceTimersByTime(9_000);
  expect(lines).toHaveLength(dialled);
});

describe("woken up", () => {
  test("without a line it dials at once", () => {
    online();
    line().close();
    connection.wake();
    expect(lines).toHaveLength(2);
  });

  test("with one it asks whether anybody is there, and does not wait long for the answer", () => {
    online();
    connection.wake();
    expect(line().asked).toBe('42/customer,0["probe",{}]');
    vi.advanceTimersByTime(3_001);
    expect(lines[0]!.isClosed).toBe(true);
    vi.advanceTimersByTime(500);
    expect(lines).toHaveLength(2);
  });

  test("an answer keeps the line", () => {
    online();
    connection.wake();
    vi.advanceTimersByTime(1_000);
    line().answerProbe();
    vi.advanceTimersByTime(20_000);
    expect([status(), lines.length]).toEqual(["online", 1]);
  });

  test("after a long sleep it does not ask a line that must be dead", () => {
    online();
    vi.setSystemTime(Date.now() + 3_600_000); // no timer runs while the lid is down
    connection.wake();
    expect(lines[0]!.isClosed).toBe(true);
    expect(lines).toHaveLength(2);
  });

  test("sent away for a while, it stays away", () => {
    online();
    line().tell('42/customer,["bye",{"reconnect_in":60}]');
    vi.advanceTimersByTime(59_000);
    connection.wake();
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(31_500);
    expect(lines.length).toBeGreaterThan(1);
  });

  test("closed or refused, it stays so", () => {
    connection.wake();
    expect(lines).toEqual([]);
  });
});

describe("a line that is cut again and again", () => {
  const cutAfterASecond = (): void => {
    line().letIn();
    vi.advanceTimersByTime(1_000);
    line().close();
    const dialled = lines.length;
    while (lines.length === dialled) vi.advanceTimersByTime(50);
  };

  test("is not relied on, until one has lasted", () => {
    connection.open();
    cutAfterASecond();
    cutAfterASecond();
    line().letIn();
    expect([status(), connection.isSteady]).toEqual(["online", false]);
    vi.advanceTimersByTime(10_001);
    expect(connection.isSteady).toBe(true);
  });

  test("one cut is forgiven", () => {
    connection.open();
    cutAfterASecond();
    line().letIn();
    expect(connection.isSteady).toBe(true);
    line().close();
    expect(connection.isSteady).toBe(false);
  });
});

test("closed, it stays closed", () => {
  online();
  connection.close();
  expect(status()).toBe("idle");
  vi.advanceTimersByTime(120_000);
  expect(lines).toHaveLength(1);
});
