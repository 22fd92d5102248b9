// What somebody has written of an article and not saved yet. It outlives a reload of the tab, and remembers which revision
// of the article it was written on: nobody overwrites what they have not seen.

import type { Article, ArticleValue, ArticleVersion, Locale, Person, SaveArticle } from "../../../widget/src/core/wire";

export interface Form {
  slug: string;
  locale: Locale;
  kind: Article["kind"];
  category: string;
  sites: string[];
  question: string;
  /** One a line. */
  phrasings: string;
  answer: string;
  note: string;
}

/** `by`: who signs in to this tab afterwards finds nothing of somebody else's. */
export interface Kept {
  by: string;
  revision: number;
  form: Form;
}

/** By the article's id, or `new-...` for one that the server has not seen. */
export type KeptForms = Record<string, Kept>;

export const EMPTY_FORM: Form = {
  slug: "",
  locale: "zh-CN",
  kind: "article",
  category: "",
  sites: [],
  question: "",
  phrasings: "",
  answer: "",
  note: "",
};

export const SLUG = "[a-z0-9]+(-[a-z0-9]+)*";
export const CATEGORY = "[a-z][a-z0-9_]*";

/** The draft, or the version that a new draft begins with. */
export function baseOf({ article, versions }: ArticleValue): ArticleVersion {
  return draftOf(versions) ?? versions.find(({ state }) => state === "scheduled") ?? versions.find(({ number }) => number === article.version) ?? versions[0]!;
}

export function draftOf(versions: readonly ArticleVersion[]): ArticleVersion | undefined {
  return versions.find(({ state }) => state === "draft" || state === "review");
}

export function formOf(value: ArticleValue): Form {
  const { article, versions } = value;
  const { category, sites, question, phrasings, answer, note } = baseOf(value);
  return {
    slug: article.slug,
    locale: article.locale,
    kind: article.kind,
    category,
    sites,
    question,
    phrasings: phrasings.join("\n"),
    answer,
    note: draftOf(versions) ? (note ?? "") : "", // it tells what that version changed, not what the next one will
  };
}

/** The same article in another language begins with what does not depend on the language. */
export function translationOf({ article, versions }: ArticleValue, locale: Locale): Form {
  const { category, sites } = baseOf({ article, versions, translations: [] });
  return { ...EMPTY_FORM, slug: article.slug, kind: article.kind, locale, category, sites };
}

export function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

export function isSameForm(one: Form, other: Form): boolean {
  return JSON.stringify(asked(one)) === JSON.stringify(asked(other));
}

/** Nothing in it that somebody would miss. */
export function isBlank({ question, phrasings, answer, note }: Form): boolean {
  return ![question, phrasings, answer, note].some((text) => text.trim());
}

export function asked(form: Form): Omit<SaveArticle, "client_id"> {
  const { slug, locale, kind, sites } = form;
  const [category, question, answer, note] = [form.category, form.question, form.answer, form.note].map((text) => text.trim());
  const phrasings = kind === "policy" ? [] : linesOf(form.phrasings);
  return { slug: slug.trim(), locale, kind, sites: [...sites].sort(), category: category!, question: question!, phrasings, answer: answer!, note: note || null };
}

/** Who changed it last and when, as far as its versions tell. */
export function lastChange({ versions }: ArticleValue): { by: Person | undefined; at: string } {
  const last = versions.reduce((newest, one) => (one.updated_at > newest.updated_at ? one : newest));
  const isReviewed = last.returned || last.state === "in_force" || last.state === "scheduled";
  return { by: isReviewed ? last.reviewer : last.author, at: last.updated_at };
}
