import { useState } from "preact/hooks";
import { EMPTY_FORM, type Form, type Kept, type KeptForms } from "../../state/knowledge";
import { tabMemory } from "../../state/shelf";
import { useConsole } from "../context";

const memory = tabMemory<KeptForms>("articles", {});

/** What is written and not saved. */
export interface Forms {
  kept: KeptForms;
  keep(key: string, form: Form, revision: number): void;
  forget(key: string): void;
  /** Begins an article, and opens it. */
  begin(form: Partial<Form>): void;
}

export function useForms(): Forms {
  const { snapshot, words, go } = useConsole();
  const by = snapshot.desk.agent?.id ?? "";
  const [all, set] = useState(() => memory.load());
  const put = (change: (held: KeptForms) => KeptForms): void => {
    const changed = change(memory.load());
    memory.save(changed);
    set(changed);
  };
  const keep = (key: string, form: Form, revision: number): void => put((held) => ({ ...held, [key]: { by, revision, form } satisfies Kept }));
  return {
    kept: Object.fromEntries(Object.entries(all).filter(([, one]) => one.by === by)),
    keep,
    forget: (key) => put(({ [key]: _, ...rest }) => rest),
    begin: (form) => {
      const key = `new-${Date.now().toString(36)}`;
      keep(key, { ...EMPTY_FORM, locale: words.locale, ...form }, 0);
      go({ screen: "knowledge", tab: key });
    },
  };
}
