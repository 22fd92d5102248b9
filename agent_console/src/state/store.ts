// Joins the reducer to the server: hears events, asks `sync` when something was missed, and sends what is written.

import { CommandError, Connection, type ConnectionStatus, type Refusal } from "../../../widget/src/core/connection";
import { post } from "../../../widget/src/core/http";
import { newId } from "../../../widget/src/core/ids";
import { isPassing, Outbox, type Outgoing, pauseAfter, type Shelf } from "../../../widget/src/core/outbox";
import { knownUpTo, type Pending } from "../../../widget/src/core/timeline";
import type { AgentCommands, AgentEvents, AgentSessionOpened, Attachment, BreakReason, CannedReply, Message, PresenceStatus, Viewer } from "../../../widget/src/core/wire";
import { type DeskAction, type DeskState, type EventAction, isBehind, NO_DESK, NOT_OPENED, reduce, type SentAs } from "./desk";
import { dropDrafts } from "./drafts";
import { isMine, unreadOf } from "./lists";
import { Taking } from "./taking";
import { firstPage } from "./tickets";

/** What the screens draw. */
export interface Snapshot {
  desk: DeskState;
  connection: ConnectionStatus;
  /** What is shown is what the server has, as far as anybody can know. */
  current: boolean;
  signedOut: boolean;
  refusal?: Refusal;
  toasts: readonly Toast[];
}

export interface Toast {
  id: string;
  /** A key of the texts, or an error of the server. */
  said: { key: string; values?: Record<string, string> } | CommandError;
}

export interface Socket {
  readonly status: ConnectionStatus;
  open(): void;
  close(): void;
  wake(): void;
  send<N extends keyof AgentCommands & string>(
    name: N,
    input: AgentCommands[N]["input"],
  ): Promise<AgentCommands[N]["output"]>;
}

const OLDER = 50;
const TYPING_LASTS = 6_000;
const TYPING_EVERY = 3_000;
const SENT_WHOLE = new Set(["queue", "inbox", "presence", "alerts", "desk"]);
const TOLD = new Set(["passed_over", "transferred", "transferred_away", "taken_over", "invited", "uninvited"]);
const TOAST_LASTS = { refusal: 7_000, news: 4_000, notice: 10_000 };

export class DeskStore {
  snapshot: Snapshot = { desk: NO_DESK, connection: "idle", current: false, signedOut: false, toasts: [] };
  readonly connection: Socket;
  readonly taking = new Taking();
  #listeners = new Set<() => void>();
  #shown: string | undefined;
  #shownTicket: string | undefined;
  #comesToWork = false;
  #syncing = new Map<string, { again: boolean; done: Promise<boolean> }>();
  #marked = new Map<string, number>();
  #typedAt = 0;
  #typing = new Map<string, ReturnType<typeof setTimeout>>();
  #writing: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #outboxes: Record<SentAs, Outbox>;

  /** `known` is what the page before this one remembered: shown until the server has answered. */
  constructor(url: string, shelfOf: (to: SentAs) => Shelf, known = NO_DESK, connect = realConnection) {
    this.snapshot.desk = known;
    this.connection = connect(url, this);
    this.#outboxes = { reply: this.#outbox("reply", shelfOf), note: this.#outbox("note", shelfOf) };
  }

