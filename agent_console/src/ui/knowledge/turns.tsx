// What the bot was asked and did. Who sees that it was wrong says so, and which article would have been right.

import { useEffect, useState } from "preact/hooks";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { Article, BotTurn, BotTurnList } from "../../../../widget/src/core/wire";
import { addressOf } from "../../state/place";
import { type ConsoleWords, siteName, useConsole } from "../context";
import { Dialog } from "../dialog";
import { Icon } from "../icons";
import { More } from "../more";
import { type Pages, usePages } from "../pages";
import { percent, reasonText } from "./words";

const FILTERS = ["all", "wrong", "not_helpful", "unmatched"] as const;
const RECENT = 5;

export function TurnsTab() {
  const { words } = useConsole();
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>("all");
  const pages = useTurns({ filter });
  return (
    <section class="card rows" aria-label={words.say("knowledge.turns")}>
      <div class="choices-row" role="group" aria-label={words.say("articles.filter")}>
        {FILTERS.map((one) => (
          <button key={one} type="button" class="button small chosen-of" aria-pressed={one === filter} onClick={() => setFilter(one)}>
            {words.say(`turns.${one}`)}
          </button>
        ))}
      </div>
      <Turns pages={pages} />
      {pages.cursor && <More key={pages.cursor} text={words.say("list.more")} load={() => void pages.more()} />}
    </section>
  );
}

/** The last questions that an article was given for. */
export function RecentTurns({ articleId }: { articleId: string }) {
  const { words } = useConsole();
  const pages = useTurns({ article_id: articleId });
  if (!pages.items?.length) return null;
  return (
    <section class="card" aria-label={words.say("turns.recent")}>
      <h3>{words.say("turns.recent")}</h3>
      <Turns pages={{ ...pages, items: pages.items.slice(0, RECENT) }} />
    </section>
  );
}

function useTurns(query: BotTurnList): Pages<BotTurn> {
  const { store } = useConsole();
  return usePages<BotTurn>(JSON.stringify(query), async (at) => {
    const page = await store.connection.send("bot_turns", { ...query, ...at });
    return { items: page.turns, cursor: page.cursor };
  });
}

function Turns({ pages: { items, put } }: { pages: Pages<BotTurn> }) {
  const { words } = useConsole();
  const changed = (turn: BotTurn): void => put((all) => all.map((one) => (one.id === turn.id ? turn : one)));
  return (
    <>
      <ul class="plain turns" aria-busy={!items}>
        {items?.map((turn) => (
          <Turn key={turn.id} turn={turn} changed={changed} />
        ))}
      </ul>
      {items?.length === 0 && <p class="empty">{words.say("turns.none")}</p>}
    </>
  );
}

const LOOKS: Record<BotTurn["decision"], string> = { answer: "active", suggest: "ticket-open", ask: "", hand_over: "ticket-pending", flow: "ticket-open", case: "active" };

function Turn({ turn, changed }: { turn: BotTurn; changed(turn: BotTurn): void }) {
  const { words, snapshot } = useConsole();
  const { asked, decision, reason, confidence, outcome, locale, at, conversation_id } = turn;
  return (
    <li class={turn.wrong_by ? "turn is-wrong" : "turn"}>
      <p class="turn-asked" lang={locale}>
        {asked}
      </p>
      <p class="turn-did">
        <span class={`tag ${LOOKS[decision]}`} title={reasonText(words, reason)}>
          {words.say(`decision.${decision}`)}
        </span>
        {turn.article_id && (
          <a href={addressOf({ screen: "knowledge", id: turn.article_id })} lang={locale}>
            {turn.question}
          </a>
        )}
        {turn.version && <span class="faint">{words.say("versions.number", { number: turn.version })}</span>}
        {!turn.article_id && reason && <span class="faint">{reasonText(words, reason)}</span>}
        {confidence !== undefined && <span class="faint number">{words.say("turns.confidence", { share: percent(confidence) })}</span>}
        {outcome && <span class={`tag outcome-${outcome}`}>{words.say(`turn_outcome.${outcome}`)}</span>}
      </p>
      <p class="turn-foot faint">
        <time dateTime={at}>{wordMoment(at, words.locale)}</time>
        <span>{words.say(`locale.${locale}`)}</span>
        {snapshot.desk.desks.length > 1 && <span>{siteName(snapshot.desk, words.locale, turn.site)}</span>}
        <a class="row plain-row" href={addressOf({ screen: "queue", id: conversation_id })}>
          {words.say("turns.open")}
        </a>
        <WrongMark turn={turn} changed={changed} />
      </p>
    </li>
  );
}

