import { useState } from "preact/hooks";
import { CommandError } from "../../core/connection";
import { newId } from "../../core/ids";
import { troubleOf, upload } from "../../core/upload";
import type { Attachment } from "../../core/wire";
import type { Session } from "../session";
import type { Key, MineUi } from "./words";

interface Chosen {
  key: string;
  name: string;
  done: number;
  attachment?: Attachment;
  error?: Key;
}

export interface Files {
  chosen: Chosen[];
  add(files: Iterable<File>): void;
  remove(key: string): void;
  clear(): void;
  /** Of those that are uploaded. */
  ids: string[];
  /** What keeps the form from being sent. */
  fault: Key | undefined;
}

export function useFiles(session: Session): Files {
  const [chosen, setChosen] = useState<Chosen[]>([]);
  const become = (key: string, change: Partial<Chosen>): void => setChosen((now) => now.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const send = async (file: File): Promise<void> => {
    const key = newId();
    setChosen((now) => [...now, { key, name: file.name, done: 0 }]);
    try {
      become(key, { attachment: await upload("customer", file, session.token, (done) => become(key, { done })) });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      become(key, { error: FAULTS[troubleOf(error)] ?? "files.failed" });
    }
  };
  return {
    chosen,
    add: (files) => void [...files].slice(0, MOST - chosen.length).map(send),
    remove: (key) => setChosen((now) => now.filter((one) => one.key !== key)),
    clear: () => setChosen([]),
    ids: chosen.flatMap(({ attachment }) => attachment?.attachment_id ?? []),
    fault: chosen.some(({ error }) => error) ? "files.bad" : chosen.some(({ attachment }) => !attachment) ? "files.waiting" : undefined,
  };
}

const MOST = 20;
const FAULTS: Partial<Record<ReturnType<typeof troubleOf>, Key>> = { too_large: "files.too_large", wrong_type: "files.type", picture: "files.picture" };

/** Chooses files and shows how far each is. */
export function FilePicker({ mine: { words }, files, hint, error }: { mine: MineUi; files: Files; hint: string; error: string | undefined }) {
  const note = error ?? hint;
  return (
    <div class="field">
      <label class="files" for="files">
        <span class="button plain">{words.say("files.add")}</span>
        <input id="files" type="file" multiple accept="image/*,.pdf,.txt" aria-describedby="files-note" aria-invalid={!!error}
          onChange={(event) => (files.add(event.currentTarget.files ?? []), (event.currentTarget.value = ""))} />
      </label>
      <p id="files-note" class={error ? "error" : "hint"}>{note}</p>
      <ul class="chosen" aria-live="polite">
        {files.chosen.map(({ key, name, done, attachment, error: fault }) => (
          <li key={key}>
            <span class="name">{name}</span>
            {fault ? <span class="error">{words.say(fault)}</span> : attachment ? <span class="soft">✓</span> : <progress max={1} value={done} aria-label={words.say("files.uploading")} />}
            <button type="button" class="icon" aria-label={words.say("files.remove", { name })} onClick={() => files.remove(key)}>×</button>
          </li>
        ))}
      </ul>
    </div>
  );
}
