import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Settings } from "../src/protocol";
import { answerEverything } from "./network";

type Nightdesk = (command: string, value?: unknown, listener?: unknown) => Promise<unknown>;

const page = window as unknown as { Nightdesk?: Nightdesk & { queue?: unknown[] } };
const CHAT = "https://chat.example";

beforeEach(() => {
  answerEverything("<!doctype html>");
  vi.resetModules();
});

afterEach(() => {
  delete page.Nightdesk;
  localStorage.clear();
  document.head.innerHTML = document.body.innerHTML = "";
});

async function tag(data: Record<string, string> = { site: "demo" }): Promise<void> {
  const script = document.createElement("script");
  script.src = `${CHAT}/widget.js`;
  Object.assign(script.dataset, data);
  script.type = "application/json"; // the import below runs it
  document.head.append(script);
  await import("../src/loader");
}

const call: Nightdesk = (...args) => page.Nightdesk!(...args);
const root = (): HTMLElement => document.querySelector("nightdesk-chat")!;
const button = (): HTMLButtonElement => root().shadowRoot!.querySelector("button")!;
const frame = (): HTMLIFrameElement | null => root().shadowRoot!.querySelector("iframe");
const panel = (): HTMLElement => root().shadowRoot!.querySelector("div")!;

/** The window's side: what it was told, and a way to speak as it or as somebody else. */
function inside() {
  const target = { postMessage: vi.fn() };
  Object.defineProperty(frame()!, "contentWindow", { value: target });
  frame()!.dispatchEvent(new Event("load"));
  const told = (): Settings => (target.postMessage.mock.calls.at(-1)![0] as { settings: Settings }).settings;
  const say = (data: unknown, origin = CHAT, source: unknown = target): void => {
    window.dispatchEvent(new MessageEvent("message", { data, origin, source: source as Window }));
  };
  return { target, told, say };
}

test("a tag with a site draws a named button and asks the network and the storage for nothing", async () => {
  await tag({ site: "demo", locale: "zh-CN" });
  expect(button().ariaLabel).toBe("在线客服");
  expect(button().ariaExpanded).toBe("false");
  expect(frame()).toBeNull();
  expect(localStorage.length).toBe(0);
});

test("in English the button has an English name", async () => {
  await tag({ site: "demo", locale: "en" });
  expect(button().ariaLabel).toBe("Chat with us");
});

test("the window is fetched from our origin when the button is neared, and shown when it is pressed", async () => {
  await tag();
  button().dispatchEvent(new Event("pointerenter"));
  expect(frame()!.src).toBe(`${CHAT}/widget/frame?site=demo`);
  expect(panel().hidden).toBe(true);
  button().click();
  expect(panel().hidden).toBe(false);
  expect(button().ariaExpanded).toBe("true");
});

test("escape closes the window", async () => {
  await tag();
  await call("open");
  root().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  expect(panel().hidden).toBe(true);
});

test("no other key is taken from the page", async () => {
  await tag();
  const enter = new KeyboardEvent("keydown", { key: "Enter", cancelable: true });
  root().dispatchEvent(enter);
  expect(enter.defaultPrevented).toBe(false);
});

test("calls from before the script are carried out, in order, and answered", async () => {
  const answers: unknown[] = [];
  const opened = vi.fn();
  page.Nightdesk = Object.assign((() => undefined) as unknown as Nightdesk, {
    queue: [
      { args: ["on", "open", opened], answer: (value: unknown) => answers.push(value) },
      { args: ["open"], answer: (value: unknown) => answers.push(value) },
    ],
  });
  await tag();
  await answers[1];
  expect(opened).toHaveBeenCalledOnce();
  expect(answers[0]).toBeTypeOf("function");
});

test("every call gives a promise, and `on` gives back a way to stop", async () => {
  await tag();
  const opened = vi.fn();
  const stop = call("on", "open", opened) as unknown as () => void;
  expect(call("open")).toBeInstanceOf(Promise);
  await call("close");
  stop();
  await call("open");
  expect(opened).toHaveBeenCalledOnce();
});

test("the window's word is believed, nobody else's is", async () => {
  await tag({ site: "demo", locale: "en" });
  await call("open");
  const { say } = inside();
  const unread = vi.fn();
  call("on", "unread", unread);
  say({ event: "unread", value: 5 }, "https://evil.example");
  say({ event: "unread", value: 6 }, CHAT, window);
  expect(unread).not.toHaveBeenCalled();
  say({ event: "unread", value: 3 });
  expect(unread).toHaveBeenCalledExactlyOnceWith(3);
  expect(button().ariaLabel).toBe("Chat with us (3)");
  say({ event: "close" });
  expect(panel().hidden).toBe(true);
});

test("what the page says goes to the window's origin only, whole each time", async () => {
  await tag();
  await call("attach", { order: "QY-1001" });
  await call("setPage", { url: "https://shop.example/cart" });
  await call("open");
  const { target, told } = inside();
  expect(told()).toMatchObject({ site: "demo", page: "https://shop.example/cart", attach: { order: "QY-1001" }, open: true });
  await call("setAttributes", { account: "fang" });
  expect(told()).toMatchObject({ attach: { order: "QY-1001" }, setAttributes: { account: "fang" } });
  for (const [, origin] of target.postMessage.mock.calls) expect(origin).toBe(CHAT);
});

test("a proof of who the visitor is is fetched when the window asks for it, and a failure is an empty answer", async () => {
  await tag();
  await call("identify", { getToken: async () => "signed" });
  await call("open");
  const { target } = inside();
  const asked = async (): Promise<unknown> => {
    const port = { postMessage: vi.fn() };
    const event = new MessageEvent("message", { data: { event: "token" }, origin: CHAT, source: target as unknown as Window });
    Object.defineProperty(event, "ports", { value: [port] });
    window.dispatchEvent(event);
    await vi.waitFor(() => expect(port.postMessage).toHaveBeenCalled());
    return port.postMessage.mock.calls[0]![0];
  };
  expect(await asked()).toEqual({ value: "signed" });
  await call("identify", { getToken: () => Promise.reject(new Error("signed out")) });
  expect(await asked()).toEqual({ value: undefined });
});

test("an open conversation is remembered, and the next page fetches the window for its news", async () => {
  await tag();
  await call("open");
  inside().say({ event: "conversation", value: { open: true } });
  await call("destroy");
  await call("boot", { site: "demo" });
  expect(frame()).not.toBeNull();
  inside().say({ event: "conversation", value: { open: false } });
  await call("destroy");
  await call("boot", { site: "demo" });
  expect(frame()).toBeNull();
});

test("included twice it is there once", async () => {
  await tag();
  const first = page.Nightdesk;
  vi.resetModules();
  await tag();
  expect(document.querySelectorAll("nightdesk-chat")).toHaveLength(1);
  expect(page.Nightdesk).toBe(first);
});

test("destroyed it is gone, booted it is back; calls between the two wait", async () => {
  await tag();
  await call("destroy");
  expect(root()).toBeNull();
  const opened = call("open");
  await call("boot", { site: "demo" });
  await opened;
  expect(panel().hidden).toBe(false);
});

test("without a button of its own the window still opens", async () => {
  await tag({ site: "demo", launcher: "none" });
  expect(button().hidden).toBe(true);
  await call("open");
  expect(panel().hidden).toBe(false);
});
