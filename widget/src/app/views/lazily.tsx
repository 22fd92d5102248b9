import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Ui } from "../ui";

const PAUSE = 2_000;

/** A part of another file; until it is here, however often that has to be tried, its children stand in its place. */
export function lazily<Parts, P extends { ui: Ui }>(load: () => Promise<Parts>, choose: (parts: Parts) => ComponentType<P>) {
  let Part: ComponentType<P> | undefined;
  return function Lazily(props: P & { children?: ComponentChildren }) {
    const [tries, tryAgain] = useState(0);
    useEffect(() => {
      if (Part) return undefined;
      let waiting: ReturnType<typeof setTimeout>;
      load().then(
        (parts) => ((Part = choose(parts)), tryAgain(tries + 1)),
        () => (waiting = setTimeout(() => tryAgain(tries + 1), PAUSE)),
      );
      return () => clearTimeout(waiting);
    }, [tries]);
    if (Part) return <Part {...props} />;
    return <>{props.children === undefined ? <p class="opening" role="status">{props.ui.words.say("line.opening")}</p> : props.children}</>;
  };
}
