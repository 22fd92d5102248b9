// Closing a desk at once, and opening it again: from its settings, and from the rail.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { CloseDesk, Desk } from "../../../../widget/src/core/wire";
import { wordMomentIn } from "../../state/calendar";
import type { DeskStore } from "../../state/store";
import { type ConsoleKey, siteName, useConsole } from "../context";
import { Dialog } from "../dialog";

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

async function reopenDesk(store: DeskStore, site: string): Promise<boolean> {
  const done = await store.attempt(store.connection.send("reopen_desk", { site }));
  if (done) store.hear({ type: "event", name: "desk", value: done.desk, at: Date.now() });
  return done !== undefined;
}

export function stateOf({ open, rule }: Desk): ConsoleKey {
  return open ? "desk.open" : rule === "emergency" ? "desk.emergency" : "desk.closed";
}

export function EmergencyCard({ site }: { site: string }) {
  const { snapshot, words } = useConsole();
  const desk = snapshot.desk.desks.find((one) => one.site === site);
  if (!desk) return null;
  return (
    <section class={`card${desk.rule === "emergency" ? " is-closed" : ""}`}>
      <div class="card-head">
        <h2>{words.say("emergency.title")}</h2>
        <span class={`tag ${desk.open ? "active" : ""}`}>{words.say(stateOf(desk))}</span>
      </div>
      <CloseOrReopen desk={desk} />
    </section>
  );
}

/** In the rail: the state of a desk, and the same at hand above every screen. */
export function EmergencyButton({ desk, children }: { desk: Desk; children: ComponentChildren }) {
  const { snapshot, words } = useConsole();
  const [isOpen, setOpen] = useState(false);
  const shut = (): void => setOpen(false);
  const named = { site: siteName(snapshot.desk, words.locale, desk.site), state: words.say(stateOf(desk)) };
  const label = words.say("emergency.menu", named);
  return (
    <>
      <button type="button" class="rail-desk" aria-label={label} title={label} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {children}
      </button>
      {isOpen && (
        <Dialog title={`${named.site} · ${desk.rule === "emergency" ? named.state : words.say("emergency.title")}`} shut={shut}>
          <div class="form dialog-form">
            <CloseOrReopen desk={desk} done={shut} />
          </div>
        </Dialog>
      )}
    </>
  );
}

function CloseOrReopen({ desk, done }: { desk: Desk; done?(): void }) {
  const { store, words } = useConsole();
  const [reason, setReason] = useState("");
  const close = async (howLong: HowLong): Promise<void> => {
    if (!(await closeDesk(store, desk.site, howLong, reason))) return;
    setReason("");
    done?.();
  };
  const reopen = async (): Promise<void> => {
    if (await reopenDesk(store, desk.site)) done?.();
  };
  if (desk.rule === "emergency") {
    return (
      <div class="form-row">
        <p class="grow">
          {words.say("emergency.runs", { until: desk.opens_at ? wordMomentIn(desk.opens_at, desk.zone, words.locale) : "—" })}
          {desk.reason && <q class="reason-said">{desk.reason}</q>}
        </p>
        <button type="button" class="button primary small" autoFocus={done !== undefined} onClick={() => void reopen()}>
          {words.say("emergency.reopen")}
        </button>
      </div>
    );
  }
  return (
    <>
      <p class="faint">{words.say("emergency.hint")}</p>
      <div class="form form-row">
        <label class="grow">
          {words.say("emergency.reason")}
          <input
            maxLength={200}
            value={reason}
            placeholder={words.say("emergency.reason_hint")}
            autoFocus={done !== undefined}
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
  );
}
