import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "../styles/search.css";
import { wordMoment, wordTime } from "../../../widget/src/core/wording";
import type { Found, FoundPage, Search as Query } from "../../../widget/src/core/wire";
import { addressOf, type Place } from "../state/place";
import { siteName, useConsole } from "./context";
import { isSameDay, shortId } from "./format";
import { Icon, type IconName } from "./icons";
import { More } from "./more";

type SearchKind = Found["kind"];

const PAUSE = 150; // milliseconds after a key, before it is asked
const SAID: SearchKind[] = ["message", "note"];
// Above what was said, when all is searched: so many of each, and the way to the others.
const THINGS: SearchKind[] = ["customer", "ticket", "article"];
const FIRST = 3;
const PATIENCE = 3; // pages with nothing on them that are followed by themselves
const DAY = 86_400_000;

type Tab = "all" | SearchKind;
const TABS: Tab[] = ["all", "message", "note", "ticket", "customer", "article"];
const ICONS: Record<SearchKind, IconName> = { message: "mine", note: "note", ticket: "tickets", customer: "person", article: "knowledge" };
const WHENS = { day: DAY, week: 7 * DAY, month: 30 * DAY, year: 365 * DAY };
const TALK = ["bot", "waiting", "active", "offline", "closed"] as const;
const TICKET = ["new", "open", "pending", "on_hold", "solved"] as const;

interface Asked {
  text: string;
  tab: Tab;
  by: "" | "customer" | "agent" | "bot";
  when: "" | keyof typeof WHENS;
  status: "" | (typeof TALK)[number] | (typeof TICKET)[number];
  team: string;
  customer: Person | null;
}

interface Person {
  id: string;
  name: string;
}

const NOTHING: Asked = { text: "", tab: "all", by: "", when: "", status: "", team: "", customer: null };
let before = NOTHING; // what was asked last: who comes back goes on there

interface Answer {
  /** What it answers. */
  asked: Asked;
  things: { kind: SearchKind; found: Found[]; more: boolean }[];
  page: FoundPage;
}

/** Everything that was written down, found as one types. */
export function Search({ shut }: { shut(): void }) {
  const { store, words, go } = useConsole();
  const [asked, ask] = useState(before);
  const { answer, more } = useAnswer(asked);
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  before = asked;
  useEffect(() => {
    const had = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    field.current?.select();
    return () => had?.focus();
  }, []);
  const open = (place: Place): void => {
    go(place);
    dialog.current?.close();
  };
  const move = (event: KeyboardEvent): void => moveAmong(event, dialog.current!, field.current!);
  const change = (part: Partial<Asked>): void => ask({ ...asked, ...part });
  const found = answer ? [...answer.things.flatMap((one) => one.found), ...answer.page.found] : [];
  return (
    <dialog class="dialog search" ref={dialog} onClose={shut} onKeyDown={move} aria-label={words.say("search.title")}>
      <form
        class="search-head"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0] && answer?.asked === asked) open(placeOfFound(found[0]));
        }}
      >
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          value={asked.text}
          maxLength={200}
          placeholder={words.say("search.placeholder")}
          aria-label={words.say("search.title")}
          aria-controls="search-found"
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => !event.isComposing && change({ text: event.currentTarget.value })}
          onCompositionEnd={(event) => change({ text: event.currentTarget.value })}
        />
        <button type="button" class="icon-button" aria-label={words.say("close")} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </form>
      <Filters asked={asked} change={change} teams={store.desk.teams} people={peopleIn(found, asked.customer)} />
      <div class="search-found rows" id="search-found" aria-busy={!!asked.text.trim() && answer?.asked !== asked}>
        {!answer && <p class="empty">{words.say("search.hint")}</p>}
        {answer && found.length === 0 && !answer.page.next && <p class="empty">{words.say("search.nothing", { text: answer.asked.text.trim() })}</p>}
        {answer && (
          <ul>
            {answer.things.map(({ kind, found: few, more: others }) => (
              <Fragment key={kind}>
                {few.map((one) => (
                  <Row key={one.id} found={one} open={open} />
                ))}
                {others && (
                  <li>
                    <button type="button" class="row search-others" onClick={() => change({ tab: kind })}>
                      {words.say(`search.others.${kind as "customer" | "ticket" | "article"}`)}
                    </button>
                  </li>
                )}
              </Fragment>
            ))}
            {answer.page.found.map((one) => (
              <Row key={`${one.kind} ${one.id}`} found={one} open={open} />
            ))}
          </ul>
        )}
        {answer?.page.next && <More key={answer.page.next} text={words.say("search.more")} load={more} />}
      </div>
      <footer class="search-foot faint">
        <span role="status">{answer ? told(answer, found.length, words.say) : ""}</span>
        <span class="search-keys" aria-hidden="true">
          <kbd>↑</kbd> <kbd>↓</kbd> <kbd>Enter</kbd>
        </span>
      </footer>
    </dialog>
  );
}

