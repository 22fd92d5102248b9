/** What was said before: the customer's conversations, to be read again. A file of its own. */

import "./past.css";

import { useEffect, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import { hasOlder, reduce, type Timeline } from "../../core/timeline";
import { wordDay } from "../../core/wording";
import type { Conversation } from "../../core/wire";
import { saveTranscript } from "../more/transcript";
import { rowsOf } from "../rows";
import { type Place, unread } from "../state";
import type { Ui } from "../ui";
import { goTo } from "../verbs";
import { MessageRow } from "../views/Talk";
import { wordDate } from "../words";

const PAGE = 50;

export function Past({ ui, place: { id } }: { ui: Ui; place: Extract<Place, { at: "past" }> }) {
  const { session, state, words } = ui;
  const [found, setFound] = useState<Conversation[]>();
  const [hasFailed, setFailed] = useState(false);
  const ask = (): void => {
    setFailed(false);
    orNothing(session.run("my_conversations", {}), setFailed).then((given) => given && setFound(given.conversations));
  };
  useEffect(ask, [state.customer?.id]);
  const shown = id && found?.find((one) => one.id === id);
  const count = unread(state);
  return (
    <div class="past">
      <nav class="up">
        {id && <button class="quiet" onClick={() => goTo(session, { at: "past" })}><span aria-hidden="true">‹ </span>{words.say("past.all")}</button>}
        <button class="quiet" onClick={() => goTo(session)}>{!id && <span aria-hidden="true">‹ </span>}{words.say("help.close")}{count > 0 && ` (${count})`}</button>
      </nav>
      {hasFailed ? (
        <div class="opening" role="alert">
          <p>{words.say("trouble.offline")}</p>
          <button class="button" onClick={ask}>{words.say("line.again")}</button>
        </div>
      ) : !found ? <p class="opening" role="status">{words.say("line.opening")}</p>
        : shown ? <Read key={id} ui={ui} conversation={shown} /> : <List ui={ui} found={found} />}
    </div>
  );
}

/** Undefined, and it failed, when there was no answer. */
async function orNothing<T>(answer: Promise<T>, setFailed: (hasFailed: boolean) => void): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    setFailed(true);
    return undefined;
  }
}

function List({ ui: { session, words, state }, found }: { ui: Ui; found: Conversation[] }) {
  const open = ({ id }: Conversation): void => {
    if (id !== state.timeline.conversation?.id) return goTo(session, { at: "past", id });
    session.store.set({ view: "talk" });
    goTo(session);
  };
  return (
    <>
      <h2 ref={focused} tabIndex={-1}>{words.say("past.title")}</h2>
      {!found.length && <p class="none">{words.say("past.none")}</p>}
      <ul>
        {found.map((one) => (
          <li key={one.id}>
            <button onClick={() => open(one)}>
              <strong>{words.say(`topic.${one.topic}`)}</strong>
              <span>{[wordDate(one.created_at, words.locale), one.agent?.name, words.say(one.status === "closed" ? "status.closed" : "past.open")].filter(Boolean).join(" · ")}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

const focused = (heading: HTMLElement | null): void => heading?.focus({ preventScroll: true });

function Read({ ui, conversation }: { ui: Ui; conversation: Conversation }) {
  const { session, words } = ui;
  const [timeline, setTimeline] = useState<Timeline>({ conversation, messages: [], pending: [] });
  const [hasFailed, setFailed] = useState(false);
  const [first] = timeline.messages;
  const more = async (): Promise<void> => {
    setFailed(false);
    const input = { conversation_id: conversation.id, before_seq: first?.seq ?? conversation.last_seq + 1, limit: PAGE };
    const page = await orNothing(session.run("history", input), setFailed);
    if (page) setTimeline((held) => reduce(held, { type: "history", messages: page.messages }));
  };
  useEffect(() => void more(), []);
  const itsUi = { ...ui, state: { ...ui.state, timeline } }; // parts of a message look at what was said around it
  return (
    <div class="read">
      <h2 ref={focused} tabIndex={-1}>{words.say(`topic.${conversation.topic}`)}</h2>
      {((first && hasOlder(timeline)) || hasFailed) && <button class="quiet older" onClick={() => void more()}>{words.say(hasFailed ? "line.again" : "talk.older")}</button>}
      {rowsOf(timeline).map((row) => {
        if (row.type === "day") return <p key={row.key} class="day">{wordDay(row.at, words.locale)}</p>;
        return row.type === "message" && <MessageRow {...row} ui={itsUi} conversation={conversation} isOpen={false} />;
      })}
      {first && <button class="quiet older" onClick={() => void saveTranscript(session, words, conversation)}>{words.say("more.transcript")}</button>}
    </div>
  );
}
