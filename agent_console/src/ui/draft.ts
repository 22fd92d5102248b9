import { useState } from "preact/hooks";
import { draftOf, keepDraft } from "../state/drafts";
import { useConsole } from "./context";

/** Of what an agent has begun to write at one thing, such as "note" and a ticket's id. */
export function draftKey(agent: string | undefined, kind: string, id: string): string {
  return [agent, kind, id].join(" ");
}

export function useDraft(kind: string, id: string): { draft: string; write(text: string): void } {
  const { snapshot } = useConsole();
  const [, redraw] = useState(0);
  const key = draftKey(snapshot.desk.agent?.id, kind, id);
  const write = (text: string): void => {
    keepDraft(key, text);
    redraw((count) => count + 1);
  };
  return { draft: draftOf(key), write };
}
