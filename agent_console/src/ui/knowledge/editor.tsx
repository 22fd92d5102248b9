import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { Locale } from "../../../../widget/src/core/wire";
import { CATEGORY, type Form, linesOf, SLUG } from "../../state/knowledge";
import { siteName, useConsole } from "../context";
import { Markdown } from "./markdown";
import { type PartProps, Writing } from "./parts";
import { categoryName } from "./words";

interface EditorProps {
  form: Form;
  categories: string[];
  /** What an article keeps for good is asked for only once. */
  isNew?: boolean;
  disabled?: boolean;
  change(to: Form): void;
  save(): void;
  children: ComponentChildren;
}

/** All that a version holds. */
export function Editor({ form, categories, isNew = false, disabled = false, change, save, children }: EditorProps) {
  const { words } = useConsole();
  const put = (to: Partial<Form>): void => change({ ...form, ...to });
  return (
    <Writing label={words.say("article.text")} steps={children} save={save}>
      <fieldset class="bare" disabled={disabled}>
        {isNew && <Identity form={form} put={put} />}
        <section class="card form">
          <label>
            {words.say("article.question")}
            <input required maxLength={200} lang={form.locale} value={form.question} onInput={(event) => put({ question: event.currentTarget.value })} />
          </label>
          {form.kind === "article" && (
            <label>
              <span class="label-line">
                {words.say("article.phrasings")}
                <span class="faint end">{words.say("article.phrasings_count", { count: linesOf(form.phrasings).length })}</span>
              </span>
              <textarea
                rows={Math.min(14, Math.max(4, form.phrasings.split("\n").length + 1))}
                lang={form.locale}
                value={form.phrasings}
                placeholder={words.say("article.phrasings_hint")}
                onInput={(event) => put({ phrasings: event.currentTarget.value })}
              />
            </label>
          )}
          <Answer form={form} put={put} />
        </section>
        <section class="card form">
          <div class="pairs">
            <Category code={form.category} known={categories} put={(category) => put({ category })} />
            <Sites sites={form.sites} put={(sites) => put({ sites })} />
          </div>
          <label>
            {words.say("article.note")}
            <textarea rows={2} maxLength={1000} lang={form.locale} value={form.note} placeholder={words.say("article.note_hint")} onInput={(event) => put({ note: event.currentTarget.value })} />
          </label>
        </section>
      </fieldset>
    </Writing>
  );
}

function Identity({ form, put }: PartProps<Form>) {
  const { words } = useConsole();
  return (
    <section class="card form">
      <div class="pairs">
        <label>
          {words.say("article.locale")}
          <select value={form.locale} onChange={(event) => put({ locale: event.currentTarget.value as Locale })}>
            {(["zh-CN", "en"] as const).map((one) => (
              <option key={one} value={one}>
                {words.say(`locale.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.say("article.kind")}
          <select value={form.kind} onChange={(event) => put({ kind: event.currentTarget.value as Form["kind"] })}>
            {(["article", "policy"] as const).map((one) => (
              <option key={one} value={one}>
                {words.say(`article_kind.${one}`)}
              </option>
            ))}
          </select>
          {form.kind === "policy" && <span class="faint">{words.say("article.policy_hint")}</span>}
        </label>
      </div>
      <label>
        {words.say("article.slug")}
        <input required maxLength={80} pattern={SLUG} spellcheck={false} autoComplete="off" value={form.slug} placeholder="how-long-does-a-refund-take" title={words.say("article.slug_hint")} onInput={(event) => put({ slug: event.currentTarget.value })} />
        <span class="faint">{words.say("article.slug_hint")}</span>
      </label>
    </section>
  );
}

function Answer({ form, put }: PartProps<Form>) {
  const { words } = useConsole();
  const [previews, preview] = useState(false);
  const id = useId();
  return (
    <div class="answer">
      <div class="label-line">
        <label for={id}>{words.say("article.answer")}</label>
        <span class="switch end" role="group" aria-label={words.say("article.look")}>
          <button type="button" aria-pressed={!previews} onClick={() => preview(false)}>
            {words.say("article.write")}
          </button>
          <button type="button" aria-pressed={previews} onClick={() => preview(true)}>
            {words.say("article.preview")}
          </button>
        </span>
      </div>
      {previews ? (
        <div class="preview-of boxed" lang={form.locale}>
          {form.answer.trim() ? <Markdown text={form.answer} /> : <p class="faint">{words.say("article.no_answer")}</p>}
        </div>
      ) : (
        <textarea
          id={id}
          required
          rows={Math.min(24, Math.max(10, form.answer.split("\n").length + 2))}
          maxLength={20_000}
          lang={form.locale}
          value={form.answer}
          placeholder={words.say("article.answer_hint")}
          onInput={(event) => put({ answer: event.currentTarget.value })}
        />
      )}
    </div>
  );
}

/** One that there is, or a new code. */
function Category({ code, known, put }: { code: string; known: string[]; put(code: string): void }) {
  const { words } = useConsole();
  const [isOther, setOther] = useState(false);
  const all = [...new Set([...known, ...(code && !isOther ? [code] : [])])];
  return (
    <label>
      {words.say("article.category")}
      <select
        required={!isOther}
        value={isOther ? "+" : code}
        onChange={({ currentTarget: { value } }) => {
          setOther(value === "+");
          put(value === "+" ? "" : value);
        }}
      >
        <option value="" disabled>
          {words.say("article.choose")}
        </option>
        {all.map((one) => (
          <option key={one} value={one}>
            {categoryName(words, one)}
          </option>
        ))}
        <option value="+">{words.say("article.other_category")}</option>
      </select>
      {isOther && (
        <input
          required
          maxLength={60}
          pattern={CATEGORY}
          spellcheck={false}
          aria-label={words.say("article.category_code")}
          placeholder={words.say("article.category_code")}
          title={words.say("article.category_code")}
          value={code}
          onInput={(event) => put(event.currentTarget.value)}
        />
      )}
    </label>
  );
}

export function Sites({ sites, put }: { sites: string[]; put(sites: string[]): void }) {
  const { snapshot, words } = useConsole();
  const all = [...new Set([...snapshot.desk.desks.map(({ site }) => site), ...sites])];
  return (
    <fieldset class="choices-of">
      <legend>{words.say("article.sites")}</legend>
      <label class="check">
        <input type="checkbox" checked={sites.length === 0} onChange={(event) => put(event.currentTarget.checked ? [] : all)} />
        {words.say("article.all_sites")}
      </label>
      {all.map((site) => (
        <label key={site} class="check">
          <input
            type="checkbox"
            checked={sites.includes(site)}
            onChange={(event) => put(event.currentTarget.checked ? [...sites, site] : sites.filter((one) => one !== site))}
          />
          {siteName(snapshot.desk, words.locale, site)}
        </label>
      ))}
    </fieldset>
  );
}
