/** The support centre's articles, found and read in the window: a file of its own. */

import "./help.css";

import { useEffect, useRef, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import type { HelpArticle, SupportResult } from "../../core/wire";
import { Rich } from "../rich";
import type { Session } from "../session";
import { isOpenConversation, type Place, unread } from "../state";
import type { Ui } from "../ui";
import { goTo } from "../verbs";
import { wordDate } from "../words";

type Here = Extract<Place, { at: "help" }>;

export function Help({ ui, place }: { ui: Ui; place: Here }) {
  const { session, state, words } = ui;
  const count = unread(state);
  const { slug, text = "" } = place;
  const back = isOpenConversation(state) ? words.say("help.back") : words.say("help.close");
  return (
    <div class="help">
      <nav class="up">
        {slug && <button class="quiet" onClick={() => goTo(session, { at: "help", text })}><span aria-hidden="true">‹ </span>{words.say("help.all")}</button>}
        <button class="quiet" onClick={() => goTo(session)}>{!slug && <span aria-hidden="true">‹ </span>}{back}{count > 0 && ` (${count})`}</button>
      </nav>
      {slug ? <Article key={slug} ui={ui} slug={slug} /> : <Search ui={ui} given={text} />}
    </div>
  );
}

// What is asked of the server, or that it did not answer.
function useAnswer<T>(ask: () => Promise<T>, on: unknown[]): { answer?: T; refusal?: string; again: () => void } {
  const [state, setState] = useState<{ answer?: T; refusal?: string }>({});
  const asked = useRef(0);
  const again = (): void => {
    const mine = (asked.current += 1);
    const set = (news: typeof state): void => void (mine === asked.current && setState(news));
    set({}); // what was found before is no answer to this
    ask().then(
      (answer) => set({ answer }),
      (error: unknown) => {
        if (!(error instanceof CommandError)) throw error;
        set({ refusal: error.code });
      },
    );
  };
  useEffect(again, on);
  return { ...state, again };
}

function Search({ ui, given }: { ui: Ui; given: string }) {
  const { session, words } = ui;
  const { locale } = words;
  const { answer, refusal, again } = useAnswer(() => search(session, given, locale), [given, locale]);
  const results = answer?.results;
  return (
    <>
      <h2 class="hidden">{words.say("help.title")}</h2>
      <form class="search" role="search" onSubmit={(event) => (event.preventDefault(), goTo(session, { at: "help", text: (new FormData(event.currentTarget).get("text") as string).trim() }))}>
        <label class="hidden" for="help-text">{words.say("help.search")}</label>
        <input id="help-text" name="text" type="search" maxLength={200} defaultValue={given} placeholder={words.say("help.search")} enterkeyhint="search" ref={focused} />
        <button class="button">{words.say("help.find")}</button>
      </form>
      <div role="status">
        {refusal && <Refused ui={ui} again={again} />}
        {results && given && <p class="found">{results.length ? words.say("help.found", { count: results.length, text: given }) : words.say("help.nothing", { text: given })}</p>}
      </div>
      {results && (
        <ul class="articles">
          {results.map((one) => <li key={one.slug}><Result ui={ui} result={one} text={given} /></li>)}
        </ul>
      )}
    </>
  );
}

const focused = (box: HTMLInputElement | null): void => box?.focus({ preventScroll: true });

/** By the bot's judgement, and where it is not to be had by the words. */
async function search(session: Session, text: string, locale: Ui["words"]["locale"]): Promise<{ results: SupportResult[] }> {
  if (!text) return session.run("find_help", { locale });
  try {
    return await session.run("search_help", { text, locale });
  } catch (error) {
    if (!(error instanceof CommandError) || !["bot_off", "unavailable"].includes(error.code)) throw error;
    return session.run("find_help", { text, locale });
  }
}

function Result({ ui: { session }, result: { slug, locale, question }, text }: { ui: Ui; result: SupportResult; text: string }) {
  return <button lang={locale} onClick={() => goTo(session, { at: "help", slug, text })}>{question}</button>;
}

function Article({ ui, slug }: { ui: Ui; slug: string }) {
  const { session, words } = ui;
  const { answer, refusal, again } = useAnswer<HelpArticle>(() => session.run("read_help", { slug, locale: words.locale }), [slug, words.locale]);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), [answer]);
  if (refusal) return <Refused ui={ui} again={again} isGone={refusal === "not_found"} />;
  if (!answer) return <p class="opening" role="status">{words.say("line.opening")}</p>;
  const { article, path } = answer;
  return (
    <article lang={article.locale}>
      <h2 ref={title} tabIndex={-1}>{article.question}</h2>
      <Rich ui={ui} text={article.answer} base={path} />
      <p class="about" lang={words.locale}>
        {article.effective_at && <span>{words.say("bot.version", { version: article.version, date: wordDate(article.effective_at, words.locale) })}</span>}
        <a href={path} target="_blank" rel="noopener">{words.say("help.page")}</a>
      </p>
    </article>
  );
}

function Refused({ ui: { words }, again, isGone }: { ui: Ui; again: () => void; isGone?: boolean }) {
  return (
    <div class="opening" role="alert">
      <p>{words.say(isGone ? "help.gone" : "trouble.offline")}</p>
      {!isGone && <button class="button" onClick={again}>{words.say("line.again")}</button>}
    </div>
  );
}
