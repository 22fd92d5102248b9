// What the bot knows, how sure it has to be, and what it would do with a question.

import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CommandError } from "../../../../widget/src/core/connection";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { BotModel, BotTraining, Candidate, Locale, Tried } from "../../../../widget/src/core/wire";
import { addressOf } from "../../state/place";
import { siteName, useConsole } from "../context";
import { Fact } from "../parts";
import { useAnswer } from "../settings/answer";
import { percent, reasonText } from "./words";

const LOCALES: Locale[] = ["zh-CN", "en"];
const LOOK_AGAIN = 3_000;
const MOST_TRIES = 40; // some minutes: the server takes a few seconds for each

export function BotTab() {
  const { value, again } = useAnswer("bot_model", {});
  const isComing = value?.model.stale || value?.model.mode === "untrained";
  useEffect(() => {
    if (!isComing) return undefined;
    const looking = setInterval(() => void again(), LOOK_AGAIN); // nobody tells the console when it is there
    return () => clearInterval(looking);
  }, [isComing]);
  if (!value) return null;
  const { model } = value;
  return (
    <>
      <Model model={model} />
      {model.mode !== "off" && <TryIt />}
    </>
  );
}

function Model({ model }: { model: BotModel }) {
  const { words } = useConsole();
  const { mode, reason, training, made_at, seconds, target, unanswerable } = model;
  return (
    <section class="card" aria-label={words.say("bot.title")}>
      <div class="card-head">
        <h2>{words.say("bot.title")}</h2>
        <span class="head-tags">
          {training && <span class={`tag ${training.state === "failed" ? "refund-failed" : "version-review"}`}>{words.say(`bot.${training.state}`)}</span>}
          <span class={`tag mode-${mode}`}>{words.say(`bot_mode.${mode}`)}</span>
        </span>
      </div>
      <p>{words.say(`bot_mode.${mode}_means`)}</p>
      {training && <Training training={training} madeAt={made_at} />}
      {mode === "suggest_only" && reason && <p class="hint">{reasonText(words, reason)}</p>}
      {mode !== "off" && (
        <dl class="facts wide">
          <Fact name={words.say("bot.target")} value={percent(target)} />
          <Fact name={words.say("bot.unanswerable")} value={percent(unanswerable)} />
          <Fact name={words.say("bot.made")} value={made_at && wordMoment(made_at, words.locale)} />
          <Fact name={words.say("bot.took")} value={seconds === undefined ? undefined : words.say("bot.seconds", { count: seconds.toFixed(1) })} />
        </dl>
      )}
      {(mode === "full" || mode === "suggest_only") && <ByLocale model={model} />}
    </section>
  );
}

/** How far the next model is, and what answers meanwhile. */
function Training({ training: { state, since, attempts, error, again_at }, madeAt }: { training: BotTraining; madeAt: string | undefined }) {
  const { words } = useConsole();
  return (
    <div class="boxed" role="status">
      <p>
        {state === "running" && since && words.say("bot.running_since", { when: wordMoment(since, words.locale) })}
        {state === "waiting" && words.say("bot.waiting_means")}
        {state === "failed" && words.say(again_at ? "bot.failed_again" : "bot.failed_for_good", { count: attempts, when: again_at ? wordMoment(again_at, words.locale) : "" })}
      </p>
      {madeAt && <p class="faint">{words.say("bot.meanwhile", { when: wordMoment(madeAt, words.locale) })}</p>}
      {state === "failed" && error && <p class="faint">{words.say("bot.why", { error })}</p>}
    </div>
  );
}

const ROWS = [
  ["articles", String],
  ["phrasings", String],
  ["answer_at", percent],
  ["suggest_at", percent],
  ["expected_precision", percent],
  ["expected_coverage", percent],
] as const;

