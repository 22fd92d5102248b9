// Desktop notices: whether they are on, and in which words.

import { useEffect, useRef } from "preact/hooks";
import { CommandError } from "../../../widget/src/core/connection";
import { mayShowNotices, type News, Notices, othersNote } from "../state/notices";
import type { Toast } from "../state/store";
import { type Console, customerName, siteName } from "./context";
import { toastText } from "./toasts";

export function areNoticesOn({ preferences, snapshot }: Console): boolean {
  return preferences.notices !== undefined && preferences.notices.of === snapshot.desk.agent?.id && mayShowNotices();
}

export function useNotices(context: Console): void {
  const current = useRef(context);
  current.current = context;
  const notices = useRef<Notices | undefined>(undefined);
  const { store, place } = context;
  const isOn = areNoticesOn(context);
  useEffect(() => {
    if (!isOn) return undefined;
    const made = new Notices(store, {
      isSeen: (id) => document.visibilityState === "visible" && current.current.place.id === id,
      word: (news) => wordNews(current.current, news),
      wordMany: (count) => ({ title: current.current.words.say("notices.many", { count }), body: current.current.words.say("notices.many_body") }),
      open: (id) => current.current.go({ screen: screenOf(current.current, id), ...(id && { id }) }),
      isSilent: () => current.current.preferences.sound,
    });
    notices.current = made;
    const look = (): void => made.look();
    const leave = (): void => made.clear(); // a click on one would lead nowhere
    const stop = made.start();
    document.addEventListener("visibilitychange", look);
    window.addEventListener("pagehide", leave);
    return () => {
      stop();
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("pagehide", leave);
    };
  }, [store, isOn]);
  useEffect(() => notices.current?.look(), [place.id]);
}

function screenOf({ store }: Console, id: string | undefined): "mine" | "inbox" {
  return id && store.desk.lists.conversations[id]?.status === "offline" ? "inbox" : "mine";
}

/** What customers and colleagues wrote is told only to who wants it: others may look at the same screen. */
function wordNews({ store, words, preferences }: Console, news: News): { title: string; body: string } {
  const conversation = store.desk.lists.conversations[news.id]!;
  const note = news.kind === "note" ? othersNote(store.desk, news.id) : undefined;
  const customer = customerName(words, conversation);
  const said = note ? note.body : conversation.preview;
  const about = `${words.say(`topic.${conversation.topic}`)} · ${siteName(store.desk, words.locale, conversation.site)}`;
  const told = news.kind === "assigned" || news.kind === "invited" ? whoHandedOver(store.snapshot.toasts, news.id) : undefined;
  return {
    title: told ? toastText(words, told) : words.say(`notices.${news.kind}`, { customer, name: note?.author.name ?? "" }),
    body: (preferences.notices?.words && said) || about,
  };
}

/** As the console tells it at the same moment, without the note that came with it. */
function whoHandedOver(toasts: readonly Toast[], id: string): Pick<Toast, "said"> | undefined {
  for (const { said } of toasts) {
    if (said instanceof CommandError || said.values?.["conversation_id"] !== id) continue;
    const { note: _, ...values } = said.values;
    if (said.key === "notice.transferred" || said.key === "notice.invited") return { said: { key: said.key, values } };
  }
  return undefined;
}
