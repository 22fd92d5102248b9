import type { Pending } from "../../core/timeline";
import { wordSystem, wordTime } from "../../core/wording";
import type { Attachment, Conversation, Message } from "../../core/wire";
import type { Ui } from "../ui";
import { isChoice } from "../offers";
import { sayAgain } from "../verbs";
import { linked, withPhone } from "./links";
import { AskAgent, OfferMessage } from "./Offers";
import { ArticleCard, CaseCard, EvidenceForm, FileCard, Offered, OrderCard, Rating, Rich, Source } from "./parts";

interface Given {
  ui: Ui;
  message: Message;
  conversation: Conversation;
  isFirst: boolean;
  isLast: boolean;
  /** What it offers may still be chosen. */
  isOpen: boolean;
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
      <div class="bubble" id={`said-${message.seq}`}>
        <Content {...given} />
      </div>
      {isLast && <Meta {...given} />}
      <Offer {...given} />
    </div>
  );
}

function Content(given: Given) {
  const { ui, message } = given;
  const text = message.body || wordSystem(message, ui.words.locale);
  if (message.kind === "form") return <EvidenceForm ui={ui} message={message} />;
  if (message.kind === "card") return <Card {...given} />;
  return (
    <>
      {message.kind === "file" && <FileCard ui={ui} file={message.data!["attachment"] as Attachment} />}
      {text && <Words ui={ui} message={message} text={text} />}
      {message.author.kind === "bot" && message.data?.["slug"] && <Source ui={ui} article={message.data as never}>{null}</Source>}
    </>
  );
}

const MARKED = /[*`]|\]\(|^(#|>|[-+] |\d+[.)] )/m;

// Agents and the bot may use Markdown; what customers write stands as it is.
function Words({ ui, message: { author, data }, text }: { ui: Ui; message: Message; text: string }) {
  const { markdown = text, path } = (data ?? {}) as { markdown?: string; path?: string };
  const plain = <p class="text">{linked(text)}</p>;
  if (author.kind === "customer" || !MARKED.test(markdown)) return plain;
  return <Rich ui={ui} text={markdown} {...(path ? { base: path } : {})}>{plain}</Rich>;
}

function Card({ ui, message, conversation }: Given) {
  const { card } = message.data as { card?: string };
  if (card === "rating") return <RatingCard ui={ui} conversation={conversation} text={wordSystem(message, ui.words.locale)} />;
  const Of = card === "order" ? OrderCard : card === "article" ? ArticleCard : CaseCard;
  // As high as most of them are: what stands below does not move when it comes.
  return <Of ui={ui} message={message}><p style="height:127px">{message.body}</p></Of>;
}

// Once it has ended, it is rated below.
function RatingCard({ ui, conversation: { id, status, score }, text }: { ui: Ui; conversation: Conversation; text: string }) {
  const plain = <p class="text">{text}</p>;
  return status === "closed" || ui.state.timeline.conversation?.id !== id ? plain : <Rating ui={ui} score={score}>{plain}</Rating>;
}

// What the bot offers beside its words: what may be answered, and, where a flow gets no further, a person as well.
function Offer({ ui, message, isOpen }: Given) {
  const data = message.data ?? {};
  return (
    <>
      {message.author.kind === "bot" && isChoice(data) && <Offered ui={ui} message={message} isOpen={isOpen}>{null}</Offered>}
      {isOpen && data["offer"] === "leave_message" && <OfferMessage ui={ui} />}
      {isOpen && data["offer"] === "ask_agent" && <AskAgent ui={ui} />}
    </>
  );
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
  const { failed } = pending;
  return (
    <div class="block own pending">
      <div class="bubble"><p class="text">{pending.body || pending.attachment!.name}</p></div>
      <p key={failed} class={failed ? "meta failed" : "meta"} role={failed ? "alert" : undefined}>
        {words.say(failed ? (failed === "closed" ? "mark.closed" : "mark.failed") : state.current ? "mark.sending" : "mark.held")}
        {failed && failed !== "closed" && (
          <button class="quiet" onClick={() => sayAgain(session, pending.client_id)}>{words.say("mark.again")}</button>
        )}
      </p>
    </div>
  );
}
