import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { Locale, SetSite, Topic } from "../../../../widget/src/core/wire";
import { type ConsoleKey, type ConsoleWords, useConsole } from "../context";
import { useAnswer } from "./answer";
import { Channels } from "./channels";
import { IdentityKeys } from "./identity_keys";
import { RefundSettings } from "./refund_policy";
import { type SiteForm, useSaving } from "./saving";
import type { TabProps } from "./settings";
import { Choices, TOPICS } from "./teams";

const LOCALES: Locale[] = ["zh-CN", "en"];
const NUMBERS = ["answer_seconds", "grace_seconds", "last_call_minutes", "promise_minutes", "reopen_hours"] as const;
// The server's, docs/inbox.md: said beforehand, in the language of whoever writes.
const BOUNDS: Record<(typeof NUMBERS)[number], [low: number, high: number]> = {
  answer_seconds: [10, 3_600],
  grace_seconds: [0, 3_600],
  last_call_minutes: [0, 240],
  promise_minutes: [5, 10_080],
  reopen_hours: [0, 8_760],
};
const HINTS: Partial<Record<(typeof NUMBERS)[number], ConsoleKey>> = {
  answer_seconds: "site.answer_hint",
  promise_minutes: "site.promise_hint",
};

export function SiteSettings({ site }: TabProps) {
  const { snapshot } = useConsole();
  const { value, show } = useAnswer("site_settings", { site });
  const isAdmin = snapshot.desk.agent?.role === "admin";
  if (!value) return null;
  const { settings } = value;
  const { refund_policy, refund_limit, refund_limits, second_person } = settings;
  const money = JSON.stringify([refund_policy, refund_limit, refund_limits, second_person]);
  return (
    <>
      <Form held={settings} saved={show} />
      <Channels key={JSON.stringify(settings.channels)} held={settings} saved={show} />
      <RefundSettings key={money} held={settings} saved={show} />
      {isAdmin && <IdentityKeys held={settings} saved={show} />}
    </>
  );
}

function Form({ held, saved }: SiteForm) {
  const { snapshot, words } = useConsole();
  const { busy, save } = useSaving(saved);
  const [wrong, setWrong] = useState("");
  const isAdmin = snapshot.desk.agent?.role === "admin";
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = read(new FormData(event.currentTarget as HTMLFormElement), held.site);
    const unread = NUMBERS.find((name) => !isWithin(given[name], BOUNDS[name]));
    const [low, high] = unread ? BOUNDS[unread] : [0, 0];
    setWrong(unread ? words.say("site.not_a_number", { field: words.say(`site.${unread}`), low, high }) : "");
    if (!unread) void save(given);
  };
  return (
    <form onSubmit={submit} aria-label={words.say("settings.site")}>
      <fieldset class="site-settings" disabled={!isAdmin}>
        {!isAdmin && <p class="faint">{words.say("site.only_admin")}</p>}
        {/* What the server holds: when that changes the fields begin anew, and the focus stays on the button. */}
        <Fragment key={JSON.stringify(held)}>
          <section class="card form">
            <h2>{words.say("site.limits")}</h2>
            <div class="pairs">
              {NUMBERS.map((name) => (
                <label key={name}>
                  {words.say(`site.${name}`)}
                  <input name={name} inputMode="numeric" defaultValue={String(held[name] ?? "")} />
                  {HINTS[name] && <span class="faint">{words.say(HINTS[name])}</span>}
                </label>
              ))}
            </div>
            <label class="check">
              <input type="checkbox" name="bot_in_front" defaultChecked={held.bot_in_front} />
              {words.say("site.bot_in_front")}
            </label>
          </section>
          <section class="card form">
            <h2>{words.say("site.night")}</h2>
            <Choices
              name="message_topics"
              label={words.say("site.message_topics")}
              chosen={held.message_topics}
              options={TOPICS.map((topic) => [topic, words.say(`topic.${topic}`)])}
              hint={words.say("site.message_topics_hint")}
            />
          </section>
          <section class="card form">
            <h2>{words.say("site.urgent")}</h2>
            <p class="faint">{words.say("site.urgent_hint")}</p>
            <div class="pairs">
              <label>
                {words.say("site.urgent_phone")}
                <input name="urgent_phone" type="tel" maxLength={26} defaultValue={held.urgent_phone ?? ""} />
              </label>
              <label>
                {words.say("site.on_call")}
                <input name="on_call" type="email" maxLength={254} defaultValue={held.on_call ?? ""} />
                <span class="faint">{words.say("site.on_call_hint")}</span>
              </label>
            </div>
            <div class="pairs">
              {LOCALES.map((locale) => (
                <label key={locale}>
                  {words.say("site.urgent_steps", { language: words.say(`locale.${locale}`) })}
                  <textarea name={`steps ${locale}`} rows={4} maxLength={1000} defaultValue={held.urgent_steps[locale] ?? ""} />
                  <span class="faint">{stepsHint(words, locale)}</span>
                </label>
              ))}
            </div>
            <label>
              {words.say("site.urgent_words")}
              <textarea name="urgent_words" rows={4} defaultValue={held.urgent_words.join("\n")} />
            </label>
          </section>
        </Fragment>
        {wrong && (
          <p class="form-error" role="alert">
            {wrong}
          </p>
        )}
        {isAdmin && (
          <div class="form-actions">
            <button class="button primary" aria-disabled={busy}>{words.say("site.save")}</button>
          </div>
        )}
      </fieldset>
    </form>
  );
}

// Of the steps in the other language only its readers know the words.
function stepsHint(words: ConsoleWords, locale: Locale): string {
  return locale === words.locale ? words.say("site.steps_hint", { steps: words.say("urgent.steps") }) : "";
}

function isWithin(given: number | null | undefined, [low, high]: [number, number]): boolean {
  return given === null || given === undefined || (given >= low && given <= high);
}

function read(form: FormData, site: string): SetSite {
  const text = (name: string): string => String(form.get(name) ?? "").trim();
  const number = (name: string): number => (/^\d{1,9}$/.test(text(name)) ? Number(text(name)) : NaN);
  const steps = LOCALES.map((locale) => [locale, text(`steps ${locale}`)] as const).filter(([, given]) => given);
  return {
    site,
    grace_seconds: number("grace_seconds"),
    last_call_minutes: number("last_call_minutes"),
    promise_minutes: number("promise_minutes"),
    reopen_hours: number("reopen_hours"),
    bot_in_front: form.has("bot_in_front"),
    message_topics: form.getAll("message_topics") as Topic[],
    urgent_words: text("urgent_words").split("\n").map((word) => word.trim()).filter(Boolean),
    urgent_steps: Object.fromEntries(steps),
    answer_seconds: text("answer_seconds") ? number("answer_seconds") : null,
    urgent_phone: text("urgent_phone") || null,
    on_call: text("on_call") || null,
  };
}
