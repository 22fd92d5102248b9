import type { Locale } from "../../core/wire";
import { isOpenConversation } from "../state";
import type { Ui } from "../ui";
import { goTo, speak } from "../verbs";
import { allowSound, isSoundAllowed } from "./sound";
import { saveTranscript } from "./transcript";

const LANGUAGES: [Locale, string][] = [["zh-CN", "简体中文"], ["en", "English"]];

export function Options({ ui: { session, state, words }, close, mail, end }: { ui: Ui; close: () => void; mail: () => void; end: () => void }) {
  const option = (text: string, act: () => unknown, given = {}) => (
    <li><button {...given} onClick={() => (close(), void act())}>{text}</button></li>
  );
  const { conversation } = state.timeline;
  const sounds = isSoundAllowed(session);
  return (
    <ul>
      {option(words.say("mine.open"), () => goTo(session, { at: "home" }))}
      {option(words.say("help.title"), () => goTo(session, { at: "help" }))}
      {conversation && option(words.say("past.title"), () => goTo(session, { at: "past" }))}
      {conversation && option(words.say("more.transcript"), () => saveTranscript(session, words, conversation))}
      {conversation && state.mails && option(words.say("more.mail"), mail)}
      {option(words.say("more.sound"), () => allowSound(session, !sounds), { "aria-pressed": sounds })}
      {LANGUAGES.map(([locale, name]) => option(name, () => speak(session, locale), { lang: locale, "aria-pressed": state.locale === locale }))}
      {isOpenConversation(state) && option(words.say("end.open"), end, { class: "ending" })}
    </ul>
  );
}
