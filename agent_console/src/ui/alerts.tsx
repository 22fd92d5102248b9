import type { Alert, Standstill } from "../../../widget/src/core/wire";
import { addressOf } from "../state/place";
import { type Console, siteName, useConsole } from "./context";
import { since } from "./format";
import { Icon } from "./icons";

/** What is for people to decide, the oldest first; always there, so that screen readers hear what comes in. */
export function Alerts() {
  const { snapshot, words } = useConsole();
  const { standstill, alerts } = snapshot.desk;
  const lines = [...alerts].sort((a, b) => (a.since < b.since ? -1 : 1)).map((alert) => <Line key={`${alert.site} ${alert.kind}`} alert={alert} />);
  const [first, ...more] = standstill ? [<NobodyWorks key="standstill" standstill={standstill} />, ...lines] : lines;
  return (
    <div class="alerts" role="status" aria-label={words.say("alerts.label")}>
      {more.length === 0 && first}
      {more.length > 0 && (
        <details>
          <summary>
            {first}
            <span class="alert-more">{words.say("alerts.more", { count: more.length })}</span>
          </summary>
          {more}
        </details>
      )}
    </div>
  );
}

/** Of all sites: what it means for customers, and who mends it. */
function NobodyWorks({ standstill }: { standstill: Standstill }) {
  const context = useConsole();
  return (
    <p class="alert">
      <Icon name="alert" />
      <span>
        <strong>{context.words.say("standstill.what")}</strong> {context.words.say("standstill.do")}
        {standstill.since && lasts(context, standstill.since)}
      </span>
    </p>
  );
}

function Line({ alert }: { alert: Alert }) {
  const context = useConsole();
  const { snapshot, words } = context;
  return (
    <p class="alert">
      <Icon name="alert" />
      <span>
        <strong>{alertText(context, alert)}</strong> · {siteName(snapshot.desk, words.locale, alert.site)}
        {lasts(context, alert.since)}
      </span>
      {alert.ticket_id && <a href={addressOf({ screen: "tickets", id: alert.ticket_id })}>{words.say("alerts.show")}</a>}
      {alert.list && alert.conversation_id && (
        <a href={addressOf({ screen: alert.list, id: alert.conversation_id })}>{words.say("alerts.show")}</a>
      )}
    </p>
  );
}

function lasts({ words, now }: Console, from: string): string {
  const { key, count } = since(from, now);
  return key === "seconds" ? "" : ` · ${words.say(`alerts.${key}`, { count })}`;
}

function alertText({ words }: Console, { kind, count }: Alert): string {
  const key = `alert.${kind}`;
  return words.has(key) ? words.say(key, { count }) : words.say("alert.stuck", { count });
}
