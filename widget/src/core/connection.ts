/**
 * A small Socket.IO client: protocol v5 over Engine.IO v4, one namespace, websocket only.
 *
 * `send` promises the command's answer or throws a CommandError; with code "offline" nobody knows whether the command
 * was done, so whoever repeats it repeats it with the same client_id. Events are hints: after every "online" the owner
 * asks `sync` for what was missed. "online" is a line that has carried a question there and its answer back: some proxies
 * take a socket and swallow what it carries.
 */

export type ConnectionStatus = "idle" | "connecting" | "online" | "reconnecting" | "refused";

export class CommandError extends Error {
  readonly code: string;
  readonly retryAfter?: number;

  constructor(code: string, message: string, retryAfter?: number) {
    super(message);
    this.name = "CommandError";
    this.code = code;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

export interface Refusal {
  code: string;
  message: string;
}

/** What is needed of a WebSocket. */
export interface Socket {
  addEventListener(type: "message" | "close", listener: (event: Event) => void): void;
  send(data: string): void;
  close(): void;
}

export interface ConnectionOptions<Events> {
  /** The server's address, such as `https://chat.example`. */
  url: string;
  namespace: "/customer" | "/agent";
  auth: () => Record<string, unknown>;
  onEvent<N extends keyof Events>(name: N, value: Events[N]): void;
  onStatus(status: ConnectionStatus, error?: Refusal): void;
  /** Opens a websocket; only tests have their own. */
  socket?: (url: string) => Socket;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: CommandError): void;
  /** Without an answer by then the line is dead, whatever else is heard on it. */
  due: number;
}

type CommandTable<Commands> = { [N in keyof Commands]: { input: unknown; output: unknown } };

const SHORTEST_WAIT = 500;
const LONGEST_WAIT = 20_000;
const HANDSHAKE = 10_000; // from opening the socket to being online
const ANSWER = 10_000; // for a command
const SOON = 3_000; // for the question whether anybody is there, after sleep
const PROVEN = 10_000; // a connection that lasted this long starts the back-off anew
const PROBE = 0; // the number of that question
const FINAL = new Set(["unauthenticated", "forbidden", "not_found"]); // asking again would give the same answer
const PACKET = /^(\d)(?:(\/[^,]*),)?(\d*)([^]*)$/;

export class Connection<Commands extends CommandTable<Commands>, Events> {
  #options: ConnectionOptions<Events>;
  #status: ConnectionStatus = "idle";
  #socket: Socket | undefined;
  #waiting = new Map<number, Waiting>();
  #lastAck = 0;
  #failures = 0;
  #onlineSince = 0;
  #heardAt = 0;
  #silenceAllowed = HANDSHAKE;
  #pulse = 0;
  #deadAt = 0;
  #notBefore = 0;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions<Events>) {
    this.#options = options;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** Can the line be relied on: online, and not one that is cut again and again? */
  get isSteady(): boolean {
    return this.#status === "online" && (this.#failures < 2 || this.#isProven);
  }

