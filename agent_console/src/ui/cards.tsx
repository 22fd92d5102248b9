// Cards that an agent sends: an article of the support centre, and the wish to be rated.

import { useEffect, useState } from "preact/hooks";
import { idsByContent } from "../../../widget/src/core/ids";
import type { HelpResults } from "../../../widget/src/core/wire";
import { useConsole } from "./context";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { Menu } from "./menu";

const PAUSE = 250; // after the last letter, before it is searched

export function Cards({ id }: { id: string }) {
  const { store, words } = useConsole();
  const [isChoosing, setChoosing] = useState(false);
  const [idFor, renewIds] = useState(idsByContent);
  const askRating = async (): Promise<void> => {
    const card = { conversation_id: id };
    const said = await store.attempt(store.connection.send("ask_rating", { ...card, client_id: idFor(card) }));
    if (!said) return;
    renewIds(idsByContent); // who asks again is not told that it was sent
    store.toast({ key: "toast.card_sent" });
  };
  const items = [
    { label: words.say("cards.article"), select: () => setChoosing(true) },
    { label: words.say("cards.rating"), select: () => void askRating() },
  ];
  return (
    <>
      <Menu label={words.say("cards.menu")} look="button quiet small attach" opens="up" sections={[{ items }]}>
        <Icon name="plus" />
      </Menu>
      {isChoosing && <Articles id={id} shut={() => setChoosing(false)} />}
    </>
  );
}

function Articles({ id, shut }: { id: string; shut(): void }) {
  const { store, words } = useConsole();
  const [text, setText] = useState("");
  const [found, setFound] = useState<HelpResults["results"]>();
  const [idFor] = useState(idsByContent);
  useEffect(() => {
    let isWanted = true;
    const ask = async (): Promise<void> => {
      const asked = { conversation_id: id, ...(text.trim() ? { text: text.trim() } : {}) };
      const answer = await store.attempt(store.connection.send("card_articles", asked));
      if (answer && isWanted) setFound(answer.results);
    };
    const timer = setTimeout(() => void ask(), text ? PAUSE : 0);
    return () => ((isWanted = false), clearTimeout(timer));
  }, [id, text]);
  const send = async (slug: string): Promise<void> => {
    const card = { conversation_id: id, slug };
    const said = await store.attempt(store.connection.send("send_article", { ...card, client_id: idFor(card) }));
    if (!said) return;
    shut();
    store.toast({ key: "toast.card_sent" });
  };
  return (
    <Dialog title={words.say("cards.article")} shut={shut}>
      <div class="form dialog-form">
        <input type="search" autoFocus maxLength={200} value={text} aria-label={words.say("cards.search")} placeholder={words.say("cards.search")} onInput={(event) => setText(event.currentTarget.value)} />
        <p role="status" class="faint">{found && !found.length && words.say("cards.none")}</p>
        <ul class="plain card-articles">
          {found?.map(({ slug, question, locale }) => (
            <li key={slug}>
              <button type="button" class="button quiet" lang={locale} onClick={() => void send(slug)}>{question}</button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
