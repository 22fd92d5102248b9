import { useEffect, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import { newId } from "../../core/ids";
import { toMajor } from "../../core/money";
import type { Verdict } from "../../core/wire";
import { isReachable, type Place } from "../state";
import { goTo } from "../verbs";
import { Field, focusFault } from "../views/Field";
import {
  type Around, asksForPayout, asksForSubject, chosenLines, currencyOf, differenceOf, EMPTY, EVIDENCE, type Faults, faultsOf, type Filled,
  inputOf, isOfAccount, isOfMoney, isWhole, WAYS,
} from "./apply";
import { loadMine, type Subject, subjectsOf } from "./data";
import { FilePicker, useFiles } from "./Files";
import { type Key, type MineUi, wordVerdict } from "./words";

type ApplyPlace = Place & { at: "apply" };

/** The form of a case. It is kept through a reload until it is sent, but for the account money should go to. */
export function Apply({ mine, place }: { mine: MineUi; place: ApplyPlace }) {
  const { session, state, words, ui } = mine;
  const { kind } = place;
  const subjects = asksForSubject(kind) ? subjectsOf(state.orders!) : [];
  const [filled, setFilled] = useState<Filled>(() => ({ ...begun(mine, place, subjects), ...remembered(mine, place) }));
  const [isChecked, setChecked] = useState(false);
  const [isSending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<CommandError>();
  const files = useFiles(session);
  const subject = subjects.find(({ id }) => id === filled.subject);
  const { whole, verdict, lines, hasFailed } = useVerdicts(mine, kind, filled, subject);
  const wantsContact = !isReachable(state);
  const around: Around = { kind, subject, verdict, wantsContact };
  const faults: Faults = isChecked ? faultsOf(filled, around) : {};
  const set = (change: Partial<Filled>): void => setFilled({ ...filled, ...change });
  useEffect(() => session.tab.write("apply", { place, filled: { ...filled, payout: "" } }), [filled]);
  const isForbidden = kind === "refund" && verdict !== undefined && !verdict.allowed && verdict.most === 0;

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    setRefusal(undefined);
    if (files.fault || Object.keys(faultsOf(filled, around)).length) return focusFault(event.target as HTMLFormElement);
    setSending(true);
    try {
      const input = inputOf(filled, around, lines, files.ids);
      const { case: opened } = await session.run("open_case", { ...input, client_id: idFor(mine, input) });
      for (const kept of ["apply", "apply_id"]) session.tab.forget(kept);
      session.caseIs(opened);
      void loadMine(session);
      goTo(session, { at: "case", ticketId: opened.ticket_id, isNew: true });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setRefusal(error);
      setSending(false);
    }
  };

  const error = (field: keyof Filled): string | false => {
    const key = faults[field];
    return key !== undefined && words.say(key, { amount: words.money(verdict?.most ?? subject?.refundable ?? 0, currencyOf(subject)) });
  };
  const field = (name: "number" | "amount" | "charged" | "expected" | "account" | "frozen_on" | "reason" | "payout" | "holder" | "name" | "email" | "phone", label: Parameters<typeof words.say>[0], required = true) => ({
    ui, name, label: words.say(label, { currency: currencyOf(subject) }), value: filled[name] ?? "", required, error: error(name),
    onValue: (value: string) => set({ [name]: value }),
  });
  const decimal = { inputMode: "decimal" } as const;

  return (
    <form class="form apply" noValidate onSubmit={(event) => void submit(event)}>
      <h2 tabIndex={-1}>{isNamed(kind) ? words.say(`apply.${kind}`) : kind}</h2>
      {asksForSubject(kind) && <SubjectField mine={mine} kind={kind} filled={filled} set={setFilled} subjects={subjects} error={error("subject")} />}
      {filled.subject === "typed" && <Field {...field("number", "apply.order_number")} hint={words.say("apply.order_number_hint")} />}
      {kind === "refund" && subject && <Lines mine={mine} subject={subject} whole={whole} lines={lines} filled={filled} set={setFilled} error={error("lines")} />}
      {kind === "refund" && subject && <Policy mine={mine} verdict={verdict} hasFailed={hasFailed} />}
      {isForbidden ? (
        <button type="button" class="button wide" onClick={() => goTo(session)}>{words.say("apply.ask")}</button>
      ) : (
        <>
          {kind === "refund" && subject && (
            <Field {...field("amount", "apply.amount")} value={filled.amount ?? (verdict ? toMajor(verdict.most, subject.currency) : "")} input={decimal}
              {...(verdict ? { hint: words.say("apply.amount_hint", { amount: words.money(verdict.most, subject.currency) }) } : {})} />
          )}
          {kind === "refund" && filled.subject === "typed" && <Field {...field("amount", "apply.amount_open", false)} input={decimal} />}
          {kind === "amount_dispute" && (
            <>
              <div class="pair">
                <Field {...field("charged", "apply.charged")} input={decimal} />
                <Field {...field("expected", "apply.expected")} input={decimal} />
              </div>
              <Difference mine={mine} filled={filled} currency={currencyOf(subject)} />
            </>
          )}
          {isOfAccount(kind) && <Field {...field("account", "apply.account", wantsContact)} input={{ autocomplete: "username" }} />}
          {kind === "unfreeze" && <Field {...field("frozen_on", "apply.frozen_on", false)} input={{ type: "date" }} />}
          <Field {...field("reason", isNamed(kind) ? `apply.reason_${kind}` : "apply.reason_other")} lines={3} {...(isOfAccount(kind) ? { hint: words.say("apply.never") } : {})} />
          {asksForPayout(kind) && (
            <Field ui={ui} name="way" label={words.say("apply.payout")} required value={filled.way} onValue={(way) => set({ way: way as Filled["way"] })}>
              {WAYS.map((way) => <option key={way} value={way}>{words.say(`apply.way_${way}`)}</option>)}
            </Field>
          )}
          {asksForPayout(kind) && filled.way !== "original" && (
            <>
              <Field {...field("payout", `apply.payout_${filled.way}`)} hint={words.say("apply.payout_hint")} input={{ autocomplete: "off", inputMode: filled.way === "bank" ? "numeric" : "text" }} />
              <Field {...field("holder", "apply.holder")} input={{ autocomplete: "off" }} />
            </>
          )}
          <fieldset>
            <legend>{words.say("apply.evidence")}<span class="optional">{words.say("form.optional")}</span></legend>
            <FilePicker mine={mine} files={files} hint={hintFor(kind, words)} error={isChecked && files.fault ? words.say(files.fault) : undefined} />
          </fieldset>
          {wantsContact && (
            <fieldset>
              <legend>{words.say("apply.contact")}</legend>
              <Field {...field("name", "form.name", false)} input={{ autocomplete: "name" }} />
              <Field {...field("email", "form.email", false)} unmarked input={{ type: "email", autocomplete: "email" }} />
              <Field {...field("phone", "form.phone", false)} unmarked input={{ type: "tel", autocomplete: "tel" }} />
            </fieldset>
          )}
          {refusal && <p class="error" role="alert">{wordRefusal(refusal, words)}</p>}
          <button class="button wide" disabled={isSending}>{words.say(isSending ? "apply.sending" : "apply.send")}</button>
        </>
      )}
    </form>
  );
}

interface Part {
  mine: MineUi;
  filled: Filled;
  set: (filled: Filled) => void;
  error: string | false;
}

function SubjectField({ mine: { ui, words }, kind, filled, set, subjects, error }: Part & { kind: string; subjects: Subject[] }) {
  const isNeeded = isOfMoney(kind);
  const choose = (subject: string): void => {
    const { lines: _, amount: __, ...kept } = filled; // of another order
    set({ ...kept, subject });
  };
  return (
    <Field ui={ui} name="subject" label={words.say("apply.of")} required={isNeeded} value={filled.subject} error={error} onValue={choose}>
      {isNeeded ? <option value="" disabled>{words.say("form.choose")}</option> : <option value="">{words.say("apply.of_none")}</option>}
      {subjects.map(({ id, number, amount, currency }) => <option key={id} value={id}>{`${number} · ${words.money(amount, currency)}`}</option>)}
      <option value="typed">{words.say(subjects.length ? "apply.of_unlisted" : "apply.of_typed")}</option>
    </Field>
  );
}

function Lines({ mine: { words }, filled, set, subject, whole, lines, error }: Part & { subject: Subject; whole: Verdict | undefined; lines: number[] }) {
  const items = subject.order?.items ?? [];
  if (items.length < 2) return null;
  const toggle = (line: number): void => {
    const { amount: _, ...kept } = filled; // was of other lines
    set({ ...kept, lines: lines.includes(line) ? lines.filter((one) => one !== line) : [...lines, line] });
  };
  return (
    <fieldset aria-describedby={error ? "note-lines" : undefined}>
      <legend>{words.say("apply.lines")}</legend>
      {items.map(({ line, name, quantity, amount }) => {
        const judged = whole?.lines.find((one) => one.line === line);
        const isOut = judged !== undefined && !judged.allowed;
        return (
          <label key={line} class="check">
            <input type="checkbox" checked={lines.includes(line) && !isOut} disabled={isOut} aria-invalid={!!error} onChange={() => toggle(line)} />
            <span>
              {name}{quantity > 1 && <span class="soft"> × {quantity}</span>}
              {isOut && <span class="hint">{wordLine(judged.rule, whole!, words)}</span>}
            </span>
            <span class="digits">{words.money(amount, subject.currency)}</span>
          </label>
        );
      })}
      {error && <p id="note-lines" class="error">{error}</p>}
    </fieldset>
  );
}

// The values there are belong to the rule that decided over the whole; another's sentence would have holes.
function wordLine(rule: string, whole: Verdict, words: MineUi["words"]): string {
  return rule === whole.rule ? wordVerdict(whole, words) : words.say("apply.line_out");
}

function Policy({ mine: { words }, verdict, hasFailed }: { mine: MineUi; verdict: Verdict | undefined; hasFailed: boolean }) {
  const look = !verdict ? "" : verdict.allowed ? " good" : " bad";
  return (
    <div class={`verdict${look}`} role="status">
      <p class="label">{words.say("apply.policy")}</p>
      {verdict ? <p>{wordVerdict(verdict, words)}</p> : <p>{words.say(hasFailed ? "apply.not_checked" : "apply.checking")}</p>}
      {verdict && !verdict.allowed && verdict.most === 0 && <p>{words.say("apply.forbidden")}</p>}
    </div>
  );
}

function Difference({ mine: { words }, filled, currency }: { mine: MineUi; filled: Filled; currency: string }) {
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
function useVerdicts({ session }: MineUi, kind: string, filled: Filled, subject: Subject | undefined) {
  const [known, setKnown] = useState<Record<string, Verdict>>({});
  const [failed, setFailed] = useState<string>();
  const whole = subject && known[subject.id];
  const lines = chosenLines(filled, subject, whole);
  const isPart = whole !== undefined && lines.length > 0 && !isWhole(lines, subject);
  const key = subject ? (isPart ? `${subject.id}:${[...lines].sort().join()}` : subject.id) : "";
  useEffect(() => {
    if (kind !== "refund" || !subject || known[key]) return;
    session.run("check_case", { [`${subject.of}_id`]: subject.id, ...(isPart ? { lines } : {}) }).then(
      ({ verdict }) => setKnown((now) => ({ ...now, [key]: verdict })),
      () => setFailed(key),
    );
  }, [kind, key]);
  return { whole, lines, verdict: known[key], hasFailed: failed === key };
}

// The same for as long as the same is asked for, through a reload too. Of an account only a sum is kept.
function idFor({ session }: MineUi, input: object): string {
  const text = JSON.stringify(input, (name, value: unknown) => (name === "account" ? checksum(String(value)) : value));
  const kept = session.tab.read<{ text: string; id: string }>("apply_id");
  if (kept?.text === text) return kept.id;
  const id = newId();
  session.tab.write("apply_id", { text, id });
  return id;
}

function checksum(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
}

function begun({ state }: MineUi, { kind, id, number }: ApplyPlace, subjects: Subject[]): Filled {
  const { name, email, phone } = state.customer ?? {};
  const named = subjects.find((one) => one.id === id || one.number === number);
  const isTyped = !named && (number !== undefined || (!subjects.length && isOfMoney(kind)));
  return { ...EMPTY, name: name ?? "", email: email ?? "", phone: phone ?? "", number: number ?? "", subject: named?.id ?? (isTyped ? "typed" : "") };
}

function remembered({ session }: MineUi, place: ApplyPlace): Partial<Filled> {
  const kept = session.tab.read<{ place: ApplyPlace; filled: Filled }>("apply");
  return kept && JSON.stringify(kept.place) === JSON.stringify(place) ? kept.filled : {};
}

type Named = "refund" | "amount_dispute" | "unfreeze" | "payment_failure" | "password_help" | "other";
const isNamed = (kind: string): kind is Named => kind === "other" || kind in EVIDENCE;

function hintFor(kind: string, words: MineUi["words"]): string {
  const helpful = (EVIDENCE[kind] ?? []).map((code) => words.named(`evidence.${code}`, code));
  const what = new Intl.ListFormat(words.locale, { type: "disjunction" }).format(helpful);
  return (what ? words.say("apply.evidence_helps", { what }) : "") + words.say("apply.evidence_hint");
}

const REFUSALS: Record<string, Key | "trouble.offline" | "trouble.too_many"> = {
  policy: "apply.policy_changed",
  refund_open: "policy.refund_open",
  offline: "trouble.offline",
  unavailable: "trouble.offline",
  too_many: "trouble.too_many",
};

function wordRefusal({ code, message }: CommandError, words: MineUi["words"]): string {
  const known = REFUSALS[code];
  return known ? words.say(known) : words.say("apply.refused", { why: message });
}
