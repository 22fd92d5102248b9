import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Settings } from "../src/protocol";
import { answerEverything } from "./network";

type Nightdesk = (command: string, value?: unknown, listener?: unknown) => Promise<unknown>;

const page = window as unknown as { Nightdesk?: Nightdesk & { queue?: unknown[] } };
const CHAT = "https://chat.example";
const fetched: string[] = [];
let isCutOff: boolean;

beforeEach(() => {
  answerEverything("<!doctype html>");
  vi.resetModules();
  fetched.length = 0;
  isCutOff = false;
  // What the build makes an import() of.
  vi.stubGlobal("importPart", async (url: string) => {
    fetched.push(url);
    if (isCutOff) throw new TypeError("Failed to fetch");
    return import("../src/page");
  });
});

afterEach(async () => {
  await page.Nightdesk?.("destroy");
  delete page.Nightdesk;
  localStorage.clear();
  document.head.innerHTML = document.body.innerHTML = "";
  document.title = "";
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
  Object.defineProperty(frame()!, "contentWindow", { value: target, configurable: true });
  frame()!.dispatchEvent(new Event("load"));
  const told = (): Settings => (target.postMessage.mock.calls.at(-1)![0] as { settings: Settings }).settings;
  const say = (data: unknown, origin = CHAT, source: unknown = target, ports: unknown[] = []): void => {
    const event = new MessageEvent("message", { data, origin, source: source as Window });
    Object.defineProperty(event, "ports", { value: ports });
    window.dispatchEvent(event);
  };
  /** What the page answers when the window asks who is there. */
  const proof = async (): Promise<unknown> => {
    const port = { postMessage: vi.fn() };
    say({ event: "token" }, CHAT, target, [port]);
    await vi.waitFor(() => expect(port.postMessage).toHaveBeenCalled());
    return port.postMessage.mock.calls[0]![0];
  };
  return { target, told, say, proof };
}

test("a tag with a site draws a named button and asks the network and the storage for nothing", async () => {
  await tag({ site: "demo", locale: "zh-CN" });
  await call("identify", { getToken: () => "signed" });
  await call("attach", { order: "QY-1001" });
  await call("setAttributes", { plan: "gold" });
  expect(button().ariaLabel).toBe("在线客服");
  expect(button().ariaExpanded).toBe("false");
  expect(frame()).toBeNull();
  expect(fetched).toEqual([]);
  expect(localStorage.length).toBe(0);
});

test("in English the button has an English name", async () => {
  await tag({ site: "demo", locale: "en" });
  expect(button().ariaLabel).toBe("Chat with us");
});

test("the window is fetched from our origin when the button is neared, and shown when it is pressed", async () => {
  await tag();
  button().dispatchEvent(new Event("pointerenter"));
  await vi.waitFor(() => expect(frame()).not.toBeNull());
  expect(fetched).toEqual([`${CHAT}/widget/page.js`]);
  expect(frame()!.src).toBe(`${CHAT}/widget/frame?site=demo`);
  expect(panel().hidden).toBe(true);
  button().click();
  await vi.waitFor(() => expect(panel().hidden).toBe(false));
  expect(button().ariaExpanded).toBe("true");
});

test("a window that could not be fetched is asked for again by the next press", async () => {
  await tag();
  isCutOff = true;
  await expect(call("open")).rejects.toMatchObject({ code: "unavailable" });
  isCutOff = false;
  button().click();
  await vi.waitFor(() => expect(panel().hidden).toBe(false));
  expect(fetched).toEqual([`${CHAT}/widget/page.js`, `${CHAT}/widget/page.js?2`]);
});

test("who presses while nothing can be fetched is told so on the button, until the next press", async () => {
  await tag({ site: "demo", locale: "zh-CN", text: "联系客服" });
  isCutOff = true;
  button().click();
  await vi.waitFor(() => expect(button().textContent).toBe("网络不通，请再试一次"));
  expect(button().ariaLabel).toBe("网络不通，请再试一次");
  isCutOff = false;
  button().click();
  expect([button().textContent, button().ariaLabel]).toEqual(["联系客服", "联系客服"]);
  await vi.waitFor(() => expect(panel().hidden).toBe(false));
});

test("a frame that never said a word is fetched again when the window is opened again, one that did is not", async () => {
  await tag();
  await call("open");
  const { say } = inside();
  const asked: string[] = [];
  Object.defineProperty(frame()!, "src", { get: () => `${CHAT}/widget/frame?site=demo`, set: (url: string) => asked.push(url) });
  await call("close");
  await call("open");
  expect(asked).toEqual([`${CHAT}/widget/frame?site=demo`]);
  say({ event: "up" }, "https://else.example");
  expect(panel().className).toBe("");
  say({ event: "up" });
  expect(panel().className).toBe("up");
  await call("close");
  await call("open");
  expect(asked).toHaveLength(1);
});

test("escape closes the window", async () => {
  await tag();
  await call("open");
  root().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  expect(panel().hidden).toBe(true);
});

test("no other key is taken from the page", async () => {
  await tag();
  await call("open");
  const enter = new KeyboardEvent("keydown", { key: "Enter", cancelable: true });
  root().dispatchEvent(enter);
  expect(enter.defaultPrevented).toBe(false);
  expect(panel().hidden).toBe(false);
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
  await vi.waitFor(() => expect(opened).toHaveBeenCalledOnce());
  stop();
  await call("open");
  expect(opened).toHaveBeenCalledOnce();
});

test("what happens is told as DOM events too", async () => {
  await tag();
  const heard: unknown[] = [];
  document.addEventListener("nightdesk:unread", (event) => heard.push(event.detail));
  await call("open");
  inside().say({ event: "unread", value: 2 });
  expect(heard).toEqual([2]);
});

test("the window's word is believed, nobody else's is", async () => {
  await tag({ site: "demo", locale: "en" });
  document.title = "Shop";
  await call("open");
  const { say } = inside();
  const unread = vi.fn();
  call("on", "unread", unread);
  say({ event: "unread", value: 5 }, "https://evil.example");
  say({ event: "unread", value: 6 }, CHAT, window);
  say({ event: "unread", value: 7 }, CHAT, null);
  expect(unread).not.toHaveBeenCalled();
  say({ event: "unread", value: 3 });
  expect(unread).toHaveBeenCalledExactlyOnceWith(3);
  expect(button().ariaLabel).toBe("Chat with us (3)");
  expect(document.title).toBe("(3) Shop");
  say({ event: "unread", value: 0 });
  expect(document.title).toBe("Shop");
  say({ event: "close" });
  expect(panel().hidden).toBe(true);
});

test("what the page says goes to the window's origin only, whole each time", async () => {
  await tag();
  await call("attach", { order: "QY-1001" });
  await call("setPage", { url: "https://shop.example/cart" });
  await call("open");
  const { target, told } = inside();
  expect(told()).toMatchObject({ page: "https://shop.example/cart", fields: { order_number: "QY-1001" }, open: true });
  await call("setAttributes", { account: "fang", order_number: "of somebody else" });
  expect(told()).toMatchObject({ fields: { order_number: "QY-1001", account: "fang" } });
  for (const [, origin] of target.postMessage.mock.calls) expect(origin).toBe(CHAT);
});

test("attributes the server would refuse are left out, and the page's developer is told", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await tag();
  await call("setAttributes", { plan: "gold", "Bad Name": "x", since: 7, empty: " ", long: "a".repeat(1001) });
  await call("open");
  expect(inside().told().fields).toEqual({ plan: "gold" });
  expect(warned).toHaveBeenCalledTimes(4);
  warned.mockRestore();
});