  open(): void {
    if (this.#status !== "idle" && this.#status !== "refused") return;
    this.#failures = 0;
    this.#become("connecting");
    this.#dial();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#hangUp();
    this.#become("idle");
  }

  /** Looks at once whether the line still works: after sleep, or when the page is seen again. */
  wake(): void {
    if (this.#status === "idle" || this.#status === "refused" || Date.now() < this.#notBefore) return;
    if (!this.#socket || Date.now() > this.#deadAt) this.#redial();
    else if (this.#status === "online") this.#ask(PROBE, "probe", {}, { ...UNHEARD, due: Date.now() + SOON });
  }

  send<N extends keyof Commands & string>(name: N, input: Commands[N]["input"]): Promise<Commands[N]["output"]> {
    if (this.#status !== "online") return Promise.reject(offline());
    this.#lastAck += 1;
    return new Promise((resolve, reject) => this.#ask(this.#lastAck, name, input, { resolve, reject, due: Date.now() + ANSWER }));
  }

  #ask(id: number, name: string, input: unknown, waiting: Waiting): void {
    this.#waiting.set(id, waiting);
    this.#socket?.send(`42${this.#options.namespace},${id}${JSON.stringify([name, input])}`);
    this.#watch();
  }

  #redial(): void {
    this.#hangUp();
    this.#become("reconnecting");
    this.#dial();
  }

  #dial(): void {
    clearTimeout(this.#retry);
    const address = `${this.#options.url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`;
    const open = this.#options.socket ?? ((url: string): Socket => new WebSocket(url));
    const socket = open(address);
    this.#socket = socket;
    socket.addEventListener("message", (event) => socket === this.#socket && this.#hear(String((event as MessageEvent).data)));
    socket.addEventListener("close", () => socket === this.#socket && this.#lose());
    this.#heardAt = Date.now();
    this.#silenceAllowed = HANDSHAKE;
    this.#watch();
  }

  #hear(packet: string): void {
    if (this.#status === "online") this.#heard();
    const body = packet.slice(1);
    if (packet[0] === "0") this.#greet(JSON.parse(body) as { pingInterval: number; pingTimeout: number });
    else if (packet[0] === "1") this.#lose();
    else if (packet[0] === "2") this.#socket?.send(`3${body}`);
    else if (packet[0] === "4") this.#read(body);
  }

  #heard(): void {
    this.#heardAt = Date.now();
    this.#watch();
  }

  #greet({ pingInterval, pingTimeout }: { pingInterval: number; pingTimeout: number }): void {
    this.#pulse = pingInterval + pingTimeout;
    this.#socket?.send(`40${this.#options.namespace},${JSON.stringify(this.#options.auth())}`);
  }

  #read(packet: string): void {
    const [, type, namespace, id, json] = PACKET.exec(packet) ?? [];
    if (namespace !== this.#options.namespace) return;
    const data: unknown = json ? JSON.parse(json) : undefined;
    // Clients may not ping in this protocol. Any answer shows that the line works, even that there is no such command.
    if (type === "0") this.#ask(PROBE, "probe", {}, { ...UNHEARD, due: this.#deadAt });
    else if (type === "1") this.#lose();
    else if (type === "2") this.#event(data as [keyof Events & string, never]);
    else if (type === "3") this.#answered(Number(id), (data as [never])[0]);
    else if (type === "4") this.#refused(data as { message: string; data?: Refusal });
  }

  #arrive(): void {
    this.#onlineSince = performance.now();
    this.#silenceAllowed = this.#pulse;
    this.#heard();
    this.#become("online");
  }

  #event([name, value]: [keyof Events & string, never]): void {
    this.#options.onEvent(name, value);
    // Spread out, or everybody whom a restarting server sent away would come back in the same instant.
    if (name === "bye") this.#comeBack((value as { reconnect_in: number }).reconnect_in * 1000 * (1 + Math.random() / 2));
  }

  #answered(id: number, envelope: { ok: boolean; value: unknown; error: Refusal & { retry_after?: number } }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#status !== "online") return this.#arrive();
    this.#watch();
    if (envelope.ok) waiting?.resolve(envelope.value);
    else waiting?.reject(new CommandError(envelope.error.code, envelope.error.message, envelope.error.retry_after));
  }

  #refused(told: { message: string; data?: Refusal }): void {
    const error = told.data ?? { code: "refused", message: told.message };
    if (!FINAL.has(error.code)) return this.#lose();
    this.#hangUp();
    this.#become("refused", error);
  }

  #lose(): void {
    this.#comeBack(0);
  }

  #comeBack(wanted: number): void {
    if (this.#status === "online" && this.#isProven) this.#failures = 0;
    const wait = Math.max(wanted, backOff(this.#failures));
    this.#failures += 1;
    this.#notBefore = Date.now() + wanted;
    this.#hangUp();
    this.#become("reconnecting");
    this.#retry = setTimeout(() => this.#dial(), wait);
  }

  get #isProven(): boolean {
    return performance.now() - this.#onlineSince > PROVEN;
  }

  #hangUp(): void {
    clearTimeout(this.#watchdog);
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    const unanswered = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of unanswered) waiting.reject(offline());
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#deadAt = Math.min(this.#heardAt + this.#silenceAllowed, ...[...this.#waiting.values()].map(({ due }) => due));
    this.#watchdog = setTimeout(() => this.#lose(), this.#deadAt - Date.now());
  }

  #become(status: ConnectionStatus, error?: Refusal): void {
    if (status === this.#status && !error) return;
    this.#status = status;
    this.#options.onStatus(status, error);
  }
}

/** How long to wait after so many failures, not the same for everybody. In milliseconds. */
export function backOff(failures: number): number {
  return Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** failures) * (0.5 + Math.random() / 2);
}

const UNHEARD = { resolve: (): void => undefined, reject: (): void => undefined };

function offline(): CommandError {
  return new CommandError("offline", "The connection to the server is interrupted.");
}
