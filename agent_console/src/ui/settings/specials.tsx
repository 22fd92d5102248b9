import { useEffect, useRef } from "preact/hooks";
import { dayAfter, isSettled, replaced, type Special, USUAL, wordDate } from "../../state/calendar";
import { useConsole } from "../context";
import { Icon } from "../icons";
import type { DraftProps } from "./hours";
import { Intervals, wordPairs } from "./intervals";

const KINDS = ["closed", "hours", "part_closed", "part_open"] as const;
type Kind = (typeof KINDS)[number];

/** Dates that are not like others: closed, with hours of their own, or partly open or closed. */
export function Specials({ calendar, view, change }: DraftProps) {
  const { words } = useConsole();
  const { specials } = calendar;
  const listed = specials.map((special, at) => ({ special, at }));
  const past = listed.filter(({ special }) => isSettled(special.date, view.today));
  const edit = (at: number, to?: Special): void => change({ ...calendar, specials: replaced(specials, at, to) });
  const list = useRef<HTMLUListElement>(null);
  const added = useRef(false);
  const add = (): void => {
    added.current = true;
    change({ ...calendar, specials: [...specials, { date: dayAfter(view.today), intervals: [], reason: null }] });
  };
  useEffect(() => {
    if (added.current) list.current?.querySelector<HTMLElement>("li:last-child input")?.focus();
    added.current = false;
  }, [specials.length]);
  return (
    <section class="card">
      <div class="card-head">
        <h2>{words.say("hours.specials")}</h2>
        <button type="button" class="button small" onClick={add}>
          <Icon name="plus" />
          {words.say("specials.add")}
        </button>
      </div>
      {past.length === listed.length && <p class="faint">{words.say("specials.none")}</p>}
      <ul class="plain specials" ref={list}>
        {listed
          .filter(({ special }) => !isSettled(special.date, view.today))
          .map(({ special, at }) => (
            <SpecialRow key={at} special={special} today={view.today} edit={(to) => edit(at, to)} />
          ))}
      </ul>
      {past.length > 0 && (
        <details>
          <summary class="faint">{words.say("specials.past", { count: past.length })}</summary>
          <ul class="plain">
            {past.map(({ special, at }) => (
              <li key={at}>
                {wordDate(special.date, words.locale, true)} · {words.say(`special.${kindOf(special)}`)} {wordPairs(special.intervals, words)}{" "}
                <span class="faint">{special.reason}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function SpecialRow({ special, today, edit }: { special: Special; today: string; edit(to?: Special): void }) {
  const { words } = useConsole();
  const kind = kindOf(special);
  const of = wordDate(special.date, words.locale);
  return (
    <li class="special form">
      <div class="form-row">
        <label>
          {words.say("specials.date")}
          <input
            type="date"
            min={today}
            value={special.date}
            onChange={({ currentTarget }) => currentTarget.value && edit({ ...special, date: currentTarget.value })}
          />
        </label>
        <label>
          {words.say("specials.kind")}
          <select value={kind} onChange={(event) => edit(ofKind(special, event.currentTarget.value as Kind))}>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {words.say(`special.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          {words.say("specials.reason")}
          <input
            maxLength={200}
            value={special.reason ?? ""}
            placeholder={words.say("specials.reason_hint")}
            onChange={(event) => edit({ ...special, reason: event.currentTarget.value || null })}
          />
        </label>
        <button type="button" class="icon-button" aria-label={words.say("specials.remove", { date: of })} onClick={() => edit()}>
          <Icon name="close" />
        </button>
      </div>
      {kind !== "closed" && (
        <Intervals
          of={of}
          pairs={special.intervals}
          none={words.say("hours.closed")}
          change={(intervals) => edit({ ...special, intervals })}
        />
      )}
    </li>
  );
}

function kindOf({ part, intervals }: Special): Kind {
  if (part) return part === "open" ? "part_open" : "part_closed";
  return intervals.length === 0 ? "closed" : "hours";
}

function ofKind({ date, reason, intervals }: Special, kind: Kind): Special {
  if (kind === "closed") return { date, reason, intervals: [] };
  const hours = intervals.length > 0 ? intervals : [USUAL];
  if (kind === "hours") return { date, reason, intervals: hours };
  return { date, reason, intervals: hours, part: kind === "part_open" ? "open" : "closed" };
}
