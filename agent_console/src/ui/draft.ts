import { useState } from "preact/hooks";
import { draftOf, keepDraft } from "../state/drafts";
import { useConsole } from "./context";

/** What the agent has begun to write at one thing, such as "note" and a ticket's id. */
export function useDraft(kind: string, id: string): { draft: string; write(text: string): void } {
  const { snapshot } = useConsole();
  const [, redraw] = useState(0);
  const key = [snapshot.desk.agent?.id, kind, id].join(" ");
  const write = (text: string): void => {
    keepDraft(key, text);
    redraw((count) => count + 1);
  };
  return { draft: draftOf(key), write };
}
