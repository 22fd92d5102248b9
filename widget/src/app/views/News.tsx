import { useRef } from "preact/hooks";
import type { wordSystem } from "../../core/wording";
import type { Attachment, Message } from "../../core/wire";
import type { Ui } from "../ui";
import type { WidgetWords } from "../words";

const TOLD = 3; // in one go; whoever missed more reads the log

/**
 * Each message that comes is read out once. The log itself would be read out where older ones are put before it, where
 * what is on its way becomes what is sent, and where a mark moves.
 */
export function News({ ui: { state, words }, word }: { ui: Ui; word: typeof wordSystem }) {
  const { messages } = state.timeline;
  const known = useRef<number | undefined>(undefined);
  if (state.current) known.current ??= messages.at(-1)?.seq ?? 0;
  const came = messages.filter(({ seq, author }) => seq > (known.current ?? seq) && author.kind !== "customer");
  return (
    <div class="hidden" aria-live="polite">
      {came.slice(-TOLD).map((one) => <p key={one.id}>{wordNews(one, words, word)}</p>)}
    </div>
  );
}

function wordNews(message: Message, words: WidgetWords, word: typeof wordSystem): string {
  const { attachment, number } = (message.data ?? {}) as { attachment?: Attachment; number?: string };
  const what = (message.author.kind !== "system" && message.body) || word(message, words.locale) || attachment?.name || number || "";
  return message.author.name ? `${message.author.name}: ${what}` : what;
}
