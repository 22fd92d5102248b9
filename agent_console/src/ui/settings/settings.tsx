// What supervisors and admins decide, a tab each. A new tab is a file beside this one and a line in TABS.

import "../../styles/settings.css";
import "../../styles/teams.css";

import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { siteName, useConsole } from "../context";
import { Tabs } from "../tabs";
import { Hours } from "./hours";
import { KindsTab } from "./kinds";
import { SiteSettings } from "./site";
import { TeamsTab } from "./teams";

export interface TabProps {
  /** The key of the chosen site. */
  site: string;
}

interface Tab {
  name: "hours" | "teams" | "site" | "kinds";
  /** Is this decided for each site? Then the head offers the sites. */
  ofSite: boolean;
  View: ComponentType<TabProps>;
}

const TABS: readonly Tab[] = [
  { name: "hours", ofSite: true, View: Hours },
  { name: "teams", ofSite: false, View: TeamsTab },
  { name: "site", ofSite: true, View: SiteSettings },
  { name: "kinds", ofSite: false, View: KindsTab },
];

export function Settings() {
  const { snapshot, words, place } = useConsole();
  const [chosen, choose] = useState<string>();
  const { name, ofSite, View } = TABS.find((tab) => tab.name === place.tab) ?? TABS[0]!;
  const sites = snapshot.desk.desks.map((desk) => desk.site);
  const site = sites.find((one) => one === chosen) ?? sites[0];
  return (
    <main class="settings" aria-label={words.say("screen.settings")}>
      <header class="column-head settings-head">
        <h1>{words.say("screen.settings")}</h1>
        <Tabs
          screen="settings"
          label={words.say("screen.settings")}
          tabs={TABS.map((tab) => ({ name: tab.name, text: words.say(`settings.${tab.name}`) }))}
          open={name}
        />
        {ofSite && sites.length > 1 && (
          <select
            class="end"
            aria-label={words.say("settings.choose_site")}
            value={site}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {sites.map((one) => (
              <option key={one} value={one}>
                {siteName(snapshot.desk, words.locale, one)}
              </option>
            ))}
          </select>
        )}
      </header>
      <div class="settings-body" role="tabpanel" id="settings-panel" aria-labelledby={`settings-${name}`}>
        {site ? <View key={`${name} ${site}`} site={site} /> : <p class="empty">{words.say("settings.no_site")}</p>}
      </div>
    </main>
  );
}
