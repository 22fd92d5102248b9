import type { Pending } from "../../core/timeline";
import { wordSystem, wordTime } from "../../core/wording";
import type { Attachment, Conversation, Message } from "../../core/wire";
import type { Ui } from "../ui";
import { say, sayAgain } from "../verbs";
import { linked, withPhone } from "./links";
import { AskAgent, OfferMessage } from "./Offers";
import { CaseCard, EvidenceForm, FileCard, OrderCard } from "./parts";

interface Given {
  ui: Ui;
  message: Message;
  conversation: Conversation;
  isFirst: boolean;
  isLast: boolean;
  isNewest: boolean;
}

export function MessageRow(given: Given) {
  const { message } = given;
  const isLine = message.kind === "system" && message.author.kind !== "bot";
  return isLine ? <SystemLine {...given} /> : <Bubble {...given} />;
}

const KINDS: Record<string, string> = { safety_notice: "system safety", urgent_help: "system safety urgent" };

function SystemLine({ ui: { words }, message }: Given) {
  const text = wordSystem(message, words.locale);
  const { code = "", values } = (message.data ?? {}) as { code?: string; values?: { phone?: string } };
  return text ? <p class={KINDS[code] ?? "system"}>{withPhone(text, values?.phone)}</p> : null;
}

function Bubble(given: Given) {
  const { ui, message, isFirst, isLast } = given;
  const { words } = ui;
  const isOwn = message.author.kind === "customer";
  const name = message.author.kind === "bot" ? words.say("talk.assistant") : message.author.name || words.say("talk.agent");
  return (
    <div class={isOwn ? "block own" : "block"}>
      {isFirst && !isOwn && message.author.kind !== "system" && <p class="author">{name}</p>}
      {isOwn && <span class="hidden">{words.say("talk.you")}</span>}
      <div class="bubble">
        <Content {...given} />
      </div>
      <Offer {...given} />
      {isLast && <Meta {...given} />}
    </div>
  );
}

function Content({ ui, message, conversation, isNewest }: Given) {
  const text = message.body || wordSystem(message, ui.words.locale);
  if (message.kind === "form") return <EvidenceForm ui={ui} message={message} />;
  if (message.kind === "card") return <Card ui={ui} message={message} />;
  return (
    <>
      {message.kind === "file" && <FileCard ui={ui} file={message.data!["attachment"] as Attachment} />}
      {text && <p class="text">{linked(text)}</p>}
      {message.kind === "choices" && <Choices ui={ui} message={message} enabled={isNewest && conversation.status === "bot"} />}
    </>
  );
}

function Choices({ ui: { session }, message, enabled }: { ui: Ui; message: Message; enabled: boolean }) {
  const { choices = [] } = (message.data ?? {}) as { choices?: { title: string; value: string }[] };
  return (
    <div class="choices">
      {choices.map(({ title, value }) => (
        <button key={value} class="choice" disabled={!enabled} onClick={() => say(session, value)}>{title}</button>
      ))}
    </div>
  );
}

function Card({ ui, message }: { ui: Ui; message: Message }) {
  const { card, number } = message.data as { card?: string; number?: string };
  const Of = card === "order" ? OrderCard : CaseCard;
  return <Of ui={ui} message={message}><p class="text">{number}</p></Of>;
}

// What the bot offers beside its words; only its latest, so that an old offer is not taken by mistake.
function Offer({ ui, message, isNewest, conversation }: Given) {
  const { offer } = (message.data ?? {}) as { offer?: string };
  if (!isNewest || conversation.status !== "bot") return null;
  if (offer === "leave_message") return <OfferMessage ui={ui} />;
  return offer === "ask_agent" ? <AskAgent ui={ui} /> : null;
}

function Meta({ ui: { words, state }, message, conversation }: Given) {
  const isLastOwn = message.author.kind === "customer" && !state.timeline.messages.some((one) => one.author.kind === "customer" && one.seq > message.seq);
  const mark = isLastOwn && words.say(conversation.agent_read_seq >= message.seq ? "mark.read" : "mark.sent");
  return (
    <p class="meta">
      <time dateTime={message.created_at}>{wordTime(message.created_at, words.locale)}</time>
      {mark && <span> · {mark}</span>}
    </p>
  );
}

export function PendingRow({ ui: { session, words, state }, pending }: { ui: Ui; pending: Pending }) {
  return (
    <div class="block own pending">
      <div class="bubble"><p class="text">{pending.body || pending.attachment!.name}</p></div>
      <p class={pending.failed ? "meta failed" : "meta"}>
        {pending.failed ? words.say(pending.failed === "closed" ? "mark.closed" : "mark.failed") : words.say(state.current ? "mark.sending" : "mark.held")}
        {pending.failed && pending.failed !== "closed" && (
          <button class="quiet" onClick={() => sayAgain(session, pending.client_id)}>{words.say("mark.again")}</button>
        )}
      </p>
    </div>
  );
}
