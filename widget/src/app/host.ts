/**
 * The page around the window. The first word from it fixes its origin; nobody else is listened to or spoken to.
 * Opened on its own, as a page, the window has no host and is simply open.
 */

import { chooseLocale } from "../core/wording";
import type { Topic } from "../core/wire";
import type { Answer, FromFrame, Settings, ToFrame } from "../protocol";
import type { Session } from "./session";
import { isOpenConversation, type Place, type Store, unread } from "./state";
import { goTo } from "./verbs";

const PATIENCE = 10_000; // for the host's page to prove who its visitor is

export class Host {
  readonly isFramed = window.parent !== window;
  #origin: string | undefined;
  #settings: Settings | undefined;
  #session: Session | undefined;
  #told: Partial<Record<FromFrame["event"], string>> = {};

  connect(session: Session): void {
    this.#session = session;
    const { store } = session;
    if (!this.isFramed) {
      store.set({ open: true });
      void session.open();
      return;
    }
    addEventListener("message", (event: MessageEvent<ToFrame>) => this.#hear(event));
    store.listen(() => this.#report(store));
  }

  close(): void {
    this.#post({ event: "close" });
  }

  /** Where the customer is, without what a page's address may carry of secrets. */
  page = (): string | undefined => {
    const page = this.#settings?.page;
    return page ? page.split(/[?#]/)[0]!.slice(0, 1_000) : undefined;
  };

  getIdentity = async (): Promise<string | undefined> => {
    if (!this.#settings?.identified) return undefined;
    const answer = await new Promise<Answer>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      setTimeout(() => resolve({}), PATIENCE);
      this.#post({ event: "token" }, port2);
    });
    return typeof answer.value === "string" ? answer.value : undefined;
  };

  #hear({ data, origin, source, ports }: MessageEvent<ToFrame>): void {
    if (source !== window.parent || (this.#origin && origin !== this.#origin)) return;
    this.#origin = origin;
    if ("settings" in data) this.#settingsAre(data.settings);
    else if (ports[0]) void this.#answer(data.command, data.value, ports[0]);
  }

  #settingsAre(settings: Settings): void {
    const session = this.#session!;
    const { store } = session;
    const before = this.#settings;
    this.#settings = settings;
    if (settings.color) document.documentElement.style.setProperty("--accent", settings.color);
    if (settings.locale && !session.memory.read("locale")) store.set({ locale: chooseLocale([settings.locale]) });
    store.set({ open: settings.open, prefill: { ...store.state.prefill, fields: claimed(settings) } });
    if (before && before.identified !== settings.identified) void session.open();
    else if (store.state.phase === "idle" && (settings.open || (settings.resume && session.isKnown))) void session.open();
    session.connectIfWanted();
    session.markRead();
  }

  async #answer(command: string, value: unknown, port: MessagePort): Promise<void> {
    const does: Record<string, () => Promise<unknown>> = {
      logout: () => this.#logout(),
      newMessage: async () => this.#newMessage(value),
      show: async () => goTo(this.#session!, placeFor(value)),
      status: () => this.#status(),
    };
    const answer: Answer = does[command] ? { value: await does[command]() } : { error: `Nightdesk has no command "${command}"` };
    port.postMessage(answer);
  }

  async #logout(): Promise<void> {
    const session = this.#session!;
    await session.signOut();
    if (session.store.state.open) await session.open();
  }

  #newMessage(value: unknown): void {
    const { store } = this.#session!;
    const view = isOpenConversation(store.state) ? "talk" : "form";
    goTo(this.#session!);
    store.set({ view, prefill: { ...store.state.prefill, ...firstWords(value) } });
  }

  async #status(): Promise<unknown> {
    const { store } = this.#session!;
    if (store.state.phase === "idle") await this.#session!.open();
    const { desk, timeline } = store.state;
    return { open: desk?.open, opens_at: desk?.opens_at, unread: unread(store.state), conversation: timeline.conversation?.status };
  }

  #report(store: Store): void {
    const { desk } = store.state;
    this.#tell("unread", unread(store.state));
    this.#tell("conversation", { open: isOpenConversation(store.state), status: store.state.timeline.conversation?.status });
    if (desk) this.#tell("desk", { open: desk.open, opens_at: desk.opens_at });
  }

  // Only what changed: every message and mark passes here.
  #tell(event: FromFrame["event"], value: unknown): void {
    const text = JSON.stringify(value);
    if (!this.#origin || this.#session?.store.state.phase !== "ready" || this.#told[event] === text) return;
    this.#told[event] = text;
    this.#post({ event, value });
  }

  #post(message: FromFrame, port?: MessagePort): void {
    if (this.#origin) window.parent.postMessage(message, this.#origin, port ? [port] : []);
  }
}

function claimed({ attach, setAttributes }: Settings): Record<string, string> {
  const order = attach?.order ? { order_number: String(attach.order) } : {};
  return { ...Object.fromEntries(Object.entries(setAttributes ?? {}).filter(isUsable).slice(0, ATTRIBUTES)), ...order };
}

const ATTRIBUTES = 10; // beside the form's own fields

// What the server would refuse must not keep the customer from writing: it is left out, and the page's developer told.
function isUsable([name, value]: [string, unknown]): boolean {
  const usable = /^[a-z_]{1,40}$/.test(name) && typeof value === "string" && value.trim() !== "" && value.length <= 1000;
  if (!usable) console.warn(`Nightdesk: the attribute "${name}" is left out; names are a-z and _, values are texts.`);
  return usable;
}

/** The form of a kind, for an order or transaction of this number; without a kind one's orders and cases. */
function placeFor(value: unknown): Place {
  const { form, order } = value as { form?: unknown; order?: unknown };
  if (typeof form !== "string" || !/^[a-z_]{1,60}$/.test(form)) return { at: "home" };
  return { at: "apply", kind: form, ...(order ? { number: String(order).slice(0, 100) } : {}) };
}

function firstWords(value: unknown): { body?: string; topic?: Topic } {
  const { text, topic } = (value ?? {}) as { text?: unknown; topic?: Topic };
  return { ...(typeof text === "string" ? { body: text } : {}), ...(topic ? { topic } : {}) };
}
