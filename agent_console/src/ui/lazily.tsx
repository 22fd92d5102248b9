// Screens that signing in does not need are downloaded when they are wanted, or when the browser has nothing else to do.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Locale } from "../../../widget/src/core/wire";
import { useConsole } from "./context";
import { type TextPart, wantTexts } from "./texts";

const PAUSE = 2_000;
const all: ((locale: Locale) => Promise<void>)[] = [];

/**
 * A screen of another file: `busy` stands in its place until it is here, however often that has to be tried. Where it has
 * no look, nothing does.
 */
export function lazily<P extends object>(
  load: () => Promise<ComponentType<P>>,
  busy: { look?: string; texts?: TextPart },
): ComponentType<P> {
  let Screen: ComponentType<P> | undefined;
  const fetch = async (locale: Locale): Promise<void> => {
    const [found] = await Promise.all([load(), busy.texts && wantTexts(busy.texts, locale)]);
    Screen = found;
  };
  all.push(fetch);
  return function Lazily(props: P) {
    const { words, snapshot } = useConsole();
    const [tries, again] = useState(0);
    const { locale } = words;
    useEffect(() => {
      if (Screen) return undefined;
      let waiting: ReturnType<typeof setTimeout>;
      fetch(locale).then(
        () => again(tries + 1),
        () => (waiting = setTimeout(() => again(tries + 1), PAUSE)),
      );
      return () => clearTimeout(waiting);
    }, [tries, locale]);
    if (Screen) return <Screen {...props} />;
    if (!busy.look) return null;
    return (
      <main class={busy.look} aria-busy={true}>
        <p class="empty slow">{words.say(snapshot.current ? "opening" : "updating")}</p>
      </main>
    );
  };
}

/** All of them, beforehand. */
export async function loadScreens(locale: Locale): Promise<void> {
  await Promise.all(all.map((fetch) => fetch(locale)));
}
