import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { wordAmount, wordSystem, wordTime } from "../../../widget/src/core/wording";
import { hasOlder, type Pending } from "../../../widget/src/core/timeline";
import type { AgentConversation, Attachment, Message, Note } from "../../../widget/src/core/wire";
import { NOT_OPENED, type Opened, type SentAs } from "../state/desk";
import { addressOf } from "../state/place";
import { loadTurns } from "../state/verbs";
import { type ConsoleWords, customerName, useConsole } from "./context";
import { type Entry, entriesOf } from "./entries";
import { dayLine, pieces } from "./format";
import { FileCard } from "./files";
import { Icon } from "./icons";
import { lazily } from "./lazily";

const BotSource = lazily(async () => (await import("./knowledge/source")).BotSource, { texts: "knowledge" });

const SOUGHT_PAGE = 200; // messages at once, on the way to an old one
const AT_END = 80; // pixels from the end that still count as reading along

/** The conversation itself. It stays at its end while one reads along there, and where one is when one reads back. */
export function Log({ conversation }: { conversation: AgentConversation }) {
  const { store, snapshot, words, place } = useConsole();
  const opened = snapshot.desk.opened[conversation.id] ?? NOT_OPENED;
  const box = useRef<HTMLDivElement>(null);
  const lines = useRef<HTMLDivElement>(null);
  const marked = lastAnswer(opened);
  const { id, last_seq, agent } = conversation;
  useTurns(id, opened);
  const { isAway, follow, toEnd } = useReadingAlong(box, lines, id, opened, place.id === id ? place.at : undefined);
  useEffect(() => (isAway ? undefined : markWhenSeen(() => store.markRead(id))), [id, last_seq, agent?.id, isAway]);
  return (
    <div class="log-frame">
      <div class="log" ref={box} onScroll={follow} role="log" aria-busy={!snapshot.current} aria-label={words.say("log.label")} tabIndex={0}>
        <div class="log-lines" ref={lines}>
          {!snapshot.desk.opened[id] && <p class="empty slow">{words.say("updating")}</p>}
          {hasOlder(opened.timeline) && (
            <button type="button" class="button quiet small older" onClick={() => void store.older(conversation.id)}>
              {words.say("log.older")}
            </button>
          )}
          {entriesOf(opened).map((entry) => (
            <EntryLine
              key={entry.key}
              entry={entry}
              conversation={conversation}
              mark={entry.key === marked?.id ? marked : undefined}
            />
          ))}
          {opened.timeline.typing?.by === "customer" && (
            <p class="typing">
              {words.say("log.typing", { name: customerName(words, conversation) })}
              <span class="typing-dots" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
            </p>
          )}
        </div>
      </div>
      {isAway && (
        <button type="button" class="button small to-end" onClick={toEnd}>
          <Icon name="down" />
          {words.say("log.to_end")}
        </button>
      )}
    </div>
  );
}

/** What came of the bot's turns, whenever it has said something more. */
function useTurns(id: string, { timeline }: Opened): void {
  const { store, snapshot } = useConsole();
  const last = timeline.messages.filter(isTurn).at(-1)?.seq;
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (last && online) void loadTurns(store, id);
  }, [id, last, online]);
}

function isTurn({ author, data }: Message): boolean {
  return author.kind === "bot" && typeof data?.["turn"] === "number";
}

type Ref = { current: HTMLDivElement | null };

function useReadingAlong(box: Ref, lines: Ref, id: string, opened: Opened, sought: string | undefined) {
  const { store } = useConsole();
  const shown = useRef("");
  const along = useRef(true);
  const top = useRef(0);
  const before = useRef({ id: "", first: 0, height: 0 });
  const [isAway, setAway] = useState(false);
  const follow = (): void => {
    const log = box.current!;
    // Who moves up reads back; what grew since the last look takes nobody from the end.
    const isBack = log.scrollTop < top.current || !along.current;
    along.current = !isBack || log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
    top.current = log.scrollTop;
    setAway(!along.current);
  };
  const toEnd = (): void => {
    box.current!.scrollTop = box.current!.scrollHeight;
    top.current = box.current!.scrollTop;
  };
  useLayoutEffect(() => {
    // Some of it comes late, such as pictures and where the bot had it from; and what one writes takes from the log's height.
    const growing = new ResizeObserver(() => along.current && toEnd());
    growing.observe(box.current!);
    growing.observe(lines.current!);
    return () => growing.disconnect();
  }, []);
  useLayoutEffect(() => {
    const log = box.current!;
    const first = opened.timeline.messages[0]?.seq ?? 0;
    const was = before.current;
    if (was.id !== id) along.current = true;
    if (along.current) toEnd();
    else if (first < was.first) log.scrollTop += log.scrollHeight - was.height; // older ones came in above
    before.current = { id, first, height: log.scrollHeight };
    const target = `${id} ${sought ?? ""}`;
    if (shown.current === target) return;
    if (sought && !show(log, sought)) {
      if (hasOlder(opened.timeline)) void store.older(id, SOUGHT_PAGE);
      return;
    }
    shown.current = target;
    if (sought) follow();
  }, [id, opened, sought]);
  return { isAway, follow, toEnd };
}

