// What articles and canned replies share: how one is looked for, headed and written, and what is shown to whom another was faster.

import type { ComponentChildren, InputHTMLAttributes } from "preact";
import type { Locale } from "../../../../widget/src/core/wire";
import type { Place } from "../../state/place";
import { useConsole } from "../context";
import { Icon } from "../icons";

/** Above a list. `/` goes there. */
export function SearchField({ name, ...input }: { name: string } & Pick<InputHTMLAttributes, "value" | "defaultValue" | "onInput">) {
  return <input type="search" class="grow" aria-label={name} placeholder={name} aria-keyshortcuts="/" maxLength={200} {...input} />;
}

interface HeadProps {
  title: string;
  locale?: Locale;
  /** The list that it stands in. */
  back: Place;
  children: ComponentChildren;
}

export function Head({ title, locale, back, children }: HeadProps) {
  const { words, go } = useConsole();
  return (
    <header class="column-head article-head">
      <button type="button" class="icon-button back" aria-label={words.say("back")} onClick={() => go(back)}>
        <Icon name="back" />
      </button>
      <div class="head-names">
        <h2 {...(locale ? { lang: locale } : {})}>{title}</h2>
        <p class="head-about">{children}</p>
      </div>
    </header>
  );
}

interface WritingProps {
  label: string;
  /** What may be done next, in a bar below. */
  steps: ComponentChildren;
  save(): void;
  children: ComponentChildren;
}

/** Ctrl+S saves. */
export function Writing({ label, steps, save, children }: WritingProps) {
  const { words } = useConsole();
  return (
    <form
      class="editor"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => {
        if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
        event.preventDefault();
        event.currentTarget.requestSubmit();
      }}
    >
      {children}
      <div class="card save-bar" role="region" aria-label={words.say("article.steps")}>
        {steps}
      </div>
    </form>
  );
}

/** Of a part of a form. */
export interface PartProps<Form> {
  form: Form;
  put(change: Partial<Form>): void;
}

interface OvertakenProps {
  title: string;
  /** By whom, and when. */
  told: string;
  /** Goes on with what one wrote oneself. */
  mine(): void;
  theirs(): void;
  /** What the other one wrote. */
  children: ComponentChildren;
}

/** Somebody saved, or published, while one was writing. */
export function Overtaken({ title, told, mine, theirs, children }: OvertakenProps) {
  const { words } = useConsole();
  return (
    <section class="card attention" role="alert">
      <h3>{title}</h3>
      <p>{told}</p>
      <details>
        <summary>{words.say("overtaken.look")}</summary>
        {children}
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
