/**
 * The window's line to the server: who the customer is, the socket while it is needed, and catching up after every
 * interruption. Where websockets do not pass, or do not last, the same commands go over HTTP and `sync` waits for news,
 * until a socket has lasted a while.
 */

import { backOff, CommandError, Connection, type Refusal, type Socket } from "../core/connection";
import { post } from "../core/http";
import { isPassing, Outbox, type Outgoing, pauseAfter } from "../core/outbox";
import { type Action, EMPTY, hasGap, hasOlder, knownUpTo, reduce } from "../core/timeline";
import type { Case, Conversation, Customer, CustomerCommands, CustomerEvents, CustomerSessionOpened, Said, Synced } from "../core/wire";
import { Memory } from "./memory";
import { isOpenConversation, type State, type Store } from "./state";

const TAIL = 50; // messages drawn at first; older ones come as the customer scrolls up
const WAIT = 15; // seconds a long poll waits at the server; with the patience for its answer no longer than a beacon
const PATIENCE = 3_000; // a drop shorter than this is left to the socket
const BREATH = 1_000; // from one poll to the next: one that is answered at once must not become a storm
const LIFE_OF_TYPING = 6_000;

export interface SessionOptions {
  site: string;
  store: Store;
  /** Asks the host's page to prove who its visitor is. */
  getIdentity(): Promise<string | undefined>;
  page(): string | undefined;
  /** What the page should know of its proof. */
  onRefused?(code: string, message: string): void;
  /** Opens a websocket; only tests have their own. */
  socket?: (url: string) => Socket;
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
  /** The socket cannot be had, but news come over HTTP. */
  #overHttp = false;
  #catching: Promise<void> | undefined;
  #catchAgain = false;
  #asked = 0;
  #failures = 0;
  #marked = "";
  #beggedAt = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;

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
      ...(options.socket ? { socket: options.socket } : {}),
      url: location.origin,
      namespace: "/customer",
      auth: () => ({ token: this.#token }),
      onEvent: (name, value) => this.#hear(name, value),
      onStatus: (status, error) => this.#lineIs(status, error),
    });
    this.#recall();
  }

  /** For what goes over HTTP beside the commands: files. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Has this browser written here before? */
  get isKnown(): boolean {
    return this.#token !== undefined;
  }

  /**
   * Begins, or goes on where this browser was. Safe to call again: it then asks anew who and what there is, and the
   * newest question counts. Without an answer it asks again by itself. False: there was none yet.
   */
  async open(): Promise<boolean> {
    clearTimeout(this.#later);
    const asked = (this.#asked += 1);
    const held = this.store.state.timeline.conversation?.id;
    if (this.store.state.phase === "idle") this.store.set({ phase: "opening" });
    try {
      const opened = await this.#ask();
      if (asked === this.#asked) this.#adopt(opened, held);
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (asked === this.#asked) this.#notOpened(error);
      return false;
    }
  }

  #notOpened(error: CommandError): void {
    if (this.store.state.phase !== "ready") this.store.set({ phase: "failed", current: false });
    if (!isPassing(error)) return;
    this.#failures += 1;
    this.#later = setTimeout(() => void this.open(), Math.max((error.retryAfter ?? 0) * 1000, backOff(this.#failures)));
  }

  /** Forgets who this is, here and in the storage. */
  forget(): void {
    clearTimeout(this.#later);
    this.#asked += 1;
    this.#connection.close();
    this.#startOver();
    this.#wipe();
    this.#token = undefined;
    this.memory.forget("token");
    this.store.clear("customer");
    this.store.set({ phase: "idle", prefill: { fields: {} } });
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

  /** Runs a command, over the socket if there is one to rely on. Throws CommandError. */
  async run<N extends keyof CustomerCommands & string>(name: N, input: CustomerCommands[N]["input"]): Promise<CustomerCommands[N]["output"]> {
    return this.#connection.isSteady ? this.#connection.send(name, input) : this.#post(name, input);
  }

  async #post<N extends keyof CustomerCommands & string>(name: N, input: object): Promise<CustomerCommands[N]["output"]> {
    const token = this.#token;
    try {
      return await post(`/api/customer/${name}`, input, token);
    } catch (error) {
      if (error instanceof CommandError && error.code === "unauthenticated" && token === this.#token) void this.#begAgain(error);
      throw error;
    }
  }

  dispatch(action: Action): void {
    this.store.set({ timeline: reduce(this.store.state.timeline, action) });
    this.markRead();
  }

  /** Shows this conversation from now on. */
  hold(conversation: Conversation): void {
    this.dispatch({ type: "synced", conversation, messages: [] });
    this.#showOutgoing(conversation);
    if (conversation.last_seq) this.store.set({ current: false });
    void this.catchUp();
  }

  #showOutgoing({ id }: Conversation): void {
    for (const item of this.outbox.items) {
      if (item.conversation_id === id) this.dispatch({ type: "sending", pending: item });
    }
  }

  // No idle page holds a socket: only an open window or an open conversation needs one.
  connectIfWanted(): void {
    const { state } = this.store;
    if (state.phase !== "ready") return;
    if (state.open || isOpenConversation(state)) this.#connection.open();
    else this.#connection.close();
  }

  /** The page is seen again, or the network is back: nothing waits for its timer any longer. */
  wake(): void {
    this.#connection.wake();
    const { phase, line } = this.store.state;
    if (phase === "failed") void this.open();
    else if (line === "connecting" || line === "reconnecting") void this.catchUp().then(() => this.outbox.flush());
    this.markRead();
  }

  /** Asks for everything that is missing, until nothing is. */
  catchUp(): Promise<void> {
    this.#catchAgain = true; // what is missed while an answer is on its way, it does not hold
    this.#catching ??= this.#fetchMissing().finally(() => (this.#catching = undefined));
    return this.#catching;
  }

  /** Keeps what is on the screen through a reload of this tab. */
  remember(): void {
    const { customer, desk, timeline, phase } = this.store.state;
    const { conversation, messages } = timeline;
    if (!conversation) this.tab.forget("held");
    else if (phase === "ready") {
      this.tab.write("held", { token: this.#token, customer, desk, timeline: { conversation, messages: messages.slice(-TAIL) } });
    }
  }

  // Shown until the server has answered, for a page must not look as if everything were gone.
  #recall(): void {
    this.store.set({ place: this.tab.read("place") });
    const held = this.tab.read<Pick<State, "customer" | "desk" | "timeline"> & { token: string }>("held");
    if (!held || held.token !== this.#token) return this.tab.forget("held");
    const { customer, desk, timeline } = held;
    this.store.set({ customer: customer!, desk: desk!, timeline: { ...EMPTY, ...timeline }, view: "talk", current: false });
    this.#showOutgoing(timeline.conversation!);
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
    const { open, view, place, timeline } = this.store.state;
    const { conversation } = timeline;
    if (!conversation || !open || place || view !== "talk" || document.visibilityState === "hidden") return;
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
      this.#options.onRefused?.(error.code, error.message);
      return post("/api/customer/session", input);
    }
  }

  /** `held`: the conversation there was when it was asked. */
  #adopt(opened: CustomerSessionOpened, held: string | undefined): void {
    const { customer, phase } = this.store.state;
    const isAnother = customer !== undefined && customer.id !== opened.customer.id;
    const isReplaced = ![undefined, opened.store_id].includes(this.tab.read("store"));
    if (isAnother || isReplaced) this.#startOver();
    this.#belongsTo(opened.customer);
    const renewed = this.#token !== undefined && this.#token !== opened.token;
    this.#token = opened.token;
    this.#failures = 0;
    if (opened.renew_in) this.#later = setTimeout(() => void this.open(), opened.renew_in * 1000);
    this.memory.write("token", opened.token);
    this.tab.write("store", opened.store_id);
    if (renewed) this.#connection.close();
    const goesOn = phase === "ready" && !isAnother && !isReplaced;
    const view = goesOn ? {} : { view: opened.conversation ? ("talk" as const) : ("form" as const) };
    this.store.set({ phase: "ready", customer: opened.customer, mails: opened.mails, ...view });
    this.#deskIs(opened.desk);
    this.#follow(opened.conversation, held);
    this.connectIfWanted();
    const { line, timeline } = this.store.state;
    if (line !== "online" || hasGap(timeline)) void this.catchUp().then(() => this.outbox.flush());
  }

  // The server names the conversation that counts, the open one or else the last; but one begun since is newer.
  #follow(conversation: Conversation | undefined, held: string | undefined): void {
    const now = this.store.state.timeline.conversation?.id;
    if (conversation && now === conversation.id) this.dispatch({ type: "conversation", conversation });
    else if (conversation && (!now || now === held)) this.hold(conversation);
    else if (!conversation && now && now === held) this.store.set({ timeline: EMPTY, view: "form" });
  }

  #startOver(): void {
    this.outbox.clear();
    for (const name of ["held", "place", "apply"]) this.tab.forget(name);
    this.store.set({ timeline: EMPTY, view: "form", current: true, place: undefined, orders: undefined, cases: undefined });
  }

  // What a guest began to write goes with them when they sign in. What somebody left who was signed in is nobody else's,
  // also where they never signed out and another page is the first to know.
  #belongsTo({ id, kind }: Customer): void {
    const kept = [this.tab, this.memory];
    if (kept.some((one) => ![undefined, id].includes(one.read("whose")))) {
      this.#startOver();
      this.#wipe();
    }
    if (kind === "verified") for (const one of kept) one.write("whose", id);
  }

  #wipe(): void {
    for (const name of ["draft", "begun", "apply_id", "whose"]) this.tab.forget(name);
    for (const name of ["form", "whose"]) this.memory.forget(name);
  }

  // -- the socket -----------------------------------------------------------------------------------------------

  #lineIs(line: Connection<CustomerCommands, CustomerEvents>["status"], error?: Refusal): void {
    this.store.set({ line });
    if (line === "online") void this.#arrived();
    if (line === "reconnecting" && !this.#overHttp) this.#lost();
    if (line === "connecting" || line === "reconnecting") void this.#pollMeanwhile();
    if (line === "refused") void this.#begAgain(error!);
    if (line === "idle") this.#wasOnline = false;
  }

  #lost(): void {
    this.dispatch({ type: "typing" });
    this.store.set({ current: this.store.state.timeline.conversation === undefined });
  }

  // Events of the time without a socket are gone, the desk's opening among them, so who returns asks for everything. The
  // log does not wait for what is asked over HTTP: that may hang on a connection that died with the old socket.
  async #arrived(): Promise<void> {
    const opening = this.#wasOnline && this.open();
    this.#wasOnline = true;
    await this.catchUp();
    await Promise.race([opening, pause(PATIENCE)]); // in another database nothing of this is to be sent
    await this.outbox.flush();
  }

  // A token that has run out is replaced, at once; a fresh one that is refused as well, a while later.
  async #begAgain(error: Refusal): Promise<void> {
    const isFresh = Date.now() - this.#beggedAt < PATIENCE;
    this.#beggedAt = Date.now();
    this.memory.forget("token");
    this.#token = undefined;
    this.#connection.close();
    if (error.code === "unauthenticated" && !isFresh) return void (await this.open());
    this.store.set({ phase: "failed" });
    this.#notOpened(new CommandError(error.code, error.message));
  }

  #hear<N extends keyof CustomerEvents>(name: N, value: CustomerEvents[N]): void {
    const event = { name, value } as { [M in keyof CustomerEvents]: { name: M; value: CustomerEvents[M] } }[keyof CustomerEvents];
    if (event.name === "message") this.dispatch({ type: "message", message: event.value });
    else if (event.name === "read") this.dispatch({ type: "read", read: event.value });
    else if (event.name === "conversation") this.#conversationIs(event.value);
    else if (event.name === "typing") this.#otherTypes(event.value);
    else if (event.name === "desk") this.#deskIs(event.value);
    else if (event.name === "beacon") this.#compare(event.value);
    else if (event.name === "case") this.caseIs(event.value);
    if (hasGap(this.store.state.timeline)) void this.catchUp();
    if (event.name === "conversation") this.connectIfWanted();
  }

  #conversationIs(conversation: Conversation): void {
    const begunElsewhere = this.store.state.timeline.conversation?.id !== conversation.id && conversation.status !== "closed";
    if (!begunElsewhere) return this.dispatch({ type: "conversation", conversation });
    this.hold(conversation);
    this.store.set({ view: "talk" });
  }

  /** A case anew, in its place among those that are known. */
  caseIs(told: Case): void {
    const { cases } = this.store.state;
    if (cases) this.store.set({ cases: [told, ...cases.filter(({ ticket_id }) => ticket_id !== told.ticket_id)] });
  }

  #deskIs(desk: CustomerEvents["desk"]): void {
    if (desk.site !== this.#options.site) return;
    this.store.set({ desk: { ...desk, skew: Date.parse(desk.now) - Date.now() } });
  }

  #otherTypes(typing: CustomerEvents["typing"]): void {
    clearTimeout(this.#typing);
    this.dispatch({ type: "typing", typing, at: Date.now() });
    this.#typing = setTimeout(() => this.dispatch({ type: "typing" }), LIFE_OF_TYPING);
  }

  #compare(beacon: CustomerEvents["beacon"]): void {
    const { conversation } = this.store.state.timeline;
    const [lastSeq, version] = (conversation && beacon[conversation.id]) ?? [];
    if (lastSeq === undefined && (conversation || Object.keys(beacon).length > 0)) void this.open();
    else if (lastSeq !== undefined && (lastSeq > conversation!.last_seq || version! > conversation!.version)) void this.catchUp();
  }

  // -- catching up ----------------------------------------------------------------------------------------------

  async #fetchMissing(): Promise<void> {
    try {
      while (this.#catchAgain) {
        this.#catchAgain = false;
        while (await this.#fetchOnce());
      }
      this.store.set({ current: true });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // Without a line the next one asks again; who is there but cannot answer is asked again by us.
      if (error.code !== "offline" && isPassing(error)) setTimeout(() => void this.catchUp(), pauseAfter(error));
    }
  }

  async #fetchOnce(wait?: number): Promise<boolean> {
    const { timeline } = this.store.state;
    const { conversation } = timeline;
    if (!conversation) return false;
    const after = timeline.messages.length ? knownUpTo(timeline) : Math.max(0, conversation.last_seq - TAIL);
    const input = { conversation_id: conversation.id, after_seq: after, version: conversation.version };
    const synced: Synced = wait ? await this.#post("sync", { ...input, wait }) : await this.run("sync", input);
    // Another conversation may have taken this one's place meanwhile.
    if (this.store.state.timeline.conversation?.id !== conversation.id) return true;
    this.dispatch({ type: "synced", ...synced, after });
    return synced.more;
  }

  async #pollMeanwhile(): Promise<void> {
    if (this.#polls) return;
    this.#polls = true;
    let failures = 0;
    await pause(PATIENCE);
    while (this.#isDialling && !this.#connection.isSteady) {
      const breath = pause(BREATH);
      const came = await this.#poll();
      failures = came ? 0 : failures + 1;
      await (came ? breath : pause(Math.max(PATIENCE, backOff(failures))));
    }
    this.#polls = this.#overHttp = false;
  }

  get #isDialling(): boolean {
    return !["idle", "refused"].includes(this.#connection.status);
  }

  async #poll(): Promise<boolean> {
    if (!this.store.state.timeline.conversation) return false;
    try {
      await this.#fetchOnce(this.#overHttp ? WAIT : 0);
      if (!this.#overHttp) void this.outbox.flush();
      this.#overHttp = true;
      this.store.set({ current: true });
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#overHttp = false;
      if (this.#connection.status !== "online") this.#lost();
      return false;
    }
  }

  async #deliver(item: Outgoing): Promise<void> {
    const { conversation_id, client_id, body, attachment, choice } = item;
    const beside = { ...(attachment ? { attachment_id: attachment.attachment_id } : {}), ...(choice ? { choice } : {}) };
    const said: Said = await this.run("say", { conversation_id, client_id, body, ...beside });
    const { customer } = this.store.state;
    const author = { kind: "customer" as const, name: customer?.name ?? "", ...(customer ? { id: customer.id } : {}) };
    this.dispatch({ type: "message", message: { ...item, ...said, author, kind: attachment ? "file" : "text", data: { ...(attachment ? { attachment } : {}), ...(choice ? { choice } : {}) } } });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
