import { useState } from "preact/hooks";
import type { Case } from "../../core/wire";
import { goTo } from "../verbs";
import { isOfMoney } from "./apply";
import { inOrder, type Subject, subjectsOf } from "./data";
import { Bought } from "./Bought";
import { type MineUi, wordApply, wordEnding, wordKind, wordNamed, wordNext } from "./words";

export function Home({ mine }: { mine: MineUi }) {
  const { state, words } = mine;
  const cases = inOrder(state.cases!);
  const subjects = subjectsOf(state.orders!);
  const [tab, setTab] = useState<"orders" | "cases">(() => (cases.some(({ next }) => next !== "nobody") || !subjects.length && cases.length ? "cases" : "orders"));
  const wanted = cases.filter(({ next }) => next === "customer").length;
  return (
    <>
      <h2 class="hidden" tabIndex={-1}>{words.say("mine.title")}</h2>
      <div class="tabs">
        {(["orders", "cases"] as const).map((name) => (
          <button key={name} aria-pressed={tab === name} onClick={() => setTab(name)}>
            {words.say(name === "orders" && state.orders!.transactions.length && !state.orders!.orders.length ? "mine.transactions" : `mine.${name}`)}
            {name === "cases" && wanted > 0 && <span class="count">{wanted}</span>}
          </button>
        ))}
      </div>
      {tab === "cases" ? <Cases mine={mine} cases={cases} /> : <Orders mine={mine} subjects={subjects} />}
    </>
  );
}

function Cases({ mine, cases }: { mine: MineUi; cases: Case[] }) {
  if (!cases.length) return <p class="empty">{mine.words.say("mine.no_cases")}</p>;
  return (
    <ul class="list">
      {cases.map((one) => <li key={one.ticket_id}><CaseRow mine={mine} case={one} /></li>)}
    </ul>
  );
}

function CaseRow({ mine, case: given }: { mine: MineUi; case: Case }) {
  const { session, words } = mine;
  return (
    <button class="tile open" onClick={() => goTo(session, { at: "case", ticketId: given.ticket_id })}>
      <span class="line"><strong>{wordKind(given, words)}</strong>{given.refund && <span class="sum">{words.money(given.refund.amount, given.refund.currency)}</span>}</span>
      <span class="line soft"><span class="digits">{given.number}</span></span>
      <span class={given.next === "customer" ? "turn yours" : "turn"}>{wordStep(given, words)}{wordNext(given, mine, "short")}</span>
    </button>
  );
}

function wordStep(given: Case, words: MineUi["words"]): string {
  const { steps, next, ending } = given;
  if (next === "nobody" && ending) return `${wordEnding(given, ending, words)} · `;
  const step = steps.find(({ state }) => state === "current") ?? steps.at(-1);
  return step ? `${wordNamed(step.names, `step.${step.code}`, words)} · ` : "";
}

function Orders({ mine, subjects }: { mine: MineUi; subjects: Subject[] }) {
  const { state, session, words } = mine;
  // Refunds begin at what was bought; for anything else there is the conversation.
  const kinds = state.kinds!.filter((kind) => kind.code !== "other" && !(subjects.length && isOfMoney(kind)));
  return (
    <>
      {!state.orders!.verified && <p class="empty">{words.say("mine.guest")}</p>}
      {state.orders!.verified && !subjects.length && <p class="empty">{words.say("mine.no_orders")}</p>}
      <ul class="list">
        {subjects.map((subject) => <li key={subject.id}><Bought mine={mine} subject={subject} /></li>)}
      </ul>
      <section class="others">
        <h3>{words.say(subjects.length ? "mine.other" : "mine.other_guest")}</h3>
        {kinds.map((kind) => (
          <button key={kind.code} class="choice" onClick={() => goTo(session, { at: "apply", kind: kind.code })}>{wordApply(kind, words)}</button>
        ))}
      </section>
    </>
  );
}
