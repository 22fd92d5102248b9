import { useEffect, useRef, useState } from "preact/hooks";
import { newId } from "../../core/ids";
import { isWorthAnother, troubleOf, upload } from "../../core/upload";
import type { Ui } from "../ui";
import { say } from "../verbs";
import { useFileWords } from "./words";

export const TYPES = "image/png,image/jpeg,image/webp,image/gif,application/pdf,text/plain,.log,.csv,.md";

interface Sending {
  key: string;
  file: File;
  conversationId: string;
  done: number;
  stop: AbortController;
  failed?: ReturnType<typeof troubleOf>;
}

/** The button beside the words. Files also come by pasting, or by being dropped anywhere on the window. */
export function Attach({ ui }: { ui: Ui }) {
  const { session, state } = ui;
  const words = useFileWords(ui.words.locale);
  const [sending, setSending] = useState<readonly Sending[]>([]);
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const change = (key: string, news: Partial<Sending>): void => setSending((all) => all.map((one) => (one.key === key ? { ...one, ...news } : one)));
  const remove = ({ key, stop }: Sending): void => {
    stop.abort();
    setSending((all) => all.filter((one) => one.key !== key));
  };
  const send = async ({ failed: _, ...one }: Sending): Promise<void> => {
    setSending((all) => [...all.filter(({ key }) => key !== one.key), { ...one, done: 0 }]);
    try {
      const attachment = await upload("customer", one.file, session.token, (done) => change(one.key, { done }), one.stop.signal);
      // Who began another conversation meanwhile did not mean that one.
      if (!one.stop.signal.aborted && session.store.state.timeline.conversation?.id === one.conversationId) say(session, "", { attachment });
      remove(one);
    } catch (error) {
      change(one.key, { failed: troubleOf(error) });
    }
  };
  const take = async (files: Iterable<File>): Promise<void> => {
    const conversationId = state.timeline.conversation?.id;
    if (conversationId === undefined) return;
    // One after the other: they stand in the log in the order they were chosen.
    for (const file of files) await send({ key: newId(), file, conversationId, done: 0, stop: new AbortController() });
  };
  useEffect(() => comingIn((files) => void take(files), setOver), [state.timeline.conversation?.id]);
  if (!words) return null;
  return (
    <>
      <button type="button" class="attach" id="attach" aria-label={words.say("attach")} title={words.say("attach")} onClick={() => input.current!.click()}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.400-2.400L14.5 7" /></svg>
      </button>
      <input ref={input} type="file" hidden multiple accept={TYPES}
        onChange={({ currentTarget }) => (void take([...currentTarget.files!]), (currentTarget.value = ""))} />
      {isOver && <p class="drop-here">{words.say("drop")}</p>}
      {sending.length > 0 && (
        <ul class="uploads" aria-live="polite">
          {sending.map((one) => (
            <li key={one.key} class={one.failed ? "failed" : ""}>
              <span class="upload-name">{one.file.name}</span>
              {one.failed ? <span>{words.say(`trouble.${one.failed}`)}</span> : <progress max={1} value={one.done} aria-label={words.say("sending")} />}
              {one.failed && isWorthAnother(one.failed) && <button type="button" class="quiet" onClick={() => void send(one)}>{words.say("again")}</button>}
              <button type="button" class="quiet" aria-label={words.say(one.failed ? "remove_file" : "cancel_file", { name: one.file.name })} onClick={() => remove(one)}>
                {words.say(one.failed ? "remove" : "cancel")}
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function comingIn(take: (files: File[]) => void, setOver: (isOver: boolean) => void): () => void {
  const paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || (event.target as Element).closest?.(".evidence")) return;
    event.preventDefault();
    take(files);
  };
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    setOver(true);
  };
  const leave = (event: DragEvent): void => {
    if (!event.relatedTarget) setOver(false);
  };
  const drop = (event: DragEvent): void => {
    setOver(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  };
  document.addEventListener("paste", paste);
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", leave);
  document.addEventListener("drop", drop);
  return () => {
    document.removeEventListener("paste", paste);
    document.removeEventListener("dragover", over);
    document.removeEventListener("dragleave", leave);
    document.removeEventListener("drop", drop);
  };
}
