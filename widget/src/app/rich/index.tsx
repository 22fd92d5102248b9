/** Markdown that is safe whoever wrote it: text becomes elements, never HTML. Downloaded when somebody used it. */

import "./rich.css";

import type { ComponentChildren } from "preact";
import type { Ui } from "../ui";
import { linked } from "../views/Talk";

interface Given {
  ui: Ui;
  text: string;
  /** The page that relative links are of; without one there are none. */
  base?: string;
}

const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const QUOTE = /^>\s?/;
const ITEM = /^\s*(?:[-*+•]|(\d{1,4})[.)])\s+(.*)$/;
const FENCE = /^\s*```/;
// A star or line within a word, such as in 3*4*5 or order_number, is meant as it stands.
const INLINE = /`([^`\n]+)`|\*\*(?=\S)([^\n]+?)(?<=\S)\*\*|(?<![*\w])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![*\w])|!?\[([^\]\n]+)\]\(([^()\s]+)\)/g;

/** Headings, lists, quotes, code, bold, slanted and links; lines break where they are broken. */
export function Rich({ text, base }: Given) {
  return <div class="rich">{blocks(text.replace(/\r\n?/g, "\n").split("\n"), base)}</div>;
}

function blocks(lines: string[], base?: string): ComponentChildren[] {
  const made: ComponentChildren[] = [];
  let at = 0;
  const takeWhile = (is: (line: string) => boolean): string[] => {
    const from = at;
    do at += 1;
    while (at < lines.length && is(lines[at]!));
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const [, heading] = HEADING.exec(line) ?? [];
    if (!line.trim()) at += 1;
    else if (FENCE.test(line)) {
      made.push(<pre><code>{takeWhile((one) => !FENCE.test(one)).slice(1).join("\n")}</code></pre>);
      at += 1;
    } else if (heading) {
      at += 1;
      made.push(<p class="heading"><strong>{inline(heading, base)}</strong></p>);
    } else if (QUOTE.test(line)) made.push(<blockquote>{blocks(takeWhile((one) => QUOTE.test(one)).map((one) => one.replace(QUOTE, "")), base)}</blockquote>);
    else if (ITEM.test(line)) made.push(list(takeWhile((one) => ITEM.test(one) || /^\s+\S/.test(one)), base));
    else made.push(<p class="text">{inline(takeWhile((one) => !!one.trim() && ![HEADING, QUOTE, ITEM, FENCE].some((begins) => begins.test(one))).join("\n"), base)}</p>);
  }
  return made;
}

function list(lines: string[], base?: string): ComponentChildren {
  const items: string[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item) items.push(item[2]!);
    else items.push(`${items.pop()}\n${line.trim()}`);
  }
  const first = ITEM.exec(lines[0]!)![1];
  const made = items.map((item) => <li class="text">{inline(item, base)}</li>);
  return first ? <ol start={Number(first)}>{made}</ol> : <ul>{made}</ul>;
}

function inline(text: string, base?: string): ComponentChildren[] {
  const made: ComponentChildren[] = [];
  let from = 0;
  for (const { 0: all, 1: code, 2: bold, 3: slanted, 4: label, 5: target, index } of text.matchAll(INLINE)) {
    made.push(...linked(text.slice(from, index)));
    from = index + all.length;
    if (code) made.push(<code>{code}</code>);
    else if (bold) made.push(<strong>{inline(bold, base)}</strong>);
    else if (slanted) made.push(<em>{inline(slanted, base)}</em>);
    else made.push(link(label!, target!, base));
  }
  return [...made, ...linked(text.slice(from))];
}

// A link hides where it leads: it may be a page, an address of mail or a number, and its label may not be another address.
function link(label: string, target: string, base?: string): ComponentChildren {
  const address = addressOf(target, base);
  const isAnother = /:\/\/|www\./i.test(label) && label !== target;
  if (!address || isAnother) return `${label} (${target})`;
  const rel = address.origin === location.origin ? "noopener" : "noopener noreferrer nofollow";
  return <a href={address.href} target="_blank" rel={rel}>{label}</a>;
}

function addressOf(target: string, base?: string): URL | undefined {
  try {
    const address = new URL(target, base && location.origin + base);
    return /^(https?|mailto|tel):$/.test(address.protocol) ? address : undefined;
  } catch {
    return undefined;
  }
}
