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
import { Head, Overtaken, type PartProps, SearchField, Writing } from "./parts";
import { useSiteNames } from "./words";

const LOCALES: Locale[] = ["zh-CN", "en"];
const LIMIT = 2_000;
const MINE = "mine";
const ALL = "all";
const NEW = "new";

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
          <SearchField name={words.say("canned.find")} value={sought} onInput={(event) => seek(event.currentTarget.value)} />
          <button type="button" class="button small primary" onClick={() => go(placeOf(NEW))}>
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
function useForm(id: string, reply: CannedReply | undefined) {
  const { draft, write } = useDraft("canned", id);
  const held = reply ? formOf(reply) : EMPTY;
  const kept = draft ? (JSON.parse(draft) as { form: Form; revision: number }) : undefined;
  const form = kept?.form ?? held;
  const revision = kept?.revision ?? reply?.revision ?? 0;
  const isChanged = kept !== undefined && JSON.stringify(asked(form)) !== JSON.stringify(asked(held));
  return {
    form,
    isChanged,
    revision,
    isOvertaken: isChanged && reply !== undefined && revision !== reply.revision,
    keep: (to: Form, on = revision): void => write(JSON.stringify({ form: to, revision: on })),
    forget: () => write(""),
  };
}

type Written = ReturnType<typeof useForm>;

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
  const { words, snapshot, go } = context;
  const reply = canned.find((one) => one.id === id);
  const isNew = id === NEW;
  const written = useForm(id, reply);
  const { form, isChanged, isOvertaken, keep, forget } = written;
  const may = isNew || (reply !== undefined && mayChange(context, reply));
  /** One's own, beginning with these words. */
  const copy = (): void => {
    keepDraft(draftKey(snapshot.desk.agent?.id, "canned", NEW), JSON.stringify({ form: { ...form, whose: MINE }, revision: 0 }));
    if (!reply) forget();
    go(placeOf(NEW));
  };
  const title = form.title || words.say(isNew ? "canned.new" : "article.untitled");
  return (
    <article class="article" aria-label={title}>
      <Head title={title} back={placeOf()}>
        {reply && <Whose reply={reply} />}
        {isChanged && <span class="tag unsaved">{words.say("article.unsaved")}</span>}
        {reply && <span>{words.say("canned.changed_at", { at: wordMoment(reply.updated_at, words.locale) })}</span>}
      </Head>
      <div class={may ? "article-body canned-body" : "article-body canned-body alone"}>
        <div class="article-main">
          {reply && isOvertaken && <Newer reply={reply} mine={() => keep(form, reply.revision)} theirs={forget} />}
          {!isNew && !reply && <Gone copy={isChanged ? copy : undefined} />}
          {reply && !may && <Reading form={form} copy={copy} />}
          {may && <Editing id={id} title={title} reply={reply} canned={canned} written={written} />}
        </div>
        {may && (
          <aside class="article-side">
            <Section title={words.say("canned.preview")}>
              <Examples form={form} />
            </Section>
          </aside>
        )}
      </div>
    </article>
  );
}

function Reading({ form, copy }: { form: Form; copy(): void }) {
  const { words } = useConsole();
  return (
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
  );
}

interface EditingProps {
  id: string;
  /** As the server has it, unless it is new. */
  reply: CannedReply | undefined;
  canned: CannedReply[];
  written: Written;
}

function Editing({ title, ...editing }: EditingProps & { title: string }) {
  const { words } = useConsole();
  const [removing, setRemoving] = useState(false);
  const { busy, save, remove } = useSaving(editing);
  const { reply, written } = editing;
  const stop = (): void => setRemoving(false);
  return (
    <>
      <Writing label={title} save={() => void save()} steps={<Steps reply={reply} written={written} busy={busy} remove={() => setRemoving(true)} />}>
        <div class="bare">
          <Fields form={written.form} put={(change) => written.keep({ ...written.form, ...change })} />
        </div>
      </Writing>
      {removing && reply && (
        <Dialog title={words.say("canned.remove_title", { title: reply.title })} shut={stop}>
          <DialogForm doIt={remove} label={words.say("canned.remove")} shut={stop}>
            <p>{words.say(reply.mine ? "canned.remove_mine" : "canned.remove_shared")}</p>
          </DialogForm>
        </Dialog>
      )}
    </>
  );
}

