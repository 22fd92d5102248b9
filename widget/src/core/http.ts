import { CommandError } from "./connection";
import type { Envelope } from "./wire";

const PATIENCE = 30_000;

/** Runs a command over HTTP. Throws a CommandError; code "offline": no answer came. */
export async function post<T>(path: string, body: unknown, token?: string): Promise<T> {
  const envelope = await answer<T>(path, body, token);
  if (envelope.ok) return envelope.value;
  throw new CommandError(envelope.error.code, envelope.error.message, envelope.error.retry_after);
}

async function answer<T>(path: string, body: unknown, token?: string): Promise<Envelope<T>> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  try {
    const request = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE) };
    return (await (await fetch(path, request)).json()) as Envelope<T>;
  } catch {
    throw new CommandError("offline", "The server could not be reached.");
  }
}
