import { useEffect, useRef, useState } from "preact/hooks";
import { newId } from "../../../widget/src/core/ids";
import { type Attachment, isPicture, isWorthAnother, troubleOf, upload, wordSize } from "../../../widget/src/core/upload";
import { useConsole } from "./context";
import { Icon } from "./icons";

const TYPES = "image/png,image/jpeg,image/webp,image/gif,application/pdf,text/plain,.log,.csv,.md";

const LONGEST = 280; // pixels of a picture in the log

interface Sending {
  key: string;
  file: File;
  done: number;
  failed?: ReturnType<typeof troubleOf>;
}

/** The button beside the words. Files also come by pasting into the box, or by being dropped on the conversation. */
export function Attach({ id }: { id: string }) {
  const { store, words } = useConsole();
  const [sending, setSending] = useState<readonly Sending[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const change = (key: string, news: Partial<Sending>): void => setSending((all) => all.map((one) => (one.key === key ? { ...one, ...news } : one)));
  const remove = (key: string): void => setSending((all) => all.filter((one) => one.key !== key));
  const send = async ({ failed: _, ...one }: Sending): Promise<void> => {
    setSending((all) => [...all.filter(({ key }) => key !== one.key), { ...one, done: 0 }]);
    try {
      const attachment = await upload("agent", one.file, undefined, (done) => change(one.key, { done }));
      store.write("reply", id, "", attachment);
      remove(one.key);
    } catch (error) {
      change(one.key, { failed: troubleOf(error) });
    }
  };
  const take = async (files: Iterable<File>): Promise<void> => {
    for (const file of files) await send({ key: newId(), file, done: 0 });
  };
  useEffect(() => comingIn(input.current!.closest<HTMLElement>(".conversation") ?? document.body, (files) => void take(files)), [id]);
  return (
    <>
      <button type="button" class="button quiet small attach" aria-label={words.say("attach")} title={words.say("attach")} onClick={() => input.current!.click()}>
        <Icon name="attach" />
      </button>
      <input ref={input} type="file" aria-label={words.say("attach")} hidden multiple accept={TYPES}
        onChange={({ currentTarget }) => (void take([...currentTarget.files!]), (currentTarget.value = ""))} />
      {sending.length > 0 && (
        <ul class="plain uploads" role="status">
          {sending.map((one) => (
            <li key={one.key} class={one.failed ? "failed" : ""}>
              <span class="upload-name">{one.file.name}</span>
              {one.failed ? <span>{words.say(`attach.${one.failed}`)}</span> : <progress max={1} value={one.done} aria-label={words.say("attach.sending")} />}
              {one.failed && isWorthAnother(one.failed) && <button type="button" class="link" onClick={() => void send(one)}>{words.say("pending.retry")}</button>}
              {one.failed && <button type="button" class="link" onClick={() => remove(one.key)}>{words.say("pending.discard")}</button>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function comingIn(place: HTMLElement, take: (files: File[]) => void): () => void {
  const came = (event: ClipboardEvent | DragEvent, data: DataTransfer | null): void => {
    const files = [...(data?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  };
  const paste = (event: ClipboardEvent): void => came(event, event.clipboardData);
  const drop = (event: DragEvent): void => (place.classList.remove("drop"), came(event, event.dataTransfer));
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    place.classList.add("drop");
  };
  const leave = (event: DragEvent): void => {
    if (!place.contains(event.relatedTarget as Node | null)) place.classList.remove("drop");
  };
  const all = { paste, drop, dragover: over, dragleave: leave } as unknown as Record<string, EventListener>;
  for (const [name, listener] of Object.entries(all)) place.addEventListener(name, listener);
  return () => {
    place.classList.remove("drop");
    for (const [name, listener] of Object.entries(all)) place.removeEventListener(name, listener);
  };
}

/** A file in the log: a picture as one sees it, anything else by its name. The console's cookie opens it. */
export function FileCard({ file }: { file: Attachment }) {
  const { words } = useConsole();
  if (!isPicture(file)) {
    return (
      <a class="file-card" href={file.url} download={file.name}>
        <Icon name="attach" />
        <span class="file-name">{file.name}</span>
        <span class="faint">{wordSize(file.size)}</span>
      </a>
    );
  }
  const { width, height } = file;
  const shrink = Math.min(1, LONGEST / Math.max(width ?? 1, height ?? 1));
  const size = width && height ? { width: Math.round(width * shrink), height: Math.round(height * shrink) } : {};
  return (
    <a class="picture" href={file.url} target="_blank" rel="noopener" aria-label={words.say("attach.open", { name: file.name })}>
      <img src={file.url} alt={file.name} loading="lazy" {...size} />
    </a>
  );
}
