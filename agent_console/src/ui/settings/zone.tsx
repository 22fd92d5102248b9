import { useState } from "preact/hooks";
import { isZone } from "../../state/calendar";
import { useConsole } from "../context";

/** A time zone by its name; what is none is said, and goes nowhere. */
export function ZoneField({ label, value, change }: { label: string; value: string; change(to: string): void }) {
  const { words } = useConsole();
  const [typed, type] = useState(value);
  const isKnown = isZone(typed);
  return (
    <label>
      {label}
      <input
        list="zones"
        value={typed}
        aria-invalid={!isKnown}
        onInput={({ currentTarget }) => {
          type(currentTarget.value.trim());
          if (isZone(currentTarget.value.trim())) change(currentTarget.value.trim());
        }}
      />
      {!isKnown && (
        <span class="form-error" role="status">
          {words.say("preview.no_zone")}
        </span>
      )}
    </label>
  );
}

/** What the fields of a page offer. */
export function Zones() {
  return (
    <datalist id="zones">
      {Intl.supportedValuesOf("timeZone").map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
