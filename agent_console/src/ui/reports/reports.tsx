// What came of a range of days: a table of figures, to look at and to take along.

import "../../styles/settings.css";
import "../../styles/reports.css";

import { useState } from "preact/hooks";
import type { Report, ReportQuery } from "../../../../widget/src/core/wire";
import { wordDate } from "../../state/calendar";
import { siteName, useConsole } from "../context";
import { Choice } from "../parts";
import { useAnswer } from "../settings/answer";
import { type By, cell, csvOf, type Days, GROUPINGS, GROUPS, lastDays, problemOf, rowName } from "./figures";

const RANGES = { today: 1, week: 7, month: 30 } as const;
type Range = keyof typeof RANGES | "own";

export function Reports() {
  const { snapshot, words, now } = useConsole();
  const { desks } = snapshot.desk;
  const [site, setSite] = useState("");
  const [by, setBy] = useState<By>("day");
  const [range, setRange] = useState<Range>("week");
  const zone = (desks.find((one) => one.site === site) ?? desks[0])?.zone ?? "UTC";
  const [own, setOwn] = useState<Days>(() => lastDays(RANGES.week, zone, now));
  const days = range === "own" ? own : lastDays(RANGES[range], zone, now);
  const problem = problemOf(days);
  const choose = (to: Range): void => {
    if (to === "own") setOwn(days);
    setRange(to);
  };
  const query: ReportQuery = { ...days, by, ...(site ? { site } : {}) };
  return (
    <main class="settings reports" aria-label={words.say("screen.reports")}>
      <header class="column-head settings-head">
        <h1>{words.say("screen.reports")}</h1>
      </header>
      <div class="settings-body">
        <form class="form" onSubmit={(event) => event.preventDefault()}>
          <div class="form-row report-choices">
            <label>
              {words.say("report.range")}
              <select value={range} onChange={(event) => choose(event.currentTarget.value as Range)}>
                {(["today", "week", "month", "own"] as const).map((one) => (
                  <option key={one} value={one}>
                    {words.say(`report.range.${one}`)}
                  </option>
                ))}
              </select>
            </label>
            {range === "own" &&
              (["since", "until"] as const).map((end) => (
                <label key={end}>
                  {words.say(`report.${end}`)}
                  <input type="date" value={own[end]} aria-invalid={problem !== undefined} onInput={(event) => setOwn({ ...own, [end]: event.currentTarget.value })} />
                </label>
              ))}
            <label>
              {words.say("report.by")}
              <select value={by} onChange={(event) => setBy(event.currentTarget.value as By)}>
                {GROUPINGS.map((one) => (
                  <option key={one} value={one}>
                    {words.say(`report.by.${one}`)}
                  </option>
                ))}
              </select>
            </label>
            {desks.length > 1 && (
              <Choice
                name={words.say("fact.site")}
                value={site}
                any={words.say("report.all_sites")}
                options={desks.map((one) => [one.site, siteName(snapshot.desk, words.locale, one.site)] as const)}
                put={setSite}
              />
            )}
          </div>
        </form>
        {problem ? (
          <p class="form-error" role="alert">
            {words.say(problem)}
          </p>
        ) : (
          <Figures key={JSON.stringify(query)} query={query} by={by} />
        )}
      </div>
    </main>
  );
}

function Figures({ query, by }: { query: ReportQuery; by: By }) {
  const { words } = useConsole();
  const { value } = useAnswer("report", query);
  if (!value)
    return (
      <p class="empty slow" aria-busy={true}>
        {words.say("report.coming")}
      </p>
    );
  return (
    <>
      <FigureTable report={value} by={by} days={query} />
      <div class="form-actions start">
        <button type="button" class="button small" onClick={() => save(csvOf(words, by, value.rows, value.total), `report-${query.since}-${query.until}-${by}.csv`)}>
          {words.say("report.csv")}
        </button>
      </div>
      <p class="faint report-notes">{words.say("report.notes")}</p>
    </>
  );
}

function FigureTable({ report: { rows, total }, by, days: { since, until } }: { report: Report; by: By; days: Days }) {
  const { words, now } = useConsole();
  const columns = GROUPS.flatMap((group) => group.columns.map((column, index) => ({ column, begins: index === 0 })));
  const cells = (row: Report["total"]) =>
    columns.map(({ column, begins }, index) => (
      <td key={index} class={begins ? "begins" : ""}>
        {cell(words, column, row)}
      </td>
    ));
  const day = (date: string): string => wordDate(date, words.locale, !date.startsWith(`${new Date(now).getFullYear()}-`));
  const caption = words.say("report.caption", { by: words.say(`report.by.${by}`).toLowerCase(), since: day(since), until: day(until) });
  return (
    // Wider than most screens: it scrolls by itself, by keyboard too.
    <div class="report-frame" role="region" aria-label={caption} tabIndex={0}>
      <table class="report">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              {words.say(`report.by.${by}`)}
            </th>
            {GROUPS.map((group) => (
              <th key={group.name} scope="colgroup" colSpan={group.columns.length} class="begins">
                {words.say(group.name)}
              </th>
            ))}
          </tr>
          <tr>
            {columns.map(({ column, begins }, index) => (
              <th key={index} scope="col" class={begins ? "begins" : ""}>
                {words.say(column.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key ?? ""}>
              <th scope="row">{rowName(words, by, row)}</th>
              {cells(row)}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.say("report.total")}</th>
            {cells(total)}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function save(text: string, name: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href));
}
