import { CommandError } from "./connection";
import type { Envelope } from "./wire";

const PATIENCE = 10_000; // for an answer, beyond what the server was asked to wait

/** Runs a command over HTTP. Throws a CommandError; code "offline": no answer came. */
export async function post<T>(path: string, body: unknown, token?: string): Promise<T> {
  const envelope = await answer<T>(path, body, token);
  if (envelope.ok === undefined) throw unreachable(); // JSON, but not ours: a proxy's
  if (envelope.ok) return envelope.value;
  throw new CommandError(envelope.error.code, envelope.error.message, envelope.error.retry_after);
}

async function answer<T>(path: string, body: unknown, token?: string): Promise<Envelope<T>> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  try {
    const patience = PATIENCE + 1000 * ((body as { wait?: number }).wait ?? 0);
    const request = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(patience) };
    return (await (await fetch(path, request)).json()) as Envelope<T>;
  } catch {
    throw unreachable();
  }
}

function unreachable(): CommandError {
  return new CommandError("offline", "The server could not be reached.");
}
