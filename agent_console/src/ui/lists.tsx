import type { ComponentChildren } from "preact";
import type { AgentConversation } from "../../../widget/src/core/wire";
import { wordMoment, wordTime } from "../../../widget/src/core/wording";
import { draftOf } from "../state/drafts";
import { invitedOf, isMine, mineOf, totalOf, unreadOf, waitingOf } from "../state/lists";
import { addressOf, type Screen } from "../state/place";
import { customerName, siteName, useConsole } from "./context";
import { draftKey } from "./draft";
import { isSameDay, since } from "./format";
import { Icon } from "./icons";

export type ListScreen = Extract<Screen, "queue" | "mine">;

const SHOWN = { queue: waitingOf, mine: mineOf };

export function ConversationList({ screen }: { screen: ListScreen }) {
  const { snapshot, words, pick } = useConsole();
  const { lists, loaded, desks } = snapshot.desk;
  const shown = SHOWN[screen](lists);
  const isShut = desks.length > 0 && !desks.some(({ open }) => open);
  const total = screen === "mine" ? shown.length : totalOf(lists.waiting);
  return (
    <section class="list" aria-label={words.say(`screen.${screen}`)}>
      <header class="column-head">
        <h1>{words.say(`screen.${screen}`)}</h1>
        <span class="faint number">{total}</span>
        {screen === "queue" && (
          <button type="button" class="button primary small end" disabled={total === 0} onClick={() => void pick()}>
            {words.say("queue.next")}
          </button>
        )}
      </header>
      <ul class="rows">
        {shown.map((conversation) => (
          <Row key={conversation.id} conversation={conversation} screen={screen} />
        ))}
      </ul>
      {screen === "mine" && <Invited />}
      {loaded && shown.length === 0 && !(screen === "mine" && lists.invited.length) && <p class="empty">{words.say(screen === "queue" && isShut ? "empty.queue_shut" : `empty.${screen}`)}</p>}
      {shown.length < total && <p class="list-end faint">{words.say("list.first", { shown: shown.length, total })}</p>}
    </section>
  );
}

/** Conversations of colleagues that this agent was asked into. */
function Invited() {
  const { snapshot, words } = useConsole();
  const shown = invitedOf(snapshot.desk.lists);
  if (shown.length === 0) return null;
  return (
    <>
      <h2 class="list-section">{words.say("list.invited")}</h2>
      <ul class="rows">
        {shown.map((conversation) => (
          <Row key={conversation.id} conversation={conversation} screen="mine">
            <span class="row-promise contact">
              {conversation.agent ? words.say("head.with", { name: conversation.agent.name }) : words.say(`status.${conversation.status}`)}
            </span>
          </Row>
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  conversation: AgentConversation;
  screen: ListScreen | "live";
  children?: ComponentChildren;
}

export function Row({ conversation, screen, children }: RowProps) {
  const context = useConsole();
  const { words, place, snapshot } = context;
  const unread = isMine(snapshot.desk.lists, conversation) && screen === "mine" ? unreadOf(conversation) : 0;
  const isOpen = place.id === conversation.id;
  const draft = isOpen || screen !== "mine" ? "" : draftOf(draftKey(snapshot.desk.agent?.id, "reply", conversation.id));
  return (
    <li>
      <a
        class={unread > 0 ? "row unread" : "row"}
        href={addressOf({ screen, id: conversation.id })}
        {...(isOpen ? { "aria-current": "true" as const } : {})}
      >
        <span class="row-top">
          {conversation.urgent && <span class="tag urgent">{words.say("inbox.urgent")}</span>}
          <strong class="row-name">{customerName(words, conversation)}</strong>
          <KindMark conversation={conversation} />
          <RowTime conversation={conversation} screen={screen} />
        </span>
        <RowAbout conversation={conversation} />
        <span class="row-preview">
          <span class="preview">
            {draft && <strong class="draft">{words.say("list.draft")}</strong>}
            {draft || conversation.preview || words.say("list.no_words")}
          </span>
          {unread > 0 && (
            <span class="count urgent" aria-label={words.say("list.unread", { count: unread })}>
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </span>
        {children}
      </a>
    </li>
  );
}

export function KindMark({ conversation }: { conversation: AgentConversation }) {
  const { words } = useConsole();
  if (conversation.customer_kind !== "verified") return null;
  return (
    <span class="verified" title={words.say("kind.verified")}>
      <Icon name="shield" />
      <span class="hidden">{words.say("kind.verified")}</span>
    </span>
  );
}

function RowTime({ conversation, screen }: Omit<RowProps, "children">) {
  const { words, now } = useConsole();
  if (screen === "queue" && conversation.first_waited_at) {
    const { key, count } = since(conversation.first_waited_at, now);
    const long = now - Date.parse(conversation.first_waited_at) > 5 * 60_000;
    return <span class={long ? "row-time late" : "row-time"}>{words.say(`waited.${key}`, { count })}</span>;
  }
  const at = conversation.last_at;
  return (
    <time class="row-time" dateTime={at}>
      {isSameDay(at, now) ? wordTime(at, words.locale) : wordMoment(at, words.locale)}
    </time>
  );
}

/** What a conversation is about, and where. */
export function RowAbout({ conversation }: { conversation: AgentConversation }) {
  const { words, snapshot } = useConsole();
  return (
    <span class="row-about">
      {words.say(`topic.${conversation.topic}`)}
      <span class="faint"> · {siteName(snapshot.desk, words.locale, conversation.site)}</span>
      {conversation.locale !== words.locale && <span class="chip">{words.say(`locale.${conversation.locale}`)}</span>}
    </span>
  );
}
