import { useEffect, useState } from "preact/hooks";
import type { Conversation } from "../../core/wire";
import type { Ui } from "../ui";
import { startAnew } from "../verbs";
import { Composer } from "./Composer";
import { Log } from "./Log";
import { AskAgent, OfferMessage } from "./Offers";
import { Rating } from "./Rating";

/** The conversation: its log, where it stands, and what can be done next. */
export function Talk({ ui, conversation }: { ui: Ui; conversation: Conversation }) {
  const [goesOn, setGoesOn] = useState(false);
  const isClosed = conversation.status === "closed";
  useEffect(() => setGoesOn(false), [conversation.id, isClosed]);
  useEffect(() => ui.session.markRead());
  return (
    <div class="talk">
      <Log ui={ui} conversation={conversation} />
      <Standing ui={ui} conversation={conversation} />
      {isClosed && !goesOn ? <Closed ui={ui} conversation={conversation} goOn={() => setGoesOn(true)} /> : <Composer ui={ui} focused={goesOn} />}
    </div>
  );
}

function Standing({ ui, conversation: { status, waiting } }: { ui: Ui; conversation: Conversation }) {
  const { words, state } = ui;
  const isDeskOpen = state.desk?.open ?? false;
  if (status === "active" || status === "closed") return null;
  const place = waiting?.place ?? 0;
  const waits = place > 1 ? words.say("standing.waiting", { ahead: place - 1 }) : words.say(place === 1 ? "standing.next" : "standing.waiting_unknown");
  return (
    <div class="standing">
      <p role="status">{status === "waiting" ? waits : words.say(`standing.${status}`)}</p>
      {status !== "waiting" && isDeskOpen && <AskAgent ui={ui} />}
      {status !== "offline" && !(status === "bot" && isDeskOpen) && <OfferMessage ui={ui} />}
    </div>
  );
}

function Closed({ ui, conversation, goOn }: { ui: Ui; conversation: Conversation; goOn: () => void }) {
  const { session, words } = ui;
  return (
    <div class="closed">
      <Rating key={conversation.id} ui={ui} score={conversation.score} />
      <div class="row">
        <button class="button plain" onClick={goOn}>{words.say("closed.go_on")}</button>
        <button class="button" onClick={() => startAnew(session)}>{words.say("closed.anew")}</button>
      </div>
    </div>
  );
}
