// A page in Chinese to draw the console on, new for every test of the file that imports it.

import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach } from "vitest";
import { App } from "../src/app";
import type { DeskStore } from "../src/state/store";
import { settled } from "./people";

export let root: HTMLElement;

beforeEach(() => {
  localStorage.setItem("nightdesk.console", JSON.stringify({ locale: "zh-CN" }));
  root = document.body.appendChild(document.createElement("div"));
});

afterEach(() => {
  render(null, root);
  root.remove();
});

/** With what the server answers at first. */
export async function draw(store: DeskStore): Promise<void> {
  await act(async () => {
    render(<App store={store} />, root);
    store.open();
    await settled();
  });
  await act(settled);
}
