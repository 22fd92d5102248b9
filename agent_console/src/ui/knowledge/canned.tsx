// What agents write again and again: their own replies, and those that supervisors keep for a team or for all.

import { useEffect, useRef, useState } from "preact/hooks";
import { CommandError } from "../../../../widget/src/core/connection";
import { idsByContent } from "../../../../widget/src/core/ids";
import { wordMoment } from "../../../../widget/src/core/wording";
import type { CannedReply, Locale, SaveCannedReply } from "../../../../widget/src/core/wire";
import { filledIn, inOrder, isFound, type Known, VARIABLES } from "../../state/canned";
import { draftOf, keepDraft } from "../../state/drafts";
import { addressOf, isSupervisor, type Place } from "../../state/place";
import { type Console, siteName, useConsole } from "../context";
import { Dialog, DialogForm } from "../dialog";
import { draftKey, useDraft } from "../draft";
import { Icon } from "../icons";
import { Text } from "../log";
import { Section } from "../parts";
import { Sites } from "./editor";
import { useSiteNames } from "./words";

const LOCALES: Locale[] = ["zh-CN", "en"];
const LIMIT = 2_000;
const MINE = "mine";
const ALL = "all";

type Form = Pick<CannedReply, "sites" | "shortcut" | "title" | "texts"> & {
  /** `mine`, `all`, or the id of a team. */
  whose: string;
};

const EMPTY: Form = { whose: MINE, sites: [], shortcut: "", title: "", texts: {} };

function placeOf(at?: string): Place {
  return { screen: "knowledge", tab: "canned", ...(at && { at }) };
}

export function CannedTab({ open }: { open: string | undefined }) {
  const { store, snapshot, words, go } = useConsole();
  const [sought, seek] = useState("");
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (online) void store.loadCanned();
  }, [online]);
  const { canned } = snapshot.desk;
  const shown = canned?.filter((reply) => isFound(reply, sought)).sort(inOrder);
  return (
    <>
      <section class="list articles" aria-label={words.say("knowledge.canned")}>
        <div class="view-bar">
          <input
            type="search"
            class="grow"
            aria-label={words.say("canned.find")}
            placeholder={words.say("canned.find")}
            aria-keyshortcuts="/"
            maxLength={200}
            value={sought}
            onInput={(event) => seek(event.currentTarget.value)}
          />
          <button type="button" class="button small primary" onClick={() => go(placeOf("new"))}>
            <Icon name="plus" />
            {words.say("canned.new")}
          </button>
        </div>
        <ul class="rows" aria-busy={!shown}>
          {shown?.map((reply) => (
            <Row key={reply.id} reply={reply} isOpen={reply.id === open} />
          ))}
        </ul>
        {shown?.length === 0 && <p class="empty">{words.say(sought.trim() ? "canned.none_such" : "canned.none_yet")}</p>}
      </section>
      {open ? canned && <Page key={open} id={open} canned={canned} /> : <p class="nothing-open">{words.say("canned.nothing_open")}</p>}
    </>
  );
}

function Row({ reply, isOpen }: { reply: CannedReply; isOpen: boolean }) {
  const { snapshot, words } = useConsole();
  const isKept = draftOf(draftKey(snapshot.desk.agent?.id, "canned", reply.id)) !== "";
  const { locale, text } = inOwnLanguage(reply, words.locale);
  return (
    <li>
      <a class="row" href={addressOf(placeOf(reply.id))} {...(isOpen ? { "aria-current": "true" as const } : {})}>
        <span class="row-top">
          <strong class="row-name">{reply.title}</strong>
          <code class="faint canned-code">/{reply.shortcut}</code>
        </span>
        <span class="row-preview">
          <span class="preview" lang={locale}>
            {text}
          </span>
        </span>
        <span class="row-tags">
          <Whose reply={reply} />
          {isKept && <span class="tag unsaved">{words.say("article.unsaved")}</span>}
        </span>
      </a>
    </li>
  );
}

function Whose({ reply }: { reply: CannedReply }) {
  const { snapshot, words } = useConsole();
  const sites = useSiteNames(reply);
  const team = snapshot.desk.teams.find(({ id }) => id === reply.team_id)?.name;
  return (
    <>
      {reply.mine && <span class="tag version-draft">{words.say("canned.mine")}</span>}
      {team && <span class="tag">{team}</span>}
      {sites && <span class="tag">{sites}</span>}
    </>
  );
}

