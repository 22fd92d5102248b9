/**
 * The page's part of the window, fetched by the loader when the window is wanted: the panel with the frame, and the only
 * one who talks to it. The frame is of our own origin, so the page can neither break nor read what is in it; what comes
 * from it is believed by origin and source, and touches nothing of the page but the panel, the badge and the title.
 */

import type { Answer, Drawn, FromFrame, PagePart, Settings, ToFrame } from "./protocol";

const MOVES = ["resize", "scroll"] as const; // of what is seen of the page
const PATIENCE = 20_000; // for an answer of the window, which has to be fetched first

const STYLE = `@media(prefers-reduced-motion:no-preference){button:before{transition:height .1s}}
button[aria-expanded=true]:before{height:0;border-block-width:2px}
button[data-unread]:after{content:attr(data-unread);position:absolute;inset-block-end:calc(100% - 16px);inset-inline-end:-4px;padding-inline:7px;border-radius:16px;background:#c8102e;color:#fff;font:600 12px/22px system-ui}
div{position:fixed;inset-block-end:calc(var(--y) + 68px);inset-inline-end:var(--x);z-index:2147482999;width:min(380px,100vw - 2*var(--x));height:min(640px,100vh - 88px - var(--y));border-radius:clamp(0px,var(--nightdesk-radius,16px),24px);box-shadow:0 8px 28px #0f172a4d,0 0 0 1px #8886;overflow:hidden;background:Canvas;color-scheme:light dark;outline:1px solid #0000}
:host([data-position=start]) div{inset-inline:var(--x) auto}
div[hidden]{display:block!important;visibility:hidden}
.up{z-index:2147483000}
iframe{display:block;width:100%;height:100%;border:0}
.inline{position:static;width:100%;height:100%;min-height:420px;box-shadow:0 0 0 1px #8886}
:host(:has(.inline)){display:block;height:100%}
@media(max-width:480px),(max-height:420px){div:not(.inline){inset:var(--from,0) 0 auto!important;width:100%;height:var(--seen,100%);border-radius:0}}`;

type GetToken = () => string | Promise<string>;

