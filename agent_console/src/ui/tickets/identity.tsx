import { useState } from "preact/hooks";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { Ticket } from "../../../../widget/src/core/wire";
import { checkIdentity, isOver } from "../../state/case_verbs";
import { useConsole } from "../context";
import { Icon } from "../icons";
import { known } from "../parts";
import { useKindWords } from "./words";

/** What an agent may go by to know who somebody is. */
export const CHECKS = ["document", "registered_phone", "registered_email", "recent_payment", "account_details", "other"] as const;

/** What was checked and whether it was right: what they answered is written down nowhere. */
export function Identity({ ticket }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const kinds = useKindWords();
  const [what, choose] = useState<string>(CHECKS[0]);
  const [idFor, setIds] = useState(() => idsByContent());
  const asks = kinds.find(ticket.kind)?.steps.some(({ code }) => code === "identity_check");
  if (!asks && ticket.identity.length === 0) return null;
  const record = (passed: boolean): void => {
    void checkIdentity(store, idFor, { ticket_id: ticket.id, what, passed });
    setIds(() => idsByContent()); // the same check made again later is another one
  };
  return (
    <section class="card" aria-label={words.say("identity.title")}>
      <header class="card-head">
        <h3>{words.say("identity.title")}</h3>
        <span class="faint small">{words.say("identity.hint")}</span>
      </header>
      {ticket.identity.length > 0 && (
        <ul class="plain checks-done">
          {ticket.identity.map((check) => (
            <li key={check.what + check.at}>
              <span class={check.passed ? "tag passed" : "tag not-passed"}>
                <Icon name={check.passed ? "check" : "close"} />
                {words.say(check.passed ? "identity.passed" : "identity.not_passed")}
              </span>
              <span class="grow">{known(words, `identity.${check.what}`, check.what.replaceAll("_", " "))}</span>
              <span class="faint small">
                {check.by} · <time dateTime={check.at}>{wordMoment(check.at, words.locale)}</time>
              </span>
            </li>
          ))}
        </ul>
      )}
      {!isOver(ticket) && (
        <div class="form form-row">
          <label class="grow">
            {words.say("identity.what")}
            <select value={what} onChange={(event) => choose(event.currentTarget.value)}>
              {CHECKS.map((one) => (
                <option key={one} value={one}>
                  {words.say(`identity.${one}`)}
                </option>
              ))}
            </select>
          </label>
          <button type="button" class="button small" onClick={() => record(true)}>
            {words.say("identity.passed")}
          </button>
          <button type="button" class="button small bad" onClick={() => record(false)}>
            {words.say("identity.not_passed")}
          </button>
        </div>
      )}
    </section>
  );
}