/** Whether somebody said that it was wrong, and the way to say so or to take it back. */
export function WrongMark({ turn, changed }: { turn: BotTurn; changed(turn: BotTurn): void }) {
  const { store, words } = useConsole();
  const [asking, ask] = useState(false);
  const takeBack = async (): Promise<void> => {
    const done = await store.attempt(store.connection.send("mark_turn", { turn_id: turn.id, wrong: false }));
    if (done) changed(done.turn);
  };
  if (turn.wrong_by) {
    return (
      <>
        <span class="wrong-by">
          <Icon name="alert" />
          {words.say("turns.wrong_by", { name: turn.wrong_by.name })}
        </span>
        {turn.right_article_id && <a href={addressOf({ screen: "knowledge", id: turn.right_article_id })}>{words.say("turns.right_one")}</a>}
        <button type="button" class="link" onClick={() => void takeBack()}>
          {words.say("turns.take_back")}
        </button>
      </>
    );
  }
  return (
    <>
      <button type="button" class="link" onClick={() => ask(true)}>
        {words.say("turns.mark")}
      </button>
      {asking && <MarkDialog turn={turn} done={changed} shut={() => ask(false)} />}
    </>
  );
}

const NONE = "none";

function MarkDialog({ turn, done, shut }: { turn: BotTurn; done(turn: BotTurn): void; shut(): void }) {
  const { store, words } = useConsole();
  const [text, setText] = useState("");
  const [right, choose] = useState<string>();
  const [learn, setLearn] = useState(true);
  const [busy, setBusy] = useState(false);
  const found = useSearch(text, turn).filter(({ id }) => id !== turn.article_id);
  const isArticle = right !== undefined && right !== NONE;
  const mark = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy || !right) return;
    setBusy(true);
    const pick = isArticle ? { right_article_id: right, learn } : {};
    const marked = await store.attempt(store.connection.send("mark_turn", { turn_id: turn.id, wrong: true, ...pick }));
    setBusy(false);
    if (!marked) return;
    if (isArticle && learn) store.toast({ key: "toast.learned" });
    done(marked.turn);
    shut();
  };
  return (
    <Dialog title={words.say("mark.title")} shut={shut}>
      <form class="form dialog-form mark-form" onSubmit={(event) => void mark(event)}>
        <p class="turn-asked" lang={turn.locale}>
          {turn.asked}
        </p>
        <label>
          {words.say("mark.find")}
          <input type="search" autoFocus maxLength={200} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <fieldset class="choices-of found">
          <legend>{words.say("mark.right")}</legend>
          {found.map((article) => (
            <label key={article.id} class="check">
              <input type="radio" name="right" checked={right === article.id} onChange={() => choose(article.id)} />
              <span lang={article.locale}>{article.question}</span>
              <State words={words} article={article} />
            </label>
          ))}
          <label class="check">
            <input type="radio" name="right" checked={right === NONE} onChange={() => choose(NONE)} />
            {words.say("mark.no_article")}
          </label>
        </fieldset>
        {isArticle && (
          <label class="check">
            <input type="checkbox" checked={learn} onChange={(event) => setLearn(event.currentTarget.checked)} />
            {words.say("mark.learn")}
          </label>
        )}
        <div class="form-actions">
          <button type="button" class="button small" onClick={shut}>
            {words.say("cancel")}
          </button>
          <button class="button primary small" disabled={busy || !right}>
            {words.say("mark.done")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function State({ words, article }: { words: ConsoleWords; article: Article }) {
  return article.published ? null : <span class="tag end">{words.say("article.not_in_force")}</span>;
}

/** Articles in the language of the question; asked when one pauses. */
function useSearch(text: string, { locale }: BotTurn): Article[] {
  const { store } = useConsole();
  const [found, setFound] = useState<Article[]>([]);
  useEffect(() => {
    let isOver = false;
    const ask = async (): Promise<void> => {
      const sought = text.trim() ? { text: text.trim() } : {};
      const page = await store.look(store.connection.send("articles", { locale, kind: "article", limit: 8, ...sought }));
      if (page && !isOver) setFound(page.articles);
    };
    const coming = setTimeout(() => void ask(), text ? 250 : 0);
    return () => {
      isOver = true;
      clearTimeout(coming);
    };
  }, [text, locale]);
  return found;
}
