// What goes back by itself, and what takes whom: a site's refund policy, its limits, and kinds that take a second person.

import { useState } from "preact/hooks";
import type { RefundLimits, Role } from "../../../../widget/src/core/wire";
import { type ConsoleKey, useConsole } from "../context";
import { toMajor } from "../../../../widget/src/core/money";
import { kindWords } from "../tickets/words";
import { useAnswer } from "./answer";
import { Add, Remove } from "./rows";
import { type SiteForm, useSaving } from "./saving";

interface Rule {
  days?: number | null;
  from?: "delivery" | "purchase";
  unused?: boolean;
  excluded?: boolean;
}

/** The document of docs/cases.md. */
interface Policy extends Rule {
  minimum?: number;
  caps?: Record<string, number>;
  kinds?: Record<string, Rule>;
}

type Rows<T> = [string, T][];

const CURRENCY = "CNY";
const CHANNELS = ["wechat_pay", "alipay", "bank_card", "wallet", "cod"];
const ROLES: Role[] = ["agent", "supervisor", "admin"];
const DAY_LIMITS = ["agent_day", "customer_day", "confirm"] as const;

export function RefundSettings({ held, saved }: SiteForm) {
  const { words, snapshot } = useConsole();
  const isAdmin = snapshot.desk.agent?.role === "admin";
  const [policy, setPolicy] = useState(() => held.refund_policy as Policy);
  const [kinds, setKinds] = useState<Rows<Rule>>(() => Object.entries((held.refund_policy as Policy).kinds ?? {}));
  const [caps, setCaps] = useState<Rows<number>>(() => Object.entries((held.refund_policy as Policy).caps ?? {}));
  const [total, setTotal] = useState<number | undefined>(held.refund_limit);
  const [limits, setLimits] = useState(held.refund_limits);
  const [second, setSecond] = useState<readonly string[]>(held.second_person);
  const { busy, save } = useSaving(saved);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const named = <T,>(rows: Rows<T>): Record<string, T> => Object.fromEntries(rows.map(([name, value]) => [name.trim(), value] as const).filter(([name]) => name));
    const refund_policy = { ...policy, kinds: named(kinds), caps: named(caps) } as Record<string, unknown>;
    void save({ site: held.site, refund_policy, refund_limit: total ?? 0, refund_limits: limits, second_person: [...second] });
  };
  return (
    <form onSubmit={submit} aria-label={words.say("policy.title")}>
      <fieldset class="site-settings" disabled={!isAdmin}>
        <section class="card form">
          <h2>{words.say("policy.title")}</h2>
          <p class="faint">{words.say("policy.hint")}</p>
          <RuleFields rule={policy} put={(rule) => setPolicy({ ...policy, ...rule })} />
          <Money label={words.say("policy.minimum")} value={policy.minimum} put={(minimum) => setPolicy(without({ ...policy, minimum } as Policy, "minimum"))} />
          <fieldset class="choices-of policy-rows">
            <legend>{words.say("policy.kinds")}</legend>
            {kinds.map(([name, rule], at) => (
              <div key={at} class="policy-row boxed">
                <label>
                  {words.say("policy.kind")}
                  <input required maxLength={60} value={name} placeholder="service" spellcheck={false} onInput={(event) => setKinds(replaced(kinds, at, [event.currentTarget.value, rule]))} />
                </label>
                <label class="check">
                  <input type="checkbox" checked={rule.excluded ?? false} onChange={(event) => setKinds(replaced(kinds, at, [name, { ...rule, excluded: event.currentTarget.checked }]))} />
                  {words.say("policy.excluded")}
                </label>
                {!rule.excluded && <RuleFields rule={rule} put={(to) => setKinds(replaced(kinds, at, [name, { ...rule, ...to }]))} />}
                <Remove name={name} remove={() => setKinds(kinds.filter((_, index) => index !== at))} />
              </div>
            ))}
            <Add text={words.say("policy.add_kind")} add={() => setKinds([...kinds, ["", { excluded: true }]])} />
          </fieldset>
          <fieldset class="choices-of policy-rows">
            <legend>{words.say("policy.caps")}</legend>
            {caps.map(([name, amount], at) => (
              <div key={at} class="policy-row">
                <label>
                  {words.say("policy.channel")}
                  <select value={name} onChange={(event) => setCaps(replaced(caps, at, [event.currentTarget.value, amount]))}>
                    {[...new Set([...CHANNELS, name])].filter(Boolean).map((channel) => (
                      <option key={channel} value={channel}>
                        {words.has(`channel.${channel}`) ? words.say(`channel.${channel}` as ConsoleKey) : channel}
                      </option>
                    ))}
                  </select>
                </label>
                <Money label={words.say("policy.cap")} value={amount} put={(to) => setCaps(replaced(caps, at, [name, to ?? 0]))} />
                <Remove name={name} remove={() => setCaps(caps.filter((_, index) => index !== at))} />
              </div>
            ))}
            <Add text={words.say("policy.add_cap")} add={() => setCaps([...caps, [CHANNELS[0]!, 0]])} />
          </fieldset>
        </section>
        <section class="card form">
          <h2>{words.say("limits.title")}</h2>
          <p class="faint">{words.say("limits.hint")}</p>
          <div class="pairs">
            {ROLES.map((role) => (
              <Money
                key={role}
                label={words.say("limits.role", { role: words.say(`role.${role}`) })}
                value={limits.refund?.[role]}
                put={(amount) => setLimits({ ...limits, refund: without({ ...limits.refund, [role]: amount }, role) as Record<string, number> })}
              />
            ))}
            {DAY_LIMITS.map((name) => (
              <Money
                key={name}
                label={words.say(`limits.${name}`)}
                value={limits[name] ?? undefined}
                put={(amount) => setLimits({ ...limits, [name]: amount ?? null } as RefundLimits)}
              />
            ))}
            <Money label={words.say("limits.order")} value={total} put={setTotal} />
          </div>
        </section>
        <SecondPerson chosen={second} choose={setSecond} />
        {isAdmin && (
          <div class="form-actions">
            <button class="button primary" aria-disabled={busy}>
              {words.say("policy.save")}
            </button>
          </div>
        )}
      </fieldset>
    </form>
  );
}

