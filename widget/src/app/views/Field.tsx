import type { ComponentChildren, InputHTMLAttributes } from "preact";
import type { Ui } from "../ui";

interface Given {
  ui: Ui;
  name: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
  required?: boolean;
  /** Neither required nor optional by itself. */
  unmarked?: boolean;
  lines?: number;
  input?: InputHTMLAttributes<HTMLInputElement>;
  hint?: string;
  error?: string | false | undefined;
  children?: ComponentChildren;
}

/** A labelled field; an error is read out with it. `children` makes it a select. */
export function Field({ ui, name, label, value, onValue, required, unmarked, lines, hint, error, children, input }: Given) {
  const change = (event: Event): void => onValue((event.target as HTMLInputElement).value);
  const note = error || hint;
  const given = {
    id: `field-${name}`,
    name,
    value,
    "aria-required": !!required,
    "aria-invalid": !!error,
    ...(note ? { "aria-describedby": `note-${name}` } : {}),
  };
  return (
    <div class="field">
      <label for={given.id}>
        {label}
        {!required && !unmarked && <span class="optional">{ui.words.say("form.optional")}</span>}
      </label>
      {children ? (
        <select {...given} onChange={change}>{children}</select>
      ) : lines ? (
        <textarea {...given} rows={lines} maxLength={8000} onInput={change} />
      ) : (
        <input {...given} {...input} maxLength={200} onInput={change} />
      )}
      {note && <p id={`note-${name}`} class={error ? "error" : "hint"}>{note}</p>}
    </div>
  );
}

/** Where the first fault is, for those who cannot see it. */
export function focusFault(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
