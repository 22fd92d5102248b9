import { useConsole } from "./context";
import { Icon } from "./icons";

/** Until the server has answered; what does not exist, or is another team's, stays like this. */
export function OpeningView({ look }: { look: "conversation" | "ticket" }) {
  const { words, go, place } = useConsole();
  return (
    <main class={look} aria-busy={true} aria-label={words.say("opening")}>
      <header class="column-head">
        <button
          type="button"
          class="icon-button back"
          aria-label={words.say("back")}
          onClick={() => go({ screen: place.screen })}
        >
          <Icon name="back" />
        </button>
      </header>
      <p class="empty slow">{words.say("opening.hint")}</p>
    </main>
  );
}
