// A page in Chinese to draw the console on, new for every test of the file that imports it.

import { render } from "preact";
import { afterEach, beforeEach } from "vitest";

export let root: HTMLElement;

beforeEach(() => {
  localStorage.setItem("nightdesk.console", JSON.stringify({ locale: "zh-CN" }));
  root = document.body.appendChild(document.createElement("div"));
});

afterEach(() => {
  render(null, root);
  root.remove();
});
