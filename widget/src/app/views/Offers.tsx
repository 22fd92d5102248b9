import type { Ui } from "../ui";
import { askAgent } from "../verbs";

export function AskAgent({ ui: { session, words } }: { ui: Ui }) {
  return <button class="chip" onClick={() => void askAgent(session)}>{words.say("standing.ask_agent")}</button>;
}

export function OfferMessage({ ui: { session, words } }: { ui: Ui }) {
  return <button class="chip" onClick={() => session.store.set({ view: "leave" })}>{words.say("standing.leave_message")}</button>;
}
