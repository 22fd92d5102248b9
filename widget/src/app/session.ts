/**
 * The window's line to the server: who the customer is, the socket while it is needed, and catching up after every
 * interruption. Where websockets do not pass, the same commands go over HTTP and `sync` waits for news.
 */

import { CommandError, Connection, type Refusal } from "../core/connection";
import { post } from "../core/http";
import { Outbox, type Outgoing } from "../core/outbox";
import { type Action, EMPTY, hasGap, hasOlder, knownUpTo, reduce } from "../core/timeline";
import type { Conversation, CustomerCommands, CustomerEvents, CustomerSessionOpened, Said, Synced } from "../core/wire";
import { Memory } from "./memory";
import { isOpenConversation, type Store } from "./state";

const TAIL = 50; // messages drawn at first; older ones come as the customer scrolls up
const WAIT = 20; // seconds a long poll waits at the server
const PATIENCE = 4_000; // a drop shorter than this is left to the socket
const LIFE_OF_TYPING = 6_000;

export interface SessionOptions {
  site: string;
  store: Store;
  /** Asks the host's page to prove who its visitor is. */
  getIdentity(): Promise<string | undefined>;
  page(): string | undefined;
}

export class Session {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly memory: Memory;
  /** What only this tab remembers. */
  readonly tab: Memory;
  readonly #options: SessionOptions;
  readonly #connection: Connection<CustomerCommands, CustomerEvents>;
  #token: string | undefined;
  #wasOnline = false;
  #polls = false;
  #catching: Promise<void> | undefined;
  #marked = "";
  #beggedAt = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.store = options.store;
    this.memory = new Memory(options.site, "localStorage");
    this.#token = this.memory.read("token");
    this.tab = new Memory(options.site, "sessionStorage");
    this.outbox = new Outbox({
      shelf: { load: () => this.tab.read<Outgoing[]>("outbox") ?? [], save: (items) => this.tab.write("outbox", items) },
      send: (item) => this.#deliver(item),
      onRefused: (item, error) => this.dispatch({ type: "failed", client_id: item.client_id, code: error.code }),
    });
    this.#connection = new Connection<CustomerCommands, CustomerEvents>({
      url: location.origin,
      namespace: "/customer",
      auth: () => ({ token: this.#token }),
      onEvent: (name, value) => this.#hear(name, value),
      onStatus: (status, error) => this.#lineIs(status, error),
    });
  }

  /** Has this browser written here before? */
  get isKnown(): boolean {
    return this.#token !== undefined;
  }

  /** Begins, or goes on where this browser was. Safe to call again: it then asks anew who and what there is. */
  async open(): Promise<void> {
    if (this.store.state.phase !== "ready") this.store.set({ phase: "opening" });
    try {
      this.#adopt(await this.#ask());
      this.connectIfWanted();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (this.store.state.phase !== "ready") this.store.set({ phase: "failed" });
    }
  }

  /** Forgets who this is, here and in the storage. */
  forget(): void {
    this.#connection.close();
    this.#startOver();
    this.#token = undefined;
    this.memory.forget("token");
    this.memory.forget("form");
    this.store.clear("customer");
    this.store.set({ phase: "idle" });
  }

  /** Ends the session on the server, too: who kept its token holds nothing any more. */
  async signOut(): Promise<void> {
    const token = this.#token;
    this.forget();
    if (token) await post("/api/customer/sign_out", {}, token).catch(() => undefined);
  }

  /** Another tab signed this browser out. */
  async signedOutElsewhere(): Promise<void> {
    if (this.memory.read("token") !== undefined) return;
    this.forget();
    if (this.store.state.open) await this.open();
  }

  /** Runs a command, over the socket if there is one. Throws CommandError. */
  run<N extends keyof CustomerCommands & string>(name: N, input: CustomerCommands[N]["input"]): Promise<CustomerCommands[N]["output"]> {
    if (this.#connection.status === "online") return this.#connection.send(name, input);
    return post(`/api/customer/${name}`, input, this.#token);
  }

  dispatch(action: Action): void {
    this.store.set({ timeline: reduce(this.store.state.timeline, action) });
    this.markRead();
  }

  /** Shows this conversation from now on. */
  hold(conversation: Conversation): void {
    this.dispatch({ type: "synced", conversation, messages: [] });
    for (const item of this.outbox.items) {
      if (item.conversation_id === conversation.id) this.dispatch({ type: "sending", pending: item });
    }
    void this.catchUp();
  }

  // No idle page holds a socket: only an open window or an open conversation needs one.
  connectIfWanted(): void {
    const { state } = this.store;
    if (state.phase !== "ready") return;
    if (state.open || isOpenConversation(state)) this.#connection.open();
    else this.#connection.close();
  }

  wake(): void {
    this.#connection.wake();
    this.markRead();
  }

  /** Asks for everything that is missing, until nothing is. */
  catchUp(): Promise<void> {
    this.#catching ??= this.#fetchMissing().finally(() => (this.#catching = undefined));
    return this.#catching;
  }

  async loadOlder(): Promise<void> {
    const { timeline, loadingOlder } = this.store.state;
    const [first] = timeline.messages;
    if (!first || loadingOlder || !hasOlder(timeline)) return;
    this.store.set({ loadingOlder: true });
    try {
      const input = { conversation_id: first.conversation_id, before_seq: first.seq, limit: TAIL };
      this.dispatch({ type: "history", messages: (await this.run("history", input)).messages });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error; // the next scroll asks again
    } finally {
      this.store.set({ loadingOlder: false });
    }
  }

  /** Tells the server what the customer has before their eyes. */
  markRead(): void {
    const { open, view, timeline } = this.store.state;
    const { conversation } = timeline;
    if (!conversation || !open || view !== "talk" || document.visibilityState === "hidden") return;
    const seq = knownUpTo(timeline);
    const mark = `${conversation.id}:${seq}`;
    if (seq <= conversation.customer_read_seq || mark === this.#marked) return;
    this.#marked = mark;
    this.run("read", { conversation_id: conversation.id, seq }).catch(() => (this.#marked = ""));
  }

  // -- opening --------------------------------------------------------------------------------------------------

  async #ask(): Promise<CustomerSessionOpened> {
    const { site, page, getIdentity } = this.#options;
    const identity = await getIdentity();
    const input = { site, token: this.#token, locale: this.store.state.locale, page: page() };
    try {
      return await post("/api/customer/session", { ...input, identity });
    } catch (error) {
      // A proof that does not hold makes nobody somebody else: they are served as a guest.
      if (!(error instanceof CommandError) || error.code !== "bad_identity") throw error;
      return post("/api/customer/session", input);
    }
  }

  #adopt(opened: CustomerSessionOpened): void {
    const { customer, timeline } = this.store.state;
    const another = customer !== undefined && customer.id !== opened.customer.id;
    const replaced = this.memory.read("store") !== opened.store_id && this.memory.read("store") !== undefined;
    if (another || replaced) this.#startOver();
    const renewed = this.#token !== undefined && this.#token !== opened.token;
    this.#token = opened.token;
    this.memory.write("token", opened.token);
    this.memory.write("store", opened.store_id);
    if (renewed) this.#connection.close();
    const view = this.store.state.phase === "ready" && !another ? {} : { view: opened.conversation ? ("talk" as const) : ("form" as const) };
    this.store.set({ phase: "ready", customer: opened.customer, desk: opened.desk, ...view });
    if (opened.conversation && this.#isNews(opened.conversation, timeline.conversation)) this.hold(opened.conversation);
    else if (opened.conversation) this.dispatch({ type: "conversation", conversation: opened.conversation });
  }

  #isNews(given: Conversation, held: Conversation | undefined): boolean {
    return held === undefined || this.store.state.timeline.conversation === undefined || (held.id !== given.id && held.status === "closed");
  }

  #startOver(): void {
    this.outbox.clear();
    this.store.set({ timeline: EMPTY, view: "form" });
  }

  // -- the socket -----------------------------------------------------------------------------------------------

  #lineIs(line: Connection<CustomerCommands, CustomerEvents>["status"], error?: Refusal): void {
    this.store.set({ line });
    if (line === "online") void this.#arrived();
    if (line === "reconnecting") void this.#pollMeanwhile();
    if (line === "refused") void this.#begAgain(error);
    if (line === "idle") this.#wasOnline = false;
  }

  // Events of the time without a socket are gone, the desk's opening among them, so who returns asks for everything.
  async #arrived(): Promise<void> {
    if (this.#wasOnline) await this.open();
    this.#wasOnline = true;
    await this.catchUp();
    await this.outbox.flush();
  }

  // A token that has run out is replaced; a fresh one that is refused as well would be refused for ever.
  async #begAgain(error?: Refusal): Promise<void> {
    const isFresh = Date.now() - this.#beggedAt < PATIENCE;
    this.#beggedAt = Date.now();
    this.memory.forget("token");
    this.#token = undefined;
    if (error?.code === "unauthenticated" && !isFresh) await this.open();
    else this.store.set({ phase: "failed" });
  }

  #hear<N extends keyof CustomerEvents>(name: N, value: CustomerEvents[N]): void {
    const event = { name, value } as { [M in keyof CustomerEvents]: { name: M; value: CustomerEvents[M] } }[keyof CustomerEvents];
    if (event.name === "message") this.dispatch({ type: "message", message: event.value });
    else if (event.name === "read") this.dispatch({ type: "read", read: event.value });
    else if (event.name === "conversation") this.#conversationIs(event.value);
    else if (event.name === "typing") this.#otherTypes(event.value);
    else if (event.name === "desk") this.#deskIs(event.value);
    else if (event.name === "beacon") this.#compare(event.value);
    if (hasGap(this.store.state.timeline)) void this.catchUp();
    if (event.name === "conversation") this.connectIfWanted();
  }

  #conversationIs(conversation: Conversation): void {
    const held = this.store.state.timeline.conversation;
    const begunElsewhere = held?.id !== conversation.id && conversation.status !== "closed" && held?.status !== "active";
    if (!begunElsewhere) return this.dispatch({ type: "conversation", conversation });
    this.hold(conversation);
    this.store.set({ view: "talk" });
  }

  #deskIs(desk: CustomerEvents["desk"]): void {
    if (desk.site !== this.#options.site) return;
    this.store.set({ desk });
  }

  #otherTypes(typing: CustomerEvents["typing"]): void {
    clearTimeout(this.#typing);
    this.dispatch({ type: "typing", typing, at: Date.now() });
    this.#typing = setTimeout(() => this.dispatch({ type: "typing" }), LIFE_OF_TYPING);
  }

  #compare(beacon: CustomerEvents["beacon"]): void {
    const { conversation } = this.store.state.timeline;
    const [lastSeq, version] = (conversation && beacon[conversation.id]) ?? [];
    if (lastSeq === undefined && Object.keys(beacon).length > 0) void this.open();
    else if (lastSeq !== undefined && (lastSeq > conversation!.last_seq || version! > conversation!.version)) void this.catchUp();
  }

  // -- catching up ----------------------------------------------------------------------------------------------

  async #fetchMissing(): Promise<void> {
    try {
      while (await this.#fetchOnce());
    } catch (error) {
      if (!(error instanceof CommandError)) throw error; // the next connection, event or beacon asks again
    }
  }

  async #fetchOnce(wait?: number): Promise<boolean> {
    const { timeline } = this.store.state;
    const { conversation } = timeline;
    if (!conversation) return false;
    const after = timeline.messages.length ? knownUpTo(timeline) : Math.max(0, conversation.last_seq - TAIL);
    const input = { conversation_id: conversation.id, after_seq: after, version: conversation.version };
    const synced: Synced = wait ? await post("/api/customer/sync", { ...input, wait }, this.#token) : await this.run("sync", input);
    // Another conversation may have taken this one's place meanwhile.
    if (this.store.state.timeline.conversation?.id !== conversation.id) return true;
    this.dispatch({ type: "synced", ...synced, after });
    return synced.more;
  }

  async #pollMeanwhile(): Promise<void> {
    if (this.#polls) return;
    this.#polls = true;
    await pause(PATIENCE);
    while (this.#connection.status === "reconnecting") await this.#poll();
    this.#polls = false;
    this.store.set({ polling: false });
  }

  async #poll(): Promise<void> {
    if (!isOpenConversation(this.store.state)) return pause(PATIENCE);
    try {
      await this.#fetchOnce(this.store.state.polling ? WAIT : 0);
      this.store.set({ polling: true });
      await this.outbox.flush();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.store.set({ polling: false });
      await pause(PATIENCE);
    }
  }

  async #deliver(item: Outgoing): Promise<void> {
    const said: Said = await this.run("say", { conversation_id: item.conversation_id, client_id: item.client_id, body: item.body });
    const { customer } = this.store.state;
    const author = { kind: "customer" as const, name: customer?.name ?? "", ...(customer ? { id: customer.id } : {}) };
    this.dispatch({ type: "message", message: { ...item, ...said, author, kind: "text" } });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
