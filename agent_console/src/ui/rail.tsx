import { useState } from "preact/hooks";
import { wordTime } from "../../../widget/src/core/wording";
import type { BreakReason, Desk, PresenceStatus } from "../../../widget/src/core/wire";
import { ownStanding } from "../state/desk";
import { mineOf, toldCount, totalOf, unreadOf } from "../state/lists";
import { addressOf, type Screen, screensOf } from "../state/place";
import type { Theme } from "../state/preferences";
import { type Console, useConsole } from "./context";
import { initial } from "./format";
import { Icon } from "./icons";
import { lazily } from "./lazily";
import { Brand } from "./login";
import { Menu, type MenuSection } from "./menu";
import { aheadOf } from "./promise";
import { EmergencyButton, stateOf } from "./settings/emergency";
import { standing } from "./together";

const ChangePassword = lazily(async () => (await import("./password")).ChangePassword, {});
const Signals = lazily(async () => (await import("./signals")).Signals, {});

export function Rail({ showShortcuts, search }: { showShortcuts(): void; search(): void }) {
  const { snapshot, words } = useConsole();
  return (
    <nav class="rail" aria-label={words.say("rail.label")}>
      <Brand />
      <button type="button" class="rail-item rail-search" title={`${words.say("search.title")} (Ctrl K)`} aria-keyshortcuts="Control+K Meta+K" onClick={search}>
        <Icon name="search" />
        <span class="rail-label">{words.say("search.title")}</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <ul class="rail-items">
        {screensOf(snapshot.desk.agent?.role).map((screen) => (
          <RailItem key={screen} screen={screen} />
        ))}
      </ul>
      <Colleagues />
      <Desks />
      <Account showShortcuts={showShortcuts} />
    </nav>
  );
}

function RailItem({ screen }: { screen: Screen }) {
  const { snapshot, words, place } = useConsole();
  const { count, urgent } = countOf(snapshot.desk, screen);
  return (
    <li>
      <a
        class="rail-item"
        href={addressOf({ screen })}
        title={words.say(`screen.${screen}`)}
        {...(place.screen === screen ? { "aria-current": "page" as const } : {})}
      >
        <Icon name={screen} />
        <span class="rail-label">{words.say(`screen.${screen}`)}</span>
        {count > 0 && <span class={urgent ? "count urgent" : "count"}>{toldCount(count)}</span>}
      </a>
    </li>
  );
}

function countOf({ lists, openTickets }: Console["snapshot"]["desk"], screen: Screen) {
  if (screen === "queue") return { count: totalOf(lists.waiting), urgent: true };
  if (screen === "inbox") return { count: totalOf(lists.inbox), urgent: false };
  if (screen === "tickets") return { count: openTickets, urgent: false };
  if (screen !== "mine") return { count: 0, urgent: false };
  const unread = mineOf(lists).some((conversation) => unreadOf(conversation) > 0);
  return { count: lists.mine.length, urgent: unread };
}

