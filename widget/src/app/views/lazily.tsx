import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Ui } from "../ui";
import { goTo } from "../verbs";

const PAUSE = 2_000;

/**
 * A part of another file; until it is here, however often that has to be tried, its children stand in its place. Without
 * any it says that it comes, and when it does not.
 */
export function lazily<Parts, P extends { ui: Ui }>(load: () => Promise<Parts>, choose: (parts: Parts) => ComponentType<P>) {
  let Part: ComponentType<P> | undefined;
  return function Lazily(props: P & { children?: ComponentChildren }) {
    const [tries, setTries] = useState(0);
    const [hasFailed, setFailed] = useState(false);
    const tryAgain = (): void => setTries(tries + 1);
    useEffect(() => {
      if (Part) return undefined;
      let waiting: ReturnType<typeof setTimeout>;
      load().then(
        (parts) => ((Part = choose(parts)), tryAgain()),
        () => (setFailed(true), (waiting = setTimeout(tryAgain, PAUSE))),
      );
      return () => clearTimeout(waiting);
    }, [tries]);
    if (Part) return <Part {...props} />;
    if (props.children !== undefined) return <>{props.children}</>;
    const { session, state, words } = props.ui;
    if (!hasFailed) return <p class="opening" role="status">{words.say("line.opening")}</p>;
    return (
      <div class="opening" role="alert">
        <p>{words.say("trouble.part")}</p>
        <button class="button" onClick={tryAgain}>{words.say("line.again")}</button>
        {state.place && <button class="quiet" onClick={() => goTo(session)}>{words.say("help.close")}</button>}
      </div>
    );
  };
}