function useSaving({ id, reply, canned, written }: EditingProps) {
  const { store, go } = useConsole();
  const { form, isChanged, isOvertaken, revision, forget } = written;
  const [idFor] = useState(idsByContent);
  const [busy, setBusy] = useState(false);
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
    const content = { ...asked(form), ...(reply && { reply_id: id, revision }) };
    const saved = await done(store.connection.send("save_canned_reply", { ...content, client_id: idFor(content) }));
    if (!saved) return;
    store.dispatch({ type: "canned", replies: [...canned.filter((one) => one.id !== saved.reply.id), saved.reply] });
    forget();
    store.toast({ key: "toast.canned_saved" });
    if (!reply) go(placeOf(saved.reply.id));
  };
  const remove = async (): Promise<boolean> => {
    if (!(await done(store.connection.send("remove_canned_reply", { reply_id: id, revision: reply!.revision })))) return false;
    forget();
    go(placeOf());
    store.dispatch({ type: "canned", replies: canned.filter((one) => one.id !== id) });
    store.toast({ key: "toast.canned_removed" });
    return true;
  };
  return { busy, save, remove };
}

interface StepsProps {
  reply: CannedReply | undefined;
  written: Written;
  busy: boolean;
  remove(): void;
}

function Steps({ reply, written: { isChanged, isOvertaken, forget }, busy, remove }: StepsProps) {
  const { words, go } = useConsole();
  return (
    <>
      <p class="grow faint">{isChanged && words.say("article.kept")}</p>
      {reply && (
        <button type="button" class="button small bad" onClick={remove}>
          {words.say("canned.remove")}
        </button>
      )}
      {(isChanged || !reply) && (
        <button type="button" class="button small" onClick={() => (forget(), !reply && go(placeOf()))}>
          {words.say(isChanged ? "article.discard" : "cancel")}
        </button>
      )}
      <button class="button small primary" disabled={busy || !isChanged || isOvertaken}>
        {words.say("canned.save")}
      </button>
    </>
  );
}

/** One's own; of what is shared, only who leads, and only where they serve. */
function mayChange({ snapshot: { desk } }: Console, { mine, sites }: CannedReply): boolean {
  return mine || (isSupervisor(desk.agent?.role) && sites.every((site) => desk.desks.some((one) => one.site === site)));
}

/** What a colleague saved while one was writing. */
function Newer({ reply, mine, theirs }: { reply: CannedReply; mine(): void; theirs(): void }) {
  const { words } = useConsole();
  const told = words.say("canned.overtaken_at", { at: wordMoment(reply.updated_at, words.locale) });
  return (
    <Overtaken title={words.say("canned.overtaken")} told={told} mine={mine} theirs={theirs}>
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
    </Overtaken>
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

function Fields({ form, put }: PartProps<Form>) {
  return (
    <>
      <section class="card form">
        <div class="pairs">
          <Names form={form} put={put} />
        </div>
        <Texts texts={form.texts} put={(texts) => put({ texts })} />
      </section>
      <section class="card form">
        <div class="pairs">
          <ForWhom form={form} put={put} />
          <Sites sites={form.sites} put={(sites) => put({ sites })} />
        </div>
      </section>
    </>
  );
}

function Names({ form, put }: PartProps<Form>) {
  const { words } = useConsole();
  return (
    <>
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
    </>
  );
}

/** Who leads may share; what is shared says with whom. */
function ForWhom({ form: { whose }, put }: PartProps<Form>) {
  const { snapshot, words } = useConsole();
  if (whose === MINE && !isSupervisor(snapshot.desk.agent?.role)) return null;
  return (
    <label>
      {words.say("canned.whose")}
      <select value={whose} onChange={(event) => put({ whose: event.currentTarget.value })}>
        <option value={MINE}>{words.say("canned.whose_mine")}</option>
        <option value={ALL}>{words.say("canned.whose_all")}</option>
        {snapshot.desk.teams.map((team) => (
          <option key={team.id} value={team.id}>
            {team.name}
          </option>
        ))}
      </select>
    </label>
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
