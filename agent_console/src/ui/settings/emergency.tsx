// Closing a desk at once, and opening it again: from its settings, and from the rail.

import { useState } from "preact/hooks";
import type { CloseDesk, Desk } from "../../../../widget/src/core/wire";
import { wordMomentIn } from "../../state/calendar";
import type { DeskStore } from "../../state/store";
import { type Console, siteName, useConsole } from "../context";
import type { MenuSection } from "../menu";

type HowLong = Pick<CloseDesk, "minutes" | "until">;

const CHOICES = [
  ["30_minutes", { minutes: 30 }],
  ["1_hour", { minutes: 60 }],
  ["2_hours", { minutes: 120 }],
  ["today", { until: "midnight" }],
] as const satisfies readonly (readonly [string, HowLong])[];

async function closeDesk(store: DeskStore, site: string, howLong: HowLong, reason = ""): Promise<boolean> {
  const done = await store.attempt(store.connection.send("close_desk", { site, ...howLong, ...(reason ? { reason } : {}) }));
  if (done) store.hear({ type: "event", name: "desk", value: done.desk, at: Date.now() });
  return done !== undefined;
}

async function reopenDesk(store: DeskStore, site: string): Promise<void> {
  const done = await store.attempt(store.connection.send("reopen_desk", { site }));
  if (done) store.hear({ type: "event", name: "desk", value: done.desk, at: Date.now() });
}

export function EmergencyCard({ site }: { site: string }) {
  const { store, snapshot, words } = useConsole();
  const [reason, setReason] = useState("");
  const desk = snapshot.desk.desks.find((one) => one.site === site);
  if (!desk) return null;
  const close = async (howLong: HowLong): Promise<void> => {
    if (await closeDesk(store, site, howLong, reason)) setReason("");
  };
  return (
    <section class={`card${desk.rule === "emergency" ? " is-closed" : ""}`}>
      <div class="card-head">
        <h2>{words.say("emergency.title")}</h2>
        <span class={`tag ${desk.open ? "active" : ""}`}>{words.say(desk.open ? "desk.open" : "desk.closed")}</span>
      </div>
      {desk.rule === "emergency" ? (
        <div class="form-row">
          <p class="grow">
            {words.say("emergency.runs", { until: desk.opens_at ? wordMomentIn(desk.opens_at, desk.zone, words.locale) : "—" })}
            {desk.reason && <q class="reason-said">{desk.reason}</q>}
          </p>
          <button type="button" class="button primary small" onClick={() => void reopenDesk(store, site)}>
            {words.say("emergency.reopen")}
          </button>
        </div>
      ) : (
        <>
          <p class="faint">{words.say("emergency.hint")}</p>
          <div class="form form-row">
            <label class="grow">
              {words.say("emergency.reason")}
              <input
                maxLength={200}
                value={reason}
                placeholder={words.say("emergency.reason_hint")}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </label>
            <div class="choices-row">
              {CHOICES.map(([name, howLong]) => (
                <button key={name} type="button" class="button small bad" onClick={() => void close(howLong)}>
                  {words.say(`emergency.${name}`)}
                </button>
              ))}
            </div>
          </div>
        </>
      )}
    </section>
  );
}

/** For the rail: what can be done to a desk at once. */
export function emergencyMenu({ store, snapshot, words }: Console, desk: Desk): MenuSection[] {
  const title = siteName(snapshot.desk, words.locale, desk.site);
  if (desk.rule === "emergency") {
    return [{ title, items: [{ label: words.say("emergency.reopen"), select: () => void reopenDesk(store, desk.site) }] }];
  }
  return [
    {
      title: words.say("emergency.close_of", { site: title }),
      items: CHOICES.map(([name, howLong]) => ({
        label: words.say(`emergency.${name}`),
        select: () => void closeDesk(store, desk.site, howLong),
      })),
    },
  ];
}
