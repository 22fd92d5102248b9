import { useEffect, useState } from "preact/hooks";
import type { DeskPreview, Locale } from "../../../../widget/src/core/wire";
import { wordDate, wordMomentIn, wordStretchIn } from "../../state/calendar";
import { consoleWords, type ConsoleWords, useConsole } from "../context";
import { loadTexts } from "../texts";
import { wordPairs } from "./intervals";
import { ZoneField } from "./zone";

const LOCALES: Locale[] = ["zh-CN", "en"];

/** What customers will see at a time, in both languages, and why. Of the calendar as it was saved. */
export function Preview({ site, zone, today, revision }: { site: string; zone: string; today: string; revision: number }) {
  const { store, words } = useConsole();
  const [at, setAt] = useState(`${today}T12:00`);
  const [chosen, choose] = useState(zone);
  const [seen, show] = useState<DeskPreview>();
  useEffect(() => {
    if (!at) return;
    let newest = true;
    const asked = store.look(store.connection.send("preview_desk", { site, at: at.slice(0, 16), zone: chosen }));
    // Agents have the words of their own language only.
    void Promise.all([asked, ...LOCALES.map(loadTexts)]).then(([value]) => {
      if (newest && value) show(value);
    }, () => undefined);
    return () => void (newest = false);
  }, [site, at, chosen, revision]);
  return (
    <section class="card">
      <h2>{words.say("preview.title")}</h2>
      <p class="faint">{words.say("preview.hint")}</p>
      <div class="form form-row">
        <label>
          {words.say("preview.at")}
          <input type="datetime-local" value={at} onChange={(event) => setAt(event.currentTarget.value)} />
        </label>
        <ZoneField label={words.say("preview.zone")} value={zone} change={choose} />
      </div>
      {seen && <Seen seen={seen} zone={chosen} />}
    </section>
  );
}

function Seen({ seen, zone }: { seen: DeskPreview; zone: string }) {
  const { words } = useConsole();
  return (
    <>
      <div class="windows">
        {LOCALES.map((locale) => (
          <figure class="window" key={locale} lang={locale}>
            <div class="window-head">
              <strong>{seen.desk.names[locale]}</strong>
              <span>
                <span class={`window-dot${seen.desk.open ? " on" : ""}`} aria-hidden="true" />
                {wordSeen(seen.desk, zone, consoleWords(locale))}
              </span>
            </div>
          </figure>
        ))}
      </div>
      <dl class="facts">
        <div>
          <dt>{words.say("preview.why")}</dt>
          <dd>{wordWhy(seen, zone, words)}</dd>
        </div>
        <div>
          <dt>{words.say("preview.next")}</dt>
          <dd>
            <ul class="plain">
              {seen.stretches.map(({ opens, closes }) => (
                <li key={opens}>{wordStretchIn(opens, closes, zone, words.locale)}</li>
              ))}
              {seen.stretches.length === 0 && <li>{words.say("preview.never")}</li>}
            </ul>
          </dd>
        </div>
      </dl>
    </>
  );
}

/** The line under the site's name, as the window has it, but for who is there: nobody knows that beforehand. */
function wordSeen({ open, opens_at, closes_at, reason, holiday, rule }: DeskPreview["desk"], zone: string, words: ConsoleWords): string {
  const isEmergency = rule === "emergency";
  const note = reason ?? (rule === "holiday" ? holiday?.[words.locale] : undefined);
  const at = open ? closes_at : opens_at;
  const when = at ? wordMomentIn(at, zone, words.locale) : "";
  const closed = isEmergency ? when && words.say("preview.resumes", { when }) : words.say(when ? "preview.opens" : "preview.closed", { when });
  const hours = open ? words.say(when ? "preview.open_until" : "preview.open", { when }) : closed;
  return [isEmergency && words.say("preview.emergency"), note, hours].filter(Boolean).join(" · ");
}

function wordWhy({ why }: DeskPreview, zone: string, words: ConsoleWords): string {
  const values = {
    date: wordDate(why.date, words.locale, true),
    hours: why.hours.length > 0 ? wordPairs(why.hours, words) : words.say("hours.closed"),
    name: why.holiday?.[words.locale] ?? "",
    until: why.until ? wordMomentIn(why.until, zone, words.locale) : "",
  };
  return words.say(`why.${why.rule}`, values) + (why.reason ? ` (${why.reason})` : "");
}
