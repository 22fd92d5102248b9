// Desktop notices of what an agent does not have on the screen. Conversation by conversation: a newer one takes the place
// of the one before, what was read anywhere is taken away, and of many at once only their number is told.

import type { AgentConversation, Note } from "../../../widget/src/core/wire";
import type { DeskState } from "./desk";
import { isMine, partIn, unreadOf } from "./lists";
import type { DeskStore } from "./store";

/** Why somebody should look; what comes first here says most. */
const KINDS = ["urgent", "assigned", "invited", "message", "note"] as const;
export type NewsKind = (typeof KINDS)[number];

export interface News {
  id: string;
  kind: NewsKind;
  /** Something of it had not been read, besides the line of the house that every change of hands brings. */
  unread: boolean;
}

/** What is new for this agent, each conversation once. */
export function newsOf(before: DeskState, after: DeskState): News[] {
  if (!before.loaded || !after.loaded || before.agent?.id !== after.agent?.id) return [];
  return Object.values(after.lists.conversations).flatMap((conversation) => {
    const kind = KINDS.find((one) => IS_NEWS[one](before, after, conversation));
    return kind ? [{ id: conversation.id, kind, unread: kind === "message" || unreadOf(conversation) > 1 }] : [];
  });
}

type IsNews = (before: DeskState, after: DeskState, conversation: AgentConversation) => boolean;

const IS_NEWS: Record<NewsKind, IsNews> = {
  urgent: (before, after, { id }) => isUrgentInInbox(after, id) && !isUrgentInInbox(before, id),
  assigned: (before, after, { id }) => isOwn(after, id) && before.lists.conversations[id]?.agent?.id !== after.agent?.id,
  invited: ({ lists }, after, conversation) => !lists.invited.includes(conversation.id) && after.lists.invited.includes(conversation.id) && !partIn(after.lists, conversation)?.joined,
  message: ({ lists }, after, { id, last_seq, customer_read_seq }) => {
    const was = lists.conversations[id];
    // Only a customer's own message moves the log and their mark to the same place.
    return isOwn(after, id) && was !== undefined && last_seq > was.last_seq && customer_read_seq === last_seq;
  },
  note: (before, after, { id }) => id in before.opened && isOwn(after, id) && (othersNote(after, id)?.number ?? 0) > (othersNote(before, id)?.number ?? 0),
};

/** The newest that a colleague wrote beside it, as far as it was opened here. */
export function othersNote({ opened, lists }: DeskState, id: string): Note | undefined {
  return opened[id]?.notes.filter(({ author }) => author.id !== lists.me).at(-1);
}

function isUrgentInInbox({ lists }: DeskState, id: string): boolean {
  const conversation = lists.conversations[id];
  return !!conversation?.urgent && !!lists.inbox[conversation.site]?.ids.includes(id);
}

/** An agent's conversation, or a message that was given to them. */
function isOwn({ lists }: DeskState, id: string): boolean {
  const conversation = lists.conversations[id];
  return !!conversation && (isMine(lists, conversation) || (conversation.status === "offline" && conversation.agent?.id === lists.me));
}

/** Has it been read, or is it somebody else's by now? */
function isOver(desk: DeskState, { id, kind, unread }: News): boolean {
  const conversation = desk.lists.conversations[id];
  if (!conversation) return true;
  if (kind === "urgent") return !isUrgentInInbox(desk, id);
  if (kind === "invited") return !desk.lists.invited.includes(id);
  if (!isOwn(desk, id)) return true;
  return unread && kind !== "note" && conversation.status === "active" && unreadOf(conversation) === 0;
}

export interface Around {
  /** Is it on the screen of somebody who looks? */
  isSeen(id: string): boolean;
  word(news: News): { title: string; body: string };
  wordMany(count: number): { title: string; body: string };
  /** Brings the console to it; to the agent's own conversations without. */
  open(id?: string): void;
  /** The console's own sound rings already. */
  isSilent(): boolean;
}

