import type { ComponentChildren } from "preact";

const NUMBER = /([A-Z]+-\d+-\d+-\d)/; // of a ticket
const ADDRESS = /https?:\/\/[^\s<>"'，。；：、！？（）《》“”‘’【】「」『』]+/g;
const ENDING = /[.,;:!?)\]}]+$/; // ends the sentence rather than the address

/** The text with its web addresses as links; everything else stays text. */
export function linked(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = found.replace(ENDING, "");
    parts.push(text.slice(from, index), <a href={address} target="_blank" rel="noopener noreferrer nofollow">{address}</a>);
    from = index + address.length;
  }
  return [...parts, text.slice(from)];
}

/** The text with this number of a telephone to call. */
export function withPhone(text: string, phone?: string): ComponentChildren[] {
  if (!phone || !text.includes(phone)) return unbroken(text);
  const [before = "", ...after] = text.split(phone);
  return [before, <a class="whole" href={`tel:${phone.replace(/[^+\d]/g, "")}`}>{phone}</a>, after.join(phone)];
}

/** The text with its ticket numbers in one piece: a line may end before one, not inside. */
export function unbroken(text: string): ComponentChildren[] {
  return text.split(NUMBER).map((part, index) => (index % 2 ? <span class="whole">{part}</span> : part));
}
