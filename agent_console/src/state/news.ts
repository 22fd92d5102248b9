// New work is noticed: how much there is in the title, and a soft sound for those who allowed it.

import type { DeskState } from "./desk";
import { invitedOf, mineOf, partIn, type SiteList, totalOf, unreadOf } from "./lists";

/** Conversations in line, and those of one's own with something unread. */
export function workOf({ lists }: DeskState): number {
  return totalOf(lists.waiting) + mineOf(lists).filter((conversation) => unreadOf(conversation) > 0).length;
}

/** Did somebody join the line, write to this agent, get handed over to them, or ask them in? */
export function isNewWork(before: DeskState, after: DeskState): boolean {
  if (!before.loaded || !after.loaded) return false;
  const inLine = idsOf(before.lists.waiting);
  if ([...idsOf(after.lists.waiting)].some((id) => !inLine.has(id))) return true;
  if (invitedOf(after.lists).some((one) => !before.lists.invited.includes(one.id) && !partIn(after.lists, one)?.joined)) return true;
  const taken = new Set([...inLine, ...idsOf(before.lists.inbox)]);
  return mineOf(after.lists).some((conversation) => {
    const was = before.lists.conversations[conversation.id];
    if (!before.lists.mine.includes(conversation.id)) return !taken.has(conversation.id);
    // Only a customer's own message moves the log and their mark to the same place.
    return conversation.last_seq > was!.last_seq && conversation.customer_read_seq === conversation.last_seq;
  });
}

function idsOf(lists: Record<string, SiteList>): Set<string> {
  return new Set(Object.values(lists).flatMap((list) => list.ids));
}

export class Chime {
  #audio: AudioContext | undefined;

  /** Browsers let a page make a sound only after a click, so this is called in one. */
  allow(): void {
    this.#audio ??= new AudioContext();
    void this.#audio.resume();
  }

  ring(): void {
    if (this.#audio?.state !== "running") return;
    this.#tone(660, 0);
    this.#tone(880, 0.14);
  }

  #tone(frequency: number, after: number): void {
    const audio = this.#audio!;
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const start = audio.currentTime + after;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.06, start + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.5);
  }
}
