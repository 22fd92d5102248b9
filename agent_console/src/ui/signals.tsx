// How the console makes itself heard, as one chooses for this browser.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { askForNotices, type Permission } from "../state/notices";
import { useConsole } from "./context";
import { Dialog } from "./dialog";
import { areNoticesOn } from "./notices";

export function Signals({ shut }: { shut(): void }) {
  const context = useConsole();
  const { words, preferences, prefer, snapshot } = context;
  const [permission, setPermission] = useState<Permission | "asked">();
  const isOn = areNoticesOn(context);
  const of = snapshot.desk.agent?.id ?? "";
  const newest = useRef(0);
  const setNotices = async (wanted: boolean): Promise<void> => {
    const ask = (newest.current += 1);
    if (wanted) setPermission("asked");
    const given = wanted ? await askForNotices({ title: words.say("notices.example"), body: words.say("notices.example_body") }) : undefined;
    if (ask !== newest.current) return; // they were asked for again meanwhile
    setPermission(given);
    await prefer({ notices: given === "granted" ? { of, words: false } : undefined });
  };
  return (
    <Dialog title={words.say("signals.title")} shut={shut}>
      <div class="form dialog-form signals">
        <Switch name="sound" isOn={preferences.sound} put={(sound) => void prefer({ sound })} />
        <Switch name="notices" isOn={isOn} put={(wanted) => void setNotices(wanted)}>
          <p role="status" class={permission === "refused" || permission === "missing" ? "hint" : "faint"}>
            {permission && words.say(`signals.${permission}`)}
          </p>
        </Switch>
        <Switch name="words" isOn={isOn && !!preferences.notices?.words} isOff={!isOn} put={(shown) => void prefer({ notices: { of, words: shown } })} />
      </div>
    </Dialog>
  );
}

interface SwitchProps {
  name: "sound" | "notices" | "words";
  isOn: boolean;
  isOff?: boolean;
  put(isOn: boolean): void;
  children?: ComponentChildren;
}

function Switch({ name, isOn, isOff = false, put, children }: SwitchProps) {
  const { words } = useConsole();
  const hint = `signals-${name}`;
  return (
    <div class={`signal ${name}`}>
      <label class="check">
        <input type="checkbox" role="switch" checked={isOn} disabled={isOff} aria-describedby={hint} onChange={(event) => put(event.currentTarget.checked)} />
        {words.say(`signals.${name}`)}
      </label>
      <p class="faint" id={hint}>
        {words.say(`signals.${name}_hint`)}
      </p>
      {children}
    </div>
  );
}
