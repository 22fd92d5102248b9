// Agents at one conversation: handing it on, asking a colleague in, taking it over, and who else is looking at it.

import { useState } from "preact/hooks";
import { idsByContent } from "../../../widget/src/core/ids";
import type { AgentConversation, Colleague, Participant } from "../../../widget/src/core/wire";
import { othersAt } from "../state/desk";
import { isMine, partIn } from "../state/lists";
import { isSupervisor } from "../state/place";
import { invite, stepOut, takeOver, transfer, uninvite } from "../state/verbs";
import { type Console, type ConsoleWords, useConsole } from "./context";
import { Dialog, DialogForm } from "./dialog";
import { Icon, type IconName } from "./icons";

export type Doing = "transfer" | "invite" | "take_over";

interface AskProps {
  conversation: AgentConversation;
  shut(): void;
}

/** A button that asks before it does. */
export function Asks({ doing, conversation, look }: { doing: Doing; conversation: AgentConversation; look: "icon" | "button" }) {
  const { words } = useConsole();
  const [isOpen, setOpen] = useState(false);
  const shut = (): void => setOpen(false);
  const Form = FORMS[doing];
  const isIcon = look === "icon";
  return (
    <>
      <button
        type="button"
        class={isIcon ? "icon-button" : "button small"}
        aria-haspopup="dialog"
        {...(isIcon ? { "aria-label": words.say(doing), title: words.say(doing) } : {})}
        onClick={() => setOpen(true)}
      >
        <Icon name={ICONS[doing]} />
        {!isIcon && words.say(doing)}
      </button>
      {isOpen && (
        <Dialog title={words.say(`${doing}.title`)} shut={shut}>
          <Form conversation={conversation} shut={shut} />
        </Dialog>
      )}
    </>
  );
}

const ICONS: Record<Doing, IconName> = { transfer: "transfer", invite: "invite", take_over: "take_over" };

