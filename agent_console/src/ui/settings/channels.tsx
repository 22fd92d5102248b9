// The ways to reach the desk that the support centre lists, each with its own hours where they differ.

import { useState } from "preact/hooks";
import { replaced, USUAL, WEEKDAYS } from "../../state/calendar";
import type { Channel, Locale } from "../../../../widget/src/core/wire";
import { useConsole } from "../context";
import { Icon } from "../icons";
import { Add, Remove } from "./rows";
import { type SiteForm, useSaving } from "./saving";
import { Week, type Weekly } from "./week";

const LOCALES: Locale[] = ["zh-CN", "en"];
const KINDS: Channel["kind"][] = ["chat", "email", "phone", "wechat", "weibo", "other"];
const MODES: Partial<Record<Channel["kind"], "email" | "tel">> = { email: "email", phone: "tel" };
const MOST = 20;

export function Channels({ held, saved }: SiteForm) {
  const { words, snapshot } = useConsole();
  const isAdmin = snapshot.desk.agent?.role === "admin";
  const [channels, change] = useState<Channel[]>(() => [...held.channels]);
  const { busy, save } = useSaving(saved);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void save({ site: held.site, channels: channels.map(asGiven) });
  };
  return (
    <form onSubmit={submit} aria-label={words.say("channels.title")}>
      <fieldset class="site-settings" disabled={!isAdmin}>
        <section class="card form">
          <h2>{words.say("channels.title")}</h2>
          <p class="faint">{words.say("channels.hint")}</p>
          <div class="channel-rows">
            {channels.map((channel, at) => (
              <OneChannel
                key={at}
                channel={channel}
                isFirst={at === 0}
                mayBeChat={channels.every(({ kind }, other) => kind !== "chat" || other === at)}
                put={(to) => change(replaced(channels, at, to))}
                up={() => change([...channels.slice(0, at - 1), channel, channels[at - 1]!, ...channels.slice(at + 1)])}
                remove={() => change(replaced(channels, at))}
              />
            ))}
            {channels.length < MOST && <Add text={words.say("channels.add")} add={() => change([...channels, next(channels)])} />}
          </div>
        </section>
        {isAdmin && (
          <div class="form-actions">
            <button class="button primary" aria-disabled={busy}>
              {words.say("channels.save")}
            </button>
          </div>
        )}
      </fieldset>
    </form>
  );
}

interface RowProps {
  channel: Channel;
  isFirst: boolean;
  mayBeChat: boolean;
  put(to: Channel): void;
  up(): void;
  remove(): void;
}

function OneChannel({ channel, isFirst, mayBeChat, put, up, remove }: RowProps) {
  const { words } = useConsole();
  const name = channel.names?.[words.locale] || words.say(`channels.kind_${channel.kind}`);
  const label = words.say("channels.up", { name });
  return (
    <div class="policy-row boxed" role="group" aria-label={name}>
      <label>
        {words.say("channels.kind")}
        <select value={channel.kind} onChange={(event) => put(ofKind(channel, event.currentTarget.value as Channel["kind"]))}>
          {KINDS.filter((kind) => kind !== "chat" || mayBeChat).map((kind) => (
            <option key={kind} value={kind}>
              {words.say(`channels.kind_${kind}`)}
            </option>
          ))}
        </select>
      </label>
      {channel.kind !== "chat" && (
        <label>
          {words.say("channels.value")}
          <input
            required
            maxLength={200}
            inputMode={MODES[channel.kind]}
            spellcheck={false}
            value={channel.value ?? ""}
            onInput={(event) => put({ ...channel, value: event.currentTarget.value })}
          />
        </label>
      )}
      {LOCALES.map((locale) => (
        <label key={locale}>
          {words.say("channels.name", { language: words.say(`locale.${locale}`) })}
          <input
            maxLength={200}
            placeholder={words.say("channels.name_hint")}
            value={channel.names?.[locale] ?? ""}
            onInput={(event) => put({ ...channel, names: { ...channel.names, [locale]: event.currentTarget.value } })}
          />
        </label>
      ))}
      <label class="check">
        <input
          type="checkbox"
          checked={channel.hours !== undefined && channel.hours !== null}
          onChange={(event) => put({ ...channel, hours: event.currentTarget.checked ? usualWeek() : null })}
        />
        {words.say("channels.own_hours")}
      </label>
      <span class="end">
        {!isFirst && (
          <button type="button" class="icon-button" aria-label={label} title={label} onClick={up}>
            <Icon name="up" />
          </button>
        )}
        <Remove name={name} remove={remove} />
      </span>
      {channel.hours && <Week weekly={channel.hours as Weekly} change={(hours) => put({ ...channel, hours })} />}
    </div>
  );
}

function next(channels: readonly Channel[]): Channel {
  return channels.some(({ kind }) => kind === "chat") ? { kind: "email", value: "" } : { kind: "chat" };
}

function ofKind(channel: Channel, kind: Channel["kind"]): Channel {
  return { ...channel, kind, value: kind === "chat" ? null : (channel.value ?? "") };
}

function usualWeek(): Weekly {
  return Object.fromEntries(WEEKDAYS.map((day) => [day, [USUAL]]));
}

/** Names that were left empty are none. */
function asGiven({ names, ...channel }: Channel): Channel {
  return { ...channel, names: Object.fromEntries(Object.entries(names ?? {}).filter(([, name]) => name?.trim())) };
}
