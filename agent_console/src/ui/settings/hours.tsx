import { useConsole } from "../context";
import type { TabProps } from "./settings";

export function Hours({ site }: TabProps) {
  const { snapshot, words } = useConsole();
  const desk = snapshot.desk.desks.find((one) => one.site === site);
  return (
    <section class="card">
      <h2>{words.say("settings.hours")}</h2>
      <p>{words.say(desk?.open ? "desk.open" : "desk.closed")}</p>
    </section>
  );
}
