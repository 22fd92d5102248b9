import { useEffect, useState } from "preact/hooks";
import type { AgentConversation, Outcome } from "../../../widget/src/core/wire";
import { isMine } from "../state/lists";
import { isSupervisor } from "../state/place";
import { close, join, release } from "../state/verbs";
import { Composer } from "./composer";
import { type Console, customerName, siteName, useConsole } from "./context";
import { Icon } from "./icons";
import { promiseText } from "./promise";
import { Log } from "./log";
import { Menu } from "./menu";
import { OpeningView } from "./opening";
import { AlsoHere, Asks, mayWrite, Participants } from "./together";

const OUTCOMES: Outcome[] = ["solved", "unsolved", "ticket_opened", "abandoned", "duplicate", "spam"];

interface ConversationViewProps {
  id: string;
  panelOpen: boolean;
  togglePanel(): void;
}

export function ConversationView({ id, panelOpen, togglePanel }: ConversationViewProps) {
  const { store, snapshot, words } = useConsole();
  useEffect(() => {
    void store.show(id);
    return () => void store.show(undefined);
  }, [id]);
  const conversation = snapshot.desk.lists.conversations[id];
  if (!conversation) return <OpeningView look="conversation" />;
  return (
    <main class="conversation" aria-label={customerName(words, conversation)}>
      <Head conversation={conversation} panelOpen={panelOpen} togglePanel={togglePanel} />
      <Participants conversation={conversation} />
      <Log conversation={conversation} />
      <AlsoHere conversation={conversation} />
      <Foot key={id} conversation={conversation} />
    </main>
  );
}

interface HeadProps extends Omit<ConversationViewProps, "id"> {
  conversation: AgentConversation;
}

function Head({ conversation, panelOpen, togglePanel }: HeadProps) {
  const context = useConsole();
  const { words, place, go, snapshot } = context;
  return (
    <header class="column-head conversation-head">
      <button
        type="button"
        class="icon-button back"
        aria-label={words.say("back")}
        onClick={() => go({ screen: place.screen })}
      >
        <Icon name="back" />
      </button>
      <div class="head-names">
        <h2>{customerName(words, conversation)}</h2>
        <p class="head-about">
          <span>{words.say(`topic.${conversation.topic}`)}</span>
          <Standing conversation={conversation} />
          <span class="wide-only">{siteName(snapshot.desk, words.locale, conversation.site)}</span>
          <span class="wide-only">{words.say(`locale.${conversation.locale}`)}</span>
        </p>
      </div>
      <div class="head-actions">
        {isMine(snapshot.desk.lists, conversation) && <OwnActions conversation={conversation} />}
        <button
          type="button"
          class="icon-button"
          aria-label={words.say("panel.toggle")}
          title={words.say("panel.toggle")}
          aria-expanded={panelOpen}
          onClick={togglePanel}
        >
          <Icon name="panel" />
        </button>
      </div>
    </header>
  );
}

function Standing({ conversation }: { conversation: AgentConversation }) {
  const { words, snapshot } = useConsole();
  const { status, waiting, agent, outcome } = conversation;
  if (status === "waiting" && waiting) return <span class="tag">{words.say("head.place", { place: waiting.place })}</span>;
  if (status === "active" && agent && agent.id !== snapshot.desk.agent?.id) {
    return <span class="tag">{words.say("head.with", { name: agent.name })}</span>;
  }
  const ending = status === "closed" && outcome ? ` · ${words.say(`outcome.${outcome}`)}` : "";
  return (
    <span class={`tag ${status}`}>
      {words.say(`status.${status}`)}
      {ending}
    </span>
  );
}

function OwnActions({ conversation }: { conversation: AgentConversation }) {
  const context = useConsole();
  const { store, words } = context;
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={words.say("release")}
        title={words.say("release")}
        onClick={() => void release(store, conversation.id)}
      >
        <Icon name="release" />
      </button>
      <Asks doing="transfer" conversation={conversation} look="icon" />
      <Asks doing="invite" conversation={conversation} look="icon" />
      <Menu
        label={words.say("close_conversation")}
        look="button small"
        opens="down"
        sections={[{ title: words.say("close_conversation.as"), items: endings(context, conversation) }]}
      >
        <Icon name="check" />
        <span class="wide-only">{words.say("close_conversation")}</span>
      </Menu>
    </>
  );
}

function endings({ store, words }: Console, { id }: AgentConversation) {
  return OUTCOMES.map((outcome) => ({
    label: words.say(`outcome.${outcome}`),
    select: () => void close(store, id, outcome),
  }));
}

function Foot({ conversation }: { conversation: AgentConversation }) {
  const context = useConsole();
  const may = mayWrite(context, conversation);
  if (isMine(context.snapshot.desk.lists, conversation)) return <Composer conversation={conversation} />;
  return (
    <>
      {may && <Composer key={may} conversation={conversation} {...(may === "note" ? { only: "note" as const } : {})} />}
      <Aside conversation={conversation} writes={may !== undefined} />
    </>
  );
}

/** Under a conversation that is somebody else's, or nobody's. */
function Aside({ conversation, writes }: { conversation: AgentConversation; writes: boolean }) {
  const { store, snapshot, words, pick } = useConsole();
  const [noting, setNoting] = useState(false);
  const { status, participants } = conversation;
  const isFree = status === "waiting" || status === "offline";
  const { agent } = snapshot.desk;
  const steers = isSupervisor(agent?.role) && status !== "closed";
  if (writes && !steers) return null; // all that is left to say stands in the head
  const hasJoined = participants.some(({ id, joined }) => joined && id === agent?.id);
  return (
    <>
      {noting && !writes && <Composer conversation={conversation} only="note" />}
      <footer class={steers ? "take many" : "take"}>
        <p class="grow">
          <TakeHint conversation={conversation} />
        </p>
        {!writes && (
          <button type="button" class="button small" aria-pressed={noting} aria-keyshortcuts="n" onClick={() => setNoting(!noting)}>
            <Icon name="note" />
            {words.say("composer.note")}
          </button>
        )}
        {steers && status === "active" && (
          <>
            <Asks doing="transfer" conversation={conversation} look="icon" />
            <Asks doing="invite" conversation={conversation} look="icon" />
            {!hasJoined && (
              <button type="button" class="button small" onClick={() => void join(store, conversation.id)}>
                <Icon name="mine" />
                {words.say("join")}
              </button>
            )}
          </>
        )}
        {steers && (status === "active" || status === "bot") && (
          <Asks doing="take_over" conversation={conversation} look="button" />
        )}
        {isFree && (
          <button type="button" class="button primary small" aria-keyshortcuts="a" onClick={() => void pick(conversation.id)}>
            {words.say("pick")}
          </button>
        )}
      </footer>
    </>
  );
}

function TakeHint({ conversation }: { conversation: AgentConversation }) {
  const context = useConsole();
  const { words } = context;
  const { status, agent, score, comment } = conversation;
  if (status === "offline") return <>{promiseText(context, conversation)}</>;
  if (status === "active") return <>{words.say("take.active", { name: agent?.name ?? "" })}</>;
  if (status !== "closed") return <>{words.say(`take.${status}`)}</>;
  if (!score) return <>{words.say("take.closed")}</>;
  return (
    <>
      {words.say("take.rated", { score })}
      {comment && <q>{comment}</q>}
    </>
  );
}
