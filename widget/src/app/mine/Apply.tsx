import { useLayoutEffect, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import { newId } from "../../core/ids";
import { toMajor } from "../../core/money";
import type { CaseKind, KindField } from "../../core/wire";
import { isReachable, type Place } from "../state";
import { goTo } from "../verbs";
import { Field, focusFault } from "../views/Field";
import {
  type Around, asksForSubject, canBeAbout, currencyOf, EMPTY, type Faults, faultsOf, type Filled, inputOf, isOfMoney, isRequired, mostOf, needsSubject, own, ownFields,
  subjectField, WAYS,
} from "./apply";
import { loadMine, offered, type Subject, subjectsOf } from "./data";
import { FilePicker, useFiles } from "./Files";
import { Difference, Lines, Policy, SubjectField, useVerdicts } from "./Money";
import { type Key, type MineUi, wordApply, wordNamed, wordRefusal } from "./words";

type ApplyPlace = Place & { at: "apply" };

export function Apply({ mine, place }: { mine: MineUi; place: ApplyPlace }) {
  const kind = offered(mine.state, place.kind);
  if (kind) return <Form mine={mine} place={place} kind={kind} />;
  return (
    <div class="form apply">
      <h2 tabIndex={-1}>{mine.words.say("apply.closed")}</h2>
      <button class="button wide" onClick={() => goTo(mine.session)}>{mine.words.say("apply.ask")}</button>
    </div>
  );
}

/** The form of a case. It is kept through a reload until it is sent, but for the account money should go to. */
function Form({ mine, place, kind }: { mine: MineUi; place: ApplyPlace; kind: CaseKind }) {
  const { session, state, words, ui } = mine;
  const { code } = kind;
  const subjects = subjectsOf(state.orders!).filter(({ of }) => canBeAbout(kind, of));
  const [filled, setFilled] = useState<Filled>(() => ({ ...begun(mine, place, kind, subjects), ...remembered(mine, place) }));
  const [isChecked, setChecked] = useState(false);
  const [isSending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<CommandError>();
  const files = useFiles(session);
  const subject = subjects.find(({ id }) => id === filled.subject);
  const { whole, verdict, lines, hasFailed } = useVerdicts(mine, code, filled, subject);
  const wantsContact = !isReachable(state);
  const around: Around = { kind, subject, verdict, wantsContact };
  const most = mostOf(filled, around, lines);
  const faults: Faults = isChecked ? faultsOf(filled, around) : {};
  const set = (change: Partial<Filled>): void => setFilled({ ...filled, ...change });
  // Before it is painted: who reloads at once has lost nothing.
  useLayoutEffect(() => session.tab.write("apply", { place, filled: { ...filled, payout: "" } }), [filled]);
  const isForbidden = code === "refund" && verdict !== undefined && !verdict.allowed && verdict.most === 0;

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
      if (["wrong_form", "kind_closed", "fewer_left"].includes(error.code)) void loadMine(session);
      setRefusal(error);
      setSending(false);
    }
  };

  const error = (name: string): string | false => {
    const key = faults[name];
    return key !== undefined && words.say(key, { amount: words.money(most ?? subject?.refundable ?? 0, currencyOf(subject)) });
  };
  const field = (name: "number" | "amount" | "charged" | "expected" | "reason" | "payout" | "holder" | "name" | "email" | "phone", label: string, required = true) => ({
    ui, name, label, value: filled[name] ?? "", required, error: error(name),
    onValue: (value: string) => set({ [name]: value }),
  });
  const say = (key: Key): string => words.say(key, { currency: currencyOf(subject) });
  const numberOf = subjectField(kind);
  const decimal = { inputMode: "decimal" } as const;

  return (
    <form class="form apply" noValidate onSubmit={(event) => void submit(event)}>
      <h2 tabIndex={-1}>{wordApply(kind, words)}</h2>
      {subjects.length > 0 && <SubjectField mine={mine} kind={kind} filled={filled} set={setFilled} subjects={subjects} error={error("subject")} />}
      {numberOf && filled.subject === "typed" && (
        <Field {...field("number", (!subjects.length && numberOf.names?.[words.locale]) || say("apply.order_number"), needsSubject(kind))} hint={say("apply.order_number_hint")} />
      )}
      {code === "refund" && subject && <Lines mine={mine} subject={subject} whole={whole} lines={lines} filled={filled} set={setFilled} error={error("lines")} />}
      {code === "refund" && subject && <Policy mine={mine} verdict={verdict} hasFailed={hasFailed} />}
      {isForbidden ? (
        <button type="button" class="button wide" onClick={() => goTo(session)}>{say("apply.ask")}</button>
      ) : (
        <>
          {code === "refund" && subject && (
            <Field {...field("amount", say("apply.amount"))} value={filled.amount ?? (most === undefined ? "" : toMajor(most, subject.currency))} input={decimal}
              {...(most === undefined ? {} : { hint: words.say("apply.amount_hint", { amount: words.money(most, subject.currency) }) })} />
          )}
          {code === "refund" && !subject && kind.fields.filter((one) => one.code === "amount").map((one) => (
            <Field key={one.code} {...field("amount", wordNamed(one.names, "field.amount", words), one.required)} input={decimal} />
          ))}
          {code === "amount_dispute" && (
            <>
              <div class="pair">
                <Field {...field("charged", say("apply.charged"))} input={decimal} />
                <Field {...field("expected", say("apply.expected"))} input={decimal} />
              </div>
              <Difference mine={mine} filled={filled} currency={currencyOf(subject)} />
            </>
          )}
          {ownFields(kind, subject).map((one) => (
            <OwnField key={one.code} mine={mine} field={one} required={isRequired(one, wantsContact)} value={filled.fields[one.code] ?? ""} error={error(own(one.code))}
              onValue={(value) => set({ fields: { ...filled.fields, [one.code]: value } })} />
          ))}
          <Field {...field("reason", words.named(`apply.reason_${code}`, say("apply.reason_other")))} lines={3} {...(isOfAccount(kind) ? { hint: say("apply.never") } : {})} />
          {isOfMoney(kind) && (
            <Field ui={ui} name="way" label={say("apply.payout")} required value={filled.way} onValue={(way) => set({ way: way as Filled["way"] })}>
              {WAYS.map((way) => <option key={way} value={way}>{words.say(`apply.way_${way}`)}</option>)}
            </Field>
          )}
          {isOfMoney(kind) && filled.way !== "original" && (
            <>
              <Field {...field("payout", say(`apply.payout_${filled.way}`))} hint={say("apply.payout_hint")} input={{ autocomplete: "off", inputMode: filled.way === "bank" ? "numeric" : "text" }} />
              <Field {...field("holder", say("apply.holder"))} input={{ autocomplete: "off" }} />
            </>
          )}
          <fieldset>
            <legend>{say("apply.evidence")}<span class="optional">{words.say("form.optional")}</span></legend>
            <FilePicker mine={mine} files={files} hint={wordEvidence(kind, words)} error={isChecked && files.fault ? words.say(files.fault) : undefined} />
          </fieldset>
          {wantsContact && (
            <fieldset>
              <legend>{say("apply.contact")}</legend>
              <Field {...field("name", words.say("form.name"), false)} input={{ autocomplete: "name" }} />
              <Field {...field("email", words.say("form.email"), false)} unmarked input={{ type: "email", autocomplete: "email" }} />
              <Field {...field("phone", words.say("form.phone"), false)} unmarked input={{ type: "tel", autocomplete: "tel" }} />
            </fieldset>
          )}
          {refusal && <p class="error" role="alert">{wordRefusal(refusal, words)}</p>}
          <button class="button wide" disabled={isSending}>{say(isSending ? "apply.sending" : "apply.send")}</button>
        </>
      )}
    </form>
  );
}