function ByLocale({ model }: { model: BotModel }) {
  const { words } = useConsole();
  const locales = LOCALES.filter((one) => one in model.articles);
  return (
    <div class="table-frame">
      <table class="figures">
        <thead>
          <tr>
            <td />
            {locales.map((locale) => (
              <th key={locale} scope="col">
                {words.say(`locale.${locale}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([name, told]) => (
            <tr key={name}>
              <th scope="row">{words.say(`bot.${name}`)}</th>
              {locales.map((locale) => (
                <td key={locale}>{model[name][locale] === undefined ? "–" : told(model[name][locale])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// -- trying it ------------------------------------------------------------------------------------------------------

function TryIt() {
  const { store, snapshot, words } = useConsole();
  const sites = snapshot.desk.desks.map(({ site }) => site);
  const [site, setSite] = useState(sites[0] ?? "");
  const [chosen, setLocale] = useState<Locale>();
  const [text, setText] = useState("");
  const [state, setState] = useState<"idle" | "busy" | "loading">("idle");
  const [tried, setTried] = useState<{ of: Locale; found: Tried }>();
  const isHere = useRef(true);
  useEffect(() => () => void (isHere.current = false), []);
  const locale = chosen ?? (text.trim() ? localeOf(text) : words.locale);
  const ask = async (): Promise<void> => {
    if (state !== "idle" || !text.trim()) return;
    setState("busy");
    const answer = whenLoaded(
      () => store.connection.send("try_bot", { site, locale, text: text.trim() }),
      () => {
        if (isHere.current) setState("loading");
        return isHere.current;
      },
    );
    const found = await store.attempt(answer);
    setState("idle");
    if (found) setTried({ of: locale, found });
  };
  return (
    <section class="card" aria-label={words.say("try.title")}>
      <h2>{words.say("try.title")}</h2>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <label>
          {words.say("try.text")}
          <textarea
            rows={2}
            maxLength={8_000}
            lang={locale}
            value={text}
            placeholder={words.say("try.hint")}
            aria-keyshortcuts="/"
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
              event.preventDefault();
              void ask();
            }}
          />
        </label>
        <div class="form-row">
          {sites.length > 1 && (
            <label>
              {words.say("fact.site")}
              <select value={site} onChange={(event) => setSite(event.currentTarget.value)}>
                {sites.map((one) => (
                  <option key={one} value={one}>
                    {siteName(snapshot.desk, words.locale, one)}
                  </option>
                ))}
              </select>
            </label>
          )}
          <label>
            {words.say("article.locale")}
            <select value={locale} onChange={(event) => setLocale(event.currentTarget.value as Locale)}>
              {LOCALES.map((one) => (
                <option key={one} value={one}>
                  {words.say(`locale.${one}`)}
                </option>
              ))}
            </select>
          </label>
          <button class="button primary small end" disabled={state !== "idle" || !text.trim()}>
            {words.say("try.ask")}
          </button>
        </div>
      </form>
      <div aria-live="polite">
        {state === "loading" && <p class="boxed">{words.say("try.loading")}</p>}
        {state !== "loading" && tried && <Found locale={tried.of} {...tried.found} />}
      </div>
    </section>
  );
}

/** What a question is written in, unless somebody chooses. */
function localeOf(text: string): Locale {
  return /\p{Script=Han}/u.test(text) ? "zh-CN" : "en";
}

/** The answer, however long the bot is still being loaded; `wait` hears that it is. Nothing, once it says that nobody waits. */
async function whenLoaded(ask: () => Promise<Tried>, wait: () => boolean): Promise<Tried | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== "unavailable") throw error;
      if (!wait()) return undefined;
      if (tries === MOST_TRIES) throw new CommandError("bot_not_ready", error.message);
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfter ?? 1) * 1_000));
    }
  }
}

function Found({ decision, reason, confidence, listing, candidates, model, ms, locale }: Tried & { locale: Locale }) {
  const { words } = useConsole();
  return (
    <div class="tried boxed">
      <p>
        <strong>{words.say(`decision.${decision}_means`)}</strong>
      </p>
      <p class="faint">
        {words.say("try.because", { reason: reasonText(words, reason) })} · {words.say("try.took", { ms: ms < 10 ? ms.toFixed(1) : Math.round(ms) })}
      </p>
      {decision === "answer" ? (
        <Meter figure="try.confidence" share={confidence} from="bot.answer_at" at={model.answer_at[locale]} />
      ) : (
        <Meter figure="try.listing" share={listing} from="bot.suggest_at" at={model.suggest_at[locale]} />
      )}
      {candidates.length > 0 ? <Candidates candidates={candidates} /> : <p class="faint">{words.say("try.nothing")}</p>}
    </div>
  );
}

interface MeterProps {
  figure: "try.confidence" | "try.listing";
  share: number;
  from: "bot.answer_at" | "bot.suggest_at";
  at: number | undefined;
}

/** The one figure that decided, against what it had to be. */
function Meter({ figure, share, from, at }: MeterProps) {
  const { words } = useConsole();
  const reached = share < (at ?? 2) ? "" : figure === "try.confidence" ? "good" : "warn";
  return (
    <div class="meter-of">
      <p class="label-line">
        {words.say(figure)} <strong class="number">{percent(share)}</strong>
        {at !== undefined && (
          <span class="faint">
            {words.say(from)} <span class="number">{percent(at)}</span>
          </span>
        )}
      </p>
      <div class="meter" aria-hidden="true">
        <span class={`meter-bar ${reached}`} style={{ inlineSize: percent(Math.min(1, share)) }} />
        {at !== undefined && <span class="meter-mark" style={{ insetInlineStart: percent(at) }} />}
      </div>
    </div>
  );
}

function Candidates({ candidates }: { candidates: Candidate[] }) {
  const { words } = useConsole();
  const parts = [...new Set(candidates.flatMap(({ scores }) => Object.keys(scores)))];
  return (
    <>
      <CandidateTable candidates={candidates} parts={parts} />
      <details class="faint">
        <summary>{words.say("try.columns")}</summary>
        <dl class="columns-mean">
          <dt>{words.say("try.score")}</dt>
          <dd>{words.say("try.score_means")}</dd>
          {parts.filter(isExplained).map((part) => (
            <Fragment key={part}>
              <dt>{words.say(`head.${part}`)}</dt>
              <dd>{words.say(`head.${part}_means`)}</dd>
            </Fragment>
          ))}
        </dl>
      </details>
    </>
  );
}

const PARTS = ["meaning", "grams", "pinyin", "usual", "usual_pinyin"] as const;

function isExplained(part: string): part is (typeof PARTS)[number] {
  return PARTS.some((one) => one === part);
}

function CandidateTable({ candidates, parts }: { candidates: Candidate[]; parts: string[] }) {
  const { words } = useConsole();
  return (
    <div class="table-frame">
      <table class="figures candidates">
        <thead>
          <tr>
            <th scope="col">{words.say("try.candidates")}</th>
            <th scope="col">{words.say("try.score")}</th>
            {parts.map((part) => (
              <th key={part} scope="col">
                {isExplained(part) ? words.say(`head.${part}`) : part}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {candidates.map((one) => (
            <tr key={one.article_id}>
              <th scope="row">
                <a href={addressOf({ screen: "knowledge", id: one.article_id })} lang={one.locale}>
                  {one.question}
                </a>{" "}
                <span class="faint">{words.say(`locale.${one.locale}`)}</span> {one.exact && <span class="tag active">{words.say("try.exact")}</span>}
              </th>
              <td>{one.confidence.toFixed(2)}</td>
              {parts.map((part) => (
                <td key={part}>{one.scores[part]?.toFixed(2) ?? "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
