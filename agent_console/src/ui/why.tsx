// Why a conversation went to whom, as it was decided then, in sentences.

import { useState } from "preact/hooks";
import { wordMoment } from "../../../widget/src/core/wording";
import type { AgentConversation, Assigned, Explanation, LeftOut, Weighed } from "../../../widget/src/core/wire";
import { type ConsoleWords, useConsole } from "./context";
import { Section } from "./parts";

/** For supervisors: nothing is asked for until they want to know. */
export function Why({ conversation }: { conversation: AgentConversation }) {
  const { store, words } = useConsole();
  const [decisions, show] = useState<Assigned[]>();
  const ask = async (): Promise<void> => {
    const answer = await store.attempt(store.connection.send("decisions", { conversation_id: conversation.id }));
    if (answer) show(answer.decisions);
  };
  const name = conversation.agent?.name;
  return (
    <Section title={words.say("why.title")}>
      {decisions ? (
        <Told decisions={decisions} />
      ) : (
        <button type="button" class="button small wide" onClick={() => void ask()}>
          {name ? words.say("why.ask", { name }) : words.say("why.ask_before")}
        </button>
      )}
    </Section>
  );
}

function Told({ decisions }: { decisions: Assigned[] }) {
  const { words } = useConsole();
  if (decisions.length === 0) return <p class="faint">{words.say("why.nobody")}</p>;
  return (
    <ol class="why-list">
      {decisions.map((decision) => (
        <li key={decision.at}>
          <p>
            <strong>{decision.agent.name}</strong> <span class="faint">{wordMoment(decision.at, words.locale)}</span>
          </p>
          <p>{how(words, decision)}</p>
          {decision.explanation && <Everybody decision={decision} explanation={decision.explanation} />}
        </li>
      ))}
    </ol>
  );
}

function how(words: ConsoleWords, { how: way, agent, explanation }: Assigned): string {
  const { name } = agent;
  const said =
    way === "routed" && explanation
      ? words.say(`why.routed_${rule(explanation, agent.id)}`, { name })
      : way === "transferred"
        ? words.say("why.transferred", { name, by: explanation?.by?.name ?? "" })
        : words.say(way === "took_over" ? "why.took_over" : "why.picked", { name });
  if (!explanation) return said;
  const { team, overflow } = explanation;
  const from = team ? words.say("why.team", { team: team.name }) : "";
  const helped = overflow ? words.say("why.overflow", { team: overflow.team.name, time: length(words, overflow.after) }) : "";
  const waited = explanation.waited > 0 ? words.say("why.waited", { time: length(words, explanation.waited) }) : "";
  return [said, waited, from, helped].filter(Boolean).join(words.locale === "en" ? " " : "");
}

/** A score begins with 0 for who had the customer last: nothing else counts then. */
function rule({ policy, candidates }: Explanation, agentId: string): "last" | "round_robin" | "least_loaded" {
  if (candidates.find((one) => one.id === agentId)?.score[0] === 0) return "last";
  return policy === "round_robin" ? "round_robin" : "least_loaded";
}

function length(words: ConsoleWords, seconds: number): string {
  if (seconds < 60) return words.say("length.seconds", { count: seconds });
  if (seconds < 3600) return words.say("length.minutes", { count: Math.round(seconds / 60) });
  return words.say("length.hours", { count: Math.round(seconds / 3600) });
}

/** One line each; the reader's own is marked, and stands there even when they were no candidate at all. */
function Everybody({ decision, explanation }: { decision: Assigned; explanation: Explanation }) {
  const { words, snapshot } = useConsole();
  const me = snapshot.desk.agent?.id;
  const { candidates, left_out, more } = explanation;
  const chosen = candidates.find((one) => one.id === decision.agent.id);
  const lines = [
    ...candidates.map((one) => ({ ...one, said: why(words, decision, one, chosen) })),
    ...left_out.map((one) => ({ ...one, said: words.say(`left_out.${one.reason}`, numbers(words, one)) })),
  ];
  const isNamed = me === decision.agent.id || lines.some((one) => one.id === me) || more > 0;
  return (
    <ul>
      {lines.map(({ id, name, said }) => (
        <li key={id} class={`why-one${id === decision.agent.id ? " is-chosen" : ""}${id === me ? " is-me" : ""}`}>
          {words.say(id === me ? "why.you" : "why.line", { name, said })}
        </li>
      ))}
      {me && !isNamed && <li class="why-one is-me">{words.say("why.you_were_not_in")}</li>}
      {more > 0 && <li class="why-one">{words.say("why.more", { count: more })}</li>}
    </ul>
  );
}

function numbers(words: ConsoleWords, { load, capacity }: Weighed | LeftOut): Record<string, string> {
  return { has: capacity === undefined ? words.say("why.has", { load }) : words.say("why.has_of", { load, capacity }) };
}

/** What made the difference to who was chosen: the first number of the score that is not the same. */
function why(words: ConsoleWords, { how: way, agent }: Assigned, one: Weighed, chosen: Weighed | undefined): string {
  const has = numbers(words, one);
  if (one.id === agent.id) return words.say("why.chosen", has);
  if (way !== "routed" || !chosen) return words.say("why.could_have", has);
  const at = one.score.findIndex((number, index) => number !== chosen.score[index]);
  const reasons = one.score.length === 2 ? (["last", "recent"] as const) : (["last", "more_to_do", "language", "recent"] as const);
  return words.say(`why.${reasons[at] ?? "equal"}`, has);
}