function Colleagues() {
  const { snapshot, words } = useConsole();
  const others = snapshot.desk.colleagues.filter(({ id }) => id !== snapshot.desk.agent?.id);
  const there = others.filter(({ status }) => status === "online").length;
  return (
    <details class="rail-colleagues">
      <summary>{words.say("rail.colleagues", { there, of: others.length })}</summary>
      <ul>
        {others.map((one) => (
          <li key={one.id}>
            <span class={`dot ${one.status}`} aria-hidden="true" />
            <span class="grow">{one.name}</span>
            <span class="faint">{standing(words, one)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Desks() {
  const { snapshot, words, now } = useConsole();
  const moved = snapshot.desk.desks.map((desk) => aheadOf(desk, now)).find(Boolean);
  const mayClose = screensOf(snapshot.desk.agent?.role).includes("settings");
  return (
    <ul class="rail-desks" aria-label={words.say("rail.desks")}>
      {snapshot.desk.desks.map((desk) => (
        <li key={desk.site}>
          {mayClose ? (
            <EmergencyButton desk={desk}>
              <DeskState desk={desk} />
            </EmergencyButton>
          ) : (
            <DeskState desk={desk} />
          )}
        </li>
      ))}
      {moved && <li class="faint rail-clock">{words.say("rail.clock", { at: wordTime(new Date(now + moved).toISOString(), words.locale) })}</li>}
    </ul>
  );
}

function DeskState({ desk }: { desk: Desk }) {
  const { words } = useConsole();
  return (
    <>
      <span class={`dot ${desk.open ? "online" : "offline"}`} aria-hidden="true" />
      <span class="grow">{desk.names[words.locale] ?? desk.site}</span>{" "}
      <span class="faint">{words.say(stateOf(desk))}</span>
    </>
  );
}

function Account({ showShortcuts }: { showShortcuts(): void }) {
  const context = useConsole();
  const { snapshot, words } = context;
  const { agent } = snapshot.desk;
  const [opened, open] = useState<"signals" | "password">();
  if (!agent) return null;
  const others = rest(context, { signals: () => open("signals"), shortcuts: showShortcuts, password: () => open("password") });
  const sections = [presence(context), breaks(context), look(context), language(context), others];
  const stands = standing(words, { ...ownStanding(snapshot.desk), ...agent });
  return (
    <>
      <Menu label={words.say("account.menu", { name: agent.name, standing: stands })} look="account" opens="up" sections={sections}>
        <span class="avatar" aria-hidden="true" data-initial={initial(agent.name)}>
          <span class={`dot ${agent.status}`} />
        </span>
        <span class="account-name">
          <strong>{agent.name}</strong>{" "}
          <span class="faint">{stands}</span>
        </span>
      </Menu>
      {opened === "signals" && <Signals shut={() => open(undefined)} />}
      {opened === "password" && <ChangePassword shut={() => open(undefined)} />}
    </>
  );
}

function presence({ store, snapshot, words }: Console): MenuSection {
  const { agent } = snapshot.desk;
  const statuses: PresenceStatus[] = ["online", "offline"];
  return {
    title: words.say("account.status"),
    items: statuses.map((status) => ({
      label: words.say(`presence.${status}`),
      mark: status,
      chosen: agent?.status === status,
      select: () => void store.setPresence(status),
    })),
  };
}

const REASONS: BreakReason[] = ["lunch", "short_break", "training", "meeting", "other"];

function breaks({ store, snapshot, words }: Console): MenuSection {
  const { agent } = snapshot.desk;
  return {
    title: words.say("account.break"),
    items: REASONS.map((reason) => ({
      label: words.say(`break.${reason}`),
      mark: "away",
      chosen: agent?.status === "away" && (agent.break_reason ?? "other") === reason,
      select: () => void store.setPresence("away", reason),
    })),
  };
}

function look({ preferences, prefer, words }: Console): MenuSection {
  const themes: Theme[] = ["system", "light", "dark"];
  return {
    title: words.say("account.theme"),
    abreast: true,
    items: themes.map((theme) => ({
      label: words.say(`theme.${theme}`),
      chosen: preferences.theme === theme,
      select: () => void prefer({ theme }),
    })),
  };
}

function language({ preferences, prefer, words }: Console): MenuSection {
  return {
    title: words.say("account.language"),
    abreast: true,
    items: (["zh-CN", "en"] as const).map((locale) => ({
      label: locale === "en" ? "English" : "简体中文",
      chosen: preferences.locale === locale,
      select: () => void prefer({ locale }),
    })),
  };
}

type Opens = Record<"signals" | "shortcuts" | "password", () => void>;

function rest({ store, words }: Console, open: Opens): MenuSection {
  return {
    title: words.say("account.more"),
    items: [
      { label: words.say("account.signals"), select: open.signals },
      { label: words.say("shortcuts.title"), detail: "?", select: open.shortcuts },
      { label: words.say("account.password"), select: open.password },
      { label: words.say("account.sign_out"), select: () => void store.signOut() },
    ],
  };
}
