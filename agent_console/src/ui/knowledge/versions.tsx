import { useState } from "preact/hooks";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { ArticleValue, ArticleVersion, DiffLine } from "../../../../widget/src/core/wire";
import { useConsole } from "../context";
import { useAnswer } from "../settings/answer";

interface Pair {
  older: number;
  newer: number;
}

/** What was, is and will be in force, the newest first, and what one changed of another. */
export function Versions({ value: { article, versions } }: { value: ArticleValue }) {
  const { words } = useConsole();
  const [pair, compare] = useState<Pair>();
  const before = (version: ArticleVersion): ArticleVersion | undefined => versions.find(({ number }) => number < version.number);
  return (
    <section class="card" aria-label={words.say("versions.title")}>
      <h3>{words.say("versions.title")}</h3>
      <ol class="plain versions-of">
        {versions.map((version) => (
          <Line key={version.number} version={version}>
            {before(version) && (
              <button type="button" class="button quiet small" onClick={() => compare({ older: before(version)!.number, newer: version.number })}>
                {words.say("versions.compare_before")}
              </button>
            )}
          </Line>
        ))}
      </ol>
      {versions.length > 1 && (
        <div class="compare">
          <Which name={words.say("versions.older")} versions={versions} chosen={pair?.older} choose={(older) => compare({ newer: pair?.newer ?? versions[0]!.number, older })} />
          <Which name={words.say("versions.newer")} versions={versions} chosen={pair?.newer} choose={(newer) => compare({ older: pair?.older ?? versions.at(-1)!.number, newer })} />
          {pair && (
            <button type="button" class="button quiet small end" onClick={() => compare(undefined)}>
              {words.say("versions.shut")}
            </button>
          )}
        </div>
      )}
      {pair && <Difference articleId={article.id} locale={article.locale} revision={article.revision} {...pair} />}
    </section>
  );
}

function Line({ version, children }: { version: ArticleVersion; children: preact.ComponentChildren }) {
  const { words } = useConsole();
  const { number, state, author, reviewer, updated_at, effective_at, note, returned } = version;
  const by = [
    author && words.say("versions.by", { name: author.name }),
    reviewer && words.say(returned ? "versions.returned_by" : "versions.published_by", { name: reviewer.name }),
  ].filter(Boolean);
  return (
    <li>
      <div class="version-line">
        <strong class="number">{words.say("versions.number", { number })}</strong>
        <span class={state === "in_force" ? "tag active" : `tag version-${state}`}>{words.say(`version_state.${state}`)}</span>
        <span class="faint">
          {words.say(effective_at ? "versions.from" : "versions.changed", { at: wordMoment(effective_at ?? updated_at, words.locale) })}
          {by.length > 0 && ` · ${by.join(" · ")}`}
        </span>
        <span class="end">{children}</span>
      </div>
      {note && <p class="reason">{note}</p>}
      {returned && <p class="reason">{words.say("versions.returned", { reason: returned })}</p>}
    </li>
  );
}

interface WhichProps {
  name: string;
  versions: ArticleVersion[];
  chosen: number | undefined;
  choose(number: number): void;
}

function Which({ name, versions, chosen, choose }: WhichProps) {
  const { words } = useConsole();
  return (
    <label class="inline">
      {name}
      <select value={chosen ?? ""} onChange={(event) => choose(Number(event.currentTarget.value))}>
        {chosen === undefined && <option value="">{words.say("versions.choose")}</option>}
        {versions.map(({ number, state }) => (
          <option key={number} value={number}>
            {`${words.say("versions.number", { number })} · ${words.say(`version_state.${state}`)}`}
          </option>
        ))}
      </select>
    </label>
  );
}

// The draft keeps its number while it is written on, so the revision is part of what is asked.
function Difference({ articleId, locale, revision, older, newer }: Pair & { articleId: string; locale: string; revision: number }) {
  return <Compared key={`${revision} ${older} ${newer}`} articleId={articleId} locale={locale} older={older} newer={newer} />;
}

function Compared({ articleId, locale, older, newer }: Pair & { articleId: string; locale: string }) {
  const { words } = useConsole();
  const { value } = useAnswer("compare_versions", { article_id: articleId, older, newer });
  if (!value) return null;
  const parts = (["question", "phrasings", "answer"] as const).filter((part) => value[part].some(({ op }) => op !== "same"));
  if (parts.length === 0) return <p class="faint">{words.say("versions.same")}</p>;
  return (
    <div class="difference">
      {parts.map((part) => (
        <div key={part}>
          <h4>{words.say(part === "phrasings" ? "bot.phrasings" : `article.${part}`)}</h4>
          <ul class="plain diff" lang={locale}>
            {value[part].map((line) => (
              <Changed line={line} />
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

/** Not told by its colour alone. */
function Changed({ line: { op, text } }: { line: DiffLine }) {
  const { words } = useConsole();
  if (op === "same") return <li>{text || " "}</li>;
  const Mark = op === "added" ? "ins" : "del";
  return (
    <li class={op}>
      <span class="hidden">{words.say(`versions.${op}`)}</span>
      <Mark>{text || " "}</Mark>
    </li>
  );
}
