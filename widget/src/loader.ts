/**
 * The tag on the host's page: `<script async src="https://chat.example/widget.js" data-site="shop"></script>`.
 *
 * Draws the button and takes calls to `Nightdesk(...)`; the rest, `page.ts`, is fetched when the window is wanted. All of
 * it stands in one function, because a classic script shares its top level with the host's page. It builds elements and
 * constructed style sheets only, and `import()` passes the tag's nonce on, so it works under a strict content security
 * policy. The element hangs on the root and not in the body, which some single-page applications replace.
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

import type { Boot, Drawn, PagePart } from "./protocol";

/** The build makes `import` of it (vite.config.ts), without the helper that it puts around every other one. */
declare const importPart: (url: string) => Promise<{ open(drawn: Drawn): PagePart }>;

(() => {
  type Call = { args: Iterable<unknown>; answer: (value: unknown) => void };
  type Global = { (...args: unknown[]): unknown; queue?: Call[]; loaded?: true };

  const page = window as unknown as { Nightdesk?: Global; navigation?: EventTarget };
  const queue = page.Nightdesk?.queue ?? [];
  if (page.Nightdesk?.loaded) return page.Nightdesk("boot");

  const STYLE = `:host{all:initial;--c:var(--nightdesk-color,#1d4ed8);--x:clamp(0px,var(--nightdesk-x,20px),40vw);--y:clamp(0px,var(--nightdesk-y,20px),40vh)}\
[hidden],:host([hidden]){display:none!important}\
button{position:fixed;inset-block-end:var(--y);inset-inline-end:var(--x);z-index:2147483000;display:flex;align-items:center;gap:10px;max-width:min(280px,80vw);\
min-height:clamp(44px,var(--nightdesk-size,56px),72px);padding:0 14px;border:1px solid #0000;border-radius:99px;background:var(--c);color:#fff;\
color:lch(from var(--c) calc(999*(62 - l)) 0 0);font:600 15px/1.3 system-ui;text-align:start;box-shadow:0 8px 28px #0f172a4d,0 0 0 1px #8886;cursor:pointer}\
:host([data-position=start]) button{inset-inline:var(--x) auto}\
button:focus-visible{outline:3px solid;outline-offset:-6px}\
button:before{content:"";flex:none;width:20px;height:16px;border:3px solid;border-radius:16px;border-end-start-radius:2px}`;

  const script = (document.currentScript ?? document.querySelector("[src*='/widget.js']")) as HTMLScriptElement;
  const origin = new URL(script.src).origin;
  let drawn: Drawn | undefined;
  let part: Promise<PagePart> | undefined;
  let tries = 0;
  let notes: [string, unknown][] = [];
  let booted: Promise<void>;
  let isBooted: () => void;

  async function boot(options?: Boot): Promise<void> {
    if (drawn) return;
    const given = { ...(script.dataset as Boot), ...options };
    const { site, locale, into } = given;
    if (!site) throw coded("no_site");
    const [name, trouble] = /^zh/i.test(locale || navigator.language) ? ["在线客服", "网络不通，请再试一次"] : ["Chat with us", "No connection. Try again"];
    const root = document.createElement("nightdesk-chat");
    const inside = root.attachShadow({ mode: "open" });
    const button = document.createElement("button");
    drawn = { origin, given, name: name!, root, inside, button, resume: false, emit };
    // Storage may be forbidden to the page; then an open conversation is found again when the window is opened.
    try {
      drawn.resume = !!localStorage[`nightdesk:${site}`];
    } catch {}
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    inside.adoptedStyleSheets = [sheet];
    root.dataset["position"] = given.position;
    if (given.color) root.style.setProperty("--nightdesk-color", given.color);
    const says = (text?: string): void => {
      button.textContent = text?.slice(0, 40) ?? "";
      button.ariaLabel = button.textContent || name!;
    };
    says(given.text);
    button.ariaExpanded = "false";
    button.hidden = !!into || given.launcher === "none";
    button.onclick = () => {
      says(given.text);
      run("toggle").catch(() => says(trouble));
    };
    button.onpointerenter = button.onfocus = () => load().catch(() => {});
    inside.append(button);
    // A tag may be there before the place it names.
    if (into && document.readyState === "loading") await new Promise((resolve) => addEventListener("DOMContentLoaded", resolve));
    const place = typeof into === "string" ? document.querySelector(into) : (into ?? document.documentElement);
    if (!place) {
      drawn = undefined;
      throw coded("no_element");
    }
    place.append(root);
    look();
    isBooted();
    await booted; // who asked before the script was there hears it too
    emit("ready");
    if (into || drawn.resume) await load();
  }

  /** The pages it is hidden on: `/checkout, /account/*`. */
  function look(): void {
    if (drawn)
      drawn.root.hidden = (drawn.given.hide ?? "")
        .split(",")
        .some((path) => new RegExp(`^${path.trim().replace(/[^\w*]/g, "\\$&").replace(/\*/g, ".*")}$`).test(location.pathname));
  }

  function load(): Promise<PagePart> {
    return (part ??= importPart(`${origin}/widget/page.js${tries++ ? `?${tries}` : ""}`).then(
      ({ open }) => {
        const opened = open(drawn!);
        for (const note of notes) void opened.run(...note);
        return opened;
      },
      () => {
        part = undefined;
        throw coded("unavailable");
      },
    ));
  }

  function coded(code: string): Error {
    emit("error", { code });
    return Object.assign(new Error(`Nightdesk: ${code}`), { code });
  }

  function emit(event: string, detail?: unknown): void {
    document.dispatchEvent(new CustomEvent(`nightdesk:${event}`, { detail }));
  }

  async function run(command: string, value?: unknown): Promise<unknown> {
    if (command === "boot") return boot(value as Boot);
    await booted;
    look();
    if (command === "destroy") {
      void part?.then((opened) => opened.run(command, value));
      drawn!.root.remove();
      drawn = part = undefined;
      return wait();
    }
    // Nothing is fetched for what can be told later.
    if (!part && (/^(identify|attach|set|close|hide)/.test(command) || (command === "show" && !value))) {
      if (!value) drawn!.button.hidden = command === "hide";
      notes.push([command, value]);
    } else return (await load()).run(command, value);
    return undefined;
  }

  function on(name: string, listener: (value: unknown) => void): () => void {
    const hear = (event: Event): void => listener((event as CustomEvent).detail);
    document.addEventListener(`nightdesk:${name}`, hear);
    return () => document.removeEventListener(`nightdesk:${name}`, hear);
  }

  function wait(): void {
    notes = [];
    booted = new Promise((resolve) => (isBooted = resolve));
  }

  const nightdesk: Global = (name, ...args) => (name === "on" ? on(args[0] as never, args[1] as never) : run(name as string, args[0]));
  nightdesk.loaded = true;
  page.Nightdesk = nightdesk;
  wait();
  addEventListener("popstate", look);
  page.navigation?.addEventListener("currententrychange", look);
  if (script.dataset["site"]) nightdesk("boot");
  for (const call of queue) call.answer(nightdesk(...call.args));
})();
