"""THE table: everything anyone can do, one entry each. Both doors, the OpenAPI document, the TypeScript types and
the tables of docs/protocol.md are derived from it, so no door has rules of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chat import wire
from chat.actions import (
    applying,
    articles,
    bot_review,
    calendar,
    canned,
    cards,
    cases,
    colleagues,
    conversations,
    endings,
    evidence,
    inbox,
    orders,
    payout_accounts,
    payouts,
    people,
    presence,
    promises,
    queue,
    refunds,
    reports,
    search,
    shop,
    site_settings,
    staff,
    support,
    teams,
    ticket_kinds,
    ticket_lists,
    tickets,
    transcripts,
    wrap_up,
)
from chat.actions.access import Caller
from chat.actions.bot_turn import Question
from chat.actions.perform import Action

__all__ = ["COMMANDS", "NO_API", "Caller", "Command", "Counted", "Ranked", "Rate", "Slow", "at_door"]


@dataclass(frozen=True, eq=False)
class Rate:
    """A bucket: `burst` at once, refilled with `per_minute`. Counted per person, before a session per address."""

    burst: int
    per_minute: float


ORDINARY = Rate(600, 1_200)
WRITING = Rate(240, 120)
SIGNING_IN = Rate(10, 10)
VISITING = Rate(300, 300)
TELLING = Rate(2_000, 12_000)
CONFIRMING = Rate(5, 2)
APPLYING = Rate(10, 4)
SEARCHING = Rate(60, 60)
TYPING = Rate(120, 180)  # searches for what is typed so far
VOTING = Rate(20, 2)
LEAVING = Rate(10, 2)


@dataclass(frozen=True)
class Counted:
    """A second bucket, counted by something in the input."""

    by: Callable[[Any], str]
    rate: Rate


# Guesses at one account may come from many addresses; whether there is such an account makes no difference.
PER_ACCOUNT = Counted(lambda given: str(given.email).lower(), Rate(10, 5))


# Nobody guesses amounts: three tries at once, then one in four minutes.
PER_CONVERSATION = Counted(lambda given: str(given.conversation_id), Rate(3, 0.25))


@dataclass(frozen=True)
class Slow:
    """What is too slow for a reader. `reads(tx, who, command, now)` fetches what it needs; `work(command, that)` runs
    outside of any transaction, on a thread of its own, and its answer is handed to the action.
    """

    reads: Callable[..., object]
    work: Callable[..., object]


@dataclass(frozen=True)
class Ranked:
    """What needs the bot's judgement. `reads(tx, who, command, now)` gives the question, and what the bot makes of it
    is handed to the action. Raises Conflict `bot_off`.
    """

    reads: Callable[..., Question]


@dataclass(frozen=True)
class Command:
    """One thing somebody can do.

    `caller` may; an agent needs at least `role`. `input` and `output` are shapes of `wire`. `action` runs as
    `action(tx, who, command, now)` on the writer, or on a reader when it `reads`, after `before`. With `receipt` and
    a `client_id` the command is done once.
    """

    name: str
    caller: Caller
    input: type[wire.Input]
    output: type[wire.Shape]
    action: Action
    summary: str
    role: str = "agent"
    reads: bool = False
    before: Slow | Ranked | None = None
    receipt: bool = True
    waits: bool = False  # may wait for news; see Door.run
    rate: Rate = ORDINARY
    counted: Counted | None = None
    door: str = ""  # whose door a public command stands at


NO_API = ("hook", "support")  # doors whose commands are asked by pages and other servers, each in its own way


CUSTOMER, AGENT = Caller.CUSTOMER, Caller.AGENT

COMMANDS: tuple[Command, ...] = (
    # customer
    Command("session", Caller.PUBLIC, wire.CustomerSession, wire.CustomerSessionOpened, people.open_customer_session,
            "Begin, or go on with `token`; `identity` is a JWT signed by the host site, for 24 hours at most. Keep the"
            " token that comes back: signing in gives a new one.",
            rate=VISITING, door="customer"),
    Command("start", CUSTOMER, wire.Start, wire.ConversationValue, conversations.start,
            "The customer's open conversation, made if there is none.", rate=WRITING),
    Command("say", CUSTOMER, wire.Say, wire.Said, conversations.say,
            "Add a message.", receipt=False, rate=WRITING),
    Command("sync", CUSTOMER, wire.Sync, wire.Synced, conversations.sync,
            "Everything after `after_seq`; with `wait` it answers when there is something newer.",
            reads=True, waits=True),
    Command("history", CUSTOMER, wire.History, wire.HistoryPage, conversations.history,
            "The messages before `before_seq`.", reads=True),
    Command("my_conversations", CUSTOMER, wire.NoInput, wire.ConversationList, conversations.my_conversations,
            "The customer's newest conversations on this site; `history` gives what was said.", reads=True),
    Command("leave_message", CUSTOMER, wire.LeaveMessage, wire.ConversationValue, conversations.leave_message,
            "Leave a message for the agents.", rate=WRITING),
    Command("ask_agent", CUSTOMER, wire.InConversation, wire.ConversationValue, conversations.ask_agent,
            "Ask for a person, when the desk is open."),
    Command("read", CUSTOMER, wire.Read, wire.Nothing, conversations.read, "Mark as read up to `seq`."),
    Command("typing", CUSTOMER, wire.InConversation, wire.Nothing, conversations.typing,
            "Say that one is typing.", reads=True),
    Command("rate", CUSTOMER, wire.Rate, wire.ConversationValue, conversations.rate,
            "Rate a conversation that has ended, or that an agent has asked to rate."),
    Command("leave", CUSTOMER, wire.InConversation, wire.ConversationValue, conversations.leave,
            "End the conversation."),
    Command("mail_transcript", CUSTOMER, wire.MailTranscript, wire.Nothing, transcripts.mail_transcript,
            "Have what was said sent by e-mail: five a day for a customer, three a day to an address.", rate=LEAVING),
    Command("my_orders", CUSTOMER, wire.NoInput, wire.OrderList, orders.my_orders,
            "The customer's newest orders on this site; of one who is not signed in, none.", reads=True),
    Command("send_order", CUSTOMER, wire.SendOrder, wire.Said, orders.send_order,
            "Send one of one's orders as a card.", rate=WRITING),
    Command("check_case", CUSTOMER, wire.CheckCase, wire.VerdictValue, refunds.check_case,
            "What the refund policy says of an order, some of its lines, or a transaction.", reads=True),
    Command("my_cases", CUSTOMER, wire.NoInput, wire.CaseList, cases.my_cases,
            "The customer's newest cases, each with its steps.", reads=True),
    Command("case_kinds", CUSTOMER, wire.NoInput, wire.CaseKinds, ticket_kinds.case_kinds,
            "What one may apply for, with the form of each.", reads=True),
    Command("open_case", CUSTOMER, wire.OpenCase, wire.CaseValue, applying.open_case,
            "Apply: a ticket at once, by day and by night, and with an order or a transaction a refund.",
            rate=APPLYING),
    Command("withdraw_case", CUSTOMER, wire.WithdrawCase, wire.CaseValue, applying.withdraw_case,
            "Take an application back, until it is being paid.", rate=WRITING),
    Command("appeal_case", CUSTOMER, wire.AppealCase, wire.CaseValue, applying.appeal_case,
            "Appeal against a refusal, once; another person decides.", rate=WRITING),
    Command("case_link", CUSTOMER, wire.OfTicket, wire.CaseLink, cases.case_link,
            "A page of one case that opens without signing in, for 30 days.", rate=WRITING),
    Command("add_evidence", CUSTOMER, wire.AddEvidence, wire.CaseValue, evidence.add_evidence,
            "Give words or files to a case, one of those it asks for or `other`.", rate=WRITING),
    Command("search_help", CUSTOMER, wire.HelpSearch, wire.HelpResults, support.search_help,
            "Articles that the bot thinks of, and those that have the words.", reads=True, rate=SEARCHING,
            before=Ranked(support.question_of_customer)),
    Command("find_help", CUSTOMER, wire.HelpFind, wire.HelpResults, support.find_help,
            "Articles that have the words, without a bot.", reads=True, rate=SEARCHING),
    Command("read_help", CUSTOMER, wire.HelpOne, wire.HelpArticle, support.read_help,
            "An article of the support centre.", reads=True, rate=VISITING),
    Command("sign_out", CUSTOMER, wire.NoInput, wire.Nothing, people.sign_out,
            "End this session; its token opens nothing any more."),
    # case link
    Command("case", Caller.CASE_LINK, wire.NoInput, wire.CasePage, cases.case,
            "The case this link opens.", reads=True),
    Command("add_evidence", Caller.CASE_LINK, wire.AddEvidence, wire.CasePage, evidence.add_by_link,
            "Give words or files to this case.", rate=WRITING),
    # servers that tell us something; see docs/shop.md
    Command("shop", Caller.PUBLIC, wire.ShopHook, wire.ShopHeard, shop.hear,
            "What a shop tells of an order or a payment, signed.", rate=TELLING, door="hook"),
    Command("payments", Caller.PUBLIC, wire.PaymentHook, wire.Nothing, payouts.hear,
            "What the payment service tells of a payout, signed.", rate=TELLING, door="hook"),
    Command("withdraw_case", Caller.CASE_LINK, wire.WithdrawCase, wire.CasePage, applying.withdraw_by_link,
            "Take this application back, until it is being paid.", rate=APPLYING),
    Command("appeal_case", Caller.CASE_LINK, wire.AppealCase, wire.CasePage, applying.appeal_by_link,
            "Appeal against the refusal of this case, once.", rate=APPLYING),
    # the support centre, whose pages are the only way to them; see docs/support-centre.md
    Command("sites", Caller.PUBLIC, wire.NoInput, wire.SupportSites, support.sites,
            "The sites there are.", reads=True, rate=VISITING, door="support"),
    Command("home", Caller.PUBLIC, wire.SupportShelf, wire.SupportHome, support.home,
            "The desk, every way to it, and articles by category.", reads=True, rate=VISITING, door="support"),
    Command("search", Caller.PUBLIC, wire.SupportSearch, wire.SupportResults, support.search,
            "What the bot would think of.", reads=True, rate=SEARCHING, before=Ranked(support.question),
            door="support"),
    Command("find", Caller.PUBLIC, wire.SupportSearch, wire.SupportResults, support.find,
            "What has the words, without a bot.", reads=True, rate=SEARCHING, door="support"),
    Command("article", Caller.PUBLIC, wire.SupportOne, wire.SupportArticle, support.article,
            "An article, and what this visitor said of it.", reads=True, rate=VISITING, door="support"),
    Command("vote", Caller.PUBLIC, wire.CastVote, wire.Nothing, support.vote,
            "Whether an article helped.", rate=VOTING, door="support"),
    Command("policy", Caller.PUBLIC, wire.SupportVersion, wire.SupportPolicy, support.policy,
            "A policy, as it is, was or will be.", reads=True, rate=VISITING, door="support"),
    Command("kinds", Caller.PUBLIC, wire.SupportAt, wire.SupportKinds, support.kinds,
            "What one may apply for.", reads=True, rate=VISITING, door="support"),
    Command("maps", Caller.PUBLIC, wire.NoInput, wire.SupportMaps, support.maps,
            "The sitemaps there are, of every site.", reads=True, rate=VISITING, door="support"),
    Command("places", Caller.PUBLIC, wire.SupportMapPart, wire.SupportMap, support.places,
            "The pages of one sitemap.", reads=True, rate=VISITING, door="support"),
    Command("leave_message", Caller.PUBLIC, wire.SupportMessage, wire.SupportPromise, support.leave_message,
            "Leave a message for the agents.", rate=LEAVING, door="support"),
    Command("promised", Caller.PUBLIC, wire.SupportSent, wire.SupportPromised, support.promised,
            "What was promised to who left a message.", reads=True, rate=VISITING, door="support"),
    # agent
    Command("session", Caller.PUBLIC, wire.AgentSession, wire.AgentSessionOpened, people.open_agent_session,
            "Sign in: sets the cookie, or gives a token with `bearer`.", rate=SIGNING_IN, counted=PER_ACCOUNT,
            before=Slow(people.password_of, people.check_password), door="agent"),
    Command("sign_out", AGENT, wire.NoInput, wire.Nothing, people.sign_out, "End this session everywhere it is used."),
    Command("sync", AGENT, wire.AgentSync, wire.AgentSynced, queue.sync,
            "The desk; or one conversation's tail and its notes.", reads=True),
    Command("set_presence", AGENT, wire.SetPresence, wire.AgentValue, presence.set_presence,
            "Online, away or offline, as others see it."),
    Command("end_wrap_up", AGENT, wire.NoInput, wire.AgentValue, wrap_up.end_wrap_up,
            "End the time that a closed conversation left for writing up."),
    Command("pick", AGENT, wire.Pick, wire.AgentConversationValue, queue.pick,
            "Take that conversation, or the next in line."),
    Command("say", AGENT, wire.Say, wire.Said, queue.say, "Answer in one's own conversation.", receipt=False),
    Command("note", AGENT, wire.AddNote, wire.NoteValue, queue.note,
            "Write a note that only staff see.", receipt=False),
    Command("read", AGENT, wire.Read, wire.Nothing, conversations.read, "Mark as read up to `seq`."),
    Command("typing", AGENT, wire.InConversation, wire.Nothing, conversations.typing,
            "Say that one is typing.", reads=True),
    Command("prioritize", AGENT, wire.Prioritize, wire.AgentConversationValue, queue.prioritize,
            "Put a conversation before or behind others: 1 is first, 5 last, 3 what all have."),
    Command("decisions", AGENT, wire.InConversation, wire.Decisions, queue.decisions,
            "Who had a conversation, each with why them and why not the others.", role="supervisor", reads=True),
    Command("release", AGENT, wire.InConversation, wire.AgentConversationValue, queue.release,
            "Give a conversation back to its place in line."),
    Command("transfer", AGENT, wire.Transfer, wire.AgentConversationValue, queue.transfer,
            "Hand a conversation to a colleague who is there, or back to a team's queue."),
    Command("invite", AGENT, wire.Invite, wire.AgentConversationValue, colleagues.invite,
            "Ask a colleague in, to read and write notes or also to write to the customer."),
    Command("uninvite", AGENT, wire.Uninvite, wire.AgentConversationValue, colleagues.uninvite,
            "End a colleague's part in a conversation."),
    Command("step_out", AGENT, wire.InConversation, wire.AgentConversationValue, colleagues.step_out,
            "End one's own part in a colleague's conversation."),
    Command("live", AGENT, wire.LiveList, wire.LivePage, colleagues.live,
            "All conversations of one's sites that go on, page by page.", role="supervisor", reads=True),
    Command("take_over", AGENT, wire.TakeOver, wire.AgentConversationValue, queue.take_over,
            "Make a conversation one's own, whoever has it.", role="supervisor"),
    Command("join", AGENT, wire.InConversation, wire.AgentConversationValue, colleagues.join,
            "Take part in an agent's conversation; the customer reads it.", role="supervisor"),
    Command("look", AGENT, wire.Look, wire.Looking, colleagues.look,
            "Say what one has on the screen, for those who have it too; counts for a socket, while it lives.",
            reads=True),
    Command("history", AGENT, wire.History, wire.HistoryPage, conversations.history,
            "The messages before `before_seq`.", reads=True),
    Command("canned_replies", AGENT, wire.CannedReplyList, wire.CannedReplyPage, canned.canned_replies,
            "One's own canned replies and those that are shared with one, page by page.", reads=True),
    Command("save_canned_reply", AGENT, wire.SaveCannedReply, wire.CannedReplyValue, canned.save_canned_reply,
            "Keep a canned reply, a new one or another wording; what is shared takes a supervisor.", rate=WRITING),
    Command("remove_canned_reply", AGENT, wire.OfCannedReply, wire.Nothing, canned.remove_canned_reply,
            "Forget a canned reply; what is shared takes a supervisor."),
    Command("close", AGENT, wire.Close, wire.AgentConversationValue, queue.close, "End a conversation."),
    Command("search", AGENT, wire.Search, wire.FoundPage, search.search,
            "Find messages, notes, tickets, customers and articles of one's sites by their words, newest first.",
            reads=True, rate=TYPING),
    Command("teams", AGENT, wire.NoInput, wire.Teams, teams.teams,
            "The teams and who is in them.", role="supervisor", reads=True),
    Command("add_team", AGENT, wire.AddTeam, wire.Teams, teams.add_team,
            "Make a team that serves these sites; nobody is in it yet.", role="admin"),
    Command("set_team", AGENT, wire.SetTeam, wire.Teams, teams.set_team,
            "Change what a team takes and how it shares the work.", role="admin"),
    Command("set_agent", AGENT, wire.SetAgent, wire.Teams, teams.set_agent,
            "Change an agent's teams, languages and limit.", role="admin"),
    Command("remove_agent", AGENT, wire.RemoveAgent, wire.Teams, staff.remove_colleague,
            "Let a colleague who has left sign in no more; what they had goes back.", role="admin"),
    Command("inbox", AGENT, wire.InboxList, wire.InboxPage, inbox.page,
            "Messages that wait for an answer, the first promised first.", reads=True),
    Command("assign", AGENT, wire.Assign, wire.AgentConversations, inbox.assign,
            "Give messages to an agent, a team or nobody; all of them or none."),
    Command("snooze", AGENT, wire.Snooze, wire.AgentConversations, inbox.snooze,
            "Put messages off, not beyond what was promised; all of them or none."),
    Command("spam", AGENT, wire.Conversations, wire.AgentConversations, inbox.spam,
            "End messages as spam; all of them or none."),
    Command("promises", AGENT, wire.PromiseCount, wire.PromiseCounts, promises.count,
            "How many promised answers were in time, and the newest that were not.", role="supervisor", reads=True),
    Command("report", AGENT, wire.ReportQuery, wire.Report, reports.report,
            "What came of the conversations, messages and questions to the bot of up to 92 days.", role="supervisor",
            reads=True, rate=SEARCHING),
    Command("site_settings", AGENT, wire.OneSite, wire.SiteSettingsValue, site_settings.site_settings,
            "How a site's desk works.", role="supervisor", reads=True),
    Command("set_site", AGENT, wire.SetSite, wire.SiteSettingsValue, site_settings.set_site,
            "Change how a site's desk works; what is left out stays.", role="admin"),
    Command("ticket_kinds", AGENT, wire.NoInput, wire.TicketKinds, ticket_kinds.ticket_kinds,
            "The kinds of tickets there are, and what each is made of.", reads=True),
    Command("set_kind", AGENT, wire.SetKind, wire.TicketKinds, ticket_kinds.set_kind,
            "Add a kind of tickets, change one or take it out of use.", role="admin"),
    Command("open_ticket", AGENT, wire.OpenTicket, wire.TicketValue, tickets.open_ticket,
            "Open a ticket from a conversation; the log as it stands is its transcript."),
    Command("update_ticket", AGENT, wire.UpdateTicket, wire.TicketValue, tickets.update_ticket,
            "Change a ticket; `done` is the whole of what is done of the checklist."),
    Command("ask_evidence", AGENT, wire.AskEvidence, wire.TicketValue, evidence.ask_evidence,
            "Ask the customer for evidence, with a form in the conversation; the ticket waits for them."),
    Command("update_tickets", AGENT, wire.UpdateTickets, wire.TicketPage, tickets.update_tickets,
            "Change many tickets in one way; all of them or none."),
    Command("link", AGENT, wire.Link, wire.TicketValue, tickets.link,
            "Link an order, a transaction, a conversation or another ticket of the same customer."),
    Command("extend_transcript", AGENT, wire.ExtendTranscript, wire.TicketValue, tickets.extend_transcript,
            "Take what was said since into the transcript."),
    Command("merge_tickets", AGENT, wire.MergeTickets, wire.TicketValue, tickets.merge_tickets,
            "Close a ticket and go on in another of the same customer; all that hangs on it is there."),
    Command("note_ticket", AGENT, wire.NoteTicket, wire.TicketValue, tickets.note_ticket,
            "Write a note that only staff see.", rate=WRITING),
    Command("watch_ticket", AGENT, wire.WatchTicket, wire.TicketValue, tickets.watch_ticket,
            "Hear of what happens to a ticket, or no longer."),
    Command("check_identity", AGENT, wire.CheckIdentity, wire.TicketValue, endings.check_identity,
            "Record what was checked of who asks and whether it was right, never what they answered."),
    Command("decide_ending", AGENT, wire.DecideEnding, wire.TicketValue, tickets.decide_ending,
            "Agree to the ending that a colleague proposed, or say why not."),
    Command("find_ticket", AGENT, wire.FindTicket, wire.TicketValue, tickets.find_ticket,
            "The ticket whose number somebody reads out; spaces, small letters and missing dashes do not matter."),
    Command("tickets", AGENT, wire.TicketList, wire.TicketPage, ticket_lists.tickets_page,
            "The tickets of one's sites, last changed or first due first.", reads=True),
    Command("ticket_views", AGENT, wire.NoInput, wire.TicketViews, ticket_lists.ticket_views,
            "The filters one has kept, and those that colleagues share.", reads=True),
    Command("save_view", AGENT, wire.SaveView, wire.TicketViews, ticket_lists.save_view,
            "Keep a filter of tickets under a name, for oneself or for all."),
    Command("drop_view", AGENT, wire.OfView, wire.TicketViews, ticket_lists.drop_view,
            "Forget a filter of one's own."),
    # Looking at what a customer bought leaves a trace, so the next two write.
    Command("ticket", AGENT, wire.OfTicket, wire.TicketValue, tickets.ticket,
            "A ticket with its transcripts, orders, refunds and events."),
    Command("revoke_case_links", AGENT, wire.OfTicket, wire.Nothing, cases.revoke_case_links,
            "Close every link to this case that was sent or made so far."),
    Command("customer_orders", AGENT, wire.CustomerOrders, wire.OrderList, orders.customer_orders,
            "The orders of the customer of a conversation or a ticket; of one whom no site has signed for, those that"
            " were matched."),
    Command("match_order", AGENT, wire.MatchOrder, wire.OrderList, orders.match_order,
            "Open an order to a customer whom no site has signed for, by its number and its exact amount.",
            counted=PER_CONVERSATION),
    Command("send_order", AGENT, wire.SendOrder, wire.Said, orders.send_order,
            "Send an order of the customer as a card."),
    Command("card_articles", AGENT, wire.CardArticles, wire.HelpResults, cards.card_articles,
            "Articles in the language of a conversation's customer, to be sent as cards.", reads=True, rate=SEARCHING),
    Command("send_article", AGENT, wire.SendArticle, wire.Said, cards.send_article,
            "Send an article of the site's support centre as a card."),
    Command("ask_rating", AGENT, wire.AskRating, wire.Said, cards.ask_rating,
            "Ask the customer to rate the conversation: once, while it goes on."),
    Command("check_refund", AGENT, wire.CheckRefund, wire.VerdictValue, refunds.check_refund,
            "What the refund policy says of an order of a ticket's customer, some of its lines, or a transaction."),
    Command("request_refund", AGENT, wire.RequestRefund, wire.RefundValue, refunds.request_refund,
            "Ask for a refund of an order, or of some of its lines."),
    Command("decide_refund", AGENT, wire.DecideRefund, wire.RefundValue, refunds.decide_refund,
            "Review, approve or reject; nobody decides on their own request, above the limit two approve."),
    Command("confirm_password", AGENT, wire.ConfirmPassword, wire.Confirmed, people.confirm_password,
            "One's password once more, for ten minutes of what is above the second limit.",
            before=Slow(people.own_password, people.check_own_password), rate=CONFIRMING),
    Command("change_password", AGENT, wire.ChangePassword, wire.Nothing, staff.change_password,
            "Another password of one's own; all other sessions of theirs end.",
            before=Slow(staff.own_password, staff.check_change), rate=CONFIRMING),
    # Looking at an account leaves a trace, so this one writes.
    Command("payout_account", AGENT, wire.OfRefund, wire.PayoutAccount, payout_accounts.payout_account,
            "The whole account a refund goes to, from its approval until it is paid."),
    Command("pay_refund", AGENT, wire.PayRefund, wire.RefundValue, payouts.pay_refund,
            "Record a payment by hand, or have the payment service pay; a refund is paid at most once."),
    Command("articles", AGENT, wire.ArticleList, wire.ArticlePage, articles.articles_page,
            "The articles of one's sites and of all sites, drafts too, last changed first.", reads=True),
    Command("article", AGENT, wire.OfArticle, wire.ArticleValue, articles.article,
            "An article with all its versions.", reads=True),
    Command("compare_versions", AGENT, wire.CompareVersions, wire.VersionDiff, articles.compare_versions,
            "What one version of an article changed of another, line by line.", reads=True),
    Command("save_article", AGENT, wire.SaveArticle, wire.ArticleValue, articles.save_article,
            "Write an article's draft, or a new article; what is in force stays.", rate=WRITING),
    Command("submit_article", AGENT, wire.OfDraft, wire.ArticleValue, articles.submit_article,
            "Hand a draft in for review."),
    Command("return_article", AGENT, wire.ReturnArticle, wire.ArticleValue, articles.return_article,
            "Give what was handed in back, with the reason.", role="supervisor"),
    Command("publish_article", AGENT, wire.PublishArticle, wire.ArticleValue, articles.publish_article,
            "Bring a draft into force, now or from a date on.", role="supervisor"),
    Command("drop_draft", AGENT, wire.OfDraft, wire.ArticleValue, articles.drop_draft,
            "Drop a draft, or a version that waits for its date."),
    Command("withdraw_article", AGENT, wire.OfDraft, wire.ArticleValue, articles.withdraw_article,
            "Take an article out of force; neither the bot nor the support centre shows it then.", role="supervisor"),
    Command("clear_payout", AGENT, wire.ClearPayout, wire.RefundValue, payouts.clear_payout,
            "Say what was found out about a payment of which the service said two things.", role="supervisor"),
    Command("bot_model", AGENT, wire.NoInput, wire.BotModelValue, bot_review.bot_model,
            "What the bot was trained from, and how sure it has to be.", reads=True),
    Command("try_bot", AGENT, wire.TryBot, wire.Tried, bot_review.try_bot,
            "What the bot would do with a question, and why.", reads=True, before=Ranked(bot_review.question)),
    Command("bot_turns", AGENT, wire.BotTurnList, wire.BotTurnPage, bot_review.bot_turns,
            "What the bot was asked and did, newest first.", reads=True),
    Command("mark_turn", AGENT, wire.MarkTurn, wire.BotTurnValue, bot_review.mark_turn,
            "Say that a turn was wrong, and which article would have been right; or take that back."),
    Command("unanswered", AGENT, wire.UnansweredList, wire.UnansweredPage, bot_review.unanswered,
            "Questions that no article answered, the most frequent first.", reads=True),
    Command("dismiss_unanswered", AGENT, wire.DismissUnanswered, wire.Nothing, bot_review.dismiss_unanswered,
            "Take a question off that list."),
    Command("calendar", AGENT, wire.OneSite, wire.CalendarView, calendar.calendar_view,
            "A site's calendar, and what this year's and the next one's official days do.",
            role="supervisor", reads=True),
    Command("set_calendar", AGENT, wire.SetCalendar, wire.CalendarView, calendar.set_calendar,
            "Replace a site's calendar; what was stays as it was.", role="supervisor"),
    Command("close_desk", AGENT, wire.CloseDesk, wire.DeskValue, calendar.close_desk,
            "Close a desk from now on, whatever its hours, until it opens again by itself.", role="supervisor"),
    Command("reopen_desk", AGENT, wire.OneSite, wire.DeskValue, calendar.reopen_desk,
            "End an emergency now.", role="supervisor"),
    Command("preview_desk", AGENT, wire.PreviewDesk, wire.DeskPreview, calendar.preview_desk,
            "What customers see of a desk at a time, and why.", role="supervisor", reads=True),
)  # fmt: skip


def at_door(door: str) -> dict[str, Command]:
    """The commands of one door (`customer` or `agent`), by name."""
    return {command.name: command for command in COMMANDS if (command.door or command.caller.value) == door}
