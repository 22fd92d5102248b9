import { expect, test, vi } from "vitest";
import { CommandError } from "../src/core/connection";
import { idsByContent, newId } from "../src/core/ids";
import { Outbox, type Outgoing, type Shelf } from "../src/core/outbox";
import { ROOM } from "./people";

const item = (body: string): Outgoing => ({ conversation_id: ROOM, client_id: `id of ${body}`, body, created_at: "2026-11-20T02:00:00Z" });

class Drawer implements Shelf {
  kept: readonly Outgoing[] = [];
  load = (): Outgoing[] => [...this.kept];
  save = (items: readonly Outgoing[]): void => void (this.kept = items);
}

/** A server that can be out of reach, that can lose its answer, and that knows a client_id again. */
class Server {
  log: string[] = [];
  known = new Set<string>();
  fault: "none" | "unreachable" | "answer lost" | "closed" = "none";
  busy = 0;

  take = async ({ client_id, body }: Outgoing): Promise<void> => {
    if (this.fault === "unreachable") throw new CommandError("offline", "No line.");
    if (this.fault === "closed") throw new CommandError("closed", "It has ended.");
    this.busy += 1;
    expect(this.busy).toBe(1);
    await Promise.resolve();
    this.busy -= 1;
    if (!this.known.has(client_id)) this.log.push(body);
    this.known.add(client_id);
    if (this.fault === "answer lost") throw new CommandError("offline", "No line.");
  };
}

function setUp(shelf = new Drawer(), server = new Server()) {
  const refused: [string, string][] = [];
  const outbox = new Outbox({ shelf, send: server.take, onRefused: ({ body }, { code }) => refused.push([body, code]) });
  return { shelf, server, outbox, refused };
}

test("messages go out one by one, in the order they were written", async () => {
  const { server, outbox, shelf } = setUp();
  await Promise.all([outbox.add(item("一")), outbox.add(item("二")), outbox.add(item("三"))]);
  expect(server.log).toEqual(["一", "二", "三"]);
  expect(shelf.kept).toEqual([]);
});

test("without a connection they wait, and go out when it is back", async () => {
  const { server, outbox, shelf } = setUp();
  server.fault = "unreachable";
  await outbox.add(item("一"));
  await outbox.add(item("二"));
  expect(server.log).toEqual([]);
  expect(shelf.kept).toHaveLength(2);
  server.fault = "none";
  await outbox.flush();
  expect(server.log).toEqual(["一", "二"]);
});

test("a message whose answer was lost is sent again and stands there once", async () => {
  const { server, outbox } = setUp();
  server.fault = "answer lost";
  await outbox.add(item("一"));
  server.fault = "none";
  await outbox.flush();
  expect(server.log).toEqual(["一"]);
  expect(outbox.items).toEqual([]);
});

test("what waited when the page went away goes out from the next one", async () => {
  const { server, outbox, shelf } = setUp();
  server.fault = "unreachable";
  await outbox.add(item("一"));
  server.fault = "none";
  const next = setUp(shelf, server);
  await next.outbox.flush();
  expect(server.log).toEqual(["一"]);
});

test("what the server refuses for good is handed back and does not hold up the rest", async () => {
  const { server, outbox, refused } = setUp();
  server.fault = "closed";
  await outbox.add(item("一"));
  server.fault = "none";
  await outbox.add(item("二"));
  expect(refused).toEqual([["一", "closed"]]);
  expect(server.log).toEqual(["二"]);
});

test("what was refused outlives a reload as such, is not sent by itself, and goes out when it is added again", async () => {
  const { server, outbox, shelf } = setUp();
  server.fault = "closed";
  await outbox.add(item("一"));
  server.fault = "none";
  const { outbox: next } = setUp(shelf, server);
  await next.flush();
  expect(next.items).toEqual([{ ...item("一"), failed: "closed" }]);
  expect(server.log).toEqual([]);
  await next.add(item("一"));
  expect(server.log).toEqual(["一"]);
  expect(shelf.kept).toEqual([]);
});

test("what was refused can be thrown away, and the rest stays", async () => {
  const { server, outbox, shelf } = setUp();
  server.fault = "closed";
  await outbox.add(item("一"));
  server.fault = "unreachable";
  await outbox.add(item("二"));
  outbox.keep(({ client_id }) => client_id !== item("一").client_id);
  expect(shelf.kept).toEqual([item("二")]);
});

test("told to slow down, it tries again by itself after the time it was given", async () => {
  vi.useFakeTimers();
  const sent: string[] = [];
  let isFull = true;
  const send = async ({ body }: Outgoing): Promise<void> => {
    if (isFull) throw new CommandError("too_many", "Wait.", 2);
    sent.push(body);
  };
  const outbox = new Outbox({ shelf: new Drawer(), send, onRefused: () => expect.unreachable() });
  await outbox.add(item("一"));
  isFull = false;
  await outbox.add(item("二")); // whatever is written or comes back meanwhile
  await vi.advanceTimersByTimeAsync(1_900);
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(sent).toEqual(["一", "二"]);
  vi.useRealTimers();
});

test("a form keeps its id for as long as its content is the same", () => {
  const idFor = idsByContent();
  const first = idFor({ body: "一" });
  expect(idFor({ body: "一" })).toBe(first);
  expect(idFor({ body: "二" })).not.toBe(first);
  expect(idsByContent()({ body: "一" })).not.toBe(first);
});

test("ids are version 7 UUIDs, which differ and stand in the order of their times", () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 27) });
  const ids = Array.from({ length: 100 }, newId);
  for (const id of ids) expect(id).toMatch(/^01a21a4d-4000-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(100);
  vi.setSystemTime(Date.now() + 1);
  expect(newId().startsWith("01a21a4d-4001-7")).toBe(true);
  vi.useRealTimers();
});
