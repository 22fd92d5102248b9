import "../styles/talk.css";

import { useEffect, useState } from "preact/hooks";
import type { Conversation } from "../../core/wire";
import { isReachable, written } from "../state";
import type { Ui } from "../ui";
import { end, leaveMessage, startAnew } from "../verbs";
import { wordDesk, wordOutlook, wordPlace, wordWhen } from "../words";
import { Composer } from "./Composer";
import { Log } from "./Log";
import { AskAgent, OfferMessage } from "./Offers";
import { LookedAt, Rating } from "./parts";

export { linked, unbroken } from "./links";
export { MessageRow } from "./Rows";

/** The conversation: its log, where it stands, and what can be done next. */
export function Talk({ ui, conversation }: { ui: Ui; conversation: Conversation }) {
  const [goesOn, setGoesOn] = useState(false);
  const isClosed = conversation.status === "closed";
  const order = ui.state.prefill.fields["order_number"]; // that the page around shows
  useEffect(() => setGoesOn(false), [conversation.id, isClosed]);
  useEffect(() => ui.session.markRead());
  return (
    <div class="talk">
      <Log ui={ui} conversation={conversation} />
      <Standing ui={ui} conversation={conversation} />
      {order && !isClosed && ui.state.customer?.kind === "verified" && <LookedAt ui={ui} number={order}>{null}</LookedAt>}
      {isClosed && !goesOn ? <Closed ui={ui} conversation={conversation} goOn={() => setGoesOn(true)} /> : <Composer ui={ui} focused={goesOn} />}
    </div>
  );
}

function Standing({ ui, conversation }: { ui: Ui; conversation: Conversation }) {
  const { words, state: { desk } } = ui;
  const { status, waiting } = conversation;
  if (status === "active" || status === "closed") return null;
  const isOver = waiting && desk && !desk.open;
  const canAsk = !waiting && desk?.open && desk.queue === "open";
  const outlook = waiting && desk?.open && wordOutlook(waiting, desk, words);
  return (
    <div class="standing">
      {/* Read out by itself: the place, and not each minute of the wait. */}
      <p><span role="status">{wordStanding(conversation, ui)}</span>{outlook && <span class="outlook">{outlook}</span>}</p>
      {canAsk ? <AskAgent ui={ui} /> : isOver ? <Choice ui={ui} /> : status !== "offline" && <OfferMessage ui={ui} />}
    </div>
  );
}

// The desk has closed over who waits. What they wrote is a message as it stands, unless more is on its way or missing.
function Choice({ ui: { session, state, words } }: { ui: Ui }) {
  const leave = (): void => {
    const isWritten = written(state) && !state.timeline.pending.length && !session.tab.read("draft");
    if (isWritten && isReachable(state)) void leaveMessage(session);
    else session.store.set({ view: "leave" });
  };
  return (
    <div class="row">
      <button class="button plain" onClick={() => void end(session)}>{words.say("end.open")}</button>
      <button class="button" onClick={leave}>{words.say("standing.leave_message")}</button>
    </div>
  );
}

function wordStanding({ status, waiting, reply_by }: Conversation, { words, state: { desk } }: Ui): string {
  if (waiting) return desk && !desk.open ? wordDesk(desk, words) : wordPlace(waiting, words);
  if (status === "offline") return reply_by && desk ? words.say("standing.promised", { when: wordWhen(reply_by, desk, words) }) : words.say("standing.offline");
  return words.say(desk?.open && desk.queue !== "open" ? `queue.${desk.queue}` : "standing.bot");
}

function Closed({ ui, conversation, goOn }: { ui: Ui; conversation: Conversation; goOn: () => void }) {
  const { session, words } = ui;
  return (
    <div class="closed">
      <Rating key={conversation.id} ui={ui} score={conversation.score}>{null}</Rating>
      <div class="row">
        <button class="button plain" onClick={goOn}>{words.say("closed.go_on")}</button>
        <button class="button" onClick={() => startAnew(session)}>{words.say("closed.anew")}</button>
      </div>
    </div>
  );
}
