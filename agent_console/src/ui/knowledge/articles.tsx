import { useState } from "preact/hooks";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { Article, ArticleList } from "../../../../widget/src/core/wire";
import { addressOf } from "../../state/place";
import { useConsole } from "../context";
import { Icon } from "../icons";
import { More } from "../more";
import { usePages } from "../pages";
import { Choice } from "../parts";
import { ArticlePage, NewArticle } from "./article";
import type { Forms } from "./forms";
import { SearchField } from "./parts";
import { categoryName, useSiteNames } from "./words";

type Filter = Pick<ArticleList, "locale" | "kind" | "category" | "state" | "text">;

const STATES = ["published", "draft", "review", "scheduled", "withdrawn"] as const;

/** The list of articles, and the one that is open. */
export function Articles({ open, forms }: { open: string | undefined; forms: Forms }) {
  const { store, words } = useConsole();
  const [filter, setFilter] = useState<Filter>({});
  const [filtering, setFiltering] = useState(false);
  const [categories, setCategories] = useState<string[]>([]);
  const pages = usePages<Article>(JSON.stringify(filter), async (at) => {
    const page = await store.connection.send("articles", { ...filter, ...at });
    setCategories(page.categories);
    return { items: page.articles, cursor: page.cursor };
  });
  const changed = (): void => void pages.again();
  const put = (change: Filter): void => setFilter(given({ ...filter, ...change }));
  return (
    <>
      <section class="list articles" aria-label={words.say("knowledge.articles")}>
        <div class="view-bar">
          <Find text={filter.text ?? ""} find={(text) => put({ text })} />
          <button
            type="button"
            class="icon-button"
            aria-label={words.say("articles.filter")}
            title={words.say("articles.filter")}
            aria-expanded={filtering}
            aria-keyshortcuts="f"
            onClick={() => setFiltering(!filtering)}
          >
            <Icon name="settings" />
          </button>
          <button type="button" class="button small primary" onClick={() => forms.begin({})}>
            <Icon name="plus" />
            {words.say("articles.new")}
          </button>
        </div>
        {filtering && <Filters filter={filter} categories={categories} put={put} />}
        <ul class="rows" aria-busy={!pages.items}>
          {Object.entries(forms.kept).map(([key, { form }]) => key.startsWith("new-") && (
            <Unsaved key={key} place={key} question={form.question} isOpen={key === open} />
          ))}
          {pages.items?.map((article) => (
            <Row key={article.id} article={article} isOpen={article.id === open} isKept={article.id in forms.kept} />
          ))}
        </ul>
        {pages.items?.length === 0 && <p class="empty">{words.say(Object.keys(filter).length ? "articles.none_such" : "articles.none")}</p>}
        {pages.cursor && <More key={pages.cursor} text={words.say("list.more")} load={() => void pages.more()} />}
      </section>
      {!open && <p class="nothing-open">{words.say("articles.nothing_open")}</p>}
      {open?.startsWith("new-") && <NewArticle key={open} place={open} forms={forms} categories={categories} changed={changed} />}
      {open && !open.startsWith("new-") && <ArticlePage key={open} id={open} forms={forms} categories={categories} changed={changed} />}
    </>
  );
}

/** Without what says nothing. */
function given(filter: Filter): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) as Filter;
}

/** Asks when one pauses, not at every letter. */
function Find({ text, find }: { text: string; find(text: string): void }) {
  const { words } = useConsole();
  const [later, setLater] = useState<ReturnType<typeof setTimeout>>();
  return (
    <SearchField
      name={words.say("articles.find")}
      defaultValue={text}
      onInput={({ currentTarget }) => {
        clearTimeout(later);
        setLater(setTimeout(() => find(currentTarget.value.trim()), 250));
      }}
    />
  );
}

