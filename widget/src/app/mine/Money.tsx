/** What a form about money shows beside its fields: what it is of, what the policy says, the sum. */

import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { manyOf } from "../../core/counting";
import type { CaseKind, Verdict } from "../../core/wire";
import { Field } from "../views/Field";
import { chosenLines, differenceOf, type Filled, isWhole, needsSubject, subjectField } from "./apply";
import type { Subject } from "./data";
import { Quantity } from "./Quantity";
import { type MineUi, wordVerdict } from "./words";

interface Part {
  mine: MineUi;
  filled: Filled;
  set: (filled: Filled) => void;
  error: string | false;
}

export function SubjectField({ mine: { ui, words }, kind, filled, set, subjects, error }: Part & { kind: CaseKind; subjects: Subject[] }) {
  const isNeeded = needsSubject(kind);
  const field = subjectField(kind);
  const choose = (subject: string): void => {
    const { lines: _, amount: __, counts: ___, ...kept } = filled; // of another order
    set({ ...kept, subject });
  };
  return (
    <Field ui={ui} name="subject" label={field?.names?.[words.locale] ?? words.say("apply.of")} required={isNeeded} value={filled.subject} error={error} onValue={choose}>
      {isNeeded ? <option value="" disabled>{words.say("form.choose")}</option> : <option value="">{words.say("apply.of_none")}</option>}
      {subjects.map(({ id, number, amount, currency }) => <option key={id} value={id}>{`${number} · ${words.money(amount, currency)}`}</option>)}
      {field && <option value="typed">{words.say("apply.of_unlisted")}</option>}
    </Field>
  );
}

export function Lines({ mine: { words }, filled, set, subject, whole, lines, error }: Part & { subject: Subject; whole: Verdict | undefined; lines: number[] }) {
  const items = subject.order?.items ?? [];
  if (items.length < 2 && !items.some((item) => manyOf(item) > 1)) return null;
  const toggle = (line: number): void => {
    const { amount: _, counts, ...kept } = filled; // was of other lines
    set({ ...kept, counts: without(counts, line), lines: lines.includes(line) ? lines.filter((one) => one !== line) : [...lines, line] });
  };
  const count = (line: number, many: number, chosen: number): void => {
    const { amount: _, counts, ...kept } = filled;
    set({ ...kept, counts: { ...without(counts, line), ...(chosen < many ? { [line]: chosen } : {}) } });
  };
  return (
    <fieldset aria-describedby={error ? "note-lines" : undefined}>
      <legend>{words.say("apply.lines")}</legend>
      {items.map((item) => {
        const { line, name, amount } = item;
        const many = manyOf(item);
        const judged = whole?.lines.find((one) => one.line === line);
        const isOut = judged !== undefined && !judged.allowed;
        const isIn = lines.includes(line) && !isOut;
        return (
          <Fragment key={line}>
            <label class="check">
              <input type="checkbox" checked={isIn} disabled={isOut} aria-invalid={!!error} onChange={() => toggle(line)} />
              <span>
                {name}<Quantity words={words} item={item} />
                {isOut && <span class="hint">{wordLine(judged.rule, whole!, words)}</span>}
              </span>
              <span class="digits">{words.money(amount, subject.currency)}</span>
            </label>
            {isIn && many > 1 && (
              <label class="how-many">
                <span>{words.say("apply.how_many")}</span>
                <select value={Math.min(filled.counts?.[line] ?? many, many)} onChange={(event) => count(line, many, Number(event.currentTarget.value))}>
                  {upTo(many).map((one) => <option key={one} value={one}>{one}</option>)}
                </select>
              </label>
            )}
          </Fragment>
        );
      })}
      {error && <p id="note-lines" class="error">{error}</p>}
    </fieldset>
  );
}

function without(counts: Record<number, number> = {}, line: number): Record<number, number> {
  const { [line]: _, ...others } = counts;
  return others;
}

/** Nobody looks through a list of thousands: all of them, or fewer than a hundred. */
function upTo(many: number): number[] {
  return [...Array.from({ length: Math.min(many, 100) - 1 }, (_, index) => index + 1), many];
}

// The values there are belong to the rule that decided over the whole; another's sentence would have holes.
function wordLine(rule: string, whole: Verdict, words: MineUi["words"]): string {
  return rule === whole.rule ? wordVerdict(whole, words) : words.say("apply.line_out");
}

export function Policy({ mine: { words }, verdict, hasFailed }: { mine: MineUi; verdict: Verdict | undefined; hasFailed: boolean }) {
  const look = !verdict ? "" : verdict.allowed ? " good" : " bad";
  return (
    <div class={`verdict${look}`} role="status">
      <p class="label">{words.say("apply.policy")}</p>
      {verdict ? <p>{wordVerdict(verdict, words)}</p> : <p>{words.say(hasFailed ? "apply.not_checked" : "apply.checking")}</p>}
      {verdict && !verdict.allowed && verdict.most === 0 && <p>{words.say("apply.forbidden")}</p>}
    </div>
  );
}

export function Difference({ mine: { words }, filled, currency }: { mine: MineUi; filled: Filled; currency: string }) {
  const found = differenceOf(filled, currency);
  const money = (amount: number): string => words.money(amount, currency);
  return (
    <div role="status">
      {found && (
        <p class="verdict good">{words.say("apply.difference", { difference: money(found.difference), charged: money(found.charged), expected: money(found.expected) })}</p>
      )}
    </div>
  );
}

/** What the policy says of all of it, and of the lines that are chosen. */
export function useVerdicts({ session }: MineUi, kind: string, filled: Filled, subject: Subject | undefined) {
  const [known, setKnown] = useState<Record<string, Verdict>>({});
  const [failed, setFailed] = useState<string>();
  // When something has gone back meanwhile, the policy says something else.
  const id = subject && `${subject.id}:${subject.refundable}`;
  const whole = id === undefined ? undefined : known[id];
  const lines = chosenLines(filled, subject, whole);
  const isPart = whole !== undefined && lines.length > 0 && !isWhole(lines, subject);
  const key = id === undefined ? "" : isPart ? `${id}:${[...lines].sort().join()}` : id;
  useEffect(() => {
    if (kind !== "refund" || !subject || known[key]) return;
    session.run("check_case", { [`${subject.of}_id`]: subject.id, ...(isPart ? { lines } : {}) }).then(
      ({ verdict }) => setKnown((now) => ({ ...now, [key]: verdict })),
      () => setFailed(key),
    );
  }, [kind, key]);
  return { whole, lines, verdict: known[key], hasFailed: failed === key };
}

