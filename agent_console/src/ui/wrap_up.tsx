import { useEffect, useState } from "preact/hooks";
import { ownStanding } from "../state/desk";
import { endWrapUp } from "../state/verbs";
import { useConsole } from "./context";
import { Icon } from "./icons";

/** After a conversation was closed: how long nothing new is routed to this agent, and the end of it by a click. */
export function WrapUp() {
  const { store, snapshot, words } = useConsole();
  const until = ownStanding(snapshot.desk)?.wrap_up_until;
  const left = useSecondsUntil(until);
  if (left <= 0) return null;
  return (
    <p class="wrap-up">
      <Icon name="note" />
      <span role="timer">
        {words.say("wrap_up.left", { time: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` })}
      </span>
      <button type="button" class="button small" onClick={() => void endWrapUp(store)}>
        {words.say("wrap_up.done")}
      </button>
    </p>
  );
}

function useSecondsUntil(until: string | undefined): number {
  const [now, set] = useState(Date.now);
  useEffect(() => {
    if (!until) return undefined;
    set(Date.now());
    const ticking = setInterval(() => set(Date.now()), 1_000);
    return () => clearInterval(ticking);
  }, [until]);
  return until ? Math.ceil((Date.parse(until) - now) / 1_000) : 0;
}
