/** A sound for what comes while nobody looks; none until the customer allows it. */

import type { Session } from "../session";

let context: AudioContext | undefined;

export function isSoundAllowed({ memory }: Session): boolean {
  return memory.read<boolean>("sound") ?? false;
}

/** Heard at once by who allows it, which also wins the browser's consent. */
export function allowSound(session: Session, allowed: boolean): void {
  session.memory.write("sound", allowed);
  if (allowed) chime();
}

/** Two soft notes. Before the first press on a page browsers keep them back; they must not come later all at once. */
export function chime(): void {
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  context ??= new AudioContext();
  void context.resume();
  note(context, 660, 0);
  note(context, 880, 0.12);
}

function note(at: AudioContext, frequency: number, after: number): void {
  const [tone, volume] = [at.createOscillator(), at.createGain()];
  const begins = at.currentTime + after;
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0.08, begins);
  volume.gain.exponentialRampToValueAtTime(0.001, begins + 0.3);
  tone.connect(volume).connect(at.destination);
  tone.start(begins);
  tone.stop(begins + 0.3);
}
