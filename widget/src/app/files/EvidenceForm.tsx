import { useRef, useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import { newId } from "../../core/ids";
import { troubleOf, upload } from "../../core/upload";
import type { Locale, Message } from "../../core/wire";
import type { Ui } from "../ui";
import { unbroken } from "../views/Talk";
import { TYPES } from "./Attach";
import { type FileWords, useFileWords } from "./words";

interface Asked {
  ticket_id: string;
  number: string;
  wanted: { code: string; names?: Partial<Record<Locale, string>> }[];
  message?: string;
}

/** What the desk asks for, and where it is given. What was given stands in the log, so every tab knows. */
export function EvidenceForm({ ui, message }: { ui: Ui; message: Message }) {
  const words = useFileWords(ui.words.locale);
  const asked = message.data as unknown as Asked;
  const given = givenSince(ui, message, asked.ticket_id);
  if (!words) return null;
  return (
    <section class="evidence" aria-label={words.say("evidence.title", { number: asked.number })}>
      <p class="evidence-title">{unbroken(words.say("evidence.title", { number: asked.number }))}</p>
      {asked.message && <p class="text">{asked.message}</p>}
      {asked.wanted.map(({ code, names }) => {
        const name = names?.[ui.words.locale] ?? (words.has(`evidence.${code}`) ? words.say(`evidence.${code}` as "evidence.photo") : code);
        if (given.has(code)) return <p key={code} class="evidence-given">✓ {words.say("evidence.given", { name })}</p>;
        return <Piece key={code} ui={ui} words={words} ticketId={asked.ticket_id} code={code} name={name} />;
      })}
    </section>
  );
}

function givenSince({ state }: Ui, { seq }: Message, ticketId: string): Set<string> {
  const later = state.timeline.messages.filter((one) => one.seq > seq && one.data?.["code"] === "evidence_added");
  const values = later.map((one) => one.data!["values"] as { ticket_id: string; evidence: string });
  return new Set(values.filter((one) => one.ticket_id === ticketId).map((one) => one.evidence));
}

interface PieceProps {
  ui: Ui;
  words: FileWords;
  ticketId: string;
  code: string;
  name: string;
}

function Piece({ ui: { session }, words, ticketId, code, name }: PieceProps) {
  const [files, setFiles] = useState<File[]>([]);
  const [done, setDone] = useState<number>();
  const [trouble, setTrouble] = useState<string>();
  const kept = useRef(new Map<File, string>()); // what arrived already is not sent again by a second attempt
  const command = useRef({ content: "", id: "" });
  const send = async (body: string): Promise<void> => {
    if (!body && !files.length) return setTrouble(words.say("evidence.nothing"));
    setTrouble(undefined);
    setDone(0);
    try {
      for (const [index, file] of files.entries()) {
        if (kept.current.has(file)) continue;
        const sent = await upload("customer", file, session.token, (part) => setDone((index + part) / files.length));
        kept.current.set(file, sent.attachment_id);
      }
      const input = { ticket_id: ticketId, code, attachment_ids: files.map((file) => kept.current.get(file)!), ...(body ? { body } : {}) };
      const content = JSON.stringify(input);
      if (command.current.content !== content) command.current = { content, id: newId() };
      await session.run("add_evidence", { ...input, client_id: command.current.id });
      await session.catchUp();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setTrouble(words.say(`trouble.${troubleOf(error)}`));
    } finally {
      setDone(undefined);
    }
  };
  const field = `evidence-${ticketId}-${code}`;
  return (
    <form class="evidence-piece" onSubmit={(event) => (event.preventDefault(), void send((new FormData(event.currentTarget).get("body") as string).trim()))}>
      <p class="evidence-name">{name}</p>
      <label class="choice evidence-choose">
        {files.length ? files.map((file) => file.name).join(", ") : words.say("evidence.choose")}
        <input type="file" class="hidden" multiple accept={TYPES} disabled={done !== undefined} aria-label={`${name}: ${words.say("evidence.choose")}`}
          onChange={({ currentTarget }) => setFiles([...currentTarget.files!].slice(0, 20))} />
      </label>
      <label class="hidden" for={field}>{`${name}: ${words.say("evidence.words")}`}</label>
      <textarea id={field} name="body" rows={1} maxLength={1000} placeholder={words.say("evidence.words")} />
      {done !== undefined && <progress max={1} value={done} aria-label={words.say("sending")} />}
      {trouble && <p class="problem" role="alert">{trouble}</p>}
      <button class="button" disabled={done !== undefined}>{words.say(done === undefined ? "evidence.send" : "sending")}</button>
    </form>
  );
}
