import { useEffect, useState } from "preact/hooks";
import type { AgentConversation } from "../../../widget/src/core/wire";
import { loadLive } from "../state/verbs";
import { useConsole } from "./context";
import { since } from "./format";
import { Row } from "./lists";

const EVERY = 4_000;

/** All conversations of one's sites that go on, those that wait longest for a word first; anew while it is seen. */
export function LiveList() {
  const { store, snapshot, words } = useConsole();
  const { live } = snapshot.desk;
  const online = snapshot.connection === "online";
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (!online) return undefined;
    const look = (): void => {
      if (document.visibilityState === "visible") void loadLive(store);
    };
    look();
    const looking = setInterval(look, EVERY);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(looking);
      document.removeEventListener("visibilitychange", look);
    };
  }, [online]);
  const more = async (): Promise<void> => {
    setBusy(true);
    await loadLive(store, live?.next);
    setBusy(false);
  };
  return (
    <section class="list" aria-label={words.say("screen.live")}>
      <header class="column-head">
        <h1>{words.say("screen.live")}</h1>
        {live?.counts && <p class="live-counts faint">{words.say("live.counts", { ...live.counts })}</p>}
      </header>
      <ul class="rows">
        {live?.conversations.map((conversation) => (
          <Row key={conversation.id} conversation={conversation} screen="live">
            <Standing conversation={conversation} />
          </Row>
        ))}
      </ul>
      {live && live.conversations.length === 0 && <p class="empty">{words.say("empty.live")}</p>}
      {live?.next && (
        <button type="button" class="button small older" disabled={busy} onClick={() => void more()}>
          {words.say("tickets.more")}
        </button>
      )}
    </section>
  );
}

const LONG = 3 * 60_000;

function Standing({ conversation }: { conversation: AgentConversation }) {
  const { words, now } = useConsole();
  const { status, agent, unanswered_since } = conversation;
  const who = status === "active" && agent ? words.say("head.with", { name: agent.name }) : words.say(`status.${status}`);
  const { key, count } = since(unanswered_since ?? conversation.last_at, now);
  const isLate = unanswered_since !== undefined && now - Date.parse(unanswered_since) > LONG;
  return (
    <span class="row-promise">
      <span class="contact">{who}</span>
      {unanswered_since && <span class={isLate ? "due" : "faint"}>{words.say(`unanswered.${key}`, { count })}</span>}
    </span>
  );
}
