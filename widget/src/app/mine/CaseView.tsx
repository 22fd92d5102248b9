import { useEffect, useRef, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import { idsByContent } from "../../core/ids";
import { wordMoment } from "../../core/wording";
import type { Case, CaseValue } from "../../core/wire";
import type { Place } from "../state";
import type { Session } from "../session";
import { attempt } from "../verbs";
import { Field, focusFault } from "../views/Field";
import { Fact } from "./Bought";
import { loadMine } from "./data";
import { FilePicker, useFiles } from "./Files";
import { type Key, type MineUi, wordEnding, wordEvent, wordKind, wordNext, wordRefusal } from "./words";

/** A case: its number, its steps, who acts next, what was done, and what its customer may do. */
export function CaseView({ mine, place }: { mine: MineUi; place: Place & { at: "case" } }) {
  const { state, words } = mine;
  const given = state.cases!.find(({ ticket_id }) => ticket_id === place.ticketId);
  const [told, setTold] = useState<Key | undefined>(place.isNew ? "apply.done" : undefined);
  if (!given) return <p class="empty" role="alert">{words.say("case.gone")}</p>;
  return (
    <div class="case-view">
      <p role="status" class={told ? "verdict good" : "hidden"}>{told && words.say(told)}</p>
      <Title mine={mine} given={given} />
      <Steps mine={mine} given={given} />
      <section class={given.next === "customer" ? "next yours" : "next"}>
        <h3>{words.say("case.now")}</h3>
        <p>{wordNext(given, mine)}</p>
      </section>
      {given.may.includes("add_evidence") && <Evidence mine={mine} given={given} done={() => setTold("case.evidence_done")} />}
      <Facts mine={mine} given={given} />
      <History mine={mine} given={given} />
      <Choices mine={mine} given={given} />
    </div>
  );
}

interface Of {
  mine: MineUi;
  given: Case;
}

function Title({ mine: { words }, given }: Of) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => void copyText(given.number).then(() => (setCopied(true), setTimeout(() => setCopied(false), 2_000)));
  return (
    <header>
      <h2 tabIndex={-1}>{wordKind(given, words)}</h2>
      <p class="line">
        <strong class="digits">{given.number}</strong>
        <button class="quiet" aria-label={words.say("case.copy")} onClick={copy}>{words.say(isCopied ? "case.copied" : "case.copy_short")}</button>
      </p>
    </header>
  );
}

// In a frame of another site the clipboard may be closed to us: then the old way.
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

function Steps({ mine: { words }, given }: Of) {
  return (
    <ol class="steps" aria-label={words.say("case.steps")}>
      {given.steps.map(({ code, state, names }) => (
        <li key={code} class={state} {...(state === "current" ? { "aria-current": "step" as const } : {})}>
          <span>{names?.[words.locale] ?? words.named(`step.${code}`, code)}</span>
          <span class="state">{words.say(`case.step_${state}`)}</span>
        </li>
      ))}
    </ol>
  );
}

function Facts({ mine: { words }, given }: Of) {
  const { refund, order_number, ending } = given;
  const money = (amount: number): string => words.money(amount, refund!.currency);
  return (
    <dl class="facts">
      {refund && <Fact name={words.say(refund.state === "paid" ? "case.refund" : "case.refund_open")}><strong>{money(refund.amount)}</strong></Fact>}
      {refund?.items && <Fact name={words.say("case.items")}>{refund.items.map(({ name, count }) => `${name} ×${count}`).join(" · ")}</Fact>}
      {refund?.calculation && <Fact name={words.say("case.calculation")}><span class="digits">{`${money(refund.calculation.charged)} − ${money(refund.calculation.expected)}`}</span></Fact>}
      {refund?.payout && <Fact name={words.say("case.payout")}>{words.say(`apply.way_${refund.payout.way}`)}{refund.payout.masked && <span class="digits"> {refund.payout.masked}</span>}</Fact>}
      {order_number && <Fact name={words.say("case.order")}><span class="digits">{order_number}</span></Fact>}
      {ending && <Fact name={words.say("case.ending")}>{wordEnding(given, ending, words)}</Fact>}
      <Fact name={words.say("case.opened_at")}>{wordMoment(given.created_at, words.locale)}</Fact>
    </dl>
  );
}

function History({ mine: { words }, given }: Of) {
  const told = given.history.map((event) => ({ at: event.at, text: wordEvent(event, given, words) })).filter(({ text }) => text).reverse();
  return (
    <section>
      <h3>{words.say("case.history")}</h3>
      <ol class="history">
        {told.map(({ at, text }, index) => <li key={index}><p>{text}</p><time dateTime={at}>{wordMoment(at, words.locale)}</time></li>)}
      </ol>
    </section>
  );
}

