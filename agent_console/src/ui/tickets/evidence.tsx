import { useState } from "preact/hooks";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { Attachment, EvidenceItem, Ticket } from "../../../../widget/src/core/wire";
import { askEvidence, isOver } from "../../state/case_verbs";
import { useConsole } from "../context";
import { Dialog, DialogForm } from "../dialog";
import { Icon } from "../icons";
import { Text } from "../log";
import { useKindWords } from "./words";

/** What the customer gave, what this kind of case still lacks, and one press that asks for it. */
export function Evidence({ ticket }: { ticket: Ticket }) {
  const { store, words } = useConsole();
  const kinds = useKindWords();
  const [idFor] = useState(idsByContent);
  const [asking, setAsking] = useState(false);
  const { evidence, missing, wanted } = ticket;
  const possible = kinds.find(ticket.kind)?.evidence ?? [];
  if (evidence.length + missing.length + wanted.length + possible.length === 0) return null;
  const name = (code: string): string => kinds.part(ticket.kind, "evidence", code);
  const awaited = new Set(wanted.filter(({ given }) => !given).map(({ code }) => code));
  const lacking = [...new Set([...missing, ...awaited])];
  const ask = (code: string): void => void askEvidence(store, idFor, { ticket_id: ticket.id, evidence: [code] });
  return (
    <section class="card" aria-label={words.say("evidence.title")}>
      <header class="card-head">
        <h3>{words.say("evidence.title")}</h3>
        {!isOver(ticket) && possible.length > 0 && (
          <button type="button" class="button small" onClick={() => setAsking(true)}>
            {words.say("evidence.ask")}
          </button>
        )}
      </header>
      {lacking.length > 0 && (
        <ul class="plain lacking">
          {lacking.map((code) => (
            <li key={code}>
              <span class="grow">{name(code)}</span>
              {awaited.has(code) ? (
                <span class="tag ticket-pending">{words.say("evidence.awaited")}</span>
              ) : isOver(ticket) ? (
                <span class="faint">{words.say("evidence.missing")}</span>
              ) : (
                <button type="button" class="button small" aria-label={words.say("evidence.please_send", { what: name(code) })} onClick={() => ask(code)}>
                  <Icon name="send" />
                  {words.say("evidence.please")}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {evidence.length === 0 && lacking.length === 0 && <p class="faint">{words.say("evidence.none")}</p>}
      {evidence.length > 0 && (
        <ul class="plain evidence">
          {evidence.map((item) => (
            <Item key={item.id} item={item} name={name(item.code)} />
          ))}
        </ul>
      )}
      {asking && (
        <AskDialog
          ticket={ticket}
          ask={(codes, message) => askEvidence(store, idFor, { ticket_id: ticket.id, evidence: codes, ...(message ? { message } : {}) })}
          shut={() => setAsking(false)}
        />
      )}
    </section>
  );
}

function Item({ item, name }: { item: EvidenceItem; name: string }) {
  const { words } = useConsole();
  return (
    <li>
      {item.attachment && <File file={item.attachment} />}
      <div class="grow">
        <strong>{name}</strong>
        {item.body && (
          <p class="said-text">
            <Text text={item.body} />
          </p>
        )}
        <p class="faint small">
          {item.by || words.say("customer.unnamed")} · <time dateTime={item.at}>{wordMoment(item.at, words.locale)}</time>
        </p>
      </div>
    </li>
  );
}

function File({ file }: { file: Attachment }) {
  const isImage = file.type.startsWith("image/");
  return (
    <a class={isImage ? "file image" : "file"} href={file.url} target="_blank" rel="noopener noreferrer" title={file.name}>
      {isImage ? <img src={file.url} alt={file.name} loading="lazy" /> : <Icon name="file" />}
      {!isImage && <span class="file-name">{file.name}</span>}
    </a>
  );
}

interface AskDialogProps {
  ticket: Ticket;
  ask(evidence: string[], message: string): Promise<boolean>;
  shut(): void;
}

export function AskDialog({ ticket, ask, shut }: AskDialogProps) {
  const { words } = useConsole();
  const kinds = useKindWords();
  const [wrong, setWrong] = useState(false);
  const codes = (kinds.find(ticket.kind)?.evidence ?? []).map(({ code }) => code);
  const doIt = async (given: FormData): Promise<boolean> => {
    const evidence = given.getAll("code").map(String);
    setWrong(evidence.length === 0);
    return evidence.length > 0 && (await ask(evidence, String(given.get("message")).trim()));
  };
  return (
    <Dialog title={words.say("evidence.ask_title")} shut={shut}>
      <DialogForm doIt={doIt} label={words.say("evidence.ask_now")} shut={shut}>
        <fieldset class="choices-of">
          <legend>{words.say("evidence.which")}</legend>
          {codes.map((code) => (
            <label key={code} class="choice-of">
              <input type="checkbox" name="code" value={code} defaultChecked={ticket.missing.includes(code)} />
              {kinds.part(ticket.kind, "evidence", code)}
            </label>
          ))}
        </fieldset>
        <label>
          {words.say("evidence.message")}
          <textarea name="message" rows={3} maxLength={1000} placeholder={words.say("evidence.message_hint")} />
        </label>
        {wrong && (
          <p class="form-error" role="alert">
            {words.say("evidence.choose")}
          </p>
        )}
        <p class="faint small">{words.say("evidence.ask_means")}</p>
      </DialogForm>
    </Dialog>
  );
}