function Transfer({ conversation, shut }: AskProps) {
  const context = useConsole();
  const { store, words, snapshot } = context;
  const [idFor] = useState(idsByContent);
  const others = colleaguesOf(context, conversation).filter(({ id }) => id !== conversation.agent?.id);
  const teams = snapshot.desk.teams.filter(({ sites }) => sites.includes(conversation.site));
  const hand = async (given: FormData): Promise<boolean> => {
    const [kind, id = ""] = String(given.get("to")).split(" ");
    const name = [...others, ...teams].find((one) => one.id === id)?.name ?? "";
    const asked = { conversation_id: conversation.id, ...(kind === "team" ? { team_id: id } : { agent_id: id }), ...noteIn(given) };
    return transfer(store, idFor, asked, name);
  };
  return (
    <DialogForm shut={shut} doIt={hand} label={words.say("transfer.now")}>
      <label>
        {words.say("transfer.to")}
        <select name="to" required autoFocus>
          <option value="">{words.say("transfer.choose")}</option>
          <optgroup label={words.say("transfer.colleagues")}>
            {others.map((one) => (
              <option key={one.id} value={`agent ${one.id}`} disabled={one.status !== "online"}>
                {one.name} · {standing(words, one)}
              </option>
            ))}
          </optgroup>
          <optgroup label={words.say("transfer.teams")}>
            {teams.map((team) => (
              <option key={team.id} value={`team ${team.id}`}>
                {team.name}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <Why />
    </DialogForm>
  );
}

function Invite({ conversation, shut }: AskProps) {
  const context = useConsole();
  const { store, words } = context;
  const [idFor] = useState(idsByContent);
  const others = colleaguesOf(context, conversation).filter(({ id }) => id !== conversation.agent?.id);
  const ask = async (given: FormData): Promise<boolean> => {
    const id = String(given.get("to"));
    const may = given.get("may") === "say" ? "say" : "note";
    const name = others.find((one) => one.id === id)?.name ?? "";
    return invite(store, idFor, { conversation_id: conversation.id, agent_id: id, may, ...noteIn(given) }, name);
  };
  return (
    <DialogForm shut={shut} doIt={ask} label={words.say("invite.now")}>
      <label>
        {words.say("invite.whom")}
        <select name="to" required autoFocus>
          <option value="">{words.say("invite.choose")}</option>
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name} · {standing(words, one)}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="choices-of">
        <legend>{words.say("invite.may")}</legend>
        {(["note", "say"] as const).map((may) => (
          <label key={may} class="choice-of">
            <input type="radio" name="may" value={may} defaultChecked={may === "note"} />
            <span>
              {words.say(`invite.${may}`)}
              <span class="faint">{words.say(`invite.${may}_means`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Why />
    </DialogForm>
  );
}

function TakeOver({ conversation, shut }: AskProps) {
  const { store, words } = useConsole();
  const [idFor] = useState(idsByContent);
  const take = async (given: FormData): Promise<boolean> =>
    takeOver(store, idFor, { conversation_id: conversation.id, ...noteIn(given) });
  const name = conversation.agent?.name;
  return (
    <DialogForm shut={shut} doIt={take} label={words.say("take_over.now")}>
      <p>{name ? words.say("take_over.from", { name }) : words.say("take_over.of_nobody")}</p>
      <Why />
    </DialogForm>
  );
}

const FORMS = { transfer: Transfer, invite: Invite, take_over: TakeOver };

function Why() {
  const { words } = useConsole();
  return (
    <label>
      {words.say("together.note")}
      <textarea name="note" rows={2} maxLength={8_000} placeholder={words.say("together.note_hint")} />
    </label>
  );
}

function noteIn(given: FormData): { note?: string } {
  const note = String(given.get("note") ?? "").trim();
  return note ? { note } : {};
}

// Who shares a team with this agent; whether they may see this very site, the server says.
function colleaguesOf({ snapshot }: Console, _: AgentConversation): Colleague[] {
  return snapshot.desk.colleagues.filter(({ id }) => id !== snapshot.desk.agent?.id);
}

/** What a colleague is doing, as far as others may know: here, on which break, gone. */
export function standing(words: ConsoleWords, { status, break_reason, wrap_up_until }: Omit<Colleague, "id" | "name" | "role">): string {
  if (status === "online" && wrap_up_until) return words.say("presence.wrapping_up");
  if (status === "away" && break_reason) return words.say("presence.on_break", { reason: words.say(`break.${break_reason}`) });
  return words.say(`presence.${status}`);
}

// -- who is here --------------------------------------------------------------------------------------------------

/** Colleagues who take part, under the head of the conversation. */
export function Participants({ conversation }: { conversation: AgentConversation }) {
  const { words } = useConsole();
  if (conversation.participants.length === 0) return null;
  return (
    <ul class="participants" aria-label={words.say("participants.label")}>
      {conversation.participants.map((one) => (
        <li key={one.id} class="tag">
          <Icon name={one.may === "say" ? "mine" : "note"} />
          {words.say(`participants.${one.may}`, { name: one.name })}
          <Leaving conversation={conversation} participant={one} />
        </li>
      ))}
    </ul>
  );
}

function Leaving({ conversation, participant }: { conversation: AgentConversation; participant: Participant }) {
  const { store, snapshot, words } = useConsole();
  const { agent, lists } = snapshot.desk;
  const isMe = participant.id === agent?.id;
  if (!isMe && !isMine(lists, conversation) && !isSupervisor(agent?.role)) return null;
  const label = isMe ? words.say("step_out") : words.say("uninvite", { name: participant.name });
  return (
    <button
      type="button"
      class="icon-button tiny"
      aria-label={label}
      title={label}
      onClick={() => void (isMe ? stepOut(store, conversation.id) : uninvite(store, conversation.id, participant.id))}
    >
      <Icon name="close" />
    </button>
  );
}

/** Where one is about to write: who else has this conversation open. Always there, so that screen readers hear it. */
export function AlsoHere({ conversation }: { conversation: AgentConversation }) {
  const { snapshot, words } = useConsole();
  const others = othersAt(snapshot.desk, conversation.id);
  const typing = others.filter(({ doing }) => doing === "typing");
  const told = typing.length ? typing : others;
  const names = told.map(({ name }) => name).join(words.locale === "en" ? ", " : "、");
  return (
    <p class={typing.length ? "also-here typing" : "also-here"} role="status">
      {told.length > 0 && (
        <>
          <Icon name="live" />
          {words.say(typing.length ? "also.typing" : "also.viewing", { names })}
        </>
      )}
    </p>
  );
}

/** What this agent may write here: as the one who has it, or as a colleague who was asked in. */
export function mayWrite({ snapshot }: Console, conversation: AgentConversation): "reply" | "note" | undefined {
  const { lists } = snapshot.desk;
  if (isMine(lists, conversation)) return "reply";
  const part = partIn(lists, conversation);
  if (!part) return undefined;
  return part.may === "say" && conversation.status === "active" ? "reply" : "note";
}
