// Who takes what, how many at once, and who helps out. Supervisors look; admins change, a team or an agent at a time.

import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { idsByContent } from "../../../../widget/src/core/ids";
import type { AgentSettings, Locale, RoutingPolicy, SetAgent, SetTeam, Teams, TeamSettings, Topic } from "../../../../widget/src/core/wire";
import { siteName, useConsole } from "../context";
import { Dialog, DialogForm } from "../dialog";
import { useAnswer } from "./answer";

export const TOPICS: Topic[] = ["refund", "amount_dispute", "unfreeze", "password_help", "payment_failure", "other"];

const POLICIES: RoutingPolicy[] = ["by_hand", "least_loaded", "round_robin"];
const LOCALES: Locale[] = ["zh-CN", "en"];

interface Saving {
  all: Teams;
  show(all: Teams): void;
}

export function TeamsTab() {
  const { words, snapshot } = useConsole();
  const { value: all, show } = useAnswer("teams", {});
  if (!all) return null;
  const isAdmin = snapshot.desk.agent?.role === "admin";
  return (
    <>
      {!isAdmin && <p class="faint">{words.say("teams.read_only")}</p>}
      <fieldset class="teams" disabled={!isAdmin}>
        {all.teams.map((team) => (
          <TeamCard key={team.id} team={team} all={all} show={show} />
        ))}
        {isAdmin && <NewTeam all={all} show={show} />}
        <section class="card" aria-label={words.say("teams.agents")}>
          <h2>{words.say("teams.agents")}</h2>
          <p class="faint">{words.say("teams.agents_hint")}</p>
          {isAdmin && <p class="faint">{words.say("teams.add_agent")}</p>}
          {all.agents.map((agent) => (
            <AgentRow key={agent.id} agent={agent} all={all} show={show} />
          ))}
        </section>
      </fieldset>
    </>
  );
}

function TeamCard({ team, all, show }: { team: TeamSettings } & Saving) {
  const { store, words } = useConsole();
  const [policy, choose] = useState(team.policy);
  const [helper, help] = useState(team.overflow_team_id ?? "");
  const members = all.agents.filter((agent) => agent.team_ids.includes(team.id));
  const save = async (given: FormData): Promise<void> => {
    const change: SetTeam = {
      team_id: team.id,
      name: text(given, "name"),
      sites: given.getAll("sites").map(String),
      topics: given.getAll("topics").map(String) as Topic[],
      policy,
      capacity: number(given, "capacity"),
      overflow_team_id: helper || null,
      overflow_seconds: helper ? (number(given, "overflow_seconds") ?? 0) : null,
      wrap_up_seconds: number(given, "wrap_up_seconds") ?? 0,
      max_queue: number(given, "max_queue"),
      max_wait_seconds: number(given, "max_wait_seconds"),
      divert: text(given, "divert") as TeamSettings["divert"],
    };
    const saved = await store.attempt(store.connection.send("set_team", change));
    if (!saved) return;
    show(saved);
    store.toast({ key: "toast.settings_saved" });
  };
  const others = all.teams.filter((one) => one.id !== team.id);
  return (
    <Saved held={team} title={team.name} note={members.map((agent) => agent.name).join(words.say("teams.comma"))} save={save}>
      <label>
        {words.say("team.name")}
        <input name="name" required maxLength={200} defaultValue={team.name} />
      </label>
      <label>
        {words.say("team.policy")}
        <select value={policy} onChange={(event) => choose(event.currentTarget.value as RoutingPolicy)}>
          {POLICIES.map((one) => (
            <option key={one} value={one}>
              {words.say(`policy.${one}`)}
            </option>
          ))}
        </select>
        <small>{words.say(`policy.${policy}_means`)}</small>
      </label>
      <Amount name="capacity" label={words.say("team.capacity")} value={team.capacity} hint={words.say("team.no_limit")} />
      <Amount name="wrap_up_seconds" label={words.say("team.wrap_up")} value={team.wrap_up_seconds} unit />
      <Choices name="sites" label={words.say("team.sites")} chosen={team.sites} options={useSites(team.sites)} />
      <Choices
        name="topics"
        label={words.say("team.topics")}
        chosen={team.topics}
        options={TOPICS.map((topic) => [topic, words.say(`topic.${topic}`)])}
        hint={words.say("team.every_topic")}
      />
      <label>
        {words.say("team.overflow")}
        <select value={helper} onChange={(event) => help(event.currentTarget.value)}>
          <option value="">{words.say("team.no_overflow")}</option>
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      {helper && <Amount name="overflow_seconds" label={words.say("team.overflow_after")} value={team.overflow_seconds ?? 120} unit />}
      <Amount name="max_queue" label={words.say("team.max_queue")} value={team.max_queue} hint={words.say("team.no_limit")} />
      <Amount name="max_wait_seconds" label={words.say("team.max_wait")} value={team.max_wait_seconds} hint={words.say("team.no_limit")} unit />
      <label>
        {words.say("team.divert")}
        <select name="divert">
          {(["message", "bot"] as const).map((one) => (
            <option key={one} value={one} selected={one === team.divert}>
              {words.say(`divert.${one}`)}
            </option>
          ))}
        </select>
      </label>
    </Saved>
  );
}

