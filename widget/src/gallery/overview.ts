import "./overview.css";

import { FIXTURES } from "./fixtures";

const CHOICES = {
  lang: ["zh-CN", "en"],
  theme: ["light", "dark"],
  size: ["window", "phone", "narrow", "page"],
};

type Name = keyof typeof CHOICES;

/** Every state in a frame of its own, in one language, theme and size. */
export function show(): void {
  const asked = new URLSearchParams(location.search);
  const chosen = Object.fromEntries(Object.entries(CHOICES).map(([name, values]) => [name, values.find((one) => one === asked.get(name)) ?? values[0]!])) as Record<Name, string>;
  document.documentElement.lang = "en";
  document.title = "States of the chat window";
  const heading = element("h1", { textContent: document.title });
  const header = element("header", {}, heading, ...(Object.keys(CHOICES) as Name[]).map((name) => choice(name, chosen)));
  const main = element("main", { className: chosen["size"] }, ...Object.entries(FIXTURES).map(([name, { title }]) => state(name, title, chosen)));
  document.body.replaceChildren(header, main);
}

function choice(name: Name, chosen: Record<Name, string>): HTMLElement {
  const links = CHOICES[name].map((value) => {
    const link = element("a", { textContent: value, href: `?${new URLSearchParams({ ...chosen, [name]: value })}` });
    if (value === chosen[name]) link.setAttribute("aria-current", "true");
    return link;
  });
  return element("nav", { ariaLabel: name }, ...links);
}

function state(name: string, title: string, chosen: Record<Name, string>): HTMLElement {
  const address = `${location.pathname}?${new URLSearchParams({ lang: chosen.lang })}#${name}`;
  const frame = element("iframe", { src: address, title, loading: "lazy" });
  frame.style.colorScheme = chosen.theme; // which a page of ours in a frame takes for what the reader prefers
  const link = element("a", { href: address, textContent: title });
  return element("section", {}, element("h2", {}, link), frame);
}

function element<T extends keyof HTMLElementTagNameMap>(tag: T, given: Partial<HTMLElementTagNameMap[T]>, ...children: Node[]): HTMLElementTagNameMap[T] {
  const made = Object.assign(document.createElement(tag), given);
  made.append(...children);
  return made;
}
