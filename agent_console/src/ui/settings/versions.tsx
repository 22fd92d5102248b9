import { useState } from "preact/hooks";
import {
  currentVersion,
  dayAfter,
  isSettled,
  replaced,
  USUAL,
  type Version,
  WEEKDAYS,
  type Weekday,
  withVersionFrom,
  wordCountry,
  wordDate,
  wordWeekday,
} from "../../state/calendar";
import { useConsole } from "../context";
import type { DraftProps } from "./hours";
import { Intervals } from "./intervals";
import { Week } from "./week";
import { ZoneField } from "./zone";

/** The hours of the week and what holidays do, from each date on which they changed or will. */
export function Versions({ calendar, view, change }: DraftProps) {
  const { words } = useConsole();
  const { versions } = calendar;
  const [chosen, choose] = useState(() => currentVersion(versions, view.today));
  const at = Math.min(chosen, versions.length - 1);
  const version = versions[at]!;
  const settled = !view.problem && isSettled(version.from, view.today);
  const edit = (to: Version): void => change({ ...calendar, versions: replaced(versions, at, to) });
  const begin = (from: string): void => {
    const after = withVersionFrom(calendar, from);
    change(after);
    choose(after.versions.findIndex((one) => one.from === from));
  };
  const remove = (): void => {
    change({ ...calendar, versions: replaced(versions, at) });
    choose(at - 1);
  };
  const named = ({ from }: Version): string =>
    from === null ? words.say("hours.since_ever") : words.say("hours.from", { date: wordDate(from, words.locale, true) });
  return (
    <section class="card">
      <div class="card-head">
        <h2>{words.say("hours.week")}</h2>
        <div class="form zone">
          <ZoneField label={words.say("preview.zone")} value={calendar.zone} change={(zone) => change({ ...calendar, zone })} />
        </div>
      </div>
      <div class="versions">
        {versions.map((one, place) => (
          <button key={one.from} type="button" class="button small" aria-pressed={place === at} onClick={() => choose(place)}>
            {named(one)}
            {place === currentVersion(versions, view.today) && <span class="tag active">{words.say("hours.holds_now")}</span>}
          </button>
        ))}
      </div>
      {settled && <p class="faint">{words.say("hours.settled")}</p>}
      {!settled && version.from !== null && <RemoveVersion from={version.from} remove={remove} />}
      <BeginAnew today={view.today} begin={begin} />
      <fieldset class="bare" disabled={settled}>
        <Week weekly={version.weekly} change={(weekly) => edit({ ...version, weekly })} />
        <Holidays version={version} countries={view.countries} edit={edit} />
      </fieldset>
    </section>
  );
}

function BeginAnew({ today, begin }: { today: string; begin(from: string): void }) {
  const { words } = useConsole();
  const [from, setFrom] = useState(dayAfter(today));
  return (
    <div class="form-row boxed">
      <label class="inline grow">
        {words.say("hours.new_from")}
        <input type="date" min={today} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <button type="button" class="button small" disabled={!from || from < today} onClick={() => begin(from)}>
        {words.say("hours.change_from")}
      </button>
    </div>
  );
}

function RemoveVersion({ from, remove }: { from: string; remove(): void }) {
  const { words } = useConsole();
  return (
    <div class="form-row">
      <p class="grow faint">{words.say("hours.to_come", { date: wordDate(from, words.locale, true) })}</p>
      <button type="button" class="button small bad" onClick={remove}>
        {words.say("hours.remove_version")}
      </button>
    </div>
  );
}

function Holidays({ version, countries, edit }: { version: Version; countries: string[]; edit(to: Version): void }) {
  const { words } = useConsole();
  const { holidays } = version;
  const rule = (change: Partial<Version["holidays"]>): void => edit({ ...version, holidays: { ...holidays, ...change } });
  const named = countries.map((code) => [code, wordCountry(code, words.locale)] as const);
  return (
    <div class="form holidays">
      <h3>{words.say("hours.holidays")}</h3>
      <div class="form-row">
        <label>
          {words.say("hours.country")}
          <select value={version.country ?? ""} onChange={(event) => edit({ ...version, country: event.currentTarget.value || null })}>
            <option value="">{words.say("hours.no_country")}</option>
            {named
              .sort(([, a], [, b]) => a.localeCompare(b, words.locale))
              .map(([code, name]) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
          </select>
        </label>
        <label>
          {words.say("hours.holidays_do")}
          <select
            value={holidays.do}
            onChange={({ currentTarget }) => {
              const to = currentTarget.value as Version["holidays"]["do"];
              rule({ do: to, intervals: to === "hours" ? [["10:00", "18:00"]] : [] });
            }}
          >
            {(["nothing", "hours", "closed"] as const).map((one) => (
              <option key={one} value={one}>
                {words.say(`holidays.${one}`)}
              </option>
            ))}
          </select>
        </label>
        {holidays.do !== "nothing" && (
          <label>
            {words.say("hours.at_least")}
            <input
              type="number"
              min={1}
              max={30}
              value={holidays.at_least}
              onChange={({ currentTarget }) => rule({ at_least: Math.min(30, Math.max(1, Math.round(currentTarget.valueAsNumber) || 1)) })}
            />
          </label>
        )}
        <label>
          {words.say("hours.makeup")}
          <select value={version.makeup} onChange={(event) => edit({ ...version, makeup: event.currentTarget.value as Weekday })}>
            {WEEKDAYS.map((day) => (
              <option key={day} value={day}>
                {wordWeekday(day, words.locale)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {holidays.do === "hours" && (
        <Intervals
          of={words.say("hours.holidays")}
          pairs={holidays.intervals}
          none={words.say("hours.closed")}
          change={(intervals) => rule(intervals.length ? { intervals } : { intervals: [USUAL] })}
        />
      )}
    </div>
  );
}