function Filters({ filter, categories, put }: { filter: Filter; categories: string[]; put(change: Filter): void }) {
  const { words } = useConsole();
  const any = words.say("list.any");
  return (
    <div class="view-filters form" role="group" aria-label={words.say("articles.filter")}>
      <div class="pairs">
        <Choice any={any} name={words.say("article.locale")} value={filter.locale ?? ""} put={(locale) => put({ locale: locale as Article["locale"] })} options={
          (["zh-CN", "en"] as const).map((one) => [one, words.say(`locale.${one}`)] as const)
        } />
        <Choice any={any} name={words.say("article.state")} value={filter.state ?? ""} put={(state) => put({ state: state as (typeof STATES)[number] })} options={
          STATES.map((one) => [one, words.say(`articles.${one}`)] as const)
        } />
        <Choice any={any} name={words.say("article.category")} value={filter.category ?? ""} put={(category) => put({ category })} options={
          categories.map((one) => [one, categoryName(words, one)] as const)
        } />
        <Choice any={any} name={words.say("article.kind")} value={filter.kind ?? ""} put={(kind) => put({ kind: kind as Article["kind"] })} options={
          (["article", "policy"] as const).map((one) => [one, words.say(`article_kind.${one}`)] as const)
        } />
      </div>
    </div>
  );
}

function Unsaved({ place, question, isOpen }: { place: string; question: string; isOpen: boolean }) {
  const { words } = useConsole();
  return (
    <li>
      <a class="row" href={addressOf({ screen: "knowledge", tab: place })} {...(isOpen ? { "aria-current": "true" as const } : {})}>
        <span class="row-top">
          <strong class="row-name">{question || words.say("article.untitled")}</strong>
        </span>
        <span class="row-tags">
          <span class="tag unsaved">{words.say("article.unsaved")}</span>
        </span>
      </a>
    </li>
  );
}

function Row({ article, isOpen, isKept }: { article: Article; isOpen: boolean; isKept: boolean }) {
  const { words } = useConsole();
  const sites = useSiteNames(article);
  return (
    <li>
      <a class="row" href={addressOf({ screen: "knowledge", id: article.id })} {...(isOpen ? { "aria-current": "true" as const } : {})}>
        <span class="row-top">
          <strong class="row-name" lang={article.locale}>
            {article.question}
          </strong>
        </span>
        <span class="row-about">
          <span class="one-line">
            {words.say(`locale.${article.locale}`)}
            <span class="faint">
              {` · ${article.kind === "policy" ? words.say("article_kind.policy") : categoryName(words, article.category)}`}
              {sites && ` · ${sites}`}
            </span>
          </span>
        </span>
        <span class="row-tags">
          <States article={article} />
          {isKept && <span class="tag unsaved">{words.say("article.unsaved")}</span>}
          <time class="end faint" dateTime={article.updated_at}>
            {wordMoment(article.updated_at, words.locale)}
          </time>
        </span>
        <Figures article={article} />
      </a>
    </li>
  );
}

/** What is in force, and what is on its way. */
export function States({ article }: { article: Article }) {
  const { words } = useConsole();
  const { published, version, draft, effective_at, scheduled_at } = article;
  return (
    <>
      {published && (
        <span class="tag active" title={effective_at ? words.say("article.since", { at: wordMoment(effective_at, words.locale) }) : ""}>
          {words.say("article.in_force", { version })}
        </span>
      )}
      {!published && version > 0 && <span class="tag">{words.say("articles.withdrawn")}</span>}
      {draft && <span class={`tag version-${draft}`}>{words.say(`articles.${draft}`)}</span>}
      {scheduled_at && <span class="tag version-scheduled">{words.say("article.from", { at: wordMoment(scheduled_at, words.locale) })}</span>}
    </>
  );
}

function Figures({ article: { figures } }: { article: Article }) {
  const { words } = useConsole();
  const { shown, solved, not_helpful, votes_up, votes_down } = figures;
  if (shown + votes_up + votes_down === 0) return null;
  return (
    <span class="row-foot faint">
      {shown > 0 && <span>{words.say("figures.line", { shown, solved, not_helpful })}</span>}
      {votes_up + votes_down > 0 && <span>{words.say("figures.votes", { up: votes_up, down: votes_down })}</span>}
    </span>
  );
}
