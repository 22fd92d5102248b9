// What a site's back end signs with who its visitors are: one key, or two while a new one is brought in.

import { useRef, useState } from "preact/hooks";
import type { GivenIdentityKey, IdentityKey } from "../../../../widget/src/core/wire";
import { useConsole } from "../context";
import { Dialog } from "../dialog";
import { type SiteForm, useSaving } from "./saving";

const SECRET_BYTES = 32;
const PUBLIC = ["EdDSA", "RS256"] as const;

type Asking = { for: "secret" } | { for: "public" } | { for: "revoke"; key: IdentityKey };

export function IdentityKeys({ held, saved }: SiteForm) {
  const { words } = useConsole();
  const [asking, ask] = useState<Asking>();
  const keys = held.identity_keys;
  return (
    <section class="card form" aria-label={words.say("keys.title")}>
      <h2>{words.say("keys.title")}</h2>
      <p class="faint">{words.say("keys.hint")}</p>
      <ul class="identity-keys">
        {keys.map((key, at) => (
          <li key={key.id}>
            <code>{key.id}</code>
            <span>{words.say(`keys.${key.algorithm}`)}</span>
            {keys.length > 1 && <span class="faint">{words.say(at ? "keys.new" : "keys.old")}</span>}
            {keys.length > 1 && (
              <button class="button small quiet end" onClick={() => ask({ for: "revoke", key })}>
                {words.say("keys.revoke")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <div class="form-actions">
        <button class="button" onClick={() => ask({ for: "secret" })}>{words.say("keys.make")}</button>
        <button class="button" onClick={() => ask({ for: "public" })}>{words.say("keys.paste")}</button>
      </div>
      {asking?.for === "secret" && <NewSecret held={held} saved={saved} shut={() => ask(undefined)} />}
      {asking?.for === "public" && <NewPublic held={held} saved={saved} shut={() => ask(undefined)} />}
      {asking?.for === "revoke" && <Revoke held={held} saved={saved} shut={() => ask(undefined)} revoked={asking.key} />}
    </section>
  );
}

interface Asked extends SiteForm {
  shut(): void;
}

/** The secret is made here, and told once: afterwards neither this page nor the server gives it to anybody. */
function NewSecret({ held, saved, shut }: Asked) {
  const { words } = useConsole();
  const [secret, setSecret] = useState("");
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { busy, save } = useSaving(saved);
  const make = async (): Promise<void> => {
    const made = newSecret();
    if (await save(withNew(held, { algorithm: "HS256", key: made }))) setSecret(made);
  };
  const copy = (): void => {
    field.current?.select(); // a page over plain http may do no more
    void navigator.clipboard?.writeText(secret).then(() => setCopied(true), () => undefined);
  };
  return (
    <Dialog title={words.say("keys.make")} shut={shut}>
      <div class="form dialog-form">
        {secret ? (
          <>
            <p>{words.say("keys.once")}</p>
            <input ref={field} class="secret" readOnly value={secret} aria-label={words.say("keys.secret")} onFocus={(event) => event.currentTarget.select()} />
            <div class="form-actions">
              <button class="button" onClick={copy}>{words.say(isCopied ? "keys.copied" : "keys.copy")}</button>
              <button class="button primary" onClick={shut}>{words.say("keys.kept")}</button>
            </div>
          </>
        ) : (
          <>
            <p>{words.say("keys.make_hint")}</p>
            <Dropped held={held} />
            <div class="form-actions">
              <button class="button primary" aria-disabled={busy} onClick={() => void make()}>{words.say("keys.make")}</button>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}

function NewPublic({ held, saved, shut }: Asked) {
  const { words } = useConsole();
  const { busy, save } = useSaving(saved);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const key = { algorithm: given.get("algorithm") as (typeof PUBLIC)[number], key: String(given.get("key")).trim() };
    if (await save(withNew(held, key))) shut();
  };
  return (
    <Dialog title={words.say("keys.paste")} shut={shut}>
      <form class="form dialog-form" onSubmit={(event) => void submit(event)}>
        <label>
          {words.say("keys.algorithm")}
          <select name="algorithm">
            {PUBLIC.map((one) => <option key={one} value={one}>{words.say(`keys.${one}`)}</option>)}
          </select>
        </label>
        <label>
          {words.say("keys.public")}
          <textarea name="key" rows={6} required maxLength={4_000} spellcheck={false} placeholder="-----BEGIN PUBLIC KEY-----" />
        </label>
        <Dropped held={held} />
        <div class="form-actions">
          <button class="button primary" aria-disabled={busy}>{words.say("keys.add")}</button>
        </div>
      </form>
    </Dialog>
  );
}

function Revoke({ held, saved, shut, revoked }: Asked & { revoked: IdentityKey }) {
  const { words } = useConsole();
  const { busy, save } = useSaving(saved);
  const revoke = async (): Promise<void> => {
    const left = held.identity_keys.filter(({ id }) => id !== revoked.id).map(({ id }) => ({ id }));
    if (await save({ ...seen(held), identity_keys: left })) shut();
  };
  return (
    <Dialog title={words.say("keys.revoke")} shut={shut}>
      <div class="form dialog-form">
        <p>{words.say("keys.revoke_hint", { id: revoked.id })}</p>
        <div class="form-actions">
          <button class="button primary" aria-disabled={busy} onClick={() => void revoke()}>{words.say("keys.revoke")}</button>
        </div>
      </div>
    </Dialog>
  );
}

// A site has two at most: a third takes the place of the oldest.
function Dropped({ held: { identity_keys: keys } }: { held: SiteForm["held"] }) {
  const { words } = useConsole();
  return keys.length > 1 ? <p class="form-error">{words.say("keys.drops", { id: keys[0]!.id })}</p> : null;
}

// Two admins who change them at once: the second looks again, or a key that is in use would be gone.
function seen({ site, identity_keys: keys }: SiteForm["held"]) {
  return { site, identity_keys_seen: keys.map(({ id }) => id) };
}

function withNew(held: SiteForm["held"], key: GivenIdentityKey) {
  const keys = held.identity_keys;
  return { ...seen(held), identity_keys: [...keys.slice(-1).map(({ id }) => ({ id })), key] };
}

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}
