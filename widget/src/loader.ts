/**
 * The tag on the host's page: `<script async src="https://chat.example/widget.js" data-site="shop"></script>`.
 *
 * Draws the button, takes calls to `Nightdesk(...)`, and makes the chat window, a frame of our own origin, when it is
 * wanted. All of it stands in one function, because a classic script shares its top level with the host's page. It
 * builds elements and constructed style sheets only, so it works under a strict content security policy.
 *
 * Who wants to call before it is loaded puts this in front of it:
 *
 *     window.Nightdesk ??= (...args) => {
 *       let off, answer;
 *       const promise = new Promise((resolve) => (answer = (value) => resolve((off = value))));
 *       (Nightdesk.queue ??= []).push({ args, answer });
 *       return args[0] === "on" ? () => off?.() : promise;
 *     };
 */

import type { Answer, FromFrame, Settings, ToFrame } from "./protocol";

(() => {
  type Call = { args: Iterable<unknown>; answer: (value: unknown) => void };
  type Global = { (...args: unknown[]): unknown; queue?: Call[]; loaded?: true };
  type GetToken = () => string | Promise<string>;
  type Listener = (value: unknown) => void;
  type Boot = Partial<Pick<Settings, "site" | "locale" | "color">> & { launcher?: string };

  const page = window as unknown as { Nightdesk?: Global };
  if (page.Nightdesk?.loaded) return;

  const STYLE = `:host{all:initial;--c:#1d4ed8}\
button,div{position:fixed;inset-block-end:20px;inset-inline-end:20px;z-index:2147483000;box-shadow:0 8px 28px #0f172a4d,0 0 0 1px #8886}\
button{width:56px;height:56px;border:0;border-radius:50%;background:var(--c);color:#fff;color:lch(from var(--c) calc(999*(62 - l)) 0 0);cursor:pointer}\
button:focus-visible{outline:3px solid;outline-offset:-6px}\
button:before{content:"";display:block;width:20px;height:16px;border:3px solid;margin:auto;border-radius:16px;border-end-start-radius:2px}\
button[aria-expanded=true]:before{height:0;border-width:2px}\
button[data-unread]:after{content:attr(data-unread);position:absolute;inset-block-end:40px;inset-inline-end:-4px;padding-inline:7px;border-radius:16px;background:#c8102e;color:#fff;font:600 12px/22px system-ui}\
div{inset-block-end:88px;width:380px;height:min(640px,100vh - 108px);border-radius:16px;overflow:hidden;background:Canvas;color-scheme:light dark}\
div[hidden]{display:block;visibility:hidden}\
iframe{width:100%;height:100%;border:0}\
@media(max-width:480px){div{inset:0;width:100%;height:100%;border-radius:0}}`;

  const script = (document.currentScript ?? document.querySelector("[src*='/widget.js']")) as HTMLScriptElement;
  const origin = new URL(script.src).origin;
  const listeners: Record<string, Set<Listener>> = {};
  let root: HTMLElement, button: HTMLButtonElement, panel: HTMLElement;
  let frame: HTMLIFrameElement | undefined;
  let settings: Settings;
  let name: string;
  let getToken: GetToken | undefined;
  let back: HTMLElement | null;
  let booted: Promise<void> | undefined;
  let isBooted: () => void;
  let ready: Promise<void>;

  type Tags = HTMLElementTagNameMap & { "nightdesk-chat": HTMLElement };
  const make = <N extends keyof Tags>(name: N): Tags[N] => document.createElement(name) as Tags[N];

  function boot(given: Boot): void {
    if (root?.isConnected) return;
    const { site = "", locale, launcher, color } = { ...(script.dataset as Boot), ...given };
    name = /^zh/i.test(locale || navigator.language) ? "在线客服" : "Chat with us";
    settings = { site, locale, color, page: location.href, identified: !!getToken, open: false } as Settings;
    settings.resume = !!memory();
    draw(launcher);
    isBooted();
    if (settings.resume) load();
  }

  function draw(launcher?: string): void {
    root = make("nightdesk-chat");
    button = make("button");
    panel = make("div");
    const inside = root.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    inside.adoptedStyleSheets = [sheet];
    panel.hidden = true;
    button.hidden = launcher === "none";
    button.onclick = toggle;
    button.onpointerenter = button.onfocus = load;
    root.onkeydown = (event) => {
      if (event.key === "Escape") show(false);
    };
    inside.append(button, panel);
    (document.body ?? document.documentElement).append(root);
    if (settings.color) root.style.setProperty("--c", settings.color);
    showUnread(0);
  }

  function showUnread(count: number): void {
    if (count) button.dataset["unread"] = `${count}`;
    else delete button.dataset["unread"];
    button.ariaLabel = count ? `${name} (${count})` : name;
    button.ariaExpanded = `${settings.open}`;
  }

  function load(): void {
    if (frame) return;
    frame = make("iframe");
    frame.title = name;
    frame.src = `${origin}/widget/frame?site=${settings.site}`;
    // The frame learns from this first word whom it talks to, and takes no other origin's afterwards.
    ready = new Promise((resolve) => (frame!.onload = () => resolve(set({}))));
    panel.append(frame);
  }

  function post(message: ToFrame, ports: MessagePort[] = []): void {
    frame?.contentWindow!.postMessage(message, origin, ports);
  }

  function set(given: Partial<Settings>): void {
    Object.assign(settings, given);
    post({ settings });
  }

  async function ask(command: string, value?: unknown): Promise<unknown> {
    load();
    await ready;
    return new Promise((resolve, reject) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<Answer>) => (data.error ? reject(new Error(data.error)) : resolve(data.value));
      post({ command, value }, [port2]);
    });
  }

  async function hear({ data, origin: from, source, ports }: MessageEvent<FromFrame>): Promise<void> {
    if (from !== origin || !frame || source !== frame.contentWindow) return;
    const { event, value } = data;
    if (event === "token") ports[0]!.postMessage({ value: await Promise.resolve().then(getToken).catch(() => {}) });
    if (event === "close") return show(false);
    if (event === "unread") showUnread(value as number);
    if (event === "conversation") memory((value as { open: boolean }).open ? "open" : "");
    emit(event, value);
  }

  function emit(event: string, value?: unknown): void {
    for (const listener of listeners[event] ?? []) listener(value);
  }

  // Storage may be forbidden to the page; then an open conversation is found again when the window is opened.
  function memory(value?: string): string | undefined {
    const key = `nightdesk:${settings.site}`;
    try {
      return (value == null ? localStorage[key] : (localStorage[key] = value)) as string | undefined;
    } catch {}
    return undefined;
  }

  function show(open: boolean): void {
    if (settings.open === open) return;
    if (open) back = document.activeElement as HTMLElement;
    load();
    panel.hidden = !open;
    set({ open });
    showUnread(0);
    if (open) frame!.focus();
    else (button.hidden ? back : button)?.focus();
    emit(open ? "open" : "close");
  }

  const toggle = (): void => show(!settings.open);

  function awaitBoot(): void {
    booted = new Promise((resolve) => (isBooted = resolve));
  }

  const COMMANDS: Record<string, (value: never) => unknown> = {
    toggle,
    destroy: () => (root.remove(), (frame = undefined), awaitBoot()),
    open: () => show(true),
    close: () => show(false),
    hide: () => (show(false), (button.hidden = true)),
    identify: (value: { getToken: GetToken }) => ((getToken = value.getToken), set({ identified: true })),
    logout: () => ((getToken = undefined), (settings.identified = false), memory(""), ask("logout")),
    newMessage: (value) => (show(true), ask("newMessage", value)),
    show: (value) => (value ? (show(true), ask("show", value)) : (button.hidden = false)),
    attach: (attach) => set({ attach }),
    setAttributes: (setAttributes) => set({ setAttributes }),
    setPage: ({ url }: { url: string }) => set({ page: url }),
  };

  async function run(name: string, value: unknown): Promise<unknown> {
    if (name === "boot") return boot((value ?? {}) as Boot);
    await booted;
    return COMMANDS[name] ? COMMANDS[name](value as never) : ask(name, value);
  }

  function on(name: string, listener: Listener): () => void {
    (listeners[name] ??= new Set()).add(listener);
    return () => listeners[name]!.delete(listener);
  }

  const nightdesk: Global = (name, ...args) => (name === "on" ? on(args[0] as string, args[1] as Listener) : run(name as string, args[0]));

  function start(): void {
    const queue = page.Nightdesk?.queue ?? [];
    nightdesk.loaded = true;
    page.Nightdesk = nightdesk;
    awaitBoot();
    addEventListener("message", hear);
    if (script.dataset["site"]) boot({});
    for (const call of queue) call.answer(nightdesk(...call.args));
  }

  start();
})();