// In the middle, and lit up for a moment. False: it is not there, or not yet.
function show(log: HTMLElement, sought: string): boolean {
  const line = log.querySelector<HTMLElement>(`[data-at="${sought}"]`);
  if (!line) return false;
  log.querySelector(".sought")?.classList.remove("sought");
  line.classList.add("sought");
  line.scrollIntoView({ block: "center" });
  return true;
}

// A conversation on a hidden page has been read by nobody.
function markWhenSeen(mark: () => void): () => void {
  const look = (): void => {
    if (document.visibilityState === "visible") mark();
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => document.removeEventListener("visibilitychange", look);
}

interface EntryLineProps {
  entry: Entry;
  conversation: AgentConversation;
  mark: Message | undefined;
}

function EntryLine({ entry, conversation, mark }: EntryLineProps) {
  const { words, now } = useConsole();
  if (entry.kind === "day") {
    const day = dayLine(entry.at, now, words.locale);
    return <p class="day">{typeof day === "string" ? words.say(`day.${day}`) : day.day}</p>;
  }
  if (entry.kind === "note") return <NoteLine note={entry.note} />;
  if (entry.kind === "pending") return <PendingLine {...entry} conversation={conversation} />;
  return (
    <>
      <MessageLine message={entry.message} opensGroup={entry.opensGroup} customer={customerName(words, conversation)} />
      {mark && <ReadMark isRead={conversation.customer_read_seq >= mark.seq} />}
    </>
  );
}

interface MessageLineProps {
  message: Message;
  opensGroup: boolean;
  customer: string;
}

export function MessageLine({ message, opensGroup, customer }: MessageLineProps) {
  const { words } = useConsole();
  const side = message.author.kind;
  if (side === "system") return <SystemLine message={message} />;
  return (
    <article class={`said ${side}${opensGroup ? " first" : ""}`} data-at={message.seq}>
      {opensGroup && (
        <header class="said-head">
          <strong>{authorName(words, message, customer)}</strong>
          <time dateTime={message.created_at}>{wordTime(message.created_at, words.locale)}</time>
        </header>
      )}
      <div class="bubble" title={wordTime(message.created_at, words.locale)}>
        <Body message={message} />
      </div>
      {isTurn(message) && <BotSource message={message} />}
    </article>
  );
}

function authorName(words: ConsoleWords, { author }: Message, customer: string): string {
  if (author.kind === "bot") return words.say("author.bot");
  return author.name || customer;
}

function SystemLine({ message }: { message: Message }) {
  const { words } = useConsole();
  const ticketId = message.data?.["ticket_id"];
  if (message.kind === "card" && typeof ticketId === "string") {
    return (
      <p class="system">
        <a class="ticket-chip" href={addressOf({ screen: "tickets", id: ticketId })}>
          <Icon name="tickets" />
          {message.body}
        </a>
      </p>
    );
  }
  const text = message.kind === "form" ? formLine(words, message) : wordSystem(message, words.locale);
  return (
    <p class="system">
      {unbroken(text)} <time dateTime={message.created_at}>{wordTime(message.created_at, words.locale)}</time>
    </p>
  );
}

// The customer sees a form there; staff, what it asks for.
function formLine(words: ConsoleWords, { data }: Message): string {
  const { number, wanted = [] } = data as { number?: string; wanted?: { code: string; names?: Record<string, string> }[] };
  const names = wanted.map(({ code, names: own }) => own?.[words.locale] ?? words.say(`evidence.${code}` as "evidence.photo"));
  return words.say("log.asked_evidence", { number: String(number), what: names.join(words.locale === "en" ? ", " : "、") });
}

// A line may end before a ticket's number, not inside it.
function unbroken(text: string) {
  return text.split(/([A-Z]+-\d+-\d+-\d)/).map((part, index) => (index % 2 ? <span class="whole">{part}</span> : part));
}

function Body({ message }: { message: Message }) {
  const { words } = useConsole();
  const choices = message.data?.["choices"];
  if (message.kind === "card" && message.data?.["card"] === "order") return <OrderChip message={message} />;
  if (message.kind === "card" && message.data?.["card"] === "article") return <ArticleChip message={message} />;
  const text = message.data?.["code"] ? wordSystem(message, words.locale) : message.body;
  return (
    <>
      {message.kind === "file" && <FileCard file={message.data!["attachment"] as Attachment} />}
      {text && <Text text={text} />}
      {message.data?.["choice"] !== undefined && <span class="chip">{words.say("log.chosen")}</span>}
      {Array.isArray(choices) && (
        <ul class="choices">
          {choices.map(({ title, value }: { title?: unknown; value?: unknown }) => (
            <li key={String(title)}>
              {message.data?.["code"] === "suggest" ? <a href={addressOf({ screen: "knowledge", id: String(value) })}>{String(title)}</a> : String(title)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** An order that one side sent to the other. */
function OrderChip({ message: { body, data = {} } }: { message: Message }) {
  const { words } = useConsole();
  const { amount, currency, state } = data as { amount?: number; currency?: string; state?: string };
  return (
    <span class="order-chip">
      <Icon name="order" />
      <span class="number">{body}</span>
      {amount !== undefined && currency && <strong class="number">{wordAmount({ amount, currency }, words.locale)}</strong>}
      {state && words.has(`order_state.${state}`) && <span class={`tag order-${state}`}>{words.say(`order_state.${state}` as "close")}</span>}
    </span>
  );
}

/** An article that an agent sent. */
function ArticleChip({ message: { body, data = {} } }: { message: Message }) {
  return (
    <span class="article-chip">
      <Icon name="knowledge" /> <strong>{body}</strong>
      <small>{String(data["summary"] ?? "")}</small>
    </span>
  );
}

/** Text is text; only web addresses become links, and those know nothing of this page. */
export function Text({ text }: { text: string }) {
  return (
    <span class="text">
      {pieces(text).map((piece) =>
        "text" in piece ? (
          piece.text
        ) : (
          <a href={piece.link} target="_blank" rel="noopener noreferrer nofollow">
            {piece.link}
          </a>
        ),
      )}
    </span>
  );
}

function NoteLine({ note }: { note: Note }) {
  const { words } = useConsole();
  return (
    <article class="note" data-at={note.id}>
      <header class="said-head">
        <Icon name="note" />
        <strong>{note.author.name}</strong>
        <span>{words.say("note.label")}</span>
        <time dateTime={note.created_at}>{wordTime(note.created_at, words.locale)}</time>
      </header>
      <Text text={note.body} />
    </article>
  );
}

interface PendingLineProps {
  to: SentAs;
  pending: Pending;
  conversation: AgentConversation;
}

function PendingLine({ to, pending, conversation }: PendingLineProps) {
  const { store, words, snapshot } = useConsole();
  return (
    <article class={to === "note" ? "note pending" : "said agent first pending"}>
      <div class={to === "note" ? "" : "bubble"}>
        <Text text={pending.body || pending.attachment!.name} />
      </div>
      {pending.failed ? (
        <footer class="said-foot failed">
          {words.say("pending.failed")}
          <button type="button" class="link" onClick={() => store.retry(to, conversation.id, pending)}>
            {words.say("pending.retry")}
          </button>
          <button type="button" class="link" onClick={() => store.discard(conversation.id, pending)}>
            {words.say("pending.discard")}
          </button>
        </footer>
      ) : (
        <footer class="said-foot">{words.say(snapshot.current ? "pending.sending" : "pending.held")}</footer>
      )}
    </article>
  );
}

/** The last word, if it was an agent's: under it stands whether the customer has seen it. */
function lastAnswer({ timeline }: Opened): Message | undefined {
  const last = timeline.messages.filter((message) => message.author.kind !== "system").at(-1);
  return last?.author.kind === "agent" && timeline.pending.length === 0 ? last : undefined;
}

function ReadMark({ isRead }: { isRead: boolean }) {
  const { words } = useConsole();
  return (
    <p class="read-mark">
      <Icon name="check" />
      {words.say(isRead ? "log.read" : "log.sent")}
    </p>
  );
}
