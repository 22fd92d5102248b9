import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
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
