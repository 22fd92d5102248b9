/** A conversation as a text that its customer keeps. */

import { wordDay, wordSystem, wordTime } from "../../core/wording";
import type { Attachment, Conversation, Message } from "../../core/wire";
import type { Session } from "../session";
import { attempt } from "../verbs";
import type { WidgetWords } from "../words";

const PAGE = 200;

/** Asks for what is not on the screen, and hands the browser a file. */
export function saveTranscript(session: Session, words: WidgetWords, conversation: Conversation): Promise<boolean> {
  return attempt(session, async () => {
    const messages = await everything(session, conversation);
    const text = transcript(messages, words, session.store.state.desk?.names[words.locale]);
    const href = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/plain" })); // the mark tells old editors that it is UTF-8
    const day = conversation.created_at.slice(0, 10);
    Object.assign(document.createElement("a"), { href, download: words.say("more.transcript_name", { day }) }).click();
    URL.revokeObjectURL(href);
  });
}

async function everything(session: Session, { id, last_seq }: Conversation): Promise<Message[]> {
  const found: Message[] = [];
  for (let before = last_seq + 1, more = true; more && before > 1; before = found[0]?.seq ?? 1) {
    const page = await session.run("history", { conversation_id: id, before_seq: before, limit: PAGE });
    found.unshift(...page.messages);
    more = page.more;
  }
  return found;
}

export function transcript(messages: readonly Message[], words: WidgetWords, site = ""): string {
  const lines = [site, words.say("more.transcript_note")].filter(Boolean);
  let day = "";
  for (const message of messages) {
    const text = wordMessage(message, words);
    if (!text) continue;
    const itsDay = wordDay(message.created_at, words.locale);
    if (itsDay !== day) lines.push("", `—— ${itsDay} ——`);
    day = itsDay;
    lines.push(`${wordTime(message.created_at, words.locale)} ${wordAuthor(message, words)}${text}`);
  }
  return `${lines.join("\r\n")}\r\n`;
}

function wordMessage(message: Message, words: WidgetWords): string {
  const { attachment, number, choices = [] } = (message.data ?? {}) as { attachment?: Attachment; number?: string; choices?: { title: string }[] };
  const text = message.body || wordSystem(message, words.locale) || (message.kind === "card" || message.kind === "form" ? (number ?? "") : "");
  const said = [attachment && `[${attachment.name}]`, text].filter(Boolean).join(" ");
  return [said, ...choices.map(({ title }) => `- ${title}`)].filter(Boolean).join("\n").replace(/\n/g, "\r\n      ");
}

function wordAuthor({ author, kind }: Message, words: WidgetWords): string {
  if (author.kind === "customer") return words.say("talk.you") + (words.locale === "en" ? " " : "");
  if (author.kind === "system" || (kind === "system" && author.kind !== "bot")) return "· ";
  const name = author.kind === "bot" ? words.say("talk.assistant") : author.name || words.say("talk.agent");
  return words.say("more.says", { name });
}