function AgentRow({ agent, all, show }: { agent: AgentSettings } & Saving) {
  const { store, snapshot, words } = useConsole();
  const save = async (given: FormData): Promise<void> => {
    const change: SetAgent = {
      agent_id: agent.id,
      capacity: number(given, "capacity"),
      languages: given.getAll("languages").map(String) as Locale[],
      team_ids: given.getAll("team_ids").map(String),
    };
    const saved = await store.attempt(store.connection.send("set_agent", change));
    if (!saved) return;
    show(saved);
    store.toast({ key: "toast.settings_saved" });
  };
  const [removing, setRemoving] = useState(false);
  const remove = async (): Promise<boolean> => {
    const left = await store.attempt(store.connection.send("remove_agent", { agent_id: agent.id }));
    if (!left) return false;
    store.toast({ key: "toast.agent_removed", values: { name: agent.name } });
    show(left);
    return true;
  };
  const isOther = snapshot.desk.agent?.role === "admin" && snapshot.desk.agent.id !== agent.id;
  const leave = isOther && (
    <button type="button" class="button small" onClick={() => setRemoving(true)}>
      {words.say("agent.remove")}
    </button>
  );
  const limit = agent.capacity === undefined ? words.say("teams.limit_of_team") : words.say("teams.limit", { count: agent.capacity });
  return (
    <>
      <Saved held={agent} title={agent.name} note={`${words.say(`role.${agent.role}`)} · ${limit}`} save={save} beside={leave} inside>
        <Amount name="capacity" label={words.say("agent.capacity")} value={agent.capacity} hint={words.say("agent.as_team")} />
        <Choices
          name="languages"
          label={words.say("agent.languages")}
          chosen={agent.languages}
          options={LOCALES.map((locale) => [locale, words.say(`locale.${locale}`)])}
          hint={words.say("agent.every_language")}
        />
        <Choices
          name="team_ids"
          label={words.say("agent.teams")}
          chosen={agent.team_ids}
          options={all.teams.map((team) => [team.id, team.name])}
        />
      </Saved>
      {removing && (
        <Dialog title={words.say("agent.remove_title", { name: agent.name })} shut={() => setRemoving(false)}>
          <DialogForm doIt={remove} label={words.say("agent.remove_now")} shut={() => setRemoving(false)}>
            <p>{words.say("agent.remove_means", { email: agent.email })}</p>
          </DialogForm>
        </Dialog>
      )}
    </>
  );
}

function NewTeam({ all, show }: Saving) {
  const { store, words } = useConsole();
  const [idFor] = useState(idsByContent);
  const sites = useSites();
  const add = async (given: FormData): Promise<void> => {
    const asked = { name: text(given, "name"), sites: given.getAll("sites").map(String) };
    const saved = await store.attempt(store.connection.send("add_team", { ...asked, client_id: idFor(asked) }));
    if (!saved) return;
    show(saved);
    store.toast({ key: "toast.team_added", values: { name: asked.name } });
  };
  return (
    <Saved held={all.teams.length} title={words.say("teams.add")} save={add} submit={words.say("teams.add_now")}>
      <label>
        {words.say("team.name")}
        <input name="name" required maxLength={200} />
      </label>
      <Choices name="sites" label={words.say("team.sites")} chosen={sites.map(([key]) => key)} options={sites} />
    </Saved>
  );
}

/** Those one sees, and those a team serves already: what is not offered would be taken away by saving. */
function useSites(served: string[] = []): [string, string][] {
  const { snapshot, words } = useConsole();
  const keys = new Set([...snapshot.desk.desks.map(({ site }) => site), ...served]);
  return [...keys].map((site) => [site, siteName(snapshot.desk, words.locale, site)]);
}

interface SavedProps {
  /** What the server holds: when that changes, the fields begin anew and what was open stays open. */
  held: unknown;
  title: string;
  note?: string;
  submit?: string;
  /** What else can be done, before the button that saves. */
  beside?: ComponentChildren;
  /** One of many in a card, instead of a card. */
  inside?: boolean;
  save(given: FormData): Promise<void>;
  children: ComponentChildren;
}

/** Shut it names what it is about; open it is a form that is saved as a whole. */
function Saved({ held, title, note, submit, beside, inside, save, children }: SavedProps) {
  const { words } = useConsole();
  const [busy, setBusy] = useState(false);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    await save(new FormData(event.currentTarget as HTMLFormElement));
    setBusy(false);
  };
  return (
    <details class={inside ? "saved" : "saved card"}>
      <summary>
        <span class="saved-title">{title}</span> {note && <span class="faint">{note}</span>}
      </summary>
      <form class="form saved-form" aria-label={title} onSubmit={(event) => void send(event)}>
        <Fragment key={JSON.stringify(held)}>{children}</Fragment>
        <div class="form-actions">
          {beside}
          {/* Not `disabled`: that would take the focus from who pressed it. */}
          <button class="button primary small" aria-disabled={busy}>
            {submit ?? words.say("settings.save")}
          </button>
        </div>
      </form>
    </details>
  );
}

/** A number, or nothing. */
function Amount({ name, label, value, hint, unit }: { name: string; label: string; value: number | undefined; hint?: string; unit?: boolean }) {
  const { words } = useConsole();
  return (
    <label>
      {unit ? words.say("team.in_seconds", { what: label }) : label}
      <input name={name} type="number" min={0} max={1_000_000} step={1} defaultValue={value === undefined ? "" : String(value)} placeholder={hint} />
    </label>
  );
}

export function Choices({ name, label, chosen, options, hint }: { name: string; label: string; chosen: string[]; options: [string, string][]; hint?: string }) {
  return (
    <fieldset class="choices-of">
      <legend>{label}</legend>
      <div>
        {options.map(([value, shown]) => (
          <label key={value} class="check">
            <input type="checkbox" name={name} value={value} defaultChecked={chosen.includes(value)} />
            {shown}
          </label>
        ))}
      </div>
      {hint && <small>{hint}</small>}
    </fieldset>
  );
}

function text(given: FormData, name: string): string {
  return String(given.get(name) ?? "").trim();
}

function number(given: FormData, name: string): number | null {
  const typed = text(given, name);
  return typed === "" ? null : Number(typed);
}
