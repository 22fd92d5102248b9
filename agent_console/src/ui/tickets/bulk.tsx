// Many tickets at once. The server changes all of them or none.

import { useState } from "preact/hooks";
import type { TicketStatusName, TicketSummary, UpdateTickets } from "../../../../widget/src/core/wire";
import { updateTickets } from "../../state/case_verbs";
import { Bulk } from "../bulk";
import { useConsole } from "../context";
import { Dialog } from "../dialog";
import { Menu, type MenuSection } from "../menu";
import { usePeople } from "./people";
import { useKindWords } from "./words";

export interface BulkBarProps {
  chosen: TicketSummary[];
  all: boolean;
  markAll(all: boolean): void;
  done(): void;
}

const BY_HAND: TicketStatusName[] = ["open", "pending", "on_hold"];
const PRIORITIES = [1, 2, 3, 4, 5] as const;

export function BulkBar({ chosen, all, markAll, done }: BulkBarProps) {
  const { words } = useConsole();
  return (
    <Bulk label={words.say("tickets.bulk")} count={chosen.length} all={all} markAll={markAll} hint={<Hint />}>
      <Actions chosen={chosen} done={done} />
    </Bulk>
  );
}

function Hint() {
  const { words, snapshot } = useConsole();
  const { order } = snapshot.desk.tickets.query;
  return (
    <>
      <span class="faint">{words.say("tickets.mark_hint")}</span>
      <span class="faint order-said">{words.say(`tickets.by_${order}`)}</span>
    </>
  );
}

type Change = (to: Omit<UpdateTickets, "ticket_ids">) => Promise<void>;

function Actions({ chosen, done }: Pick<BulkBarProps, "chosen" | "done">) {
  const { store, words } = useConsole();
  const [tagging, setTagging] = useState(false);
  const change: Change = async (to) => {
    const count = chosen.length;
    if (!(await updateTickets(store, { ticket_ids: chosen.map(({ id }) => id), ...to }))) return;
    store.toast({ key: "toast.tickets_changed", values: { count: String(count) } });
    done();
  };
  return (
    <>
      <Choices label={words.say("tickets.assign")} sections={useAssign(chosen, change)} />
      <Choices label={words.say("tickets.change")} sections={useChanges(chosen, change, () => setTagging(true))} />
      {tagging && <TagDialog shut={() => setTagging(false)} add={(tags) => void change({ add_tags: tags })} />}
    </>
  );
}

function Choices({ label, sections }: { label: string; sections: MenuSection[] }) {
  return (
    <Menu label={label} look="button small" opens="down" sections={sections}>
      {label}
    </Menu>
  );
}

function useAssign(chosen: TicketSummary[], change: Change): MenuSection[] {
  const { words, snapshot } = useConsole();
  const { colleagues, teams } = usePeople(chosen.map(({ site }) => site));
  const me = snapshot.desk.agent?.id ?? "";
  return [
    {
      items: [
        { label: words.say("inbox.to_me"), select: () => void change({ assignee_id: me }) },
        { label: words.say("inbox.to_nobody"), select: () => void change({ assignee_id: null }) },
      ],
    },
    {
      title: words.say("inbox.colleagues"),
      items: colleagues
        .filter(({ id }) => id !== me)
        .map(({ id, name, status }) => ({ label: name, mark: status ?? "offline", select: () => void change({ assignee_id: id }) })),
    },
    {
      title: words.say("inbox.teams"),
      items: teams.map(({ id, name }) => ({ label: name, select: () => void change({ team_id: id }) })),
    },
  ];
}

function useChanges(chosen: TicketSummary[], change: Change, tag: () => void): MenuSection[] {
  const { words } = useConsole();
  const kinds = useKindWords();
  // Only tickets of one kind have their endings in common.
  const kind = chosen.every((one) => one.kind === chosen[0]?.kind) ? chosen[0]?.kind : undefined;
  const endings = (kind && kinds.find(kind)?.endings) || [];
  return [
    {
      title: words.say("ticket.status"),
      items: BY_HAND.map((status) => ({ label: words.say(`ticket_status.${status}`), select: () => void change({ status }) })),
    },
    {
      title: words.say("ticket.solve_as"),
      items: endings.map(({ code }) => ({
        label: kinds.part(kind!, "endings", code),
        select: () => void change({ status: "solved", ending: code }),
      })),
    },
    {
      title: words.say("fact.priority"),
      items: PRIORITIES.map((priority) => ({ label: words.say(`priority.${priority}`), select: () => void change({ priority }) })),
    },
    { title: words.say("ticket.tags"), items: [{ label: words.say("tickets.add_tags"), select: tag }] },
  ].filter(({ items }) => items.length > 0);
}

function TagDialog({ shut, add }: { shut(): void; add(tags: string[]): void }) {
  const { words } = useConsole();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const tags = tagsOf(String(new FormData(event.currentTarget as HTMLFormElement).get("tags")));
    shut();
    if (tags.length) add(tags);
  };
  return (
    <Dialog title={words.say("tickets.add_tags")} shut={shut}>
      <form class="form dialog-form" onSubmit={submit}>
        <label>
          {words.say("ticket.tags")}
          <input name="tags" autoFocus placeholder={words.say("ticket.tags_hint")} maxLength={200} />
        </label>
        <div class="form-actions">
          <button type="button" class="button small" onClick={shut}>
            {words.say("cancel")}
          </button>
          <button class="button primary small">{words.say("tickets.add_tags_now")}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[,，、;；\n]/).map((tag) => tag.trim()).filter(Boolean))];
}
