/**
 * A small Socket.IO client: protocol v5 over Engine.IO v4, one namespace, websocket only.
 *
 * `send` promises the command's answer or throws a CommandError; with code "offline" nobody knows whether the command
 * was done, so whoever repeats it repeats it with the same client_id. Events are hints: after every "online" the owner
 * asks `sync` for what was missed.
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
}

type CommandTable<Commands> = { [N in keyof Commands]: { input: unknown; output: unknown } };

const SHORTEST_WAIT = 500;
const LONGEST_WAIT = 20_000;
const HANDSHAKE = 10_000; // from opening the socket to being let in
const ANSWER = 10_000; // after a command something must be heard within this time, or the line is dead
const PROVEN = 10_000; // a connection that lasted this long starts the back-off anew
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
  #silenceAllowed = HANDSHAKE;
  #deadAt = 0;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions<Events>) {
    this.#options = options;
  }

  get status(): ConnectionStatus {
    return this.#status;
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
    if (this.#status === "reconnecting" && !this.#socket) this.#dial();
    else if (this.#status === "online" && Date.now() > this.#deadAt) this.#lose();
    else if (this.#status === "online") this.#probe();
  }

  send<N extends keyof Commands & string>(name: N, input: Commands[N]["input"]): Promise<Commands[N]["output"]> {
    if (this.#status !== "online") return Promise.reject(offline());
    return new Promise((resolve, reject) => this.#ask(name, input, { resolve, reject }));
  }

  #ask(name: string, input: unknown, waiting: Waiting): void {
    this.#lastAck += 1;
    this.#waiting.set(this.#lastAck, waiting);
    this.#socket?.send(`42${this.#options.namespace},${this.#lastAck}${JSON.stringify([name, input])}`);
    this.#watch(Math.min(ANSWER, Math.max(0, this.#deadAt - Date.now())));
  }

  // Clients may not ping in this protocol. Any answer shows that the line works, even that there is no such command.
  #probe(): void {
    const nothing = (): void => undefined;
    this.#ask("probe", {}, { resolve: nothing, reject: nothing });
  }

  #dial(): void {
    clearTimeout(this.#retry);
    const address = `${this.#options.url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`;
    const open = this.#options.socket ?? ((url: string): Socket => new WebSocket(url));
    const socket = open(address);
    this.#socket = socket;
    socket.addEventListener("message", (event) => socket === this.#socket && this.#hear(String((event as MessageEvent).data)));
    socket.addEventListener("close", () => socket === this.#socket && this.#lose());
    this.#silenceAllowed = HANDSHAKE;
    this.#watch(HANDSHAKE);
  }

  #hear(packet: string): void {
    if (this.#status === "online") this.#watch(this.#silenceAllowed);
    const body = packet.slice(1);
    if (packet[0] === "0") this.#greet(JSON.parse(body) as { pingInterval: number; pingTimeout: number });
    else if (packet[0] === "1") this.#lose();
    else if (packet[0] === "2") this.#socket?.send(`3${body}`);
    else if (packet[0] === "4") this.#read(body);
  }

  #greet(handshake: { pingInterval: number; pingTimeout: number }): void {
    this.#silenceAllowed = handshake.pingInterval + handshake.pingTimeout;
    this.#socket?.send(`40${this.#options.namespace},${JSON.stringify(this.#options.auth())}`);
  }

  #read(packet: string): void {
    const [, type, namespace, id, json] = PACKET.exec(packet) ?? [];
    if (namespace !== this.#options.namespace) return;
    const data: unknown = json ? JSON.parse(json) : undefined;
    if (type === "0") this.#joined();
    else if (type === "1") this.#lose();
    else if (type === "2") this.#event(data as [keyof Events & string, never]);
    else if (type === "3") this.#answered(Number(id), (data as [never])[0]);
    else if (type === "4") this.#refused(data as { message: string; data?: Refusal });
  }

  #joined(): void {
    this.#onlineSince = Date.now();
    this.#watch(this.#silenceAllowed);
    this.#become("online");
  }

  #event([name, value]: [keyof Events & string, never]): void {
    this.#options.onEvent(name, value);
    if (name === "bye") this.#comeBack((value as { reconnect_in: number }).reconnect_in * 1000);
  }

  #answered(id: number, envelope: { ok: boolean; value: unknown; error: Refusal & { retry_after?: number } }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (envelope.ok) waiting?.resolve(envelope.value);
    else waiting?.reject(new CommandError(envelope.error.code, envelope.error.message, envelope.error.retry_after));
  }

  #refused(told: { message: string; data?: Refusal }): void {
    const error = told.data ?? { code: "refused", message: told.message };
    if (!FINAL.has(error.code)) return this.#lose();
    this.#hangUp();
    this.#become("refused", error);
  }

  // Spread out, or everybody whom a restarting server sent away would come back in the same instant.
  #comeBack(wait: number): void {
    this.#hangUp();
    this.#become("reconnecting");
    this.#retry = setTimeout(() => this.#dial(), wait * (1 + Math.random() / 2));
  }

  #lose(): void {
    if (this.#status === "online" && Date.now() - this.#onlineSince > PROVEN) this.#failures = 0;
    const wait = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** this.#failures);
    this.#failures += 1;
    this.#hangUp();
    this.#become("reconnecting");
    this.#retry = setTimeout(() => this.#dial(), wait * (0.5 + Math.random() / 2));
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

  #watch(silence: number): void {
    clearTimeout(this.#watchdog);
    this.#deadAt = Date.now() + silence;
    this.#watchdog = setTimeout(() => this.#lose(), silence);
  }

  #become(status: ConnectionStatus, error?: Refusal): void {
    if (status === this.#status && !error) return;
    this.#status = status;
    this.#options.onStatus(status, error);
  }
}

function offline(): CommandError {
  return new CommandError("offline", "The connection to the server is interrupted.");
}
