import type { Alert } from "../../../widget/src/core/wire";
import { addressOf } from "../state/place";
import { type Console, siteName, useConsole } from "./context";
import { since } from "./format";
import { Icon } from "./icons";

/** What is for people to decide, the oldest first; always there, so that screen readers hear what comes in. */
export function Alerts() {
  const { snapshot, words } = useConsole();
  const [first, ...more] = [...snapshot.desk.alerts].sort((a, b) => (a.since < b.since ? -1 : 1));
  return (
    <div class="alerts" role="status" aria-label={words.say("alerts.label")}>
      {first && more.length === 0 && <Line alert={first} />}
      {first && more.length > 0 && (
        <details>
          <summary>
            <Line alert={first} />
            <span class="alert-more">{words.say("alerts.more", { count: more.length })}</span>
          </summary>
          {more.map((alert) => (
            <Line key={`${alert.site} ${alert.kind}`} alert={alert} />
          ))}
        </details>
      )}
    </div>
  );
}

function Line({ alert }: { alert: Alert }) {
  const context = useConsole();
  const { snapshot, words, now } = context;
  const { key, count } = since(alert.since, now);
  return (
    <p class="alert">
      <Icon name="alert" />
      <span>
        <strong>{alertText(context, alert)}</strong> · {siteName(snapshot.desk, words.locale, alert.site)}
        {key !== "seconds" && ` · ${words.say(`alerts.${key}`, { count })}`}
      </span>
      {alert.ticket_id && <a href={addressOf({ screen: "tickets", id: alert.ticket_id })}>{words.say("alerts.show")}</a>}
      {alert.list && alert.conversation_id && (
        <a href={addressOf({ screen: alert.list, id: alert.conversation_id })}>{words.say("alerts.show")}</a>
      )}
    </p>
  );
}

function alertText({ words }: Console, { kind, count }: Alert): string {
  const key = `alert.${kind}`;
  return words.has(key) ? words.say(key, { count }) : words.say("alert.stuck", { count });
}