  get desk(): DeskState {
    return this.snapshot.desk;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispatch(action: DeskAction): void {
    this.#show({ desk: reduce(this.desk, action) });
  }

  #show(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** What the next page of this tab may show until the server has answered; nothing when nobody is signed in. */
  get memory(): DeskState {
    const { opened, tickets: _, orders: __, customerTickets: ___, viewers: ____, live: _____, turns: ______, canned: _______, ...desk } = this.desk;
    const shown = this.#shown ? opened[this.#shown] : undefined;
    return { ...NO_DESK, ...desk, opened: shown ? { [this.#shown!]: shown } : {} };
  }

  // -- signing in and out -----------------------------------------------------------------------------------------

  open(): void {
    this.connection.open();
  }

  /** Throws a CommandError when the server does not let them in. */
  async signIn(email: string, password: string): Promise<void> {
    await post<AgentSessionOpened>("/api/agent/session", { email, password });
    this.#comesToWork = true;
    this.#show({ signedOut: false });
    this.connection.open();
  }

  async signOut(): Promise<void> {
    await this.attempt(post("/api/agent/sign_out", {}));
    this.connection.close();
    this.#outboxes.reply.clear();
    this.#outboxes.note.clear();
    dropDrafts();
    this.dispatch({ type: "signed_out" });
    this.#show({ signedOut: true });
  }

  async setPresence(status: PresenceStatus, reason?: BreakReason): Promise<void> {
    const done = await this.attempt(this.connection.send("set_presence", { status, ...(reason ? { reason } : {}) }));
    if (done) this.dispatch({ type: "agent", agent: done.agent });
  }

  // -- what the server says ---------------------------------------------------------------------------------------

  hearStatus(status: ConnectionStatus, refusal?: Refusal): void {
    this.#show({ connection: status, ...(refusal ? { refusal } : {}) });
    if (status === "online") void this.#arrive();
    else this.#lost();
    if (status === "refused") {
      this.dispatch({ type: "signed_out" });
      this.#show({ signedOut: true });
    }
  }

  #lost(): void {
    clearTimeout(this.#later);
    this.#show({ current: false });
    for (const id of this.#typing.keys()) this.dispatch({ type: "still", conversation_id: id });
  }

  async #arrive(): Promise<void> {
    const isKnown = (await this.resync()) && (!this.#shown || (await this.catchUp(this.#shown)));
    if (!isKnown) return;
    this.#show({ current: true });
    if (this.#shown) this.#tellLook("viewing");
    if (this.desk.canned) void this.loadCanned();
    if (this.#comesToWork && this.desk.agent?.status === "offline") await this.setPresence("online");
    this.#comesToWork = false;
    for (const outbox of Object.values(this.#outboxes)) {
      outbox.keep(({ by }) => by === this.#me); // who signs in after somebody else sends nothing of theirs
      void outbox.flush();
    }
  }

  get #me(): string {
    return `${this.desk.storeId} ${this.desk.agent?.id}`;
  }

  hear(event: EventAction): void {
    const missed = event.name === "message" && this.#missed(event.value);
    this.dispatch(event);
    if (missed) void this.resync();
    if (event.name === "message") this.#heard(event.value);
    if (event.name === "conversation") this.#fillGap(event.value.id);
    if (event.name === "note") this.#fillGap(event.value.conversation_id);
    const running = this.#syncing.get("desk");
    if (running && SENT_WHOLE.has(event.name)) running.again = true; // the answer on its way may be older than this
    if (event.name === "beacon") this.#compare(event.value);
    if (event.name === "typing") this.#forgetTyping(event.value.conversation_id);
    if (event.name === "notice") this.#look(event.value);
    if ((event.name === "queue" || event.name === "inbox") && this.desk.lists.cutOff) void this.resync();
  }

  // Of an opened conversation the hole is filled; of another one only its line in the list is wrong.
  #missed({ conversation_id: id, seq }: Message): boolean {
    const known = this.desk.lists.conversations[id];
    return known !== undefined && !this.desk.opened[id] && seq > known.last_seq + 1;
  }

  #heard({ conversation_id: id, author }: Message): void {
    this.#fillGap(id);
    // A line of the house, such as "ticket opened", is nothing that waits to be read.
    const conversation = this.desk.lists.conversations[id];
    if (author.kind === "system" && conversation && unreadOf(conversation) === 1) this.markRead(id);
  }

  // Only what is on the screen is read anew: a look at a ticket leaves a trace.
  #look({ code, values }: AgentEvents["notice"]): void {
    if (TOLD.has(code)) this.toast({ key: `notice.${code}`, values: values as Record<string, string> });
    if (code === "taken_by_you") this.taking.hear(String(values["conversation_id"]));
    if (code === "canned_changed" && this.desk.canned) void this.loadCanned();
    if (code !== "ticket_changed") return;
    if (values["ticket_id"] === this.#shownTicket) void this.#once("ticket", () => this.#readTicket());
    if (this.desk.tickets.loaded) void this.#once("tickets", () => this.#readTickets());
    void this.resync();
  }

  async #readTicket(): Promise<void> {
    if (!this.#shownTicket) return;
    const { ticket } = await this.connection.send("ticket", { ticket_id: this.#shownTicket });
    this.dispatch({ type: "ticket", ticket });
  }

  async #readTickets(): Promise<void> {
    const { query } = this.desk.tickets;
    const page = await this.connection.send("tickets", firstPage(this.desk.tickets));
    if (query === this.desk.tickets.query) this.dispatch({ type: "ticket_page", query, page, first: true });
  }

  showTicket(id: string | undefined): void {
    this.#shownTicket = id;
  }

  #fillGap(id: string): void {
    if (isBehind(this.desk, id)) void this.catchUp(id);
    else if (!this.desk.lists.conversations[id]) void this.resync(); // somebody handed it over just now
  }

  #compare(heads: AgentEvents["beacon"]): void {
    for (const [id, [lastSeq, version]] of Object.entries(heads)) {
      const known = this.desk.lists.conversations[id];
      if (known && known.last_seq >= lastSeq && known.version >= version) continue;
      void (this.desk.opened[id] ? this.catchUp(id) : this.resync());
    }
  }

  #forgetTyping(id: string): void {
    clearTimeout(this.#typing.get(id));
    const forget = () => this.dispatch({ type: "still", conversation_id: id });
    this.#typing.set(id, setTimeout(forget, TYPING_LASTS));
  }

  // -- catching up ------------------------------------------------------------------------------------------------

  /** The whole desk anew. */
  resync(): Promise<boolean> {
    return this.#once("desk", async () => {
      const { desk } = await this.connection.send("sync", {});
      if (desk) this.dispatch({ type: "desk", desk });
    });
  }

  /** Opens a conversation here, and follows it from now on. */
  async show(id: string | undefined): Promise<void> {
    this.#shown = id;
    if (this.connection.status !== "online") return;
    if (id) await this.catchUp(id);
    if (this.#shown === id) this.#tellLook("viewing");
  }

  /** Whether this page is seen at all: nobody looks at a hidden one. */
  pageShown(isShown: boolean): void {
    if (isShown || this.#shown) this.#tellLook("viewing", isShown);
  }

  /** Others who have the same conversation open learn that this agent writes there. */
  writes(id: string): void {
    if (id !== this.#shown) return;
    if (!this.#writing) this.#tellLook("typing");
    clearTimeout(this.#writing);
    this.#writing = setTimeout(() => this.#tellLook("viewing"), TYPING_LASTS);
  }

  // A hint; it counts for this connection, so it is said anew on the next one.
  #tellLook(doing: Viewer["doing"], isShown = document.visibilityState === "visible"): void {
    clearTimeout(this.#writing);
    this.#writing = undefined;
    const at = isShown && this.#shown ? { conversation_id: this.#shown } : {};
    this.connection.send("look", { ...at, doing }).catch(() => undefined);
  }

  /** All that is missing of one conversation. */
  catchUp(id: string): Promise<boolean> {
    return this.#once(id, async () => {
      let more = true;
      while (more) {
        const after_seq = knownUpTo((this.desk.opened[id] ?? NOT_OPENED).timeline);
        const synced = await this.connection.send("sync", { conversation_id: id, after_seq });
        this.dispatch({ type: "synced", synced });
        more = after_seq > 0 && synced.more === true;
      }
      this.#showOutgoing(id);
    });
  }

  // One at a time; what is wanted meanwhile is asked for once more afterwards. False: the server could not answer. A lost
  // line is asked again by `#arrive`; one that is there is asked again a while later.
  async #once(what: string, ask: () => Promise<void>): Promise<boolean> {
    const running = this.#syncing.get(what);
    if (running) {
      running.again = true;
      return running.done;
    }
    const mine = { again: true, done: Promise.resolve(true) };
    this.#syncing.set(what, mine);
    mine.done = this.#repeat(mine, ask).finally(() => this.#syncing.delete(what));
    return mine.done;
  }

  async #repeat(mine: { again: boolean }, ask: () => Promise<void>): Promise<boolean> {
    try {
      while (mine.again) {
        mine.again = false;
        await ask();
      }
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (!isPassing(error)) this.toast(error);
      else if (error.code !== "offline") this.#askLater(error);
      return !isPassing(error);
    }
  }

  #askLater(error: CommandError): void {
    this.#lost();
    this.#later = setTimeout(() => void this.#arrive(), pauseAfter(error));
  }

  /** All canned replies that there are for this agent, which are heard of from now on. */
  loadCanned(): Promise<boolean> {
    return this.#once("canned", async () => {
      const replies: CannedReply[] = [];
      let after: string | undefined;
      do {
        const page = await this.connection.send("canned_replies", after ? { after } : {});
        replies.push(...page.replies);
        after = page.next;
      } while (after);
      this.dispatch({ type: "canned", replies });
    });
  }

  async older(id: string, limit = OLDER): Promise<void> {
    const first = this.desk.opened[id]?.timeline.messages[0];
    if (!first) return;
    const page = await this.attempt(this.connection.send("history", { conversation_id: id, before_seq: first.seq, limit }));
    if (page) this.dispatch({ type: "history", conversation_id: id, messages: page.messages });
  }

  // -- writing ----------------------------------------------------------------------------------------------------

  write(to: SentAs, id: string, body: string, attachment?: Attachment): void {
    const file = attachment ? { attachment } : {};
    const pending = { client_id: newId(), body: body.normalize(), created_at: new Date().toISOString(), ...file };
    this.#send(to, id, pending);
    if (this.#writing) this.#tellLook("viewing");
  }

  retry(to: SentAs, id: string, { failed: _, ...pending }: Pending): void {
    this.#send(to, id, pending);
  }

  discard(id: string, pending: Pending): void {
    this.dispatch({ type: "discarded", conversation_id: id, client_id: pending.client_id });
    for (const outbox of Object.values(this.#outboxes)) outbox.keep(({ client_id }) => client_id !== pending.client_id);
  }

  #send(to: SentAs, id: string, pending: Pending): void {
    this.dispatch({ type: "sending", to, conversation_id: id, pending });
    void this.#outboxes[to].add({ conversation_id: id, ...pending, by: this.#me });
  }

  #outbox(to: SentAs, shelfOf: (to: SentAs) => Shelf): Outbox {
    return new Outbox({
      shelf: shelfOf(to),
      send: (item) => (to === "reply" ? this.#say(item) : this.#note(item)),
      onRefused: ({ conversation_id, client_id }, error) => {
        this.dispatch({ type: "failed", to, conversation_id, client_id, code: error.code });
        this.toast(error);
      },
    });
  }

  // The answer says where it stands in the log, so it is shown there without waiting for the event.
  async #say({ conversation_id, client_id, body, attachment }: Outgoing): Promise<void> {
    const file = attachment ? { attachment_id: attachment.attachment_id } : {};
    const said = await this.connection.send("say", { conversation_id, client_id, body, ...file });
    const what = attachment ? ({ kind: "file", data: { attachment } } as const) : ({ kind: "text" } as const);
    const { id, name } = this.desk.agent!;
    const author = { kind: "agent", id, name } as const;
    this.hear({
      type: "event",
      name: "message",
      value: { ...said, conversation_id, client_id, author, ...what, body },
      at: Date.now(),
    });
  }

  async #note({ conversation_id, client_id, body }: Outgoing): Promise<void> {
    const { note } = await this.connection.send("note", { conversation_id, client_id, body });
    this.hear({ type: "event", name: "note", value: note, at: Date.now() });
  }

  #showOutgoing(id: string): void {
    for (const to of ["reply", "note"] as const) {
      for (const { conversation_id, by: _, ...pending } of this.#outboxes[to].items) {
        if (conversation_id === id) this.dispatch({ type: "sending", to, conversation_id, pending });
      }
    }
  }