function RuleFields({ rule, put }: { rule: Rule; put(rule: Rule): void }) {
  const { words } = useConsole();
  return (
    <div class="pairs">
      <label>
        {words.say("policy.days")}
        <input
          type="number"
          min={0}
          max={3_650}
          value={rule.days ?? ""}
          placeholder={words.say("policy.no_days")}
          onInput={(event) => put({ days: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        {words.say("policy.from")}
        <select value={rule.from ?? "delivery"} onChange={(event) => put({ from: event.currentTarget.value as "delivery" | "purchase" })}>
          <option value="delivery">{words.say("policy.from_delivery")}</option>
          <option value="purchase">{words.say("policy.from_purchase")}</option>
        </select>
      </label>
      <label class="check">
        <input type="checkbox" checked={rule.unused ?? false} onChange={(event) => put({ unused: event.currentTarget.checked })} />
        {words.say("policy.unused")}
      </label>
    </div>
  );
}

function SecondPerson({ chosen, choose }: { chosen: readonly string[]; choose(codes: readonly string[]): void }) {
  const { words } = useConsole();
  const { value } = useAnswer("ticket_kinds", {});
  const kinds = kindWords(words, value?.kinds ?? []);
  return (
    <section class="card form">
      <h2>{words.say("second.title")}</h2>
      <p class="faint">{words.say("second.hint")}</p>
      <div class="checks">
        {kinds.kinds.map(({ code }) => (
          <label key={code} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(code)}
              onChange={(event) => choose(event.currentTarget.checked ? [...chosen, code] : chosen.filter((one) => one !== code))}
            />
            {kinds.kind(code)}
          </label>
        ))}
      </div>
    </section>
  );
}

/** An amount as people write it, or nothing. */
function Money({ label, value, put }: { label: string; value: number | undefined; put(amount: number | undefined): void }) {
  const { words } = useConsole();
  const text = value === undefined ? "" : toMajor(value, CURRENCY);
  const read = (input: HTMLInputElement): void => {
    const amount = input.value.trim() === "" ? undefined : Math.round(Number(input.value) * 100);
    if (amount === undefined || Number.isSafeInteger(amount)) put(amount);
  };
  return (
    <label>
      {label}
      <input class="number" type="number" min={0} step="0.01" defaultValue={text} placeholder={words.say("limits.none")} onChange={(event) => read(event.currentTarget)} />
    </label>
  );
}

function replaced<T>(rows: Rows<T>, at: number, row: [string, T]): Rows<T> {
  return rows.map((one, index) => (index === at ? row : one));
}

/** Of what is undefined, nothing is said. */
function without<T extends object>(held: T, name: keyof T): T {
  if (held[name] !== undefined) return held;
  const { [name]: _, ...rest } = held;
  return rest as T;
}
