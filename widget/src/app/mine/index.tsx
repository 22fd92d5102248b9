/** The customer's orders and cases: a file of its own, for few conversations need it. */

import "../styles/dialog.css";
import "./mine.css";

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Place, unread } from "../state";
import type { Ui } from "../ui";
import { goTo } from "../verbs";
import { Apply } from "./Apply";
import { CaseView } from "./CaseView";
import { useMine } from "./data";
import { Home } from "./Home";
import { type MineUi, useWords } from "./words";

export { CaseCard, LookedAt, OrderCard } from "./Cards";

export function Mine({ ui, place }: { ui: Ui; place: Place }) {
  const mine = useWords(ui);
  const { hasFailed, again } = useMine(ui);
  if (!mine) return <p class="opening" role="status">{ui.words.say("line.opening")}</p>;
  return (
    <div class="mine">
      <Up mine={mine} place={place} />
      {hasFailed && !ui.state.orders ? (
        <div class="opening" role="alert">
          <p>{mine.words.say("mine.failed")}</p>
          <button class="button" onClick={again}>{mine.words.say("mine.again")}</button>
        </div>
      ) : !ui.state.orders || !ui.state.cases || !ui.state.kinds ? (
        <p class="opening" role="status">{mine.words.say("line.opening")}</p>
      ) : (
        <Room key={JSON.stringify(place)}>
          {place.at === "home" && <Home mine={mine} />}
          {place.at === "apply" && <Apply mine={mine} place={place} />}
          {place.at === "case" && <CaseView mine={mine} place={place} />}
        </Room>
      )}
    </div>
  );
}

// Back to where one was: from a form or a case to the lists, from these to the conversation.
function Up({ mine: { session, state, words }, place }: { mine: MineUi; place: Place }) {
  const count = unread(state);
  const isHome = place.at === "home";
  const back = count ? words.say("mine.back_unread", { count }) : words.say("mine.back");
  return (
    <nav class="up">
      {!isHome && <button class="quiet" onClick={() => goTo(session, { at: "home" })}><span aria-hidden="true">‹ </span>{words.say("mine.up")}</button>}
      <button class="quiet" onClick={() => goTo(session)}>{isHome && <span aria-hidden="true">‹ </span>}{back}</button>
    </nav>
  );
}

// Who goes somewhere begins at its heading, also with a screen reader.
function Room({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true }), []);
  return <div class="room" ref={box}>{children}</div>;
}
