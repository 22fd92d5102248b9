// How the forms of a site's settings are saved: one at a time, and what the server holds afterwards is shown.

import { useState } from "preact/hooks";
import { CommandError } from "../../../../widget/src/core/connection";
import type { SetSite, SiteSettings } from "../../../../widget/src/core/wire";
import { useConsole } from "../context";

export interface SiteForm {
  held: SiteSettings;
  saved(value: { settings: SiteSettings }): void;
}

export function useSaving(saved: SiteForm["saved"]): { busy: boolean; save(given: SetSite): Promise<boolean> } {
  const { store } = useConsole();
  const [busy, setBusy] = useState(false);
  const save = async (given: SetSite): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    const done = await store.attempt(store.connection.send("set_site", given).catch(lookAgain(given.site)));
    setBusy(false);
    if (!done) return false;
    saved(done);
    store.toast({ key: "toast.site_saved" });
    return true;
  };
  // Who was too late sees what there is by now, beside why.
  const lookAgain = (site: string) => async (error: unknown): Promise<never> => {
    if (error instanceof CommandError && error.code === "changed") {
      const now = await store.look(store.connection.send("site_settings", { site }));
      if (now) saved(now);
    }
    throw error;
  };
  return { busy, save };
}
