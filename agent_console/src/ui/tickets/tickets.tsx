import "../../styles/tickets.css";

import { useConsole } from "../context";
import { TicketList } from "./list";
import { TicketView } from "./page";

export function Tickets({ id }: { id?: string }) {
  const { words } = useConsole();
  return (
    <>
      <TicketList />
      {id ? <TicketView id={id} /> : <p class="nothing-open">{words.say("nothing.ticket")}</p>}
    </>
  );
}
