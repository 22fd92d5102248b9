import { useEffect, useState } from "preact/hooks";
import { wordMoment, wordTime } from "../../../widget/src/core/wording";
import type { AgentConversation, AgentConversations, InboxList } from "../../../widget/src/core/wire";
import { inInboxOrder, inboxOf, toldCount, totalOf } from "../state/lists";
import { addressOf } from "../state/place";
import { Bulk } from "./bulk";
import { type Console, customerName, useConsole } from "./context";
import { isSameDay } from "./format";
import { Icon } from "./icons";
import { KindMark, RowAbout } from "./lists";
import { Menu, type MenuItem, type MenuSection } from "./menu";
import { leftOf } from "./promise";
import { useAnswer } from "./settings/answer";

type Filter = NonNullable<InboxList["filter"]>;

const FILTERS: Filter[] = ["all", "mine", "unassigned", "urgent", "overdue", "snoozed"];
const PAGE = 50;
const MOST = 200; // that one page may hold

/** Messages that wait for an answer, the first promised first. */
export function Inbox() {
  const { snapshot, words } = useConsole();
  const [filter, setFilter] = useState<Filter>("all");
  const { shown, next, loaded, more, again } = usePages(filter);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const chosen = shown.filter(({ id }) => marked.has(id)); // what left the list is not acted on
  const toggle = (id: string): void => {
    const now = new Set(marked);
    if (!now.delete(id)) now.add(id);
    setMarked(now);
  };
  const choose = (to: Filter): void => {
    setFilter(to);
    setMarked(new Set());
  };
  const done = (): void => {
    setMarked(new Set());
    again();
  };
  return (
    <section class="list inbox" aria-label={words.say("screen.inbox")}>
      <header class="column-head">
        <h1>{words.say("screen.inbox")}</h1>
        <span class="faint number">{toldCount(totalOf(snapshot.desk.lists.inbox))}</span>
      </header>
      <Kept />
      <MailBanner />
      <div class="filters" role="group" aria-label={words.say("inbox.filter")}>
        {FILTERS.map((one) => (
          <button key={one} type="button" class="filter" aria-pressed={one === filter} onClick={() => choose(one)}>
            {words.say(`inbox.filter_${one}`)}
          </button>
        ))}
      </div>
      {shown.length > 0 && (
        <Toolbar
          chosen={chosen}
          shown={shown}
          markAll={(all) => setMarked(new Set(all ? shown.slice(0, 100).map(({ id }) => id) : []))}
          done={done}
        />
      )}
      <ul class="rows">
        {shown.map((conversation) => (
          <Row key={conversation.id} conversation={conversation} marked={marked.has(conversation.id)} toggle={toggle} />
        ))}
      </ul>
      {loaded && shown.length === 0 && (
        <p class="empty">{words.say(filter === "all" ? "empty.inbox" : "empty.inbox_filtered")}</p>
      )}
      {next && (
        <button type="button" class="button quiet small older" onClick={more}>
          {words.say("inbox.more")}
        </button>
      )}
    </section>
  );
}

/** The pages of a filter. They are read anew when the inbox changed, and say no more of what has left it since. */
function usePages(filter: Filter) {
  const { store, snapshot } = useConsole();
  const { lists, loaded } = snapshot.desk;
  const [pages, setPages] = useState<{ of: Filter; held: AgentConversation[]; next?: string }>({ of: filter, held: [] });
  const held = pages.of === filter ? pages.held : [];
  const load = async (before?: string): Promise<void> => {
    const limit = before ? PAGE : Math.min(MOST, Math.max(PAGE, held.length));
    const asked = { filter, limit, ...(before ? { before } : {}) };
    const page = await store.look(store.connection.send("inbox", asked));
    if (!page) return;
    const known = before ? held : [];
    const fresh = page.conversations.filter(({ id }) => !known.some((one) => one.id === id));
    setPages({ of: filter, held: [...known, ...fresh], ...(page.next ? { next: page.next } : {}) });
  };
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (online) void load();
  }, [online, filter, lists.inbox]);
  const isThere = ({ id }: AgentConversation): boolean => (lists.conversations[id]?.status ?? "offline") === "offline";
  const newest = held.map((one) => withNews(one, lists.conversations[one.id])).filter(isThere);
  // What was sent to everybody is there before the page is, and whenever somebody leaves a message.
  const known = new Set(newest.map(({ id }) => id));
  const sent = filter === "all" ? inboxOf(lists).filter(({ id }) => !known.has(id)) : [];
  return {
    shown: inInboxOrder([...newest, ...sent]),
    next: pages.of === filter ? pages.next : undefined,
    loaded: loaded && (pages.of === filter || filter === "all"),
    more: () => void load(pages.next),
    again: () => void load(),
  };
}

