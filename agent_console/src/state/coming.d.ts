// Commands that the server's pieces are about to bring; what has come is the same in both.
import type * as w from "../../../widget/src/core/wire";
declare module "../../../widget/src/core/wire" {
  interface AgentCommands {
    update_tickets: { input: w.UpdateTickets; output: w.TicketPage };
    find_ticket: { input: w.FindTicket; output: w.TicketValue };
    extend_transcript: { input: w.ExtendTranscript; output: w.TicketValue };
    merge_tickets: { input: w.MergeTickets; output: w.TicketValue };
    note_ticket: { input: w.NoteTicket; output: w.TicketValue };
    watch_ticket: { input: w.WatchTicket; output: w.TicketValue };
    ticket_views: { input: w.NoInput; output: w.TicketViews };
    save_view: { input: w.SaveView; output: w.TicketViews };
    drop_view: { input: w.OfView; output: w.TicketViews };
    decide_ending: { input: w.DecideEnding; output: w.TicketValue };
    check_identity: { input: w.CheckIdentity; output: w.TicketValue };
  }
}