test("a proof of who the visitor is is fetched when the window asks for it, and a failure is an empty answer", async () => {
  await tag();
  const failed = vi.fn();
  call("on", "error", failed);
  await call("identify", { getToken: async () => "signed" });
  await call("open");
  const { proof, told } = inside();
  const first = told().identified;
  expect(await proof()).toEqual({ value: "signed" });
  expect(failed).not.toHaveBeenCalled();
  await call("identify", { getToken: () => Promise.reject(new Error("signed out")) });
  expect(told().identified).not.toBe(first);
  expect(await proof()).toEqual({ value: undefined });
  expect(failed.mock.calls[0]![0]).toMatchObject({ code: "no_identity" });
});

test("who signs out is forgotten in every tab of the page, and no proof is given any more", async () => {
  await tag();
  await call("identify", { getToken: () => "signed" });
  await call("setAttributes", { plan: "gold" });
  await call("open");
  const { proof, told, target, say } = inside();
  say({ event: "conversation", value: { open: true } });
  new BroadcastChannel("nightdesk:demo").postMessage("logout"); // as another tab does
  const commands = (): unknown[] => target.postMessage.mock.calls.map(([message]) => (message as { command?: string }).command);
  await vi.waitFor(() => expect(commands()).toContain("logout"));
  await call("setPage", {});
  expect(told()).toMatchObject({ identified: 0, fields: {} });
  expect(await proof()).toEqual({ value: undefined });
  expect(localStorage["nightdesk:demo"]).toBe("");
});