function inOwnLanguage({ texts }: Pick<CannedReply, "texts">, wanted: Locale) {
  const locale = texts[wanted] ? wanted : (LOCALES.find((one) => texts[one]) ?? wanted);
  return { locale, text: texts[locale] ?? "" };
}

// -- one of them ---------------------------------------------------------------------------------------------------

/** What was typed and not saved, with the revision it was written on; kept through a reload. */
function useForm(id: string, held: Form, revision: number) {
  const { draft, write } = useDraft("canned", id);
  const kept = draft ? (JSON.parse(draft) as { form: Form; revision: number }) : undefined;
  const form = kept?.form ?? held;
  const isChanged = kept !== undefined && JSON.stringify(asked(form)) !== JSON.stringify(asked(held));
  const keep = (to: Form, on = kept?.revision ?? revision): void => write(JSON.stringify({ form: to, revision: on }));
  return { form, isChanged, revision: kept?.revision ?? revision, keep, forget: () => write("") };
}

function asked({ whose, shortcut, title, sites, texts }: Form): Omit<SaveCannedReply, "client_id"> {
  const given = LOCALES.map((locale) => [locale, texts[locale]?.trim()] as const).filter(([, text]) => text);
  return {
    shared: whose !== MINE,
    ...(whose !== MINE && whose !== ALL && { team_id: whose }),
    sites: [...sites].sort(),
    shortcut: shortcut.trim(),
    title: title.trim(),
    texts: Object.fromEntries(given) as Record<string, string>,
  };
}

function formOf({ mine, team_id, sites, shortcut, title, texts }: CannedReply): Form {
  return { whose: mine ? MINE : (team_id ?? ALL), sites, shortcut, title, texts };
}

function Page({ id, canned }: { id: string; canned: CannedReply[] }) {
  const context = useConsole();
  const { store, words, snapshot, go } = context;
  const reply = canned.find((one) => one.id === id);
  const isNew = id === "new";
  const { form, isChanged, revision, keep, forget } = useForm(id, reply ? formOf(reply) : EMPTY, reply?.revision ?? 0);
  const [idFor] = useState(idsByContent);
  const [busy, setBusy] = useState(false);
  const [removing, setRemoving] = useState(false);
  const may = isNew || (reply !== undefined && mayChange(context, reply));
  const isOvertaken = isChanged && reply !== undefined && revision !== reply.revision;
  /** Who was faster is shown, and nothing that was typed is lost. */
  const done = async <T,>(doing: Promise<T>): Promise<T | undefined> => {
    setBusy(true);
    const overtaken = async (error: unknown): Promise<never> => {
      if (error instanceof CommandError && (error.code === "changed" || error.code === "not_found")) await store.loadCanned();
      throw error;
    };
    const answer = await store.attempt(doing.catch(overtaken));
    setBusy(false);
    return answer;
  };
  const save = async (): Promise<void> => {
    if (busy || isOvertaken || !isChanged) return;
    const content = { ...asked(form), ...(isNew ? {} : { reply_id: id, revision }) };
    const saved = await done(store.connection.send("save_canned_reply", { ...content, client_id: idFor(content) }));
    if (!saved) return;
    store.dispatch({ type: "canned", replies: [...canned.filter((one) => one.id !== saved.reply.id), saved.reply] });
    forget();
    store.toast({ key: "toast.canned_saved" });
    if (isNew) go(placeOf(saved.reply.id));
  };
  const remove = async (): Promise<boolean> => {
    if (!(await done(store.connection.send("remove_canned_reply", { reply_id: id, revision: reply!.revision })))) return false;
    forget();
    go(placeOf());
    store.dispatch({ type: "canned", replies: canned.filter((one) => one.id !== id) });
    store.toast({ key: "toast.canned_removed" });
    return true;
  };
  /** One's own, beginning with these words. */
  const copy = (): void => {
    keepDraft(draftKey(snapshot.desk.agent?.id, "canned", "new"), JSON.stringify({ form: { ...form, whose: MINE }, revision: 0 }));
    if (!reply) forget();
    go(placeOf("new"));
  };
  const title = form.title || words.say(isNew ? "canned.new" : "article.untitled");
  return (
    <article class="article" aria-label={title}>
      <header class="column-head article-head">
        <button type="button" class="icon-button back" aria-label={words.say("back")} onClick={() => go(placeOf())}>
          <Icon name="back" />
        </button>
        <div class="head-names">
          <h2>{title}</h2>
          <p class="head-about">
            {reply && <Whose reply={reply} />}
            {isChanged && <span class="tag unsaved">{words.say("article.unsaved")}</span>}
            {reply && <span>{words.say("canned.changed_at", { at: wordMoment(reply.updated_at, words.locale) })}</span>}
          </p>
        </div>
      </header>
      <div class={may ? "article-body canned-body" : "article-body canned-body alone"}>
        <div class="article-main">
          {isOvertaken && <Overtaken reply={reply} mine={() => keep(form, reply.revision)} theirs={forget} />}
          {!isNew && !reply && <Gone copy={isChanged ? copy : undefined} />}
          {reply && !may && (
            <>
              <section class="card">
                <h3>{words.say("canned.preview")}</h3>
                <Examples form={form} />
              </section>
              <div class="card save-bar">
                <p class="grow faint">{words.say("canned.shared_by")}</p>
                <button type="button" class="button small" onClick={copy}>
                  {words.say("canned.copy")}
                </button>
              </div>
            </>
          )}
          {may && (
            <form
              class="editor"
              aria-label={title}
              onSubmit={(event) => {
                event.preventDefault();
                void save();
              }}
            >
              <div class="bare">
                <Fields form={form} put={(change) => keep({ ...form, ...change })} />
              </div>
              <div class="card save-bar" role="region" aria-label={words.say("article.steps")}>
                <p class="grow faint">{isChanged && words.say("article.kept")}</p>
                {reply && (
                  <button type="button" class="button small bad" onClick={() => setRemoving(true)}>
                    {words.say("canned.remove")}
                  </button>
                )}
                {(isChanged || isNew) && (
                  <button type="button" class="button small" onClick={() => (forget(), isNew && go(placeOf()))}>
                    {words.say(isChanged ? "article.discard" : "cancel")}
                  </button>
                )}
                <button class="button small primary" disabled={busy || !isChanged || isOvertaken}>
                  {words.say("canned.save")}
                </button>
              </div>
            </form>
          )}
        </div>
        {may && (
          <aside class="article-side">
            <Section title={words.say("canned.preview")}>
              <Examples form={form} />
            </Section>
          </aside>
        )}
      </div>
      {removing && reply && (
        <Dialog title={words.say("canned.remove_title", { title: reply.title })} shut={() => setRemoving(false)}>
          <DialogForm doIt={remove} label={words.say("canned.remove")} shut={() => setRemoving(false)}>
            <p>{words.say(reply.mine ? "canned.remove_mine" : "canned.remove_shared")}</p>
          </DialogForm>
        </Dialog>
      )}
    </article>
  );
}

