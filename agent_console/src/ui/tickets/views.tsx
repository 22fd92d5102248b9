// Which tickets are listed: a view that the console or somebody made, or what one filters for just now.

import { useState } from "preact/hooks";
import { idsByContent } from "../../../../widget/src/core/ids";
import type { TicketFilter, TicketStatusName, TicketView } from "../../../../widget/src/core/wire";
import { dropView, loadTickets, saveView } from "../../state/case_verbs";
import type { Query } from "../../state/tickets";
import { type ConsoleKey, siteName, useConsole } from "../context";
import { Dialog, DialogForm } from "../dialog";
import { Icon } from "../icons";
import { Menu, type MenuSection } from "../menu";
import { Choice } from "../parts";
import { STATUSES } from "./list";
import { usePeople } from "./people";
import { useKindWords } from "./words";

const BUILT_IN: [ConsoleKey, Query][] = [
  ["view.open", { filter: { unsolved: true }, order: "changed" }],
  ["view.mine", { filter: { unsolved: true, assignee: "me" }, order: "due" }],
  ["view.unassigned", { filter: { unsolved: true, assignee: "nobody" }, order: "due" }],
  ["view.overdue", { filter: { overdue: true }, order: "due" }],
  ["view.due", { filter: { unsolved: true }, order: "due" }],
  ["view.pending", { filter: { status: "pending" }, order: "changed" }],
  ["view.watched", { filter: { watched: true }, order: "changed" }],
  ["view.solved", { filter: { status: "solved" }, order: "changed" }],
  ["view.all", { filter: {}, order: "changed" }],
];

export function ViewBar({ changed }: { changed(): void }) {
  const { store, snapshot, words } = useConsole();
  const { query, views } = snapshot.desk.tickets;
  const [filtering, setFiltering] = useState(false);
  const [saving, setSaving] = useState(false);
  const choose = (to: Query): void => {
    changed();
    void loadTickets(store, to);
  };
  const view = views.find((one) => isSame(one, query));
  const builtIn = BUILT_IN.find(([, one]) => isSame(one, query))?.[0];
  const name = view?.name ?? words.say(builtIn ?? "view.filtered");
  const sections: MenuSection[] = [
    { items: BUILT_IN.map(([key, to]) => ({ label: words.say(key), chosen: key === builtIn && !view, select: () => choose(to) })) },
    saved(words.say("view.own"), views.filter(({ mine }) => mine), view, choose),
    saved(words.say("view.shared"), views.filter(({ mine }) => !mine), view, choose),
  ].filter(({ items }) => items.length > 0);
  return (
    <>
      <div class="view-bar">
        <Menu label={words.say("view.choose", { name })} look="button small view-name" opens="down" sections={sections}>
          <span class="grow">{name}</span>
          <Icon name="down" />
        </Menu>
        <button
          type="button"
          class="icon-button"
          aria-label={words.say("view.filter")}
          title={words.say("view.filter")}
          aria-expanded={filtering}
          aria-keyshortcuts="f"
          onClick={() => setFiltering(!filtering)}
        >
          <Icon name="settings" />
        </button>
      </div>
      {filtering && (
        <Filters query={query} choose={choose}>
          {view?.mine && (
            <button type="button" class="button quiet small bad" onClick={() => void dropView(store, view.id)}>
              {words.say("view.drop")}
            </button>
          )}
          <button type="button" class="button small" onClick={() => setSaving(true)}>
            {words.say("view.save")}
          </button>
        </Filters>
      )}
      {saving && <SaveDialog query={query} {...(view?.mine ? { view } : {})} shut={() => setSaving(false)} />}
    </>
  );
}

function saved(title: string, views: TicketView[], shown: TicketView | undefined, choose: (to: Query) => void): MenuSection {
  return {
    title,
    items: views.map((view) => ({
      label: view.name,
      ...(view.mine ? {} : { detail: view.by }),
      chosen: view.id === shown?.id,
      select: () => choose({ filter: given(view.filter), order: view.order }),
    })),
  };
}

/** Without what says nothing. */
function given(filter: TicketFilter): TicketFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value || value === 0)) as TicketFilter;
}

function isSame(one: Query, other: Query): boolean {
  const text = ({ filter, order }: Query): string => JSON.stringify([order, Object.entries(given(filter)).sort()]);
  return text(one) === text(other);
}

// -- filtering ----------------------------------------------------------------------------------------------------

interface FiltersProps {
  query: Query;
  choose(to: Query): void;
  children: preact.ComponentChildren;
}

