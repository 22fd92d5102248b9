/** The window's states, for who works on it: all of them side by side, or with `#STATE` that one alone. */

const show = async (): Promise<void> => {
  if (location.hash) (await import("./still")).show(location.hash.slice(1));
  else (await import("./overview")).show();
};

addEventListener("hashchange", () => void show());
void show();