function withNews(held: AgentConversation, known?: AgentConversation): AgentConversation {
  return known && (known.version > held.version || known.last_seq > held.last_seq) ? known : held;
}

// -- the head -----------------------------------------------------------------------------------------------------

/** How the promises of this week went, for those who answer for it. */
function Kept() {
  const { snapshot } = useConsole();
  const { role } = snapshot.desk.agent ?? {};
  return role === "supervisor" || role === "admin" ? <KeptAndMissed /> : null;
}

function KeptAndMissed() {
  const { words, snapshot } = useConsole();
  const { value, again } = useAnswer("promises", { days: 7 });
  useEffect(() => void again(), [snapshot.desk.lists.inbox]);
  if (!value) return <p class="kept">{"\u00a0"}</p>; // of the same height
  const sum = (what: "kept" | "missed"): number => value.sites.reduce((all, site) => all + site[what], 0);
  const line = words.say("inbox.week", { kept: sum("kept"), missed: sum("missed") });
  if (value.missed.length === 0) return <p class="kept">{line}</p>;
  return (
    <details class="kept">
      <summary>{line}</summary>
      <ul>
        {value.missed.map((missed) => (
          <li key={missed.conversation_id + missed.reply_by}>
            <a href={addressOf({ screen: "inbox", id: missed.conversation_id })}>
              {missed.customer_name || words.say("customer.unnamed")}
            </a>
            <span class="faint">
              {words.say("inbox.promised", { at: wordMoment(missed.reply_by, words.locale) })}
              {" · "}
              {missed.answered_at
                ? words.say("inbox.answered", { at: wordMoment(missed.answered_at, words.locale) })
                : words.say("inbox.unanswered")}
            </span>
          </li>
        ))}
      </ul>
    </details>
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

// -- many at once -------------------------------------------------------------------------------------------------

interface ToolbarProps {
  chosen: AgentConversation[];
  shown: AgentConversation[];
  markAll(all: boolean): void;
  done(): void;
}

function Toolbar({ chosen, shown, markAll, done }: ToolbarProps) {
  const context = useConsole();
  const { words } = context;
  const all = chosen.length > 0 && chosen.length === Math.min(shown.length, 100);
  const act = (doing: Promise<AgentConversations>): void => void carryOut(context, doing, done);
  const ids = { conversation_ids: chosen.map(({ id }) => id) };
  const send = context.store.connection;
  const give = (to: To): void => act(context.store.taking.during(send.send("assign", { ...ids, ...to })));
  return (
    <Bulk
      label={words.say("inbox.bulk")}
      count={chosen.length}
      all={all}
      markAll={markAll}
      hint={<span class="faint">{words.say("inbox.mark_hint")}</span>}
    >
      {isAgent(context) ? (
        <AssignMenu sections={[own(context, give)]} />
      ) : (
        <AssignToAnybody sites={chosen.map(({ site }) => site)} give={give} />
      )}
      <Menu
        label={words.say("inbox.snooze")}
        look="button small"
        opens="down"
        sections={[{ items: times(context, chosen, (until) => act(send.send("snooze", { ...ids, until }))) }]}
        empty={words.say("inbox.snooze_never")}
      >
        {words.say("inbox.snooze")}
      </Menu>
      <button type="button" class="button small quiet" onClick={() => act(send.send("spam", ids))}>
        {words.say("inbox.spam")}
      </button>
    </Bulk>
  );
}

async function carryOut({ store }: Console, doing: Promise<AgentConversations>, done: () => void): Promise<void> {
  const answer = await store.attempt(doing);
  for (const conversation of answer?.conversations ?? []) store.dispatch({ type: "conversation", conversation });
  done(); // also after a refusal: somebody was here in the meantime
}

type To = { agent_id?: string; team_id?: string };

function isAgent({ snapshot }: Console): boolean {
  return snapshot.desk.agent?.role === "agent";
}

function AssignMenu({ sections }: { sections: MenuSection[] }) {
  const { words } = useConsole();
  const label = words.say("inbox.assign");
  return (
    <Menu label={label} look="button small" opens="down" sections={sections}>
      {label}
    </Menu>
  );
}

/** For supervisors: everybody they work with, and the teams that serve the sites of all these messages. */
function AssignToAnybody({ sites, give }: { sites: string[]; give(to: To): void }) {
  const context = useConsole();
  const { snapshot, words } = context;
  const { value } = useAnswer("teams", {});
  const others = snapshot.desk.colleagues
    .filter(({ id }) => id !== snapshot.desk.agent?.id)
    .map(({ id, name, status }) => ({ label: name, mark: status, detail: words.say(`presence.${status}`), select: () => give({ agent_id: id }) }));
  const teams = (value?.teams ?? [])
    .filter((team) => sites.every((site) => team.sites.includes(site)))
    .map(({ id, name }) => ({ label: name, select: () => give({ team_id: id }) }));
  const sections: MenuSection[] = [own(context, give), { title: words.say("inbox.colleagues"), items: others }];
  if (teams.length > 0) sections.push({ title: words.say("inbox.teams"), items: teams });
  return <AssignMenu sections={sections} />;
}

function own({ snapshot, words }: Console, give: (to: To) => void): MenuSection {
  return {
    items: [
      { label: words.say("inbox.to_me"), select: () => give({ agent_id: snapshot.desk.agent!.id }) },
      { label: words.say("inbox.to_nobody"), select: () => give({}) },
    ],
  };
}

const HOUR = 3_600_000;

/** Times to put messages off to, none of them later than what was promised to any of their customers. */
function times(context: Console, chosen: AgentConversation[], snooze: (until: string) => void): MenuItem[] {
  const { words, now } = context;
  const last = Math.min(...chosen.map((one) => leftOf(context, one)?.until ?? Infinity));
  const offered: [string, number][] = [
    [words.say("inbox.in_1_hour"), now + HOUR],
    [words.say("inbox.in_3_hours"), now + 3 * HOUR],
    [words.say("inbox.tomorrow"), tomorrowAt(now, 9)],
    [words.say("inbox.before_promise"), last - HOUR / 2],
  ];
  return offered
    .filter(([, at]) => Number.isFinite(at) && at > now && at <= last)
    .map(([label, at]) => {
      const until = new Date(at).toISOString();
      const detail = (isSameDay(until, now) ? wordTime : wordMoment)(until, words.locale);
      return { label, detail, select: () => snooze(until) };
    });
}

function tomorrowAt(now: number, hour: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + 1);
  return day.setHours(hour, 0, 0, 0);
}

// -- a row --------------------------------------------------------------------------------------------------------

function Row({ conversation, marked, toggle }: { conversation: AgentConversation; marked: boolean; toggle(id: string): void }) {
  const context = useConsole();
  const { words, place } = context;
  const { id, urgent, snoozed_until } = conversation;
  const name = customerName(words, conversation);
  const left = leftOf(context, conversation);
  return (
    <li class={marked ? "inbox-row marked" : "inbox-row"}>
      <input
        type="checkbox"
        class="row-mark"
        checked={marked}
        aria-label={words.say("inbox.mark", { name })}
        onChange={() => toggle(id)}
      />
      <a
        class={urgent ? "row is-urgent" : "row"}
        href={addressOf({ screen: "inbox", id })}
        {...(place.id === id ? { "aria-current": "true" as const } : {})}
      >
        <span class="row-top">
          {urgent && <span class="tag urgent">{words.say("inbox.urgent")}</span>}
          <strong class="row-name">{name}</strong>
          <KindMark conversation={conversation} />
          {left && (
            <time
              class={`row-time promise-${left.state}`}
              dateTime={conversation.reply_by}
              title={words.say("inbox.promised", { at: wordMoment(conversation.reply_by!, words.locale) })}
            >
              {left.text}
            </time>
          )}
        </span>
        <RowAbout conversation={conversation} />
        <span class="row-preview">
          <span class="preview">{conversation.preview || words.say("list.no_words")}</span>
        </span>
        <span class="row-promise">
          <Owner conversation={conversation} />
          {snoozed_until ? (
            <span class="faint">{words.say("inbox.until", { at: wordMoment(snoozed_until, words.locale) })}</span>
          ) : (
            <Reach conversation={conversation} />
          )}
        </span>
      </a>
    </li>
  );
}

function Owner({ conversation: { agent } }: { conversation: AgentConversation }) {
  const { snapshot, words } = useConsole();
  if (!agent) return <span class="faint">{words.say("inbox.nobodys")}</span>;
  const mine = agent.id === snapshot.desk.agent?.id;
  return <span class={mine ? "owner mine" : "owner"}>{mine ? words.say("inbox.yours") : agent.name}</span>;
}

function Reach({ conversation: { contact_details } }: { conversation: AgentConversation }) {
  const { words } = useConsole();
  const { email, phone } = contact_details ?? {};
  return <span class="contact">{email || phone || words.say("inbox.no_contact")}</span>;
}
