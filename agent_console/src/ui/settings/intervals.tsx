import { useState } from "preact/hooks";
import { isPastMidnight, type Pair, readTime, replaced, USUAL } from "../../state/calendar";
import { type ConsoleWords, useConsole } from "../context";
import { Icon } from "../icons";

interface Props {
  /** What these are the hours of, for who cannot see where they stand. */
  of: string;
  pairs: readonly Pair[];
  change(pairs: Pair[]): void;
  /** What stands there when there are none. */
  none: string;
}

/** The hours of one day: from, to, and what that means when it is past midnight. */
export function Intervals({ of, pairs, change, none }: Props) {
  const { words } = useConsole();
  return (
    <div class="intervals" role="group" aria-label={of}>
      {pairs.length === 0 && <span class="faint">{none}</span>}
      {pairs.map((pair, at) => (
        <span class="interval" key={at}>
          <Clock label={words.say("hours.opens_of", { of })} value={pair[0]} change={(to) => change(replaced(pairs, at, [to, pair[1]]))} />
          <span aria-hidden="true">–</span>
          <Clock
            label={words.say("hours.closes_of", { of })}
            value={pair[1] === "24:00" ? "00:00" : pair[1]}
            change={(to) => change(replaced(pairs, at, [pair[0], to]))}
          />
          {isPastMidnight(pair) && <span class="tag">{words.say(pastMidnight(pair))}</span>}
          <button
            type="button"
            class="icon-button"
            aria-label={words.say("hours.remove_of", { of, hours: pair.join("–") })}
            onClick={() => change(replaced(pairs, at))}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <button
        type="button"
        class="icon-button"
        aria-label={words.say("hours.add_of", { of })}
        title={words.say("hours.add")}
        onClick={() => change([...pairs, nextPair(pairs)])}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}

// Written, not picked: a field for times shows twelve hours to some, and hours of a desk are read in 24.
function Clock({ label, value, change }: { label: string; value: string; change(to: string): void }) {
  const [typed, type] = useState<string>();
  const finish = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    const time = readTime(currentTarget.value);
    if (time && time !== value) change(time);
    type(undefined);
  };
  return (
    <input
      class="clock"
      inputMode="numeric"
      maxLength={5}
      aria-label={label}
      aria-invalid={typed !== undefined && !readTime(typed)}
      value={typed ?? value}
      onInput={(event) => type(event.currentTarget.value)}
      onBlur={finish}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function pastMidnight([opens, closes]: Pair): "hours.all_day" | "hours.midnight" | "hours.next_day" {
  if (opens === closes || (opens === "00:00" && closes === "24:00")) return "hours.all_day";
  return closes === "00:00" || closes === "24:00" ? "hours.midnight" : "hours.next_day";
}

function nextPair(pairs: readonly Pair[]): Pair {
  const last = pairs.at(-1)?.[1];
  return last && last < "22:00" && last > "00:00" ? [`${String(Number(last.slice(0, 2)) + 1).padStart(2, "0")}:00`, "23:00"] : USUAL;
}

/** Hours in words: 09:00–12:00, 13:00–02:00 (the next day). */
export function wordPairs(pairs: readonly (readonly string[])[], words: ConsoleWords): string {
  return pairs
    .map(([opens = "", closes = ""]) => {
      const shown = `${opens}–${closes}`;
      return isPastMidnight([opens, closes]) ? `${shown} (${words.say(pastMidnight([opens, closes]))})` : shown;
    })
    .join(words.locale === "en" ? ", " : "、");
}
