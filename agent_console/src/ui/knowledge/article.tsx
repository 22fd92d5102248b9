// One article: its draft as a form, what may be done with it next, and how it came to be what it is.

import { useState } from "preact/hooks";
import { CommandError } from "../../../../widget/src/core/connection";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { ArticleValue, Locale, OfDraft } from "../../../../widget/src/core/wire";
import { asked, baseOf, draftOf, EMPTY_FORM, type Form, formOf, isBlank, isSameForm, lastChange, translationOf } from "../../state/knowledge";
import { addressOf, isSupervisor, type Place } from "../../state/place";
import { siteName, useConsole } from "../context";
import { Icon } from "../icons";
import { Fact, Section } from "../parts";
import { useAnswer } from "../settings/answer";
import { States } from "./articles";
import { Editor } from "./editor";
import type { Forms } from "./forms";
import { Markdown } from "./markdown";
import { Head, Overtaken } from "./parts";
import { Asking, PublishDialog, ReturnDialog } from "./publish";
import { RecentTurns } from "./turns";
import { Versions } from "./versions";
import { categoryName, percent, useSiteNames } from "./words";

const LOCALES: Locale[] = ["zh-CN", "en"];
const LIST: Place = { screen: "knowledge" };

interface PageProps {
  forms: Forms;
  categories: string[];
  /** The list is to be read anew. */
  changed(): void;
}

// -- an article that the server has not seen -----------------------------------------------------------------------

export function NewArticle({ place, forms, categories, changed }: PageProps & { place: string }) {
  const { store, words, go } = useConsole();
  const [idFor] = useState(idsByContent);
  const [busy, setBusy] = useState(false);
  const form = forms.kept[place]?.form ?? { ...EMPTY_FORM, locale: words.locale };
  const save = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const content = asked(form);
    const done = await store.attempt(store.connection.send("save_article", { ...content, client_id: idFor(content) }));
    setBusy(false);
    if (!done) return;
    forms.forget(place);
    store.toast({ key: "toast.article_saved" });
    changed();
    go({ screen: "knowledge", id: done.article.id });
  };
  const discard = (): void => {
    forms.forget(place);
    go(LIST);
  };
  return (
    <article class="article" aria-label={words.say("article.new")}>
      <Head title={form.question || words.say("article.untitled")} back={LIST}>
        <span class="tag unsaved">{words.say("article.unsaved")}</span>
        <span>{words.say("article.new")}</span>
      </Head>
      <div class="article-main">
        <Editor form={form} isNew categories={categories} change={(to) => forms.keep(place, to, 0)} save={() => void save()}>
          <p class="grow faint">{words.say("article.kept")}</p>
          <button type="button" class="button small" onClick={discard}>
            {words.say(isBlank(form) ? "cancel" : "article.discard")}
          </button>
          <button class="button small primary" disabled={busy}>
            {words.say("article.save")}
          </button>
        </Editor>
      </div>
    </article>
  );
}

// -- one that it has -----------------------------------------------------------------------------------------------

export function ArticlePage({ id, forms, categories, changed }: PageProps & { id: string }) {
  const { words } = useConsole();
  const { value, show, again } = useAnswer("article", { article_id: id });
  if (!value) {
    return (
      <article class="article" aria-busy={true}>
        <Head title={words.say("opening")} back={LIST}>{null}</Head>
        <p class="empty slow">{words.say("opening.hint")}</p>
      </article>
    );
  }
  const { article } = value;
  const shown = (to: ArticleValue): void => {
    show(to);
    changed();
  };
  return (
    <article class="article" aria-label={article.question}>
      <Head title={article.question} locale={article.locale} back={LIST}>
        <States article={article} />
        <span>{words.say(`locale.${article.locale}`)}</span>
        <span>{article.kind === "policy" ? words.say("article_kind.policy") : categoryName(words, article.category)}</span>
      </Head>
      <div class="article-body">
        <div class="article-main">
          <Draft value={value} forms={forms} categories={categories} show={shown} again={again} />
          <Versions value={value} />
          <RecentTurns articleId={id} />
        </div>
        <Side value={value} forms={forms} />
      </div>
    </article>
  );
}

interface DraftProps {
  value: ArticleValue;
  forms: Forms;
  categories: string[];
  show(value: ArticleValue): void;
  again(): Promise<void>;
}

type Question = "publish" | "return" | "withdraw" | undefined;

