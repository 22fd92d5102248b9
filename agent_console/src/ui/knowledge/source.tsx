import "../../styles/knowledge.css";

import type { Message } from "../../../../widget/src/core/wire";
import { addressOf } from "../../state/place";
import { useConsole } from "../context";
import { Icon } from "../icons";
import { WrongMark } from "./turns";

/** Under what the bot said in a conversation: the article it came from, and whether it was the right one. */
export function BotSource({ message: { conversation_id, data = {} } }: { message: Message }) {
  const { store, words, snapshot } = useConsole();
  const { article_id, title, version, turn: seq } = data as { article_id?: string; title?: string; version?: number; turn?: number };
  const turn = snapshot.desk.turns[conversation_id]?.find((one) => one.seq === seq);
  return (
    <footer class="said-foot bot-source">
      {article_id && (
        <a href={addressOf({ screen: "knowledge", id: article_id })}>
          <Icon name="knowledge" />
          {title} {version && <span class="faint">{words.say("versions.number", { number: version })}</span>}
        </a>
      )}
      {turn?.outcome && <span class={`tag outcome-${turn.outcome}`}>{words.say(`turn_outcome.${turn.outcome}`)}</span>}
      {turn && <WrongMark turn={turn} changed={(changed) => store.dispatch({ type: "turn", turn: changed })} />}
    </footer>
  );
}
