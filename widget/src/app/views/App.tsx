import { useEffect, useState } from "preact/hooks";
import type { Host } from "../host";
import type { Session } from "../session";
import { isDown, unread } from "../state";
import type { Ui } from "../ui";
import { loadWords, type WidgetWords } from "../words";
import { Head } from "./Head";
import { fetchSoon, Help, LeaveMessage, Mine, Past, Talk } from "./parts";
import { Start } from "./Start";

export function App({ session, host }: { session: Session; host: Host }) {
  const [state, setState] = useState(session.store.state);
  const [words, setWords] = useState<WidgetWords>();
  const count = unread(state);
  useEffect(() => session.store.listen(() => setState(session.store.state)), [session]);
  useEffect(() => everyMinute(() => setState({ ...session.store.state })), [session]);
  useEffect(() => onEscape(() => host.close()), [host]);
  useEffect(() => void loadWords(state.locale).then(setWords), [state.locale]);
  useEffect(() => ring(session, count), [count]);
  useEffect(() => void (state.open && state.phase === "ready" && fetchSoon()), [state.open, state.phase]);
  useEffect(() => void (document.documentElement.lang = words?.locale ?? ""), [words]);
  if (!words) return null;
  const ui: Ui = { session, host, state, words };
  return (
    <>
      <Head ui={ui} />
      <main class="main">
        <Notice ui={ui} />
        <View ui={ui} />
      </main>
    </>
  );
}

function View({ ui }: { ui: Ui }) {
  const { phase, view, timeline } = ui.state;
  const isUnknown = phase !== "ready" && !timeline.conversation;
  if (isUnknown && phase === "failed") return <Failed ui={ui} />;
  if (isUnknown) return <p class="opening" role="status">{ui.words.say("line.opening")}</p>;
  const { place } = ui.state;
  if (place?.at === "help") return <Help ui={ui} place={place} />;
  if (place?.at === "past") return <Past ui={ui} place={place} />;
  if (place) return <Mine ui={ui} place={place} />;
  if (view === "form" || !timeline.conversation) return <Start key={ui.state.prefill.body} ui={ui} />;
  return view === "leave" ? <LeaveMessage ui={ui} /> : <Talk ui={ui} conversation={timeline.conversation} />;
}

function Failed({ ui: { session, words } }: { ui: Ui }) {
  return (
    <div class="opening" role="alert">
      <p>{words.say("line.failed")}</p>
      <button class="button" onClick={() => (session.store.set({ phase: "opening" }), void session.open())}>{words.say("line.again")}</button>
    </div>
  );
}

// One place for what the window has to say about itself: the line first, then the last refusal.
function Notice({ ui: { session, state, words } }: { ui: Ui }) {
  const isBehind = !state.current && state.timeline.conversation;
  return (
    <div role="status">
      {isBehind && <p class={isDown(state) ? "notice" : "notice late"}>{words.say(isDown(state) ? "line.reconnecting" : "line.loading")}</p>}
      {!isBehind && state.trouble && (
        <p class="notice bad">
          {words.say(`trouble.${state.trouble}`)}
          <button class="quiet" onClick={() => session.store.clear("trouble")}>{words.say("trouble.dismiss")}</button>
        </p>
      )}
    </div>
  );
}

// For who allowed it, and does not look.
function ring({ memory, store }: Session, count: number): void {
  const looks = store.state.open && document.visibilityState === "visible";
  if (count && !looks && memory.read("sound")) void import("../more/sound").then(({ chime }) => chime(), () => undefined);
}

// Today becomes yesterday while the window is open.
function everyMinute(draw: () => void): () => void {
  const timer = setInterval(draw, 60_000);
  return () => clearInterval(timer);
}

function onEscape(close: () => void): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing && !document.querySelector("dialog[open]")) close();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