/** One's own; of what is shared, only who leads, and only where they serve. */
function mayChange({ snapshot: { desk } }: Console, { mine, sites }: CannedReply): boolean {
  return mine || (isSupervisor(desk.agent?.role) && sites.every((site) => desk.desks.some((one) => one.site === site)));
}

function Overtaken({ reply, mine, theirs }: { reply: CannedReply; mine(): void; theirs(): void }) {
  const { words } = useConsole();
  return (
    <section class="card attention" role="alert">
      <h3>{words.say("canned.overtaken")}</h3>
      <p>{words.say("canned.overtaken_at", { at: wordMoment(reply.updated_at, words.locale) })}</p>
      <details>
        <summary>{words.say("overtaken.look")}</summary>
        <div class="boxed canned-now">
          <p class="strong">
            {reply.title} <code class="faint">/{reply.shortcut}</code>
          </p>
          {LOCALES.map((locale) => reply.texts[locale] && (
            <p key={locale} lang={locale}>
              {reply.texts[locale]}
            </p>
          ))}
        </div>
      </details>
      <div class="form-actions">
        <button type="button" class="button small" onClick={theirs}>
          {words.say("overtaken.theirs")}
        </button>
        <button type="button" class="button small primary" onClick={mine}>
          {words.say("overtaken.mine")}
        </button>
      </div>
    </section>
  );
}

function Gone({ copy }: { copy: (() => void) | undefined }) {
  const { words } = useConsole();
  return (
    <section class="card attention" role="alert">
      <p>{words.say("canned.gone")}</p>
      {copy && (
        <div class="form-actions">
          <button type="button" class="button small primary" onClick={copy}>
            {words.say("canned.copy")}
          </button>
        </div>
      )}
    </section>
  );
}

interface FieldsProps {
  form: Form;
  put(change: Partial<Form>): void;
}