interface OfOwn {
  mine: MineUi;
  field: KindField;
  required: boolean;
  value: string;
  error: string | false;
  onValue: (value: string) => void;
}

/** A question of the kind's own, by its type; the site may have added it. */
function OwnField({ mine: { ui, words }, field: { code, names, type }, ...given }: OfOwn) {
  const of = { ui, name: own(code), label: wordNamed(names, `field.${code}`, words), ...given };
  if (type === "text") return <Field {...of} lines={3} />;
  if (type === "date") return <Field {...of} input={{ type: "date" }} />;
  if (type === "money") return <Field {...of} input={{ inputMode: "decimal" }} />;
  return <Field {...of} input={{ autocomplete: code === "account" ? "username" : "off" }} />;
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

function begun({ state }: MineUi, { id, number }: ApplyPlace, kind: CaseKind, subjects: Subject[]): Filled {
  const { name, email, phone } = state.customer ?? {};
  const named = subjects.find((one) => one.id === id || one.number === number);
  const isTyped = !named && (number !== undefined || !subjects.length) && asksForSubject(kind);
  return { ...EMPTY, name: name ?? "", email: email ?? "", phone: phone ?? "", number: number ?? "", subject: named?.id ?? (isTyped ? "typed" : "") };
}

function remembered({ session }: MineUi, place: ApplyPlace): Partial<Filled> {
  const kept = session.tab.read<{ place: ApplyPlace; filled: Filled }>("apply");
  return kept && JSON.stringify(kept.place) === JSON.stringify(place) ? kept.filled : {};
}

const isOfAccount = ({ fields }: CaseKind): boolean => fields.some(({ code }) => code === "account");

function wordEvidence({ evidence }: CaseKind, words: MineUi["words"]): string {
  const helpful = evidence.map(({ code, names }) => wordNamed(names, `evidence.${code}`, words));
  const what = new Intl.ListFormat(words.locale, { type: "disjunction" }).format(helpful);
  return (what ? words.say("apply.evidence_helps", { what }) : "") + words.say("apply.evidence_hint");
}