function Evidence({ mine, given, done }: Of & { done: () => void }) {
  const { session, words, ui } = mine;
  const wanted = given.wanted.filter((one) => !one.given);
  const [isOpen, setOpen] = useState(wanted.length > 0);
  const [code, setCode] = useState(wanted[0]?.code ?? "other");
  const [body, setBody] = useState("");
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);
  const [idFor] = useState(idsByContent);
  const files = useFiles(session);
  const name = (one: string, names?: Record<string, string>): string => names?.[words.locale] ?? words.named(`evidence.${one}`, one);
  const codes = [...given.wanted.filter((one) => one.code !== "other"), { code: "other", names: {}, given: false }];
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const fault = files.fault ?? (!body.trim() && !files.ids.length ? "case.evidence_missing" : undefined);
    setError(fault && words.say(fault));
    if (fault) return focusFault(event.target as HTMLFormElement);
    setSending(true);
    const input = { ticket_id: given.ticket_id, code, ...(body.trim() ? { body: body.trim() } : {}), ...(files.ids.length ? { attachment_ids: files.ids } : {}) };
    const problem = await change(mine, () => session.run("add_evidence", { ...input, client_id: idFor(input) }));
    setSending(false);
    setError(problem);
    if (problem) return;
    files.clear();
    setBody("");
    setOpen(false);
    done();
  };
  return (
    <section class={wanted.length ? "evidence wanted" : "evidence"}>
      {given.wanted.length > 0 && (
        <>
          <h3>{words.say("case.wanted")}</h3>
          <ul class="wants">
            {given.wanted.map((one) => <li key={one.code} class={one.given ? "given" : ""}>{name(one.code, one.names)}{one.given && <span class="soft"> · {words.say("case.given")}</span>}</li>)}
          </ul>
        </>
      )}
      {!isOpen && <button class="choice" onClick={() => setOpen(true)}>{words.say("case.evidence")}</button>}
      {isOpen && (
        <form class="plain" noValidate onSubmit={(event) => void submit(event)}>
          {codes.length > 1 && (
            <Field ui={ui} name="code" label={words.say("case.evidence_what")} required value={code} onValue={setCode}>
              {codes.map((one) => <option key={one.code} value={one.code}>{name(one.code, one.names)}</option>)}
            </Field>
          )}
          <FilePicker mine={mine} files={files} hint={words.say("apply.evidence_hint")} error={undefined} />
          <Field ui={ui} name="evidence" label={words.say("case.evidence_words")} lines={2} value={body} error={error} onValue={setBody} />
          <button class="button wide" disabled={isSending}>{words.say("case.evidence_send")}</button>
        </form>
      )}
    </section>
  );
}

function Choices({ mine, given }: Of) {
  const { session, words } = mine;
  const [asked, setAsked] = useState<"withdraw" | "appeal">();
  return (
    <div class="acts">
      {given.may.includes("appeal") && <button class="choice" onClick={() => setAsked("appeal")}>{words.say("case.appeal")}</button>}
      {given.may.includes("withdraw") && <button class="choice danger" onClick={() => setAsked("withdraw")}>{words.say("case.withdraw")}</button>}
      <button class="choice" onClick={() => void openCase(session, given.ticket_id)}>{words.say("case.page")}</button>
      {asked && <Confirm key={asked} mine={mine} given={given} what={asked} done={() => setAsked(undefined)} />}
    </div>
  );
}

/** The case's page, in a tab of its own. */
function openCase(session: Session, ticketId: string): Promise<boolean> {
  return attempt(session, async () => {
    const { path } = await session.run("case_link", { ticket_id: ticketId });
    const link = document.createElement("a");
    Object.assign(link, { href: path, target: "_blank", rel: "noopener" });
    link.click();
  });
}

/** Asks once more before something that cannot be taken back; an appeal also takes a reason. */
function Confirm({ mine, given, what, done }: Of & { what: "withdraw" | "appeal"; done: () => void }) {
  const { session, words, ui } = mine;
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (what === "appeal" && !reason.trim()) {
      setError(words.say("case.appeal_missing"));
      return focusFault(event.target as HTMLFormElement);
    }
    setSending(true);
    const { ticket_id } = given;
    const problem = await change(mine, () => (what === "appeal" ? session.run("appeal_case", { ticket_id, reason: reason.trim() }) : session.run("withdraw_case", { ticket_id })));
    setSending(false);
    if (problem) setError(problem);
    else done();
  };
  return (
    <dialog ref={dialog} aria-labelledby="confirm" onClose={done}>
      <form noValidate onSubmit={(event) => void submit(event)}>
        <h2 id="confirm">{words.say(`case.${what}_question`)}</h2>
        <p>{words.say(`case.${what}_explained`)}</p>
        {what === "appeal" && <Field ui={ui} name="appeal" label={words.say("case.appeal_reason")} required lines={3} value={reason} error={error} onValue={setReason} />}
        {what === "withdraw" && error && <p class="error" role="alert">{error}</p>}
        <div class="row">
          <button type="button" class="button plain" onClick={done}>{words.say(what === "withdraw" ? "case.withdraw_no" : "case.cancel")}</button>
          <button class="button" disabled={isSending}>{words.say(what === "withdraw" ? "case.withdraw" : "case.appeal_send")}</button>
        </div>
      </form>
    </dialog>
  );
}

/** Does it and shows the case anew. What went wrong, in words; nothing when it was done. */
async function change({ session, words }: MineUi, act: () => Promise<CaseValue>): Promise<string | undefined> {
  try {
    session.caseIs((await act()).case);
    void loadMine(session);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (["illegal_move", "conflict", "changed"].includes(error.code)) void loadMine(session);
    return wordRefusal(error, words);
  }
}