type Say = ReturnType<typeof useConsole>["words"]["say"];

function told({ page, things }: Answer, many: number, say: Say): string {
  if (page.behind) return say("search.behind");
  return say(page.next || things.some(({ more }) => more) ? "search.at_least" : "search.count", { count: many });
}

// -- asking -----------------------------------------------------------------------------------------------------------

/** What the server says to it, a moment after the last key. What was asked since makes an answer worthless. */
function useAnswer(asked: Asked): { answer: Answer | undefined; more(): void } {
  const { store, snapshot } = useConsole();
  const [answer, set] = useState<Answer>();
  const newest = useRef(asked);
  newest.current = asked;
  const online = snapshot.connection === "online";
  const isWord = /[\p{L}\p{N}]/u.test(asked.text);
  const send = (query: Query): Promise<FoundPage | undefined> => store.look(store.connection.send("search", query));
  useEffect(() => {
    if (!isWord) set(undefined);
    if (!isWord || !online) return undefined;
    const soon = setTimeout(async () => {
      const [listed, above] = queriesOf(asked, Date.now());
      const [page, ...things] = await Promise.all([followed(listed, send), ...above.map(send)]);
      if (page && newest.current === asked) set({ asked, things: things.map((one, index) => fewOf(THINGS[index]!, one)), page });
    }, PAUSE);
    return () => clearTimeout(soon);
  }, [asked, online]);
  const more = async (): Promise<void> => {
    const next = answer?.page.next;
    if (!next || newest.current !== answer.asked) return;
    const page = await followed({ ...queriesOf(asked, Date.now())[0], before: next }, send);
    set((held) => (page && held === answer ? { ...held, page: { ...page, found: [...held.page.found, ...page.found] } } : held));
  };
  return { answer, more: () => void more() };
}

/** The first of a kind; one more than those was asked for. */
function fewOf(kind: SearchKind, page: FoundPage | undefined): Answer["things"][number] {
  const found = page?.found ?? [];
  return { kind, found: found.slice(0, FIRST), more: found.length > FIRST || !!page?.next };
}

/** Of whom something was found, and who was chosen. */
function peopleIn(found: Found[], chosen: Person | null): Person[] {
  const people = new Map(chosen ? [[chosen.id, chosen]] : []);
  for (const { kind, id, customer_id, title } of found) {
    const customer = kind === "customer" ? id : customer_id;
    if (customer && title && !people.has(customer)) people.set(customer, { id: customer, name: title });
  }
  return [...people.values()].slice(0, 20);
}

/** A page; when everything on it was turned down, one of the next. */
async function followed(query: Query, send: (query: Query) => Promise<FoundPage | undefined>): Promise<FoundPage | undefined> {
  let page = await send(query);
  for (let tries = 0; tries < PATIENCE && page?.next && page.found.length === 0; tries += 1) page = await send({ ...query, before: page.next });
  return page;
}

/** What is listed page by page, and the few things above it when all is searched. */
function queriesOf({ text, tab, by, when, status, team, customer }: Asked, now: number): [Query, Query[]] {
  const filters: Omit<Query, "text"> = {
    ...(by && { by }),
    ...(status && { status }),
    ...(team && { team_id: team }),
    ...(customer && { customer_id: customer.id }),
    ...(when && { since: new Date(now - WHENS[when]).toISOString() }),
  };
  const query = { text, ...filters };
  if (tab !== "all") return [{ ...query, kinds: [tab] }, []];
  return [{ ...query, kinds: SAID }, THINGS.map((kind) => ({ ...query, kinds: [kind], limit: FIRST + 1 }))];
}

// -- the filters --------------------------------------------------------------------------------------------------------

interface FiltersProps {
  asked: Asked;
  change(part: Partial<Asked>): void;
  teams: { id: string; name: string }[];
  people: Person[];
}

