import type { AgentConversation } from "../../../widget/src/core/wire";
import { wordMoment, wordTime } from "../../../widget/src/core/texts";
import { inboxOf, mineOf, totalOf, unreadOf, waitingOf } from "../state/lists";
import { addressOf, type Screen } from "../state/place";
import { type Console, customerName, siteName, useConsole } from "./context";
import { isSameDay, since } from "./format";
import { Icon } from "./icons";

export type ListScreen = Exclude<Screen, "tickets" | "settings">;

const SHOWN = { queue: waitingOf, mine: mineOf, inbox: inboxOf };

export function ConversationList({ screen }: { screen: ListScreen }) {
  const { snapshot, words, pick } = useConsole();
  const { lists, loaded } = snapshot.desk;
  const shown = SHOWN[screen](lists);
  const total = screen === "mine" ? shown.length : totalOf(screen === "queue" ? lists.waiting : lists.inbox);
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
      {screen === "inbox" && <MailBanner />}
      <ul class="rows">
        {shown.map((conversation) => (
          <Row key={conversation.id} conversation={conversation} screen={screen} />
        ))}
      </ul>
      {loaded && shown.length === 0 && <p class="empty">{words.say(`empty.${screen}`)}</p>}
      {shown.length < total && <p class="list-end faint">{words.say("list.first", { shown: shown.length, total })}</p>}
    </section>
  );
}

function MailBanner() {
  const { snapshot, words } = useConsole();
  if (snapshot.desk.mail !== "outbox") return null;
  return (
    <p class="banner">
      <Icon name="mail" />
      <span>{words.say("inbox.outbox")}</span>
    </p>
  );
}

function Row({ conversation, screen }: { conversation: AgentConversation; screen: ListScreen }) {
  const context = useConsole();
  const { words, place, snapshot } = context;
  const unread = screen === "mine" ? unreadOf(conversation) : 0;
  const isOpen = place.id === conversation.id;
  return (
    <li>
      <a
        class={unread > 0 ? "row unread" : "row"}
        href={addressOf({ screen, id: conversation.id })}
        {...(isOpen ? { "aria-current": "true" as const } : {})}
      >
        <span class="row-top">
          <strong class="row-name">{customerName(words, conversation)}</strong>
          <KindMark conversation={conversation} />
          <RowTime conversation={conversation} screen={screen} />
        </span>
        <span class="row-about">
          {words.say(`topic.${conversation.topic}`)}
          <span class="faint"> · {siteName(snapshot.desk, words.locale, conversation.site)}</span>
          {conversation.locale !== words.locale && <span class="chip">{words.say(`locale.${conversation.locale}`)}</span>}
        </span>
        <span class="row-preview">
          <span class="preview">{conversation.preview || words.say("list.no_words")}</span>
          {unread > 0 && (
            <span class="count urgent" aria-label={words.say("list.unread", { count: unread })}>
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </span>
        {screen === "inbox" && <Promised conversation={conversation} />}
      </a>
    </li>
  );
}

function KindMark({ conversation }: { conversation: AgentConversation }) {
  const { words } = useConsole();
  if (conversation.customer_kind !== "verified") return null;
  return (
    <span class="verified" title={words.say("kind.verified")}>
      <Icon name="shield" />
      <span class="hidden">{words.say("kind.verified")}</span>
    </span>
  );
}

function RowTime({ conversation, screen }: { conversation: AgentConversation; screen: ListScreen }) {
  const { words, now } = useConsole();
  if (screen === "queue" && conversation.first_waited_at) {
    const { key, count } = since(conversation.first_waited_at, now);
    const long = now - Date.parse(conversation.first_waited_at) > 5 * 60_000;
    return <span class={long ? "row-time late" : "row-time"}>{words.say(`waited.${key}`, { count })}</span>;
  }
  const at = (screen === "inbox" && conversation.left_at) || conversation.last_at;
  return (
    <time class="row-time" dateTime={at}>
      {isSameDay(at, now) ? wordTime(at, words.locale) : wordMoment(at, words.locale)}
    </time>
  );
}

/** When the customer was told to expect an answer, and how to reach them. */
function Promised({ conversation }: { conversation: AgentConversation }) {
  const context = useConsole();
  const { words } = context;
  const { email, phone } = conversation.contact_details ?? {};
  const contact = [email, phone].filter(Boolean).join(" · ");
  return (
    <span class="row-promise">
      <span class={isDue(context, conversation) ? "due" : "faint"}>{promiseText(context, conversation)}</span>
      <span class="contact">{contact || words.say("inbox.no_contact")}</span>
    </span>
  );
}

function isDue({ snapshot }: Console, { site }: AgentConversation): boolean {
  return snapshot.desk.desks.find((desk) => desk.site === site)?.open ?? false;
}

export function promiseText(context: Console, conversation: AgentConversation): string {
  const { words, snapshot, now } = context;
  const desk = snapshot.desk.desks.find((one) => one.site === conversation.site);
  if (desk?.open === false && desk.opens_at) {
    return words.say("inbox.promised", { at: wordMoment(desk.opens_at, words.locale) });
  }
  const { key, count } = since(conversation.left_at ?? conversation.last_at, now);
  return words.say(`due.${key}`, { count });
}
