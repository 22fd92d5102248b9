import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Locale } from "../../widget/src/core/wire";
import { Chime, isNewWork, workOf } from "./state/news";
import { addressOf, type Place, placeOf, screensOf } from "./state/place";
import { loadPreferences, type Preferences, savePreferences } from "./state/preferences";
import type { DeskStore, Snapshot } from "./state/store";
import { pick } from "./state/verbs";
import { Alerts } from "./ui/alerts";
import { type Console, ConsoleContext, consoleWords, useConsole } from "./ui/context";
import { ConversationView } from "./ui/conversation";
import { Inbox } from "./ui/inbox";
import { ConversationList } from "./ui/lists";
import { lazily, loadScreens } from "./ui/lazily";
import { Login } from "./ui/login";
import { useNotices } from "./ui/notices";
import { Rail } from "./ui/rail";
import { Shortcuts, useKeys } from "./ui/shortcuts";
import { loadTexts } from "./ui/texts";
import { Toasts } from "./ui/toasts";
import { WrapUp } from "./ui/wrap_up";

const TICK = 30_000;
const LATER = 1_500;

const LiveList = lazily(async () => (await import("./ui/live")).LiveList, { look: "list" });
const Panel = lazily(async () => (await import("./ui/panel")).Panel, { look: "panel", texts: "cases" });
const Settings = lazily(async () => (await import("./ui/settings/settings")).Settings, { look: "settings", texts: "cases" });
const Knowledge = lazily(async () => (await import("./ui/knowledge/knowledge")).Knowledge, { look: "knowledge", texts: "knowledge" });
const Reports = lazily(async () => (await import("./ui/reports/reports")).Reports, { look: "settings", texts: "reports" });
const Search = lazily(async () => (await import("./ui/search")).Search, { texts: "search" });
const Tickets = lazily(async () => (await import("./ui/tickets/tickets")).Tickets, { look: "ticket", texts: "cases" });

export function App({ store }: { store: DeskStore }) {
  const context = useConsoleOf(store);
  const { snapshot } = context;
  return (
    <ConsoleContext.Provider value={context}>
      {snapshot.signedOut ? <Login /> : snapshot.desk.loaded ? <Desk /> : <Opening />}
      <Toasts />
    </ConsoleContext.Provider>
  );
}

function useConsoleOf(store: DeskStore): Console {
  const snapshot = useSnapshot(store);
  const [preferences, setPreferences] = useState(loadPreferences);
  const place = usePlace();
  const now = useNow();
  const words = useMemo(() => consoleWords(preferences.locale), [preferences.locale]);
  const chime = useNews(store, preferences);
  useLook(preferences);
  usePageShown(store);
  const go = (to: Place): void => {
    location.hash = addressOf(to);
  };
  const prefer = async (change: Partial<Preferences>): Promise<void> => {
    if (change.sound) chime.allow();
    if (change.locale) await loadTexts(change.locale);
    // Not those of this moment: what one agrees to may take its time.
    setPreferences((held) => {
      const chosen = { ...held, ...change };
      savePreferences(chosen);
      return chosen;
    });
  };
  const take = async (id?: string): Promise<void> => {
    const taken = await pick(store, id);
    if (taken) go({ screen: "mine", id: taken.id });
  };
  const context = { store, snapshot, words, place, go, pick: take, preferences, prefer, now };
  useNotices(context);
  return context;
}

function useSnapshot(store: DeskStore): Snapshot {
  const [snapshot, set] = useState(store.snapshot);
  useEffect(() => {
    set(store.snapshot);
    return store.subscribe(() => set(store.snapshot));
  }, [store]);
  return snapshot;
}

function usePlace(): Place {
  const [place, set] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const look = (): void => set(placeOf(location.hash));
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  return place;
}

function useNow(): number {
  const [now, set] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => set(Date.now()), TICK);
    return () => clearInterval(ticking);
  }, []);
  return now;
}

function useLook({ theme, locale }: Preferences): void {
  useEffect(() => {
    document.documentElement.lang = locale;
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  }, [theme, locale]);
}

