/** Files on their way to the server and back. No DOM: whoever shows them makes of it what they like. */

import { CommandError } from "./connection";
import { newId } from "./ids";
import type { Attachment, Envelope } from "./wire";

export type { Attachment };

const ids = new WeakMap<Blob, string>(); // the same file again, after an answer that was lost, is one attachment

/** Sends a file; `progress` hears of it from 0 to 1. Throws a CommandError; code "offline": no answer came, or none is wanted. */
export function upload(door: "customer" | "agent", file: Blob, token: string | undefined, progress: (done: number) => void, wanted?: AbortSignal): Promise<Attachment> {
  const request = new XMLHttpRequest(); // fetch does not tell how far it is
  const body = new FormData();
  if (!ids.has(file)) ids.set(file, newId());
  body.append("client_id", ids.get(file)!);
  body.append("file", file);
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new CommandError("offline", "The server could not be reached."));
    request.open("POST", `/api/${door}/upload`);
    request.responseType = "json";
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = request.onabort = request.ontimeout = fail;
    request.onload = () => {
      const answer = request.response as Envelope<Attachment> | null;
      if (answer?.ok) resolve(answer.value);
      else if (answer?.error) reject(new CommandError(answer.error.code, answer.error.message, answer.error.retry_after));
      else fail();
    };
    wanted?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** What was uploaded, for who may see it. Throws a CommandError. */
export async function download(url: string, token: string): Promise<Blob> {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } }).catch(() => undefined);
  if (!answer?.ok) throw new CommandError(answer ? "not_found" : "offline", "The file could not be fetched.");
  return answer.blob();
}

export function isPicture({ type }: Attachment): boolean {
  return /^image\/(png|jpeg|webp|gif)$/.test(type);
}

/** 1.4 MB, 320 KB */
export function wordSize(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export type FileTrouble = "offline" | "too_large" | "wrong_type" | "picture" | "too_many" | "other";

/** The same file will not be taken the next time either, when it is the file. */
export function isWorthAnother(trouble: FileTrouble): boolean {
  return !["too_large", "wrong_type", "picture"].includes(trouble);
}

/** Which words tell why a file was not taken. */
export function troubleOf(error: unknown): FileTrouble {
  const code = error instanceof CommandError ? error.code : "";
  if (code === "offline" || code === "unavailable") return "offline";
  if (code === "too_large" || code === "wrong_type") return code;
  if (code === "too_many_pixels" || code === "broken_picture" || code === "empty_file") return "picture";
  return code.startsWith("too_many") ? "too_many" : "other";
}
