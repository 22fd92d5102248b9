import type { Ui } from "../ui";
import { goTo } from "../verbs";
import { wordDate } from "../words";

interface Article {
  slug: string;
  title: string;
  version: number;
  effective_at: string;
  path: string;
}

/** Which article an answer is, and of when. It opens in the window; its page in a tab of its own, for who asks for one. */
export function Source({ ui: { session, words }, article }: { ui: Ui; article: Article }) {
  const { slug, title, version, effective_at, path } = article;
  const open = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goTo(session, { at: "help", slug });
  };
  return (
    <p class="source">
      <span>{words.say("bot.source")}</span>
      <a href={path} target="_blank" rel="noopener" onClick={open}>{title}</a>
      <span>{words.say("bot.version", { version, date: wordDate(effective_at, words.locale) })}</span>
    </p>
  );
}
