// When a site's desk is open. Everything but the emergency is a draft until it is saved, whole.

import { useEffect, useState } from "preact/hooks";
import { CommandError } from "../../../../widget/src/core/connection";
import type { CalendarView } from "../../../../widget/src/core/wire";
import { type Calendar, calendarOf, isSame, mistakeIn } from "../../state/calendar";
import { useConsole } from "../context";
import { useAnswer } from "./answer";
import { EmergencyCard } from "./emergency";
import { OfficialDays } from "./official";
import { Preview } from "./preview";
import { Specials } from "./specials";
import { Versions } from "./versions";
import type { TabProps } from "./settings";
import { Zones } from "./zone";

export interface DraftProps {
  calendar: Calendar;
  view: CalendarView;
  change(to: Calendar): void;
}

export function Hours({ site }: TabProps) {
  const { value, show, again } = useAnswer("calendar", { site });
  if (!value) return null;
  return (
    <>
      <Zones />
      {value.problem ? <Broken problem={value.problem} /> : <EmergencyCard site={site} />}
      <Draft key={value.revision} view={value} saved={show} again={again} />
      {!value.problem && <Preview site={site} zone={calendarOf(value).zone} today={value.today} revision={value.revision} />}
    </>
  );
}

/** Somebody changed it at the database: what can be read of it is a draft like any other. */
function Broken({ problem }: { problem: string }) {
  const { words } = useConsole();
  return (
    <section class="card is-closed" role="alert">
      <h2>{words.say("hours.broken")}</h2>
      <p>{words.say("hours.broken_hint")}</p>
      <p class="form-error" lang="en">
        {problem}
      </p>
    </section>
  );
}

function Draft({ view, saved, again }: { view: CalendarView; saved(view: CalendarView): void; again(): Promise<void> }) {
  const { store, words } = useConsole();
  const [calendar, change] = useState(() => calendarOf(view));
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const isBroken = view.problem !== undefined;
  const isChanged = !isSame(calendar, calendarOf(view));
  useWarning(isChanged);
  const save = async (): Promise<void> => {
    const mistake = mistakeIn(calendar, words.locale, words.say("hours.holidays"));
    if (mistake) return setWrong(words.say(`hours.mistake_${mistake.what}`, { of: mistake.of }));
    setBusy(true);
    setWrong("");
    try {
      const given = { site: view.site, revision: view.revision, calendar: { ...calendar }, ...(isBroken ? { mends: true } : {}) };
      saved(await store.connection.send("set_calendar", given));
      store.toast({ key: "toast.calendar_saved" });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setWrong(error.code === "changed" ? words.say("hours.changed") : error.message);
    }
    setBusy(false);
  };
  const discard = (): void => {
    change(calendarOf(view));
    setWrong("");
    setRound(round + 1);
    void again();
  };
  const props = { calendar, view, change };
  return (
    <>
      <Versions key={round} {...props} />
      <Specials {...props} />
      <OfficialDays {...props} />
      {(isChanged || isBroken) && (
        <div class="card save-bar" role="region" aria-label={words.say("hours.unsaved")}>
          <p class={wrong ? "form-error grow" : "grow"} role="status">
            {wrong || words.say(isChanged ? "hours.unsaved" : "hours.broken")}
          </p>
          <button type="button" class="button small" onClick={discard}>
            {words.say("hours.discard")}
          </button>
          <button type="button" class="button primary small" disabled={busy} onClick={() => void save()}>
            {words.say("hours.save")}
          </button>
        </div>
      )}
    </>
  );
}

function useWarning(isChanged: boolean): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    if (isChanged) window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isChanged]);
}
