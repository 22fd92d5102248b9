import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useConsole } from "./context";
import { Icon } from "./icons";

interface DialogProps {
  title: string;
  shut(): void;
  children: ComponentChildren;
}

/** Above everything; Esc shuts it, and the focus goes back to where it was. */
export function Dialog({ title, shut, children }: DialogProps) {
  const { words } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus(); // a dialog that is taken away, unlike one that is closed, leaves the focus nowhere
  }, []);
  return (
    <dialog class="dialog" ref={dialog} onClose={shut} aria-label={title}>
      <header class="column-head">
        <h2>{title}</h2>
        <button type="button" class="icon-button end" aria-label={words.say("close")} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

interface DialogFormProps {
  /** With what was filled in. True when it was done, which shuts the dialog. */
  doIt(given: FormData): Promise<boolean>;
  label: string;
  shut(): void;
  children: ComponentChildren;
}

/** What a dialog asks, and the buttons below it. */
export function DialogForm({ doIt, label, shut, children }: DialogFormProps) {
  const { words } = useConsole();
  const [busy, setBusy] = useState(false);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const isDone = await doIt(new FormData(event.currentTarget as HTMLFormElement));
    setBusy(false);
    if (isDone) shut();
  };
  return (
    <form class="form dialog-form" onSubmit={(event) => void send(event)}>
      {children}
      <div class="form-actions">
        <button type="button" class="button small" onClick={shut}>
          {words.say("cancel")}
        </button>
        <button class="button primary small" disabled={busy}>
          {label}
        </button>
      </div>
    </form>
  );
}