  /** Marks as read what is on the screen. Only one's own conversations are. */
  markRead(id: string): void {
    const conversation = this.desk.lists.conversations[id];
    const seq = conversation?.last_seq ?? 0;
    if (!conversation || !isMine(this.desk.lists, conversation)) return;
    if (conversation.agent_read_seq >= seq || (this.#marked.get(id) ?? 0) >= seq) return;
    this.#marked.set(id, seq);
    this.connection.send("read", { conversation_id: id, seq }).catch(() => this.#marked.delete(id));
  }

  /** A hint; nobody minds when it is lost. */
  typing(id: string): void {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.connection.send("typing", { conversation_id: id }).catch(() => undefined);
  }

  // -- telling the agent ------------------------------------------------------------------------------------------

  /** The value, or nothing after the error was shown. */
  async attempt<T>(doing: Promise<T>): Promise<T | undefined> {
    try {
      return await doing;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.toast(error);
      return undefined;
    }
  }

  /** The same for what the page asks by itself, and anew when the line is back: that it broke is told already. */
  look<T>(doing: Promise<T>): Promise<T | undefined> {
    const unlessOffline = (error: unknown): undefined => {
      if (!(error instanceof CommandError && error.code === "offline")) throw error;
    };
    return this.attempt(doing.catch(unlessOffline));
  }

  toast(said: Toast["said"]): void {
    const toast = { id: newId(), said };
    this.#show({ toasts: [...this.snapshot.toasts.slice(-1), toast] });
    const kind = said instanceof CommandError ? "refusal" : said.key.startsWith("notice.") ? "notice" : "news";
    setTimeout(() => this.dismiss(toast.id), TOAST_LASTS[kind]);
  }

  dismiss(id: string): void {
    this.#show({ toasts: this.snapshot.toasts.filter((toast) => toast.id !== id) });
  }
}

function realConnection(url: string, store: DeskStore): Socket {
  return new Connection<AgentCommands, AgentEvents>({
    url,
    namespace: "/agent",
    auth: () => ({}), // the browser sends the session cookie, which scripts cannot read
    onEvent: (name, value) => store.hear({ type: "event", name, value, at: Date.now() } as EventAction),
    onStatus: (status, refusal) => store.hearStatus(status, refusal),
  });
}