function Draft({ value, forms, categories, show, again }: DraftProps) {
  const { store, words, snapshot } = useConsole();
  const { article, versions } = value;
  const { id, revision } = article;
  const [idFor] = useState(idsByContent);
  const [busy, setBusy] = useState(false);
  const [asking, ask] = useState<Question>();
  const held = formOf(value);
  const kept = forms.kept[id];
  const form = kept?.form ?? held;
  const isChanged = !isSameForm(form, held);
  const isOvertaken = kept !== undefined && isChanged && kept.revision !== revision;
  const draft = draftOf(versions);
  const scheduled = versions.find(({ state }) => state === "scheduled");
  const foreign = article.sites.filter((site) => !snapshot.desk.desks.some((desk) => desk.site === site));
  const decides = isSupervisor(snapshot.desk.agent?.role);

  /** Whoever was faster is shown, and nothing that was typed is lost. */
  const act = async (doing: Promise<ArticleValue>): Promise<ArticleValue | undefined> => {
    setBusy(true);
    const overtaken = async (error: unknown): Promise<undefined> => {
      if (!(error instanceof CommandError && error.code === "changed")) throw error;
      await again();
      if (!isChanged) store.toast({ key: "toast.article_changed" });
    };
    const done = await store.attempt(doing.catch(overtaken));
    setBusy(false);
    if (done) show(done);
    return done;
  };
  const save = async (): Promise<ArticleValue | undefined> => {
    const content = { ...asked(form), article_id: id, revision: kept?.revision ?? revision };
    const done = await act(store.connection.send("save_article", { ...content, client_id: idFor(content) }));
    if (done) forms.forget(id);
    return done;
  };
  const saveOnly = async (): Promise<void> => {
    if (await save()) store.toast({ key: "toast.article_saved" });
  };
  /** What is on the screen, also what nobody has saved yet. */
  const next = async (step: (of: OfDraft) => Promise<ArticleValue>, told: "submitted" | "returned" | "published" | "dropped" | "withdrawn"): Promise<boolean> => {
    const saved = isChanged ? await save() : value;
    if (!saved) return false;
    const done = await act(step({ article_id: id, revision: saved.article.revision }));
    if (done) store.toast({ key: `toast.article_${told}` });
    return done !== undefined;
  };
  const { connection } = store;
  return (
    <>
      {isOvertaken && <Newer value={value} mine={() => forms.keep(id, form, revision)} theirs={() => forms.forget(id)} />}
      {draft?.returned && (
        <p class="hint">
          {words.say("article.returned_by", { name: draft.reviewer?.name ?? words.say("article.somebody") })} {draft.returned}
        </p>
      )}
      <Editor
        form={form}
        categories={categories}
        disabled={foreign.length > 0}
        change={(to) => forms.keep(id, to, kept?.revision ?? revision)}
        save={() => isChanged && !isOvertaken && !busy && void saveOnly()}
      >
        {foreign.length > 0 ? (
          <p class="grow faint">{words.say("article.foreign", { sites: foreign.map((site) => siteName(snapshot.desk, words.locale, site)).join(words.say("list.comma")) })}</p>
        ) : (
          <>
            <p class="grow" role="status">
              {standing()}
            </p>
            {isChanged ? (
              <button type="button" class="button small" onClick={() => forms.forget(id)}>
                {words.say("article.discard")}
              </button>
            ) : (
              <>
                {draft && (
                  <button type="button" class="button small bad" disabled={busy} onClick={() => void next((of) => connection.send("drop_draft", of), "dropped")}>
                    {words.say("article.drop")}
                  </button>
                )}
                {!draft && scheduled && decides && (
                  <button type="button" class="button small bad" disabled={busy} onClick={() => void next((of) => connection.send("drop_draft", of), "dropped")}>
                    {words.say("article.drop_scheduled")}
                  </button>
                )}
                {!draft && article.published && decides && (
                  <button type="button" class="button small bad" disabled={busy} onClick={() => ask("withdraw")}>
                    {words.say("article.withdraw")}
                  </button>
                )}
                {draft?.state === "review" && decides && (
                  <button type="button" class="button small" disabled={busy} onClick={() => ask("return")}>
                    {words.say("article.return")}
                  </button>
                )}
              </>
            )}
            {isChanged && (
              <button class="button small" disabled={busy || isOvertaken}>
                {words.say("article.save")}
              </button>
            )}
            {(isChanged || draft?.state === "draft") && (
              <button
                type="button"
                class={decides ? "button small" : "button small primary"}
                disabled={busy || isOvertaken}
                onClick={(event) => event.currentTarget.form!.reportValidity() && void next((of) => connection.send("submit_article", of), "submitted")}
              >
                {words.say("article.submit")}
              </button>
            )}
            {decides && (isChanged || draft) && (
              <button
                type="button"
                class="button small primary"
                disabled={busy || isOvertaken || scheduled !== undefined}
                title={scheduled ? words.say("article.waits", { version: scheduled.number }) : ""}
                onClick={(event) => event.currentTarget.form!.reportValidity() && ask("publish")}
              >
                {words.say("article.publish")}
              </button>
            )}
          </>
        )}
      </Editor>
      {asking === "publish" && (
        <PublishDialog
          form={form}
          publish={(effective_at) => next((of) => connection.send("publish_article", { ...of, ...(effective_at ? { effective_at } : {}) }), "published")}
          shut={() => ask(undefined)}
        />
      )}
      {asking === "return" && (
        <ReturnDialog
          title={words.say("article.return")}
          hint={words.say("article.return_hint")}
          done={(reason) => next((of) => connection.send("return_article", { ...of, reason }), "returned")}
          shut={() => ask(undefined)}
        />
      )}
      {asking === "withdraw" && (
        <Asking
          title={words.say("article.withdraw")}
          hint={words.say(scheduled ? "article.withdraw_hint_scheduled" : "article.withdraw_hint")}
          done={() => next((of) => connection.send("withdraw_article", of), "withdrawn")}
          shut={() => ask(undefined)}
        />
      )}
    </>
  );

  function standing(): string {
    if (isChanged) return words.say("article.kept");
    const by = { name: draft?.author?.name ?? words.say("article.somebody"), at: draft ? wordMoment(draft.updated_at, words.locale) : "", version: draft?.number ?? 0 };
    if (draft?.state === "review") return words.say(decides ? "article.is_in_review" : "article.waits_for_review", by);
    if (draft) return words.say("article.is_draft", by);
    if (scheduled) return words.say("article.is_scheduled", { version: scheduled.number, at: wordMoment(scheduled.effective_at!, words.locale) });
    return words.say(article.published ? "article.is_in_force" : "article.is_withdrawn");
  }
}

