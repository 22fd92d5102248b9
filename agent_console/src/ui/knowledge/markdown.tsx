// Articles as the support centre shows them, near enough to write by. Text becomes elements and never HTML.

import type { ComponentChildren } from "preact";

const BLOCKS = {
  fence: /^```/,
  heading: /^(#{1,6})\s+(.*?)\s*#*$/,
  rule: /^(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/,
  quote: /^>\s?/,
  item: /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/,
};

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{blocks(text.replaceAll("\r\n", "\n").split("\n"))}</div>;
}

function blocks(lines: string[]): ComponentChildren[] {
  const made: ComponentChildren[] = [];
  let at = 0;
  const take = (while_: (line: string, index: number) => boolean): string[] => {
    const from = at;
    while (at < lines.length && while_(lines[at]!, at - from)) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const heading = BLOCKS.heading.exec(line);
    if (!line.trim()) at += 1;
    else if (BLOCKS.fence.test(line)) {
      const fenced = take((one, index) => index === 0 || !BLOCKS.fence.test(one)).slice(1);
      at += 1;
      made.push(
        <pre>
          <code>{fenced.join("\n")}</code>
        </pre>,
      );
    } else if (heading) {
      at += 1;
      const Heading = `h${Math.min(6, heading[1]!.length + 2)}` as "h3";
      made.push(<Heading>{inline(heading[2]!)}</Heading>);
    } else if (BLOCKS.rule.test(line)) {
      at += 1;
      made.push(<hr />);
    } else if (BLOCKS.quote.test(line)) {
      made.push(<blockquote>{blocks(take((one) => BLOCKS.quote.test(one)).map((one) => one.replace(BLOCKS.quote, "")))}</blockquote>);
    } else if (BLOCKS.item.test(line)) {
      made.push(list(take((one, index) => index === 0 || BLOCKS.item.test(one) || /^\s+\S/.test(one))));
    } else {
      made.push(<p>{paragraph(take((one, index) => index === 0 || (!!one.trim() && !begins(one))))}</p>);
    }
  }
  return made;
}

function begins(line: string): boolean {
  return Object.values(BLOCKS).some((begin) => begin.test(line));
}

function list(lines: string[]): ComponentChildren {
  const first = BLOCKS.item.exec(lines[0]!)!;
  const depth = first[1]!.length;
  const items: string[][] = [];
  for (const line of lines) {
    const item = BLOCKS.item.exec(line);
    if (item && item[1]!.length <= depth) items.push([item[3]!]);
    else items.at(-1)!.push(line.slice(Math.min(depth + 2, /^\s*/.exec(line)![0].length)));
  }
  const made = items.map(([head, ...rest]) => (
    <li>
      {inline(head!)}
      {rest.length > 0 && blocks(rest)}
    </li>
  ));
  return /\d/.test(first[2]!) ? <ol start={Number.parseInt(first[2]!, 10)}>{made}</ol> : <ul>{made}</ul>;
}

// Two blanks at the end of a line break it.
function paragraph(lines: string[]): ComponentChildren[] {
  return lines.flatMap((line, index) => [index > 0 && (lines[index - 1]!.endsWith("  ") ? <br /> : " "), ...inline(line.trim())]);
}

const INLINE = /`([^`]+)`|\*\*(?=\S)(.+?)\*\*|__(?=\S)(.+?)__|\*(?=\S)([^*]+?)\*|\[([^\]]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>"'，。；！？、（）【】「」]+)/g;

function inline(text: string): ComponentChildren[] {
  const made: ComponentChildren[] = [];
  let rest = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, code, strong, bold, slanted, label, target, address] = found;
    made.push(text.slice(rest, found.index));
    rest = found.index + all.length;
    if (code) made.push(<code>{code}</code>);
    else if (strong ?? bold) made.push(<strong>{inline((strong ?? bold)!)}</strong>);
    else if (slanted) made.push(<em>{inline(slanted)}</em>);
    else made.push(<Link to={target ?? address!}>{label ?? address!}</Link>);
  }
  return [...made, text.slice(rest)];
}

/** Only to where a link of an article may lead. */
function Link({ to, children }: { to: string; children: string }) {
  if (!/^(https?:|mailto:|tel:|\/(?!\/)|#)/i.test(to)) return <>{children}</>;
  return (
    <a href={to} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
