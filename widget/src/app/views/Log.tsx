import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { hasOlder } from "../../core/timeline";
import { wordDay, wordSystem } from "../../core/wording";
import type { Conversation } from "../../core/wire";
import { openOffer } from "../offers";
import { rowsOf, type Unseen } from "../rows";
import type { Ui } from "../ui";
import { News } from "./parts";
import { MessageRow, PendingRow } from "./Rows";

const NEAR = 80; // pixels from an end that count as being there
const ABOVE = 44; // pixels that stay in sight above a message that is read from its beginning

/** The messages. Stays at the newest unless the reader has scrolled up; older ones come as the top is neared. */
export function Log({ ui, conversation }: { ui: Ui; conversation: Conversation }) {
  const { session, state, words } = ui;
  const { timeline } = state;
  const box = useRef<HTMLDivElement>(null);
  const { isAtEnd, onScroll, toEnd } = useScroll(box, ui);
  const open = openOffer(timeline);
  const unseen = useUnseen(ui, conversation);
  return (
    <div class="log-frame">
      <div class="log" ref={box} onScroll={onScroll} role="log" aria-live="off" aria-busy={!state.current} aria-label={words.say("talk.log")} tabIndex={0}>
        {hasOlder(timeline) && (
          <button class="quiet older" disabled={state.loadingOlder} onClick={() => void session.loadOlder()}>{words.say("talk.older")}</button>
        )}
        {rowsOf(timeline, unseen).map((row) => {
          if (row.type === "message") return <MessageRow {...row} ui={ui} conversation={conversation} isOpen={row.message === open} />;
          if (row.type === "pending") return <PendingRow {...row} ui={ui} />;
          return <p key={row.key} class={row.type}><span>{row.type === "day" ? wordDay(row.at, words.locale) : words.say("talk.new")}</span></p>;
        })}
        {timeline.typing && <p class="typing"><i /><i /><i /><span>{words.say("talk.typing", { ...timeline.typing })}</span></p>}
      </div>
      <News key={conversation.id} ui={ui} word={wordSystem}>{null}</News>
      {!isAtEnd && <button class="to-end" aria-label={words.say("talk.to_end")} onClick={toEnd}>↓</button>}
    </div>
  );
}

// Marked from the moment one looks until one looks away. By then all that was there is read, and what comes is seen coming.
function useUnseen({ state: { open } }: Ui, { id, customer_read_seq: after, last_seq: to }: Conversation): Unseen | undefined {
  const [isVisible, setVisible] = useState(document.visibilityState !== "hidden");
  const look = open && isVisible && id;
  const held = useRef<{ look: string | false; unseen?: Unseen }>({ look: false });
  if (held.current.look !== look) held.current = look ? { look, unseen: { after, to } } : { look };
  useEffect(() => {
    const changed = (): void => setVisible(document.visibilityState !== "hidden");
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, []);
  return held.current.unseen;
}

function useScroll(box: { current: HTMLDivElement | null }, { session, state }: Ui) {
  const { timeline } = state;
  const [isAtEnd, setAtEnd] = useState(true);
  const before = useRef({ first: 0, height: 0 });
  const toEnd = (): void => void box.current?.scrollTo({ top: box.current.scrollHeight });
  // What is longer than the window is read from its beginning, until the reader has gone on to its end.
  const goneOn = useRef<Element | null>(null);
  const follow = (): void => {
    const last = box.current?.lastElementChild as HTMLElement | null;
    if (last?.matches(".block:not(.own)") && last !== goneOn.current) box.current!.scrollTo({ top: last.offsetTop - ABOVE });
    else toEnd();
  };
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight, lastElementChild: last } = box.current!;
    const isThere = scrollHeight - scrollTop - clientHeight < NEAR;
    setAtEnd(isThere);
    if (isThere && last instanceof HTMLElement && last.offsetTop < scrollTop) goneOn.current = last;
    if (scrollTop < NEAR) void session.loadOlder();
  };
  useLayoutEffect(() => {
    const log = box.current!;
    const first = timeline.messages[0]?.seq ?? 0;
    // Older messages came in above: what is being read stays where it is.
    if (before.current.first > first && !isAtEnd) log.scrollTop += log.scrollHeight - before.current.height;
    else if (isAtEnd) follow();
    before.current = { first, height: log.scrollHeight };
  }, [timeline]);
  useLayoutEffect(() => setAtEnd(true), [timeline.pending.length, state.open]);
  useEffect(() => {
    const grown = (): void => void (isAtEnd && follow());
    const observers = [new ResizeObserver(grown), new MutationObserver(grown)] as const;
    observers[0].observe(box.current!);
    observers[1].observe(box.current!, { childList: true, subtree: true }); // parts that come later
    return () => observers.forEach((one) => one.disconnect());
  }, [isAtEnd]);
  return { isAtEnd, onScroll, toEnd };
}
