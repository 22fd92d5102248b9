/**
 * The page around the window. The first word from it fixes its origin; nobody else is listened to or spoken to.
 * Opened on its own, as a page, the window has no host and is simply open.
 */

import { chooseLocale } from "../core/wording";
import type { Answer, FromFrame, Settings, ToFrame } from "../protocol";
import type { Session } from "./session";
import { isOpenConversation, type Store, unread } from "./state";

const PATIENCE = 10_000; // for the host's page to prove who its visitor is

export class Host {
  readonly #isFramed = window.parent !== window;
  #origin: string | undefined;
  #settings: Settings | undefined;
  #session: Session | undefined;
  #told: Partial<Record<FromFrame["event"], string>> = {};

  connect(session: Session): void {
    this.#session = session;
    const { store } = session;
    if (!this.#isFramed) {
      store.set({ open: true });
      void session.open();
      return;
    }
    addEventListener("message", (event: MessageEvent<ToFrame | null>) => this.#hear(event));
    store.listen(() => this.#report(store));
  }

  get canClose(): boolean {
    return this.#isFramed && !this.#settings?.inline;
  }

  close(): void {
    this.#post({ event: "close" });
  }

  /** Where the customer is, without what a page's address may carry of secrets. */
  page = (): string | undefined => {
    const page = this.#settings?.page;
    return page ? String(page).split(/[?#]/)[0]!.slice(0, 1_000) : undefined;
  };

  getIdentity = async (): Promise<string | undefined> => {
    if (!this.#settings?.identified) return undefined;
    const answer = await new Promise<Answer | null>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<Answer | null>) => resolve(data);
      setTimeout(() => resolve(null), PATIENCE);
      this.#post({ event: "token" }, port2);
    });
    return typeof answer?.value === "string" ? answer.value : undefined;
  };

  refused = (code: string, message: string): void => this.#post({ event: "error", value: { code, message } });

  #hear({ data, origin, source, ports }: MessageEvent<ToFrame | null>): void {
    if (source !== window.parent || (this.#origin && origin !== this.#origin)) return;
    this.#origin = origin;
    if (data?.settings) this.#settingsAre(data.settings);
    else if (data?.command && ports[0]) void this.#answer(data.command, data.value, ports[0]);
  }

  #settingsAre(settings: Settings): void {
    const session = this.#session!;
    const { store } = session;
    const { phase } = store.state;
    this.#post({ event: "up" });
    const isAnother = this.#settings && this.#settings.identified !== settings.identified;
    this.#settings = settings;
    const { color, locale, open, fields } = settings;
    if (color && CSS.supports("color", color)) document.documentElement.style.setProperty("--accent", color);
    if (locale && !session.memory.read("locale")) store.set({ locale: chooseLocale([locale]) });
    store.set({ open, prefill: { ...store.state.prefill, fields } });
    if (phase === "idle" ? open || (settings.resume && session.isKnown) : isAnother) void session.open();
    session.connectIfWanted();
    session.markRead();
  }

  async #answer(command: string, value: unknown, port: MessagePort): Promise<void> {
    if (command === "logout") return port.postMessage({ value: await this.#logout() });
    try {
      const { COMMANDS } = await import("./commands");
      port.postMessage({ value: await COMMANDS[command]!(this.#session!, value) });
    } catch {
      port.postMessage({ error: "unavailable" });
    }
  }

  async #logout(): Promise<void> {
    const session = this.#session!;
    await session.signOut();
    if (session.store.state.open) await session.open();
  }

  #report(store: Store): void {
    const { desk, customer, timeline } = store.state;
    this.#tell("unread", unread(store.state));
    this.#tell("conversation", { open: isOpenConversation(store.state), status: timeline.conversation?.status });
    this.#tell("identity", { verified: customer?.kind === "verified" });
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