function Filters({ asked, change, teams, people }: FiltersProps) {
  const { words } = useConsole();
  const whens = Object.keys(WHENS) as (keyof typeof WHENS)[];
  return (
    <div class="search-filters">
      <div class="search-tabs" role="group" aria-label={words.say("search.kinds")}>
        {TABS.map((tab) => (
          <button key={tab} type="button" class="search-chip" aria-pressed={asked.tab === tab} onClick={() => change({ tab })}>
            {words.say(`search.kind.${tab}`)}
          </button>
        ))}
      </div>
      <div class="search-selects">
        <Choice label="search.by" value={asked.by} set={(by) => change({ by: by as Asked["by"] })}>
          {(["customer", "agent", "bot"] as const).map((by) => (
            <option value={by}>{words.say(`search.by.${by}`)}</option>
          ))}
        </Choice>
        {people.length > 0 && (
          <Choice label="search.customer" value={asked.customer?.id ?? ""} set={(id) => change({ customer: people.find((one) => one.id === id) ?? null })}>
            {people.map(({ id, name }) => (
              <option value={id}>{name}</option>
            ))}
          </Choice>
        )}
        <Choice label="search.when" value={asked.when} set={(when) => change({ when: when as Asked["when"] })}>
          {whens.map((when) => (
            <option value={when}>{words.say(`search.when.${when}`)}</option>
          ))}
        </Choice>
        <Choice label="search.status" value={asked.status} set={(status) => change({ status: status as Asked["status"] })}>
          <optgroup label={words.say("search.of_talk")}>
            {TALK.map((status) => (
              <option value={status}>{words.say(`search.status.${status}`)}</option>
            ))}
          </optgroup>
          <optgroup label={words.say("search.of_tickets")}>
            {TICKET.map((status) => (
              <option value={status}>{words.say(`search.status.${status}`)}</option>
            ))}
          </optgroup>
        </Choice>
        {teams.length > 1 && (
          <Choice label="search.team" value={asked.team} set={(team) => change({ team })}>
            {teams.map(({ id, name }) => (
              <option value={id}>{name}</option>
            ))}
          </Choice>
        )}
      </div>
    </div>
  );
}

interface ChoiceProps {
  label: "search.by" | "search.customer" | "search.when" | "search.status" | "search.team";
  value: string;
  set(value: string): void;
  children: preact.ComponentChildren;
}

function Choice({ label, value, set, children }: ChoiceProps) {
  const { words } = useConsole();
  return (
    <select class={value ? "search-chip chosen" : "search-chip"} aria-label={words.say(label)} value={value} onChange={(event) => set(event.currentTarget.value)}>
      <option value="">{words.say(`${label}.any`)}</option>
      {children}
    </select>
  );
}

// -- what was found -----------------------------------------------------------------------------------------------------

/** Where in the console it is. */
export function placeOfFound(found: Found): Place {
  const { kind, id, conversation_id, ticket_id, seq } = found;
  if (kind === "article") return { screen: "knowledge", id };
  if (kind === "message" && conversation_id) return { screen: "queue", id: conversation_id, at: String(seq) };
  if (kind === "note" && conversation_id) return { screen: "queue", id: conversation_id, at: id };
  if (conversation_id) return { screen: "queue", id: conversation_id };
  return ticket_id ? { screen: "tickets", id: ticket_id } : { screen: "queue" };
}

function Row({ found, open }: { found: Found; open(place: Place): void }) {
  const { snapshot, words, now } = useConsole();
  const { kind, id, customer_id, title, pieces, at, site, status, number, author } = found;
  const place = placeOfFound(found);
  const moment = isSameDay(at, now) ? wordTime(at, words.locale) : wordMoment(at, words.locale);
  // What was said has its time; of a thing it is told what it is.
  const when = SAID.includes(kind) ? moment : words.say(kind === "customer" ? "search.at.since" : "search.at.changed", { time: moment });
  const isOpened = (event: MouseEvent): boolean => !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  return (
    <li>
      <a
        class="row"
        href={addressOf(place)}
        onClick={(event) => {
          if (!isOpened(event)) return;
          event.preventDefault();
          open(place);
        }}
      >
        <span class="row-top">
          <Icon name={ICONS[kind]} />
          <span class="hidden">{words.say(`search.one.${kind}`)}</span>
          <strong class="row-name">{title || words.say("customer.visitor", { id: shortId(customer_id ?? id) })}</strong>
          <time class="row-time" dateTime={at}>
            {when}
          </time>
        </span>
        <span class="search-text">
          {author && <span class="faint">{author.kind === "bot" ? words.say("author.bot") : author.kind === "customer" ? words.say("search.by.customer") : author.name}: </span>}
          {pieces.map((piece, index) => (piece.hit ? <mark key={index}>{piece.text}</mark> : piece.text))}
        </span>
        {(status || number || site) && (
          <span class="row-foot faint">
            {number && <span class="number">{number}</span>}
            {status && <span>{words.say(`search.status.${status}`)}</span>}
            {site && snapshot.desk.desks.length > 1 && <span>{siteName(snapshot.desk, words.locale, site)}</span>}
          </span>
        )}
      </a>
    </li>
  );
}

// Up and down go through what was found; above the first is the field.
function moveAmong(event: KeyboardEvent, within: HTMLElement, field: HTMLElement): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || event.isComposing || (event.target as HTMLElement).matches("select")) return;
  const rows = [...within.querySelectorAll<HTMLElement>(".row")];
  const to = rows.indexOf(document.activeElement as HTMLElement) + by;
  event.preventDefault();
  if (to < 0) field.focus();
  else rows[Math.min(to, rows.length - 1)]?.focus();
}
