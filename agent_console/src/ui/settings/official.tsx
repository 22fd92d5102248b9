import { useState } from "preact/hooks";
import type { OfficialDay } from "../../../../widget/src/core/wire";
import { type Correction, dayAfter, isSettled, replaced, wordDate } from "../../state/calendar";
import { type ConsoleWords, useConsole } from "../context";
import { Icon } from "../icons";
import type { DraftProps } from "./hours";
import { wordPairs } from "./intervals";

const KINDS = ["holiday", "makeup", "ordinary"] as const;

/** What this year's and the next one's official days are, what they do here, and where the list is wrong. */
export function OfficialDays({ calendar, view, change }: DraftProps) {
  const { words } = useConsole();
  const breaks = inBreaks(view.days.filter(({ last, date }) => last >= view.today || date >= view.today));
  return (
    <section class="card">
      <h2>{words.say("hours.official")}</h2>
      {view.days.length === 0 && <p class="faint">{words.say("official.none")}</p>}
      {view.unannounced.map((year) => (
        <p class="hint" key={year}>
          {words.say("official.unannounced", { year })}
        </p>
      ))}
      {breaks.length > 0 && (
        <ul class="plain official">
          {breaks.map((days) => (
            <Break key={days[0]!.date} days={days} />
          ))}
        </ul>
      )}
      <Corrections
        corrections={calendar.overrides}
        today={view.today}
        change={(overrides) => change({ ...calendar, overrides })}
      />
    </section>
  );
}

function Break({ days }: { days: OfficialDay[] }) {
  const { words } = useConsole();
  const [first, last] = [days[0]!, days.at(-1)!];
  const names = [...new Set(days.map(({ names }) => names[words.locale] ?? ""))].join(words.locale === "en" ? ", " : "、");
  const dates = first === last ? wordDate(first.date, words.locale, true) : `${wordDate(first.date, words.locale, true)} – ${wordDate(last.date, words.locale)}`;
  return (
    <li>
      <span class="official-dates">{dates}</span>
      <strong>{first.kind === "makeup" ? words.say("official.makeup", { name: names }) : names}</strong>
      {days.some(({ corrected }) => corrected) && <span class="tag">{words.say("official.corrected")}</span>}
      <span class="end faint">{[...new Set(days.map((day) => wordTreatment(day, words)))].join(" / ")}</span>
    </li>
  );
}

function wordTreatment({ rule, hours }: OfficialDay, words: ConsoleWords): string {
  const shown = hours.length > 0 ? wordPairs(hours, words) : words.say("hours.closed");
  return rule === "weekly" ? words.say("official.as_usual") : rule === "special" ? words.say("official.special", { hours: shown }) : shown;
}

/** Days that follow each other and are the same kind of day in the same break. */
function inBreaks(days: OfficialDay[]): OfficialDay[][] {
  const breaks: OfficialDay[][] = [];
  for (const day of days) {
    const running = breaks.at(-1)?.at(-1);
    const goesOn = running && running.kind === "holiday" && day.kind === "holiday" && running.first === day.first;
    if (goesOn) breaks.at(-1)!.push(day);
    else breaks.push([day]);
  }
  return breaks;
}

function Corrections({ corrections, today, change }: { corrections: Correction[]; today: string; change(to: Correction[]): void }) {
  const { words } = useConsole();
  const [date, setDate] = useState(dayAfter(today));
  const [kind, setKind] = useState<Correction["kind"]>("holiday");
  const [name, setName] = useState("");
  const add = (event: Event): void => {
    event.preventDefault();
    const others = corrections.filter((one) => one.date !== date);
    change([...others, { date, kind, name: kind === "holiday" ? name || null : null }].sort((a, b) => a.date.localeCompare(b.date)));
    setName("");
  };
  return (
    <details class="corrections">
      <summary>{words.say("official.correct")}</summary>
      <p class="faint">{words.say("official.correct_hint")}</p>
      <ul class="plain">
        {corrections.map((one, at) => (
          <li key={one.date} class="form-row">
            <span class="grow">
              {wordDate(one.date, words.locale, true)} · {words.say(`official.kind_${one.kind}`)} {one.name}
            </span>
            {!isSettled(one.date, today) && (
              <button
                type="button"
                class="icon-button"
                aria-label={words.say("specials.remove", { date: wordDate(one.date, words.locale) })}
                onClick={() => change(replaced(corrections, at))}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      <form class="form" onSubmit={add}>
        <div class="form-row">
          <label>
            {words.say("specials.date")}
            <input type="date" required min={today} value={date} onChange={(event) => setDate(event.currentTarget.value)} />
          </label>
          <label>
            {words.say("official.is")}
            <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Correction["kind"])}>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {words.say(`official.kind_${one}`)}
                </option>
              ))}
            </select>
          </label>
          {kind === "holiday" && (
            <label class="grow">
              {words.say("official.name")}
              <input maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            </label>
          )}
          <button class="button small">{words.say("official.add")}</button>
        </div>
      </form>
    </details>
  );
}