function usePageShown(store: DeskStore): void {
  useEffect(() => {
    const look = (): void => store.pageShown(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [store]);
}

/** How much work there is stands in the title; new work rings for those who allowed it. */
function useNews(store: DeskStore, { sound }: Preferences): Chime {
  const [chime] = useState(() => new Chime());
  const rings = useRef(sound);
  rings.current = sound;
  useEffect(() => {
    let before = store.desk;
    return store.subscribe(() => {
      const work = workOf(store.desk);
      document.title = work > 0 ? `(${work}) Nightdesk` : "Nightdesk";
      if (rings.current && isNewWork(before, store.desk)) chime.ring();
      before = store.desk;
    });
  }, [store]);
  useEffect(() => {
    // Allowed on an earlier day: browsers still want a click on this page first.
    const allow = (): void => chime.allow();
    if (sound) document.addEventListener("pointerdown", allow, { once: true });
    return () => document.removeEventListener("pointerdown", allow);
  }, [sound]);
  return chime;
}

function Opening() {
  const { words } = useConsole();
  return (
    <main class="opening" aria-busy={true}>
      <p class="faint">{words.say("opening")}</p>
    </main>
  );
}

function Desk() {
  const context = useConsole();
  const { place, snapshot } = context;
  const [help, setHelp] = useState(false);
  const [searches, setSearches] = useState(false);
  const [panelOpen, setPanel] = useState(() => matchMedia("(min-width: 1200px)").matches);
  useKeys(context, { showShortcuts: () => setHelp(true), search: () => setSearches(true) });
  useScreensBeforehand(context.words.locale);
  const conversation = place.id ? snapshot.desk.lists.conversations[place.id] : undefined;
  const showsPanel = panelOpen && conversation !== undefined;
  return (
    <div class={`desk${place.id ? " is-open" : ""}${showsPanel ? " has-panel" : ""} on-${place.screen}`}>
      <div class="bars">
        <ConnectionBar />
        <Alerts />
        <WrapUp />
      </div>
      <Rail showShortcuts={() => setHelp(true)} search={() => setSearches(true)} />
      <Main panelOpen={showsPanel} togglePanel={() => setPanel(!panelOpen)} />
      {showsPanel && <Panel conversation={conversation} shut={() => setPanel(false)} />}
      {searches && <Search shut={() => setSearches(false)} />}
      {help && <Shortcuts shut={() => setHelp(false)} />}
    </div>
  );
}

/** The other screens come once the desk stands: a click on one then shows it at once. */
function useScreensBeforehand(locale: Locale): void {
  useEffect(() => {
    const coming = setTimeout(() => loadScreens(locale).catch(() => undefined), LATER);
    return () => clearTimeout(coming);
  }, [locale]);
}

function Main(panel: { panelOpen: boolean; togglePanel(): void }) {
  const { place, snapshot, words } = useConsole();
  // Who may not have the settings and has their address is where everybody begins.
  const screen = screensOf(snapshot.desk.agent?.role).includes(place.screen) ? place.screen : "queue";
  if (screen === "settings") return <Settings />;
  if (screen === "reports") return <Reports />;
  if (screen === "knowledge") return <Knowledge />;
  if (screen === "tickets") return <Tickets {...(place.id ? { id: place.id } : {})} />;
  return (
    <>
      {screen === "inbox" ? <Inbox /> : screen === "live" ? <LiveList /> : <ConversationList screen={screen} />}
      {place.id ? <ConversationView id={place.id} {...panel} /> : <main class="nothing-open">{words.say("nothing.open")}</main>}
    </>
  );
}

function ConnectionBar() {
  const { snapshot, words } = useConsole();
  const isDown = snapshot.connection === "reconnecting";
  return (
    <div class="connection-bar" role="status">
      {!snapshot.current && <p class={isDown ? "" : "late"}>{words.say(isDown ? "reconnecting" : "updating")}</p>}
    </div>
  );
}
