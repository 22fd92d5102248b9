import type { ComponentChildren } from "preact";
import { useConsole } from "./context";

interface BulkProps {
  label: string;
  count: number;
  all: boolean;
  markAll(all: boolean): void;
  /** What stands there as long as nothing is marked. */
  hint: ComponentChildren;
  children: ComponentChildren;
}

/** The head of a list of which many can be marked: how many are, and what can be done with them. */
export function Bulk({ label, count, all, markAll, hint, children }: BulkProps) {
  const { words } = useConsole();
  return (
    <div class="bulk" role="toolbar" aria-label={label}>
      <input
        type="checkbox"
        checked={all}
        aria-label={words.say("inbox.mark_all")}
        title={words.say("inbox.mark_all")}
        onChange={(event) => markAll(event.currentTarget.checked)}
      />
      {count === 0 ? (
        hint
      ) : (
        <>
          <span class="bulk-count" role="status">
            {words.say("inbox.marked", { count })}
          </span>
          {children}
        </>
      )}
    </div>
  );
}
