import { useEffect, useState } from "preact/hooks";
import policyEn from "../../../../chat/texts/en/policy.json?url&no-inline";
import ownEn from "../../../../chat/texts/en/mine.json?url&no-inline";
import type policy from "../../../../chat/texts/zh-CN/policy.json";
import policyZh from "../../../../chat/texts/zh-CN/policy.json?url&no-inline";
import type own from "../../../../chat/texts/zh-CN/mine.json";
import ownZh from "../../../../chat/texts/zh-CN/mine.json?url&no-inline";
import type { CommandError } from "../../core/connection";
import { type SharedKey, type Table, type Values, wordAmount, wordsOf } from "../../core/wording";
import type { Case, CaseEvent, CaseKind, Locale, Verdict } from "../../core/wire";
import type { Ui } from "../ui";
import { type Key as WidgetKey, table, type WidgetWords, wordWhen } from "../words";

export type Key = keyof typeof own | keyof typeof policy;

/** The window's words and those of orders and cases. */
export interface MineWords {
  locale: Locale;
  say(key: Key | WidgetKey | SharedKey, values?: Values): string;
  /** The text of a key that may be of a later version, or made by the site: then what is given. */
  named(key: string, otherwise: string): string;
  money(amount: number, currency: string): string;
}

export interface MineUi extends Omit<Ui, "words"> {
  words: MineWords;
  /** What the window's own parts are drawn from. */
  ui: Ui;
}

const tables = new Map<Locale, Promise<Table>>();

export function loadTexts(locale: Locale): Promise<Table> {
  const known = tables.get(locale);
  if (known) return known;
  const urls = locale === "en" ? [ownEn, policyEn] : [ownZh, policyZh];
  const loading = Promise.all(urls.map(table)).then((found) => Object.assign({}, ...found) as Table);
  loading.catch(() => tables.delete(locale));
  tables.set(locale, loading);
  return loading;
}

/** Undefined until the texts are here. */
export function useWords(ui: Ui): MineUi | undefined {
  const { locale } = ui.words;
  const [texts, setTexts] = useState<{ locale: Locale; table: Table }>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let retry: ReturnType<typeof setTimeout>;
    let isWanted = true;
    loadTexts(locale).then(
      (table) => isWanted && setTexts({ locale, table }),
      () => (retry = setTimeout(() => setTries(tries + 1), 2_000)),
    );
    return () => ((isWanted = false), clearTimeout(retry));
  }, [locale, tries]);
  return texts?.locale === locale ? { ...ui, ui, words: mineWords(ui.words, texts.table) } : undefined;
}

export function mineWords(window: WidgetWords, table: Table): MineWords {
  const { locale } = window;
  const own = wordsOf<string>(locale, table);
  const say = (key: string, values?: Values): string => (key in table ? own.say(key, values) : window.say(key as WidgetKey, values));
  return {
    locale,
    say,
    named: (key, otherwise) => (key in table || window.has(key) ? say(key) : otherwise),
    money: (amount, currency) => wordAmount({ amount, currency }, locale),
  };
}

/** What something is called, also if the site made it. */
export function wordNamed(names: Record<string, string> | undefined, key: string, words: MineWords): string {
  return names?.[words.locale] ?? words.named(key, key.slice(key.indexOf(".") + 1));
}

/** What a case of this kind is applied for with. */
export function wordApply({ code, names }: CaseKind, words: MineWords): string {
  return wordNamed(names, `apply.${code}`, words);
}

/** What a kind is called, also one that the site made. */
export function wordKind({ kind, names }: Pick<Case, "kind" | "names">, words: MineWords): string {
  return wordNamed(names, `topic.${kind}`, words);
}

/** The sentence of the rule that decided. */
export function wordVerdict({ rule, values }: Pick<Verdict, "rule" | "values">, words: MineWords): string {
  const { amount, currency } = values;
  const worded: Values = { ...values };
  if (typeof amount === "number") worded["amount"] = words.money(amount, String(currency));
  if (typeof values["last"] === "string") worded["last"] = wordDate(values["last"], words.locale);
  return words.say(`policy.${rule}` as Key, worded);
}

/** Who acts next, and until when; the short form is for lists and cards. */
export function wordNext(given: Case, { state: { desk }, words, ui }: MineUi, form: "next" | "short" = "next"): string {
  const by = given.by && desk ? wordWhen(given.by, desk, ui.words) : undefined;
  if (given.next !== "desk" || !by) return words.say(`case.${form}_${given.next}`);
  return words.say(`case.${form}_desk_${given.late ? "late" : "by"}`, { by });
}

/** An event of a case in plain words; "" for one this version has no words for. */
export function wordEvent({ code, values }: CaseEvent, of: Pick<Case, "kind" | "names" | "named">, words: MineWords): string {
  const key = `history.${code === "ended" && values["reason"] ? "ended_because" : code}`;
  const text = words.named(key, "");
  if (!text) return "";
  const { amount, currency, kind, ending, codes, ...rest } = values as Record<string, unknown> & { codes?: string[] };
  const worded: Values = {
    ...(rest as Values),
    amount: typeof amount === "number" ? words.money(amount, String(currency)) : "",
    kind: wordNamed(kind === of.kind ? of.names : undefined, `topic.${String(kind)}`, words),
    ending: called(of, `ending.${String(ending)}`, words),
    codes: new Intl.ListFormat(words.locale, { type: "unit" }).format((codes ?? []).map((one) => called(of, `evidence.${one}`, words))),
  };
  return words.say(key as Key, worded);
}

/** How it ended. */
export function wordEnding(given: Pick<Case, "named">, ending: string, words: MineWords): string {
  return called(given, `ending.${ending}`, words);
}

function called({ named }: Pick<Case, "named">, key: string, words: MineWords): string {
  return wordNamed(named?.[key], key, words);
}

/** A date without a time, such as 2026-11-30. */
function wordDate(date: string, locale: Locale): string {
  return new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { month: "long", day: "numeric", timeZone: "UTC" }).format(new Date(date));
}

const REFUSALS: Record<string, Key | "trouble.offline" | "trouble.too_many"> = {
  policy: "apply.policy_changed",
  refund_open: "policy.refund_open",
  fewer_left: "apply.fewer_left",
  wrong_form: "apply.form_changed",
  kind_closed: "apply.closed",
  too_many_cases: "apply.too_many_cases",
  too_many_evidence: "apply.too_many_evidence",
  no_contact: "apply.contact_missing",
  illegal_move: "apply.not_now",
  conflict: "apply.not_now",
  changed: "apply.not_now",
  offline: "trouble.offline",
  unavailable: "trouble.offline",
  too_many: "trouble.too_many",
};

/** Why the server refused. Its own sentences are English, and for nobody else. */
export function wordRefusal({ code, message }: Pick<CommandError, "code" | "message">, words: MineWords): string {
  const known = REFUSALS[code];
  if (known) return words.say(known);
  return words.locale === "en" ? words.say("apply.refused", { why: message }) : words.say("apply.refused_other");
}
