import "../../styles/tickets.css";

import { useEffect } from "preact/hooks";
import { loadKinds, loadViews } from "../../state/case_verbs";
import { useConsole } from "../context";
import { TicketList } from "./list";
import { TicketView } from "./page";

/** The list of tickets, and the one that is open. */
export function Tickets({ id }: { id?: string }) {
  const { store, words, snapshot } = useConsole();
  const online = snapshot.connection === "online";
  useEffect(() => {
    if (!online) return;
    void loadKinds(store);
    void loadViews(store);
  }, [online]);
  return (
    <>
      <TicketList />
      {id ? <TicketView id={id} /> : <main class="nothing-open">{words.say("nothing.ticket")}</main>}
    </>
  );
}
