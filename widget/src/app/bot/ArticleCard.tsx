import type { Message } from "../../core/wire";
import type { Ui } from "../ui";
import { goTo } from "../verbs";

/** An article that an agent sent: it is read in the window. */
export function ArticleCard({ ui: { session, words }, message }: { ui: Ui; message: Message }) {
  const { slug, locale, title, summary } = message.data as Record<"slug" | "locale" | "title" | "summary", string>;
  return (
    <div class="article-card">
      <p lang={locale}><strong>{title}</strong></p>
      <p class="summary" lang={locale}>{summary}</p>
      <button class="choice" onClick={() => goTo(session, { at: "help", slug })}>{words.say("card.read")}</button>
    </div>
  );
}
