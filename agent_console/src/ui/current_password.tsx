import { useConsole } from "./context";

/** One's password as it is now, asked for by itself: password managers are told whose it is. */
export function CurrentPassword({ name, label }: { name: string; label: string }) {
  const { snapshot } = useConsole();
  return (
    <>
      <input type="email" class="hidden" autoComplete="username" value={snapshot.desk.agent?.email} readOnly tabIndex={-1} aria-hidden="true" />
      <label>
        {label}
        <input name={name} type="password" autoComplete="current-password" required autoFocus maxLength={200} />
      </label>
    </>
  );
}
