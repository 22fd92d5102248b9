import { useState } from "preact/hooks";
import type { AgentConversation } from "../../../widget/src/core/wire";
import { matchOrder } from "../state/case_verbs";
import { useConsole } from "./context";
import { toMinor } from "./format";

const CURRENCIES = ["CNY", "USD", "EUR", "GBP", "HKD", "JPY"];

/** No site has signed who this is: the customer tells an order's number and its exact amount, and only then is it shown. */
export function MatchOrder({ conversation }: { conversation: AgentConversation }) {
  const { store, words } = useConsole();
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const match = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const said = (name: string): string => String(new FormData(form).get(name)).trim();
    const currency = said("currency");
    const amount = toMinor(said("amount"), currency);
    if (amount === undefined) return setWrong(words.say("refund.not_an_amount"));
    setWrong("");
    setBusy(true);
    const facts = { conversation_id: conversation.id, number: said("number"), amount, currency };
    if (await matchOrder(store, conversation.customer_id, facts)) form.reset();
    setBusy(false);
  };
  return (
    <form class="form boxed" onSubmit={(event) => void match(event)} aria-label={words.say("match.title")}>
      <p class="faint small">{words.say("match.hint")}</p>
      <label>
        {words.say("match.number")}
        <input name="number" class="number" required maxLength={64} autoComplete="off" spellcheck={false} />
      </label>
      <div class="form-row">
        <label class="grow short">
          {words.say("match.amount")}
          <input name="amount" class="number" inputMode="decimal" required autoComplete="off" />
        </label>
        <label>
          {words.say("match.currency")}
          <select name="currency">
            {CURRENCIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </div>
      {wrong && (
        <p class="form-error" role="alert">
          {wrong}
        </p>
      )}
      <div class="form-actions">
        <button class="button small primary" disabled={busy}>
          {words.say("match.now")}
        </button>
      </div>
    </form>
  );
}