test.each([
  ["dance", undefined, "unknown_command"],
  ["constructor", undefined, "unknown_command"],
  ["identify", { token: "signed" }, "bad_value"],
])("a wrong call is refused with a code: %s", async (command, value, code) => {
  await tag();
  await call("open");
  const failed = vi.fn();
  call("on", "error", failed);
  await expect(call(command, value)).rejects.toMatchObject({ code });
  expect(failed.mock.calls[0]![0]).toMatchObject({ code });
});

test("without a site, or into nothing, there is no window", async () => {
  await tag({});
  await expect(call("boot")).rejects.toMatchObject({ code: "no_site" });
  await expect(call("boot", { site: "demo", into: "#nowhere" })).rejects.toMatchObject({ code: "no_element" });
  expect(root()).toBeNull();
  await call("boot", { site: "demo" });
  expect(button().hidden).toBe(false);
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

test("included twice it is there once; on a page that took it away it is back", async () => {
  await tag();
  const first = page.Nightdesk;
  vi.resetModules();
  await tag();
  expect(document.querySelectorAll("nightdesk-chat")).toHaveLength(1);
  expect(page.Nightdesk).toBe(first);
  await call("destroy");
  vi.resetModules();
  await tag();
  expect(document.querySelectorAll("nightdesk-chat")).toHaveLength(1);
});

test("a single-page application that puts another body there keeps it", async () => {
  await tag();
  await call("open");
  document.body.replaceWith(document.createElement("body"));
  expect(root().isConnected).toBe(true);
  expect(frame()!.isConnected).toBe(true);
});

test("destroyed it is gone, booted it is back; calls between the two wait", async () => {
  await tag();
  await call("open");
  const { say } = inside();
  const unread = vi.fn();
  call("on", "unread", unread);
  await call("destroy");
  say({ event: "unread", value: 1 });
  expect(unread).not.toHaveBeenCalled();
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

test("the button has the words, the place and the colour it is given", async () => {
  await tag({ site: "demo", locale: "en", text: "需要帮助？", position: "start", color: "teal" });
  expect([button().textContent, button().ariaLabel]).toEqual(["需要帮助？", "需要帮助？"]);
  await call("open");
  inside().say({ event: "unread", value: 2 });
  expect(button().ariaLabel).toBe("需要帮助？ (2)");
  expect(frame()!.title).toBe("Chat with us");
  expect(root().dataset["position"]).toBe("start");
  expect(root().style.getPropertyValue("--nightdesk-color")).toBe("teal");
});

test("in an element of the page it is open, without a button, and stays", async () => {
  document.body.innerHTML = "<main></main>";
  await tag({});
  await call("boot", { site: "demo", into: "main" });
  expect(document.querySelector("main nightdesk-chat")).not.toBeNull();
  expect(button().hidden).toBe(true);
  expect(inside().told()).toMatchObject({ inline: true, open: true });
  await call("close");
  await call("show");
  expect(panel().hidden).toBe(false);
  expect(button().hidden).toBe(true);
});

test.each([
  ["/checkout, /account/*", "/checkout", true],
  ["/checkout, /account/*", "/account/orders/7", true],
  ["/checkout", "/checkout/done", false],
  ["/a.c", "/abc", false],
  ["", "/", false],
])("hidden on %s, at %s: %s", async (hide, path, hidden) => {
  history.replaceState(null, "", path);
  await tag({ site: "demo", hide });
  expect(root().hidden).toBe(hidden);
  history.replaceState(null, "", "/");
  window.dispatchEvent(new Event("popstate"));
  expect(root().hidden).toBe(false);
});