const GATHERING = 500; // milliseconds in which what comes is one
const MANY = 3; // stand beside each other; of more, their number
const ALL = ""; // whose notice is of many
const HUSH = 30_000; // so long after one, the next of the same conversation takes its place in silence

interface Standing {
  notice: Notification;
  news: News[];
}

export class Notices {
  #due = new Map<string, News>();
  #standing = new Map<string, Standing>();
  #rangAt = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: DeskStore,
    private readonly around: Around,
  ) {}

  /** Until called, hears of everything that changes. */
  start(): () => void {
    let before = this.store.desk;
    const stop = this.store.subscribe(() => {
      const after = this.store.desk;
      if (after === before) return;
      for (const news of newsOf(before, after)) this.#gather(news);
      before = after;
      this.look();
    });
    return () => {
      stop();
      this.clear();
    };
  }

  /** All of them, also those that were about to come. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due.clear();
    for (const key of this.#standing.keys()) this.#close(key);
  }

  /** Takes away what is read, seen or over. */
  look(): void {
    for (const [key, { news }] of this.#standing) if (!news.some((one) => this.#isWanted(one))) this.#close(key);
  }

  #gather(news: News): void {
    if (news.kind === "assigned" && this.store.taking.covers(news.id)) return;
    const other = this.#due.get(news.id);
    if (other && KINDS.indexOf(other.kind) < KINDS.indexOf(news.kind)) return;
    this.#due.set(news.id, news);
    this.#timer ??= setTimeout(() => this.#tell(), GATHERING);
  }

  #tell(): void {
    this.#timer = undefined;
    const due = [...this.#due.values()].filter((news) => this.#isWanted(news));
    this.#due.clear();
    if (!due.length) return;
    const ids = new Set(due.map(({ id }) => id));
    const others = [...this.#standing.values()].flatMap(({ news }) => news).filter((one) => !ids.has(one.id) && this.#isWanted(one));
    const all = [...others, ...due];
    if (all.length > MANY) this.#showInstead(all);
    else for (const news of this.#standing.has(ALL) ? all : due) this.#show(news.id, this.around.word(news), [news]);
    if (all.length <= MANY) this.#close(ALL);
  }

  #showInstead(news: News[]): void {
    for (const key of this.#standing.keys()) if (key !== ALL) this.#close(key);
    this.#show(ALL, this.around.wordMany(news.length), news);
  }

  #show(key: string, { title, body }: { title: string; body: string }, news: News[]): void {
    const now = Date.now();
    const renotify = now - (this.#rangAt.get(key) ?? 0) > HUSH;
    if (renotify) this.#rangAt.set(key, now);
    const options: NotificationOptions & { renotify: boolean } = { body, tag: `nightdesk ${key}`, renotify, silent: this.around.isSilent() };
    const notice = new Notification(title, options);
    notice.onclick = () => {
      window.focus();
      this.around.open(key === ALL ? undefined : key);
      this.#close(key);
    };
    notice.onclose = () => {
      if (this.#standing.get(key)?.notice === notice) this.#standing.delete(key);
    };
    this.#standing.set(key, { notice, news });
  }

  #close(key: string): void {
    const standing = this.#standing.get(key);
    this.#standing.delete(key);
    standing?.notice.close();
  }

  #isWanted(news: News): boolean {
    return !this.around.isSeen(news.id) && !isOver(this.store.desk, news);
  }
}

export type Permission = "granted" | "refused" | "missing";

/** Asks the browser, in the click that wanted it; what it grants is shown by a notice. */
export async function askForNotices(example: { title: string; body: string }): Promise<Permission> {
  if (!("Notification" in window)) return "missing";
  if ((await Notification.requestPermission()) !== "granted") return "refused";
  try {
    new Notification(example.title, { body: example.body, tag: "nightdesk" });
    return "granted";
  } catch {
    return "missing"; // on a phone only the worker of an installed page may show them
  }
}

export function mayShowNotices(): boolean {
  return "Notification" in window && Notification.permission === "granted";
}