function Filters({ query, choose, children }: FiltersProps) {
  const { snapshot, words } = useConsole();
  const kinds = useKindWords();
  const { filter, order } = query;
  const { desks, agent } = snapshot.desk;
  const { colleagues, teams } = usePeople(filter.site ? [filter.site] : []);
  const put = (change: Partial<TicketFilter>): void => choose({ order, filter: given({ ...filter, ...change }) });
  const status = filter.unsolved ? "unsolved" : (filter.status ?? "");
  const putStatus = (value: string): void =>
    put(value === "unsolved" ? { unsolved: true, status: null } : { unsolved: false, status: (value || null) as TicketStatusName | null });
  return (
    <div class="view-filters form" role="group" aria-label={words.say("view.filter")}>
      <div class="pairs">
        <Choice any={words.say("view.any")} name={words.say("ticket.status")} value={status} put={putStatus} options={[
          ["unsolved", words.say("view.unsolved")],
          ...STATUSES.map((one) => [one, words.say(`ticket_status.${one}`)] as const),
        ]} />
        <Choice any={words.say("view.any")} name={words.say("ticket.kind")} value={filter.kind ?? ""} put={(kind) => put({ kind })} options={
          kinds.kinds.map(({ code }) => [code, kinds.kind(code)] as const)
        } />
        <Choice any={words.say("view.any")} name={words.say("ticket.assignee")} value={filter.assignee ?? ""} put={(assignee) => put({ assignee })} options={[
          ["me", words.say("tickets.me")],
          ["nobody", words.say("inbox.nobodys")],
          ...colleagues.filter(({ id }) => id !== agent?.id).map(({ id, name }) => [id, name] as const),
        ]} />
        <Choice any={words.say("view.any")} name={words.say("ticket.team")} value={filter.team_id ?? ""} put={(team_id) => put({ team_id })} options={
          teams.map(({ id, name }) => [id, name] as const)
        } />
        {desks.length > 1 && (
          <Choice any={words.say("view.any")} name={words.say("fact.site")} value={filter.site ?? ""} put={(site) => put({ site })} options={
            desks.map(({ site }) => [site, siteName(snapshot.desk, words.locale, site)] as const)
          } />
        )}
        <Choice any={words.say("view.any")} name={words.say("fact.priority")} value={String(filter.priority ?? "")} put={(value) => put({ priority: Number(value) || null })} options={
          ([1, 2, 3, 4, 5] as const).map((one) => [String(one), words.say(`priority.${one}`)] as const)
        } />
        <label>
          {words.say("ticket.tag")}
          <input value={filter.tag ?? ""} maxLength={40} onChange={(event) => put({ tag: event.currentTarget.value.trim() })} />
        </label>
        <label>
          {words.say("view.order")}
          <select value={order} onChange={(event) => choose({ filter, order: event.currentTarget.value as Query["order"] })}>
            <option value="changed">{words.say("tickets.by_changed")}</option>
            <option value="due">{words.say("tickets.by_due")}</option>
          </select>
        </label>
      </div>
      <div class="checks">
        <label class="check">
          <input type="checkbox" checked={!!filter.overdue} onChange={(event) => put({ overdue: event.currentTarget.checked })} />
          {words.say("view.overdue")}
        </label>
        <label class="check">
          <input type="checkbox" checked={!!filter.watched} onChange={(event) => put({ watched: event.currentTarget.checked })} />
          {words.say("view.watched")}
        </label>
      </div>
      <div class="form-actions">{children}</div>
    </div>
  );
}

function SaveDialog({ query, view, shut }: { query: Query; view?: TicketView; shut(): void }) {
  const { store, words } = useConsole();
  const [idFor] = useState(idsByContent);
  const save = (given: FormData): Promise<boolean> => {
    const named = { name: String(given.get("name")).trim(), shared: given.has("shared"), ...query };
    return saveView(store, idFor, { ...named, ...(view && given.has("again") ? { view_id: view.id } : {}) });
  };
  return (
    <Dialog title={words.say("view.save")} shut={shut}>
      <DialogForm doIt={save} label={words.say("view.save_now")} shut={shut}>
        <label>
          {words.say("view.name")}
          <input name="name" required maxLength={60} autoFocus defaultValue={view?.name ?? ""} placeholder={words.say("view.name_hint")} />
        </label>
        <label class="check">
          <input type="checkbox" name="shared" defaultChecked={view?.shared ?? false} />
          {words.say("view.share")}
        </label>
        {view && (
          <label class="check">
            <input type="checkbox" name="again" defaultChecked />
            {words.say("view.again", { name: view.name })}
          </label>
        )}
      </DialogForm>
    </Dialog>
  );
}
