import { useEffect, useState } from "preact/hooks";
import { type Attachment, download, isPicture, wordSize } from "../../core/upload";
import type { Session } from "../session";
import type { Ui } from "../ui";
import { useFileWords } from "./words";

const WIDEST = 220;
const TALLEST = 300;
const held = new Map<string, Promise<string>>();

// An address of this page alone: the token stays out of every URL.
function addressOf(session: Session, { attachment_id, url }: Attachment): Promise<string> {
  let found = held.get(attachment_id);
  if (!found) {
    found = download(url, session.token ?? "").then((blob) => URL.createObjectURL(blob));
    found.catch(() => held.delete(attachment_id));
    held.set(attachment_id, found);
  }
  return found;
}

/** A file in the log: a picture as one sees it, anything else by its name. */
export function FileCard({ ui, file }: { ui: Ui; file: Attachment }) {
  const words = useFileWords(ui.words.locale);
  const [address, setAddress] = useState<string>();
  const [isGone, setGone] = useState(false);
  const seen = isPicture(file);
  const fetchIt = (): Promise<string | undefined> => {
    setGone(false);
    return addressOf(ui.session, file).then((found) => (setAddress(found), found), () => (setGone(true), undefined));
  };
  useEffect(() => void (seen && fetchIt()), [file.attachment_id]);
  const save = async (): Promise<void> => {
    const href = await fetchIt();
    if (href) Object.assign(document.createElement("a"), { href, download: file.name }).click();
  };
  if (seen && !isGone) {
    const { width = 4, height = 3 } = file;
    const style = { aspectRatio: `${width} / ${height}`, inlineSize: `${Math.min(WIDEST, file.width ?? WIDEST, (TALLEST * width) / height)}px` };
    return (
      <a class="picture" {...(address ? { href: address } : {})} target="_blank" rel="noopener" style={style} aria-label={words?.say("open", { name: file.name }) ?? file.name}>
        {address && <img src={address} alt={file.name} />}
      </a>
    );
  }
  return (
    <button type="button" class="file" onClick={() => void save()}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 3h8l4 4v14H6zM14 3v4h4" /></svg>
      <span class="file-name">{file.name}</span>
      <span class="file-size">{isGone ? words?.say("gone") : wordSize(file.size)}</span>
    </button>
  );
}
