// The articles, what the bot makes of them, what it was asked, what it had no answer to, and what agents write again and
// again: a tab each.

import "../../styles/settings.css";
import "../../styles/tickets.css";
import "../../styles/knowledge.css";

import { useConsole } from "../context";
import { Tabs } from "../tabs";
import { Articles } from "./articles";
import { BotTab } from "./bot";
import { CannedTab } from "./canned";
import { useForms } from "./forms";
import { TurnsTab } from "./turns";
import { UnansweredTab } from "./unanswered";

const TABS = ["articles", "bot", "turns", "unanswered", "canned"] as const;

export function Knowledge() {
  const { words, place } = useConsole();
  const forms = useForms();
  const open = TABS.find((tab) => tab === place.tab) ?? "articles";
  const article = place.id ?? (place.tab?.startsWith("new-") ? place.tab : undefined);
  const isInColumns = open === "articles" || open === "canned";
  return (
    <main class={`settings knowledge${article || (open === "canned" && place.at) ? " has-article" : ""}`} aria-label={words.say("screen.knowledge")}>
      <header class="column-head settings-head">
        <h1>{words.say("screen.knowledge")}</h1>
        <Tabs
          screen="knowledge"
          label={words.say("screen.knowledge")}
          tabs={TABS.map((name) => ({ name, text: words.say(`knowledge.${name}`) }))}
          open={open}
        />
      </header>
      <div class={isInColumns ? "article-columns" : "settings-body"} role="tabpanel" id="knowledge-panel" aria-labelledby={`knowledge-${open}`}>
        {open === "articles" && <Articles open={article} forms={forms} />}
        {open === "bot" && <BotTab />}
        {open === "turns" && <TurnsTab />}
        {open === "unanswered" && <UnansweredTab forms={forms} />}
        {open === "canned" && <CannedTab open={place.at} />}
      </div>
    </main>
  );
}