function Fields({ form, put }: FieldsProps) {
  const { snapshot, words } = useConsole();
  const leads = isSupervisor(snapshot.desk.agent?.role);
  return (
    <>
      <section class="card form">
        <div class="pairs">
          <label>
            {words.say("canned.title")}
            <input required maxLength={80} value={form.title} placeholder={words.say("canned.title_hint")} onInput={(event) => put({ title: event.currentTarget.value })} />
          </label>
          <label>
            {words.say("canned.shortcut")}
            <span class="after-slash">
              <input required maxLength={40} pattern="[\p{L}\p{N}_\-]+" spellcheck={false} autoComplete="off" title={words.say("canned.shortcut_hint")} value={form.shortcut} onInput={(event) => put({ shortcut: event.currentTarget.value })} />
            </span>
            <span class="faint">{words.say("canned.shortcut_hint")}</span>
          </label>
        </div>
        <Texts texts={form.texts} put={(texts) => put({ texts })} />
      </section>
      <section class="card form">
        <div class="pairs">
          {(leads || form.whose !== MINE) && (
            <label>
              {words.say("canned.whose")}
              <select value={form.whose} onChange={(event) => put({ whose: event.currentTarget.value })}>
                <option value={MINE}>{words.say("canned.whose_mine")}</option>
                <option value={ALL}>{words.say("canned.whose_all")}</option>
                {snapshot.desk.teams.map((team) => (
                  <option key={team.id} value={team.id}>
                    {team.name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Sites sites={form.sites} put={(sites) => put({ sites })} />
        </div>
      </section>
    </>
  );
}

interface TextsProps {
  texts: CannedReply["texts"];
  put(texts: CannedReply["texts"]): void;
}

/** With what may be filled in a press away: it goes to where one wrote last. */
function Texts({ texts, put }: TextsProps) {
  const { words } = useConsole();
  const area = useRef<HTMLTextAreaElement>(null);
  const hasText = LOCALES.some((locale) => texts[locale]?.trim());
  const insert = (name: string): void => {
    const { current } = area;
    if (!current) return;
    current.setRangeText(`{${name}}`, current.selectionStart, current.selectionEnd, "end");
    current.focus();
    put({ ...texts, [current.lang]: current.value });
  };
  return (
    <>
      {LOCALES.map((locale) => (
        <label key={locale}>
          {words.say("canned.text", { language: words.say(`locale.${locale}`) })}
          <textarea
            {...(locale === words.locale ? { ref: area } : {})}
            required={!hasText}
            rows={Math.min(10, Math.max(4, (texts[locale] ?? "").split("\n").length + 2))}
            maxLength={LIMIT}
            lang={locale}
            value={texts[locale] ?? ""}
            onFocus={(event) => (area.current = event.currentTarget)}
            onInput={(event) => put({ ...texts, [locale]: event.currentTarget.value })}
          />
        </label>
      ))}
      <div class="canned-variables" role="group" aria-label={words.say("canned.insert")}>
        <span class="faint">{words.say("canned.insert")}</span>
        {VARIABLES.map((name) => (
          <button key={name} type="button" class="button small" title={`{${name}}`} onMouseDown={(event) => event.preventDefault()} onClick={() => insert(name)}>
            <Icon name="plus" />
            {words.say(`canned.variable.${name}`)}
          </button>
        ))}
      </div>
      <p class="faint canned-hint">{words.say("canned.text_hint")}</p>
    </>
  );
}

/** As customers would read it. */
function Examples({ form }: { form: Form }) {
  const { snapshot, words } = useConsole();
  const site = form.sites[0] ?? snapshot.desk.desks[0]?.site ?? "";
  const said = LOCALES.filter((locale) => form.texts[locale]?.trim());
  const exampleIn = (locale: Locale): Known => ({
    customer: locale === "en" ? "Li Na" : "李娜",
    agent: snapshot.desk.agent?.name ?? "",
    site: siteName(snapshot.desk, locale, site),
    order: "QY20261126-0203",
    ticket: "QY-2026-000123-4",
  });
  if (said.length === 0) return <p class="faint">{words.say("canned.preview_none")}</p>;
  return (
    <>
      {said.map((locale) => (
        <div key={locale} class="canned-example said agent">
          <span class="faint">{words.say(`locale.${locale}`)}</span>
          <p class="bubble" lang={locale}>
            <Text text={filledIn(form.texts[locale]!.trim(), exampleIn(locale))} />
          </p>
        </div>
      ))}
    </>
  );
}
