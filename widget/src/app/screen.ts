/** On its own, as a page: a keyboard on the screen covers the page of some browsers instead of making it smaller. */

for (const event of ["resize", "scroll"] as const) window.visualViewport?.addEventListener(event, keepSeen);

function keepSeen(this: VisualViewport): void {
  const { style } = document.documentElement;
  const isCovered = this.scale < 1.01; // else somebody looks closer
  style.setProperty("--seen", isCovered ? `${this.height}px` : "");
  style.setProperty("--seen-from", isCovered ? `${this.offsetTop}px` : "");
}

export {};
