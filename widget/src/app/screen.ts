/** On its own, as a page, the window looks after what else a page around it would. */

import { type Store, unread } from "./state";

// A keyboard on the screen covers the page of some browsers instead of making it smaller.
for (const event of ["resize", "scroll"] as const) window.visualViewport?.addEventListener(event, keepSeen);

function keepSeen(this: VisualViewport): void {
  const { style } = document.documentElement;
  const isCovered = this.scale < 1.01; // else somebody looks closer
  style.setProperty("--seen", isCovered ? `${this.height}px` : "");
  style.setProperty("--seen-from", isCovered ? `${this.offsetTop}px` : "");
}

/** How many messages have not been seen stands in the title, for who is in another tab. */
export function keepTitle(store: Store): void {
  const own = document.title;
  store.listen(() => {
    const count = unread(store.state);
    const title = count ? `(${count}) ${own}` : own;
    if (document.title !== title) document.title = title;
  });
}