export function open({ origin, given, name, root, inside, button, resume, emit }: Drawn): PagePart {
  const isInline = !!given.into;
  const label = given.text || name;
  const settings: Settings = { locale: given.locale, page: "", fields: {}, identified: 0, inline: isInline, open: isInline, resume };
  const panel = document.createElement("div");
  const frame = document.createElement("iframe");
  const tabs = channel();
  let url: string | undefined;
  let order: Record<string, string> = {};
  let attributes: Record<string, string> = {};
  let getToken: GetToken | undefined;
  let back: HTMLElement | null = null;
  let count = 0;
  let isThere = false;

  function draw(): Promise<void> {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    inside.adoptedStyleSheets = [...inside.adoptedStyleSheets, sheet];
    panel.hidden = !isInline;
    panel.className = isInline ? "inline" : "";
    frame.title = name;
    frame.src = `${origin}/widget/frame?site=${given.site}`;
    if (isInline) frame.loading = "lazy";
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") show(false);
    });
    addEventListener("message", hear);
    for (const event of MOVES) window.visualViewport?.addEventListener(event, keepSeen);
    panel.append(frame);
    inside.append(panel);
    // The frame learns from this first word whom it talks to, and takes no other origin's afterwards.
    return new Promise((resolve) => {
      frame.onload = () => {
        isThere = true;
        resolve(tell());
      };
    });
  }

  function post(message: ToFrame, ports: MessagePort[] = []): void {
    if (isThere) frame.contentWindow?.postMessage(message, origin, ports);
  }

  function tell(told: Partial<Settings> = {}): void {
    const color = getComputedStyle(root).getPropertyValue("--nightdesk-color").trim();
    Object.assign(settings, told, { color, page: url ?? location.href, fields: { ...attributes, ...order } });
    post({ settings });
  }

  async function ask(command: string, value?: unknown): Promise<unknown> {
    await ready;
    return new Promise((resolve, reject) => {
      const { port1, port2 } = new MessageChannel();
      const timer = setTimeout(() => reject(coded("unavailable")), PATIENCE);
      port1.onmessage = ({ data }: MessageEvent<Answer>) => {
        clearTimeout(timer);
        data.error ? reject(coded(data.error)) : resolve(data.value);
      };
      post({ command, value }, [port2]);
    });
  }

  function coded(code: string, message = code): Error {
    emit("error", { code, message });
    return Object.assign(new Error(`Nightdesk: ${message}`), { code });
  }

  async function hear({ data, origin: from, source, ports }: MessageEvent<FromFrame>): Promise<void> {
    if (from !== origin || source === null || source !== frame.contentWindow) return;
    const { event, value } = data;
    if (event === "token") return ports[0]!.postMessage({ value: await proof() });
    // Anything that it says, it says with a head by which it is closed.
    panel.classList.add("up");
    if (event === "up") return;
    if (event === "close") return show(false);
    if (event === "unread") showUnread(value as number);
    if (event === "conversation") remember((value as { open: boolean }).open);
    emit(event, value);
  }

  async function proof(): Promise<string | undefined> {
    try {
      return await getToken?.();
    } catch {
      coded("no_identity", "getToken gave no token");
      return undefined;
    }
  }

  function showUnread(unread: number): void {
    if (unread) button.dataset["unread"] = `${unread}`;
    else delete button.dataset["unread"];
    button.ariaLabel = unread ? `${label} (${unread})` : label;
    if (unread !== count) document.title = (unread ? `(${unread}) ` : "") + document.title.replace(`(${count}) `, "");
    count = unread;
  }

  function remember(isOpen: boolean): void {
    try {
      localStorage[`nightdesk:${given.site}`] = isOpen ? "open" : "";
    } catch {} // then it is found again when the window is opened
  }

  function show(open: boolean): void {
    if (isInline || settings.open === open) return;
    if (open) back = document.activeElement as HTMLElement | null;
    // What could not be fetched stays so, and says nothing of it.
    if (open && isThere && !panel.className) frame.src += "";
    panel.hidden = !open;
    button.ariaExpanded = `${open}`;
    tell({ open });
    if (open) frame.focus();
    else (button.hidden ? back : button)?.focus();
    if (open) showUnread(0);
    emit(open ? "open" : "close");
  }

  // On a phone, where a keyboard on the screen covers the page instead of making it smaller.
  function keepSeen(this: VisualViewport): void {
    const isCovered = this.scale < 1.01; // else somebody looks closer
    panel.style.setProperty("--seen", isCovered ? `${this.height}px` : "");
    panel.style.setProperty("--from", isCovered ? `${this.offsetTop}px` : "");
  }

  function destroy(): void {
    for (const event of MOVES) window.visualViewport?.removeEventListener(event, keepSeen);
    removeEventListener("message", hear);
    tabs?.close();
    showUnread(0);
  }

  /** The visitor has left: here, in every other tab of this page, and on the server. */
  function leave(): Promise<unknown> {
    getToken = undefined;
    attributes = order = {};
    tell({ identified: 0 });
    remember(false);
    showUnread(0);
    return ask("logout");
  }

  function channel(): BroadcastChannel | undefined {
    try {
      const made = new BroadcastChannel(`nightdesk:${given.site}`);
      made.onmessage = () => void leave().catch(() => {});
      return made;
    } catch {
      return undefined; // a page without an origin
    }
  }

  const COMMANDS: Record<string, (value: never) => unknown> = {
    toggle: () => show(!settings.open),
    open: () => show(true),
    close: () => show(false),
    hide: () => {
      show(false);
      button.hidden = true;
    },
    show: (value) => {
      if (value) show(true);
      else button.hidden = isInline;
      return value ? ask("show", value) : undefined;
    },
    identify: (value: { getToken: GetToken }) => {
      if (typeof value?.getToken !== "function") throw coded("bad_value", "getToken is no function");
      getToken = value.getToken;
      tell({ identified: settings.identified + 1 });
    },
    logout: () => (tabs?.postMessage("logout"), leave()),
    newMessage: (value) => (show(true), ask("newMessage", value)),
    attach: (value: { order?: unknown }) => {
      order = value?.order ? { order_number: String(value.order).slice(0, 100) } : {};
      tell();
    },
    setAttributes: (value: Record<string, unknown>) => {
      attributes = usable(value);
      tell();
    },
    setPage: (value: { url?: unknown }) => {
      url = value?.url ? String(value.url) : undefined;
      tell();
    },
    status: () => ask("status"),
    destroy,
  };

  const ready = draw();

  return {
    run: async (command, value) => {
      const act = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
      if (!act) throw coded("unknown_command", `no command "${command}"`);
      return act(value as never);
    },
  };
}

const ATTRIBUTES = 10; // beside the form's own fields

// What the server would refuse must not keep the customer from writing: it is left out, and the page's developer told.
function usable(given: Record<string, unknown> | undefined): Record<string, string> {
  const kept = Object.entries(given ?? {}).filter(([name, value]) => {
    const fits = /^[a-z][a-z0-9_]{0,39}$/.test(name) && typeof value === "string" && value.trim() !== "" && value.length <= 1000;
    if (!fits) console.warn(`Nightdesk: attribute "${name}" left out: names are a-z, 0-9, _, values texts`);
    return fits;
  });
  return Object.fromEntries(kept.slice(0, ATTRIBUTES)) as Record<string, string>;
}
