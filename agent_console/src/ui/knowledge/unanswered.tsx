import { useState } from "preact/hooks";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { Locale, Unanswered } from "../../../../widget/src/core/wire";
import { addressOf } from "../../state/place";
import { useConsole } from "../context";
import { Icon } from "../icons";
import { Choice } from "../parts";
import { useAnswer } from "../settings/answer";
import type { Forms } from "./forms";

const SPANS = [7, 30, 90, 365] as const;

/** Questions that no article answered. */
export function UnansweredTab({ forms }: { forms: Forms }) {
  const { words } = useConsole();
  const [locale, setLocale] = useState<Locale>();
  const [days, setDays] = useState<number>(30);
  const { value, again } = useAnswer("unanswered", { days, ...(locale ? { locale } : {}) });
  return (
    <section class="card" aria-label={words.say("knowledge.unanswered")}>
      <p class="faint">{words.say("unanswered.hint")}</p>
      <div class="form form-row">
        <Choice any={words.say("list.any")} name={words.say("article.locale")} value={locale ?? ""} put={(to) => setLocale((to || undefined) as Locale | undefined)} options={
          (["zh-CN", "en"] as const).map((one) => [one, words.say(`locale.${one}`)] as const)
        } />
        <label>
          {words.say("unanswered.span")}
          <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {SPANS.map((one) => (
              <option key={one} value={one}>
                {words.say("unanswered.within", { count: one })}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ol class="plain rows turns" aria-busy={!value}>
        {value?.questions.map((question) => (
          <Question key={`${question.locale} ${question.asked}`} question={question} forms={forms} again={again} />
        ))}
      </ol>
      {value?.questions.length === 0 && <p class="empty">{words.say("unanswered.none")}</p>}
    </section>
  );
}

function Question({ question, forms, again }: { question: Unanswered; forms: Forms; again(): Promise<void> }) {
  const { store, words } = useConsole();
  const { asked, locale, count, last_at, conversation_id } = question;
  const dismiss = async (): Promise<void> => {
    await store.attempt(store.connection.send("dismiss_unanswered", { asked, locale }));
    await again();
  };
  return (
    <li class="turn unanswered">
      <span class="count" title={words.say("unanswered.times", { count })}>
        {count}
        <span class="hidden">{words.say("unanswered.times", { count })}</span>
      </span>
      <div class="grow">
        <p class="turn-asked" lang={locale}>
          {asked}
        </p>
        <p class="turn-foot faint">
          <span>{words.say("unanswered.last", { at: wordMoment(last_at, words.locale) })}</span>
          <span>{words.say(`locale.${locale}`)}</span>
          <a class="row plain-row" href={addressOf({ screen: "queue", id: conversation_id })}>
            {words.say("turns.open")}
          </a>
          <button type="button" class="link" onClick={() => void dismiss()}>
            {words.say("unanswered.dismiss")}
          </button>
        </p>
      </div>
      <button type="button" class="button small" onClick={() => forms.begin({ locale, question: asked })}>
        <Icon name="plus" />
        {words.say("unanswered.write")}
      </button>
    </li>
  );
}
