import { type Pair, WEEKDAYS, type Weekday, wordWeekday } from "../../state/calendar";
import { useConsole } from "../context";
import { Intervals } from "./intervals";

export type Weekly = Partial<Record<Weekday, Pair[]>>;

/** The hours of each day of the week. */
export function Week({ weekly, change }: { weekly: Weekly; change(to: Weekly): void }) {
  const { words } = useConsole();
  const first = weekly.mon ?? [];
  return (
    <div class="week">
      {WEEKDAYS.map((day) => (
        <div class="week-day" key={day}>
          <span class="week-name">{wordWeekday(day, words.locale)}</span>
          <Intervals
            of={wordWeekday(day, words.locale)}
            pairs={weekly[day] ?? []}
            none={words.say("hours.closed")}
            change={(pairs) => change({ ...weekly, [day]: pairs })}
          />
          {day === "mon" && first.length > 0 && (
            <button type="button" class="button quiet small" onClick={() => change(everyDay(first))}>
              {words.say("hours.every_day")}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}

function everyDay(pairs: Pair[]): Weekly {
  return Object.fromEntries(WEEKDAYS.map((day) => [day, pairs]));
}