/** What others saved, or published, while one was writing. */
function Newer({ value, mine, theirs }: { value: ArticleValue; mine(): void; theirs(): void }) {
  const { words, snapshot } = useConsole();
  const { by, at } = lastChange(value);
  const isMe = !by || by.id === snapshot.desk.agent?.id;
  const base = baseOf(value);
  const told = words.say(isMe ? "overtaken.elsewhere" : "overtaken.by", { name: by?.name ?? "", at: wordMoment(at, words.locale) });
  return (
    <Overtaken title={words.say("overtaken.title")} told={told} mine={mine} theirs={theirs}>
      <div class="boxed" lang={value.article.locale}>
        <p class="strong">{base.question}</p>
        <p class="faint">{base.phrasings.join(words.say("list.comma"))}</p>
        <Markdown text={base.answer} />
      </div>
    </Overtaken>
  );
}

// -- beside it ------------------------------------------------------------------------------------------------------

function Side({ value, forms }: { value: ArticleValue; forms: Forms }) {
  const { words } = useConsole();
  const { article, translations } = value;
  const { shown, solved, not_helpful, votes_up, votes_down } = article.figures;
  const sites = useSiteNames(article);
  const said = solved + not_helpful;
  const lacking = LOCALES.filter((one) => one !== article.locale && !translations.some(({ locale }) => locale === one));
  return (
    <aside class="article-side">
      <Section title={words.say("figures.title")}>
        <dl class="facts">
          <Fact name={words.say("figures.shown")} value={String(shown)} />
          <Fact name={words.say("figures.solved")} value={said ? `${solved} (${percent(solved / said)})` : String(solved)} />
          <Fact name={words.say("figures.not_helpful")} value={String(not_helpful)} />
          <Fact name={words.say("figures.voted")} value={words.say("figures.votes", { up: votes_up, down: votes_down })} />
        </dl>
      </Section>
      <Section title={words.say("article.about")}>
        <dl class="facts">
          <Fact name={words.say("article.slug")} value={article.slug} />
          <Fact name={words.say("article.sites")} value={sites || words.say("article.all_sites")} />
          <Fact name={words.say("article.effective")} value={article.effective_at && wordMoment(article.effective_at, words.locale)} />
          <Fact name={words.say("article.scheduled")} value={article.scheduled_at && wordMoment(article.scheduled_at, words.locale)} />
        </dl>
      </Section>
      <Section title={words.say("article.translations")}>
        <ul class="plain translations">
          {translations.map((other) => (
            <li key={other.locale}>
              <a href={addressOf({ screen: "knowledge", id: other.article_id })}>{words.say(`locale.${other.locale}`)}</a>
              <span class={other.published ? "tag active" : "tag"}>
                {other.published ? words.say("article.in_force", { version: other.version }) : words.say("article.not_in_force")}
              </span>
            </li>
          ))}
          {lacking.map((locale) => (
            <li key={locale}>
              <button type="button" class="button small" onClick={() => forms.begin(translationOf(value, locale) satisfies Form)}>
                <Icon name="plus" />
                {words.say("article.translate", { language: words.say(`locale.${locale}`) })}
              </button>
            </li>
          ))}
        </ul>
      </Section>
    </aside>
  );
}
