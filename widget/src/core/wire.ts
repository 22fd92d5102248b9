// Made from chat/wire and chat/commands.py by `python -m chat wire`. Do not edit; a test compares.

export type Envelope<T> =
  | { ok: true; value: T }
  | { ok: false; error: { code: string; message: string; retry_after?: number } };

export type Locale = "zh-CN" | "en";

export type Topic = "refund" | "amount_dispute" | "unfreeze" | "password_help" | "payment_failure" | "other";

export type ConversationStatus = "bot" | "waiting" | "active" | "offline" | "closed";

export type Outcome = "solved" | "unsolved" | "abandoned" | "spam" | "ticket_opened" | "duplicate";

export type AuthorKind = "customer" | "agent" | "bot" | "system";

export type MessageKind = "text" | "file" | "card" | "choices" | "form" | "system";

export type PresenceStatus = "online" | "away" | "offline";

export type Role = "agent" | "supervisor" | "admin";

export type CustomerKind = "anonymous" | "claimed" | "verified";

export type TicketStatusName = "new" | "open" | "pending" | "on_hold" | "solved" | "closed";

export type RefundStateName = "requested" | "in_review" | "evidence_wanted" | "second_approval" | "approved" | "rejected" | "paying" | "paid" | "failed" | "withdrawn";

export type RoutingPolicy = "by_hand" | "least_loaded" | "round_robin";

export type AssignedHow = "picked" | "routed" | "transferred" | "took_over";

export type LeftOutReason = "other_team" | "by_hand" | "on_break" | "offline" | "absent" | "language" | "passed_over" | "wrapping_up" | "full";

export type Divert = "message" | "bot";

export type BreakReason = "lunch" | "short_break" | "training" | "meeting" | "other";

export interface CannedReply {
  id: string;
  mine: boolean;
  team_id?: string;
  sites: string[];
  shortcut: string;
  title: string;
  texts: Record<string, string>;
  revision: number;
  updated_at: string;
}

export interface CannedReplyValue {
  reply: CannedReply;
}

export interface CannedReplyList {
  after?: string | null;
}

export interface CannedReplyPage {
  replies: CannedReply[];
  next?: string;
}

export interface SaveCannedReply {
  client_id: string;
  reply_id?: string | null;
  revision?: number;
  shared?: boolean;
  team_id?: string | null;
  sites?: string[];
  shortcut: string;
  title: string;
  texts: Record<string, string>;
}

export interface OfCannedReply {
  reply_id: string;
  revision: number;
}

export interface Step {
  code: string;
  state: "done" | "current" | "todo" | "failed";
  names: Record<string, string>;
}

export interface CaseEvent {
  at: string;
  code: string;
  values: Record<string, unknown>;
}

export interface CaseItem {
  name: string;
  count: number;
}

export interface CaseRefund {
  amount: number;
  currency: string;
  state: RefundStateName;
  payout?: PayoutSeen;
  calculation?: Calculation;
  items?: CaseItem[];
}

export interface Wanted {
  code: string;
  names: Record<string, string>;
  given: boolean;
}

export interface Case {
  ticket_id: string;
  number: string;
  kind: string;
  names: Record<string, string>;
  status: TicketStatusName;
  next: "desk" | "customer" | "nobody";
  by?: string;
  late: boolean;
  steps: Step[];
  history: CaseEvent[];
  refund?: CaseRefund;
  order_number?: string;
  wanted: Wanted[];
  may: ("add_evidence" | "withdraw" | "appeal")[];
  ending?: string;
  named: Record<string, Record<string, string>>;
  created_at: string;
  updated_at: string;
}

export interface CaseList {
  cases: Case[];
}

export interface CaseValue {
  case: Case;
}

export interface CasePage extends Case {
  site: string;
  site_names: Record<string, string>;
  zone: string;
  locale: Locale;
}

export interface CaseLink {
  path: string;
  expires_at: string;
}

export interface CheckCase {
  order_id?: string | null;
  transaction_id?: string | null;
  lines?: number[];
}

export interface CheckRefund extends CheckCase {
  ticket_id: string;
}

export interface VerdictValue {
  verdict: Verdict;
}

export interface OpenCase {
  client_id: string;
  kind: string;
  order_id?: string | null;
  transaction_id?: string | null;
  lines?: number[];
  counts?: LineCount[];
  amount?: number | null;
  currency?: string | null;
  charged?: number | null;
  expected?: number | null;
  reason: string;
  fields?: Record<string, string>;
  payout?: PayoutTo | null;
  attachment_ids?: string[];
  name?: string | null;
  email?: string | null;
  phone?: string | null;
}

export interface AddEvidence {
  ticket_id: string;
  client_id: string;
  code?: string;
  body?: string | null;
  attachment_ids?: string[];
}

export interface WithdrawCase {
  ticket_id: string;
  reason?: string | null;
}

export interface AppealCase {
  ticket_id: string;
  reason: string;
}

export interface Author {
  kind: AuthorKind;
  id?: string;
  name: string;
}

export interface Message {
  id: string;
  conversation_id: string;
  seq: number;
  client_id?: string;
  author: Author;
  kind: MessageKind;
  body: string;
  data?: Record<string, unknown>;
  created_at: string;
}

export interface Person {
  id: string;
  name: string;
}

export interface Range {
  low: number;
  high: number;
}

export interface Waiting {
  place: number;
  range?: Range;
  unlikely_before?: string;
}

export interface Conversation {
  id: string;
  status: ConversationStatus;
  topic: Topic;
  customer_id: string;
  agent?: Person;
  last_seq: number;
  version: number;
  epoch: number;
  customer_read_seq: number;
  agent_read_seq: number;
  waiting?: Waiting;
  created_at: string;
  closed_at?: string;
  outcome?: Outcome;
  score?: number;
  contact: boolean;
  reply_by?: string;
  urgent: boolean;
}

export interface Desk {
  site: string;
  names: Record<string, string>;
  open: boolean;
  now: string;
  zone: string;
  opens_at?: string;
  closes_at?: string;
  reason?: string;
  rule: "emergency" | "special" | "makeup" | "holiday" | "weekly";
  holiday?: Record<string, string>;
  queue: "open" | "closing" | "full";
  divert?: "bot";
  range?: Range;
  reply_by?: string;
  message_topics?: Topic[];
}

export interface TypingEvent {
  conversation_id: string;
  by: "customer" | "agent" | "bot";
  name: string;
}

export interface ReadEvent {
  conversation_id: string;
  by: "customer" | "agent";
  seq: number;
  version: number;
}

export interface Bye {
  reconnect_in: number;
}

export interface CustomerSession {
  site: string;
  token?: string | null;
  identity?: string | null;
  locale?: Locale | null;
  page?: string | null;
}

export interface Customer {
  id: string;
  kind: CustomerKind;
  name?: string;
  email?: string;
  phone?: string;
  locale: Locale;
}

export interface CustomerSessionOpened {
  token: string;
  customer: Customer;
  desk: Desk;
  conversation?: Conversation;
  store_id: string;
  mails: boolean;
  renew_in?: number;
}

export interface Start {
  client_id?: string | null;
  topic: Topic;
  form?: Record<string, string> | null;
  locale?: Locale | null;
  page?: string | null;
}

export interface ConversationValue {
  conversation: Conversation;
}

export interface ConversationList {
  conversations: Conversation[];
}

export interface Choice {
  seq: number;
  value: string;
}

export interface Say {
  conversation_id: string;
  client_id: string;
  body: string;
  attachment_id?: string | null;
  choice?: Choice | null;
}

export interface Said {
  seq: number;
  id: string;
  created_at: string;
}

export interface Sync {
  conversation_id: string;
  after_seq: number;
  version?: number | null;
  wait?: number | null;
}

export interface Synced {
  conversation: Conversation;
  messages: Message[];
  more: boolean;
}

export interface History {
  conversation_id: string;
  before_seq: number;
  limit?: number;
}

export interface HistoryPage {
  messages: Message[];
  more: boolean;
}

export interface LeaveMessage {
  conversation_id: string;
  client_id: string;
  body?: string | null;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
}

export interface MailTranscript {
  conversation_id: string;
  client_id: string;
  email?: string | null;
  locale?: Locale | null;
}

export interface InConversation {
  conversation_id: string;
}

export interface Read {
  conversation_id: string;
  seq: number;
}

export interface Rate {
  conversation_id: string;
  score: number;
  comment?: string | null;
}

export interface AgentSession {
  email: string;
  password: string;
  code?: string | null;
  bearer?: boolean;
}

export interface ChangePassword {
  current: string;
  new: string;
}

export interface Agent {
  id: string;
  name: string;
  email: string;
  role: Role;
  status: PresenceStatus;
  break_reason?: BreakReason;
  wrap_up_until?: string;
}

export interface AgentSessionOpened {
  token?: string;
  agent: Agent;
}

export interface Contact {
  name?: string;
  email?: string;
  phone?: string;
}

export interface Participant {
  id: string;
  name: string;
  may: "note" | "say";
  joined: boolean;
}

export interface Verified {
  name?: string;
  email?: string;
  phone?: string;
  attributes: Record<string, string>;
}

export interface AgentConversation extends Conversation {
  site: string;
  customer_name: string;
  customer_kind: CustomerKind;
  verified?: Verified;
  locale: Locale;
  page?: string;
  form?: Record<string, string>;
  contact_details?: Contact;
  preview: string;
  last_at: string;
  first_waited_at?: string;
  left_at?: string;
  comment?: string;
  ticket_number?: string;
  last_note: number;
  team_id?: string;
  priority: number;
  snoozed_until?: string;
  participants: Participant[];
  unanswered_since?: string;
}

export interface AgentConversationValue {
  conversation: AgentConversation;
}

export interface Note {
  id: string;
  conversation_id: string;
  number: number;
  client_id: string;
  author: Person;
  body: string;
  created_at: string;
}

export interface AgentSync {
  conversation_id?: string | null;
  after_seq?: number;
}

export interface Counts {
  mine: number;
  waiting: number;
  inbox: number;
  tickets: number;
}

export interface Colleague {
  id: string;
  name: string;
  role: Role;
  status: PresenceStatus;
  break_reason?: BreakReason;
  wrap_up_until?: string;
}

export interface Alert {
  site: string;
  kind: string;
  count: number;
  since: string;
  conversation_id?: string;
  list?: "queue" | "inbox";
  ticket_id?: string;
}

export interface Standstill {
  since?: string;
}

export interface TeamOfSites {
  id: string;
  name: string;
  sites: string[];
}

export interface DeskView {
  agent: Agent;
  mine: AgentConversation[];
  invited: AgentConversation[];
  teams: TeamOfSites[];
  waiting: AgentConversation[];
  inbox: AgentConversation[];
  counts: Counts;
  colleagues: Colleague[];
  alerts: Alert[];
  standstill?: Standstill;
  desks: Desk[];
  mail: "smtp" | "outbox";
  store_id: string;
}

export interface AgentSynced {
  desk?: DeskView;
  conversation?: AgentConversation;
  messages?: Message[];
  notes?: Note[];
  more?: boolean;
}

export interface SetPresence {
  status: PresenceStatus;
  reason?: BreakReason | null;
}

export interface AgentValue {
  agent: Agent;
}

export interface Pick {
  conversation_id?: string | null;
}

export interface Prioritize {
  conversation_id: string;
  priority: number;
}

export interface AddNote {
  conversation_id: string;
  client_id: string;
  body: string;
}

export interface NoteValue {
  note: Note;
}

export interface Transfer {
  conversation_id: string;
  client_id?: string | null;
  agent_id?: string | null;
  team_id?: string | null;
  note?: string | null;
}

export interface Invite {
  conversation_id: string;
  client_id: string;
  agent_id: string;
  may: "note" | "say";
  note?: string | null;
}

export interface Uninvite {
  conversation_id: string;
  agent_id: string;
}

export interface TakeOver {
  conversation_id: string;
  client_id?: string | null;
  note?: string | null;
}

export interface LiveList {
  before?: string | null;
  limit?: number;
}

export interface LiveCounts {
  bot: number;
  waiting: number;
  active: number;
}

export interface LivePage {
  conversations: AgentConversation[];
  counts?: LiveCounts;
  next?: string;
}

export interface Look {
  conversation_id?: string | null;
  doing?: "viewing" | "typing";
}

export interface Viewer {
  id: string;
  name: string;
  doing: "viewing" | "typing";
}

export interface Looking {
  viewer?: Viewer;
}

export interface Viewers {
  conversation_id: string;
  viewers: Viewer[];
}

export interface Close {
  conversation_id: string;
  outcome?: Outcome | null;
}

export interface QueueEvent {
  site: string;
  waiting: AgentConversation[];
  total: number;
}

export interface InboxEvent {
  site: string;
  inbox: AgentConversation[];
  total: number;
}

export interface PresenceEvent {
  colleagues: Colleague[];
}

export interface AlertsEvent {
  site: string;
  alerts: Alert[];
  standstill?: Standstill;
}

export interface Notice {
  code: string;
  values: Record<string, unknown>;
}

export interface Attachment {
  attachment_id: string;
  name: string;
  type: string;
  size: number;
  width?: number;
  height?: number;
  url: string;
}

export interface InboxList {
  filter?: "mine" | "unassigned" | "snoozed" | "urgent" | "overdue" | "all";
  before?: string | null;
  limit?: number;
}

export interface InboxPage {
  conversations: AgentConversation[];
  next?: string;
}

export interface Conversations {
  conversation_ids: string[];
}

export interface Assign extends Conversations {
  agent_id?: string | null;
  team_id?: string | null;
}

export interface Snooze extends Conversations {
  until: string;
}

export interface AgentConversations {
  conversations: AgentConversation[];
}

export interface PromiseCount {
  days?: number;
}

export interface SitePromises {
  site: string;
  kept: number;
  missed: number;
  open: number;
  overdue: number;
}

export interface MissedPromise {
  conversation_id: string;
  site: string;
  customer_name: string;
  reply_by: string;
  answered_at?: string;
  agent?: Person;
}

export interface PromiseCounts {
  days: number;
  sites: SitePromises[];
  missed: MissedPromise[];
}

export interface OfArticle {
  article_id: string;
}

export interface OfDraft extends OfArticle {
  revision: number;
}

export interface ArticleText {
  slug: string;
  locale: Locale;
  kind?: "article" | "policy";
  sites?: string[];
  category: string;
  question: string;
  phrasings?: string[];
  answer: string;
  note?: string | null;
}

export interface SaveArticle extends ArticleText {
  client_id: string;
  article_id?: string | null;
  revision?: number;
}

export interface ReturnArticle extends OfDraft {
  reason: string;
}

export interface PublishArticle extends OfDraft {
  effective_at?: string | null;
}

export interface ArticleList {
  locale?: Locale | null;
  kind?: "article" | "policy" | null;
  category?: string | null;
  state?: "published" | "draft" | "review" | "scheduled" | "withdrawn" | null;
  text?: string | null;
  cursor?: string | null;
  limit?: number;
}

export interface ArticleFigures {
  shown: number;
  solved: number;
  not_helpful: number;
  votes_up: number;
  votes_down: number;
}

export interface Article {
  id: string;
  slug: string;
  locale: Locale;
  kind: "article" | "policy";
  sites: string[];
  category: string;
  question: string;
  published: boolean;
  version: number;
  effective_at?: string;
  draft?: "draft" | "review";
  scheduled_at?: string;
  revision: number;
  updated_at: string;
  figures: ArticleFigures;
}

export interface ArticlePage {
  articles: Article[];
  categories: string[];
  cursor?: string;
}

export interface ArticleVersion {
  number: number;
  state: "draft" | "review" | "scheduled" | "in_force" | "superseded" | "dropped";
  sites: string[];
  category: string;
  question: string;
  phrasings: string[];
  answer: string;
  note?: string;
  returned?: string;
  author?: Person;
  reviewer?: Person;
  created_at: string;
  updated_at: string;
  effective_at?: string;
}

export interface Translation {
  article_id: string;
  locale: Locale;
  published: boolean;
  version: number;
}

export interface ArticleValue {
  article: Article;
  versions: ArticleVersion[];
  translations: Translation[];
}

export interface CompareVersions extends OfArticle {
  older: number;
  newer: number;
}

export interface DiffLine {
  op: "same" | "added" | "removed";
  text: string;
}

export interface VersionDiff {
  question: DiffLine[];
  phrasings: DiffLine[];
  answer: DiffLine[];
}

export interface TryBot {
  site: string;
  locale: Locale;
  text: string;
}

export interface Candidate {
  article_id: string;
  slug: string;
  locale: Locale;
  question: string;
  confidence: number;
  scores: Record<string, number>;
  exact: boolean;
}

export interface BotTraining {
  state: "waiting" | "running" | "failed";
  since?: string;
  attempts: number;
  error?: string;
  again_at?: string;
}

export interface BotModel {
  mode: "off" | "untrained" | "suggest_only" | "full";
  reason?: string;
  stale: boolean;
  training?: BotTraining;
  made_at?: string;
  seconds?: number;
  articles: Record<string, number>;
  phrasings: Record<string, number>;
  answer_at: Record<string, number>;
  suggest_at: Record<string, number>;
  expected_precision: Record<string, number>;
  expected_coverage: Record<string, number>;
  target: number;
  unanswerable: number;
}

export interface BotModelValue {
  model: BotModel;
}

export interface Tried {
  decision: "answer" | "suggest" | "ask" | "hand_over" | "flow" | "case";
  reason: string;
  confidence: number;
  listing: number;
  candidates: Candidate[];
  model: BotModel;
  ms: number;
}

export interface BotTurn {
  id: string;
  conversation_id: string;
  seq: number;
  site: string;
  locale: Locale;
  asked: string;
  decision: "answer" | "suggest" | "ask" | "hand_over" | "flow" | "case";
  reason?: string;
  article_id?: string;
  question?: string;
  version?: number;
  confidence?: number;
  outcome?: "solved" | "not_helpful" | "chosen" | "none" | "opened" | "message_left" | "left" | "handed_over";
  wrong_by?: Person;
  right_article_id?: string;
  at: string;
}

export interface BotTurnList {
  filter?: "all" | "wrong" | "not_helpful" | "unmatched";
  article_id?: string | null;
  conversation_id?: string | null;
  cursor?: string | null;
  limit?: number;
}

export interface BotTurnPage {
  turns: BotTurn[];
  cursor?: string;
}

export interface MarkTurn {
  turn_id: string;
  wrong: boolean;
  right_article_id?: string | null;
  learn?: boolean;
}

export interface BotTurnValue {
  turn: BotTurn;
}

export interface UnansweredList {
  locale?: Locale | null;
  days?: number;
}

export interface Unanswered {
  asked: string;
  locale: Locale;
  count: number;
  last_at: string;
  conversation_id: string;
}

export interface UnansweredPage {
  questions: Unanswered[];
}

export interface DismissUnanswered {
  asked: string;
  locale: Locale;
}

export interface OrderItem {
  line: number;
  name: string;
  quantity: number;
  left: number;
  amount: number;
  kind?: string;
}

export interface Transaction {
  id: string;
  number: string;
  kind: "payment" | "transfer" | "collection";
  channel: string;
  amount: number;
  currency: string;
  state: "pending" | "succeeded" | "failed" | "frozen";
  refunded: number;
  refundable: number;
  created_at: string;
}

export interface OrderRefund {
  id: string;
  ticket_id: string;
  ticket_number: string;
  amount: number;
  currency: string;
  state: string;
  created_at: string;
}

export interface Order {
  id: string;
  number: string;
  state: "unpaid" | "paid" | "shipped" | "delivered" | "cancelled" | "refunded";
  currency: string;
  total: number;
  refunded: number;
  refundable: number;
  channel: string;
  delivery?: string;
  placed_at: string;
  delivered_at?: string;
  items: OrderItem[];
  transactions: Transaction[];
  refunds: OrderRefund[];
}

export interface OrderList {
  orders: Order[];
  transactions: Transaction[];
  verified: boolean;
}

export interface CustomerOrders {
  conversation_id?: string | null;
  ticket_id?: string | null;
}

export interface MatchOrder {
  conversation_id: string;
  number: string;
  amount: number;
  currency: string;
}

export interface SendOrder {
  conversation_id: string;
  client_id: string;
  order_id?: string | null;
  number?: string | null;
}

export interface LineVerdict {
  line: number;
  allowed: boolean;
  rule: string;
  most: number;
}

export interface Verdict {
  allowed: boolean;
  rule: string;
  values: Record<string, string | number>;
  most: number;
  lines: LineVerdict[];
}

export interface LineCount {
  line: number;
  count: number;
}

export interface PayoutTo {
  way: "original" | "alipay" | "wechat" | "bank";
  account?: string | null;
  holder?: string | null;
}

export interface RequestRefund {
  ticket_id: string;
  client_id: string;
  order_id?: string | null;
  transaction_id?: string | null;
  amount: number;
  currency: string;
  lines?: number[];
  counts?: LineCount[];
  reason: string;
  payout?: PayoutTo | null;
  charged?: number | null;
  expected?: number | null;
}

export interface DecideRefund {
  refund_id: string;
  decision: "review" | "ask_evidence" | "approve" | "reject" | "give_up";
  reason?: string | null;
  evidence?: string[];
}

export interface PayRefund {
  refund_id: string;
  client_id: string;
  way?: "by_hand" | "service";
  reference?: string | null;
}

export interface ClearPayout {
  refund_id: string;
  reason: string;
}

export interface OfRefund {
  refund_id: string;
}

export interface PayoutAccount {
  way: "original" | "alipay" | "wechat" | "bank";
  account?: string;
  holder?: string;
}

export interface PaymentHook {
  signature: string;
  body: string;
}

export interface PayoutTold {
  payout_id: string;
  state: "paid" | "failed" | "pending";
  reference?: string;
  error?: string;
}

export interface PayoutSeen {
  way: "original" | "alipay" | "wechat" | "bank";
  masked?: string;
}

export interface Payment {
  way: "by_hand" | "service";
  state: "asked" | "unknown" | "paid" | "failed";
  reference?: string;
  error?: string;
  said?: "paid" | "failed";
  at: string;
}

export interface Calculation {
  charged: number;
  expected: number;
  difference: number;
  currency: string;
}

export interface Refund {
  id: string;
  ticket_id: string;
  order_id?: string;
  order_number?: string;
  transaction_id?: string;
  transaction_number?: string;
  amount: number;
  currency: string;
  lines: number[];
  counts: LineCount[];
  reason: string;
  state: RefundStateName;
  requested_by: string;
  requested_by_id?: string;
  first_by?: string;
  decided_by?: string;
  decision_reason?: string;
  reference?: string;
  payout?: PayoutSeen;
  verdict?: Verdict;
  calculation?: Calculation;
  payments: Payment[];
  appealed_at?: string;
  appeal_reason?: string;
  created_at: string;
  updated_at: string;
}

export interface RefundValue {
  refund: Refund;
}

export interface ConfirmPassword {
  password: string;
}

export interface Confirmed {
  until: string;
}

export interface ReportQuery {
  site?: string | null;
  since: string;
  until: string;
  by?: "day" | "agent" | "team" | "topic";
}

export interface Spread {
  count: number;
  median?: number;
  p90?: number;
}

export interface ReportRow {
  key?: string;
  name?: string;
  started: number;
  answered: number;
  abandoned: number;
  closed: number;
  waited: Spread;
  first_answer: Spread;
  messages: number;
  ratings: number;
  score?: number;
  offline: number;
  offline_kept: number;
  bot_asked: number;
  bot_answered: number;
  bot_helped: number;
  bot_handed_over: number;
}

export interface Report {
  rows: ReportRow[];
  total: ReportRow;
}

export interface Search {
  text: string;
  kinds?: ("message" | "note" | "ticket" | "customer" | "article")[];
  site?: string | null;
  by?: "customer" | "agent" | "bot" | null;
  agent_id?: string | null;
  customer_id?: string | null;
  team_id?: string | null;
  status?: ConversationStatus | TicketStatusName | null;
  since?: string | null;
  until?: string | null;
  before?: string | null;
  limit?: number;
}

export interface FoundPiece {
  text: string;
  hit: boolean;
}

export interface Found {
  kind: "message" | "note" | "ticket" | "customer" | "article";
  id: string;
  title: string;
  pieces: FoundPiece[];
  at: string;
  site?: string;
  author?: Author;
  status?: ConversationStatus | TicketStatusName;
  conversation_id?: string;
  customer_id?: string;
  seq?: number;
  ticket_id?: string;
  number?: string;
}

export interface FoundPage {
  found: Found[];
  next?: string;
  behind: boolean;
}

export interface RefundLimits {
  refund?: Record<string, number>;
  agent_day?: number | null;
  customer_day?: number | null;
  confirm?: number | null;
}

export interface OneSite {
  site: string;
}

export interface Channel {
  kind: "chat" | "email" | "phone" | "wechat" | "weibo" | "other";
  names?: Record<string, string>;
  value?: string | null;
  hours?: Record<string, string[][]> | null;
}

export interface GivenIdentityKey {
  id?: string | null;
  algorithm?: "HS256" | "RS256" | "EdDSA" | null;
  key?: string | null;
}

export interface IdentityKey {
  id: string;
  algorithm: "HS256" | "RS256" | "EdDSA";
}

export interface SetSite extends OneSite {
  answer_seconds?: number | null;
  grace_seconds?: number;
  last_call_minutes?: number;
  promise_minutes?: number;
  reopen_hours?: number;
  bot_in_front?: boolean;
  urgent_words?: string[];
  urgent_phone?: string | null;
  urgent_steps?: Record<string, string>;
  on_call?: string | null;
  refund_limit?: number;
  refund_limits?: RefundLimits;
  refund_policy?: Record<string, unknown>;
  second_person?: string[];
  channels?: Channel[];
  message_topics?: Topic[];
  identity_keys?: GivenIdentityKey[];
  identity_keys_seen?: string[] | null;
}

export interface SiteSettings {
  site: string;
  answer_seconds?: number;
  grace_seconds: number;
  last_call_minutes: number;
  promise_minutes: number;
  reopen_hours: number;
  bot_in_front: boolean;
  urgent_words: string[];
  urgent_phone?: string;
  urgent_steps: Record<string, string>;
  on_call?: string;
  refund_limit: number;
  refund_limits: RefundLimits;
  refund_policy: Record<string, unknown>;
  second_person: string[];
  channels: Channel[];
  message_topics: Topic[];
  identity_keys: IdentityKey[];
}

export interface SiteSettingsValue {
  settings: SiteSettings;
}

export interface OfficialDay {
  date: string;
  kind: "holiday" | "makeup";
  names: Record<string, string>;
  first: string;
  last: string;
  rule: "emergency" | "special" | "makeup" | "holiday" | "weekly";
  hours: string[][];
  corrected: boolean;
}

export interface CalendarView {
  site: string;
  revision: number;
  calendar: Record<string, unknown>;
  today: string;
  days: OfficialDay[];
  unannounced: number[];
  countries: string[];
  problem?: string;
}

export interface SetCalendar extends OneSite {
  revision: number;
  calendar: Record<string, unknown>;
  mends?: boolean;
}

export interface CloseDesk extends OneSite {
  minutes?: number | null;
  until?: string | null;
  reason?: string | null;
}

export interface DeskValue {
  desk: Desk;
}

export interface PreviewDesk extends OneSite {
  at: string;
  zone?: string | null;
}

export interface Decided {
  rule: "emergency" | "special" | "makeup" | "holiday" | "weekly";
  date: string;
  hours: string[][];
  reason?: string;
  holiday?: Record<string, string>;
  until?: string;
}

export interface Stretch {
  opens: string;
  closes: string;
}

export interface DeskPreview {
  desk: Desk;
  why: Decided;
  stretches: Stretch[];
}

export interface ShopCustomer {
  id: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  locale?: Locale | null;
}

export interface ShopItem {
  name: string;
  quantity?: number;
  amount: number;
  kind?: string | null;
}

export interface ShopPayment {
  number: string;
  order?: string | null;
  customer?: ShopCustomer | null;
  kind?: "payment" | "transfer" | "collection";
  channel: string;
  amount: number;
  currency: string;
  state: "pending" | "succeeded" | "failed" | "frozen";
  created_at: string;
  updated_at: string;
}

export interface ShopOrder {
  number: string;
  customer: ShopCustomer;
  state: "unpaid" | "paid" | "shipped" | "delivered" | "cancelled" | "refunded";
  currency: string;
  total: number;
  channel: string;
  delivery?: string | null;
  placed_at: string;
  delivered_at?: string | null;
  updated_at: string;
  items: ShopItem[];
}

export interface ShopEvent {
  id: string;
  type: "order.created" | "order.updated" | "payment.updated";
  order?: ShopOrder | null;
  payment?: ShopPayment | null;
}

export interface ShopOrders {
  orders?: ShopOrder[];
  payments?: ShopPayment[];
}

export interface ShopHook {
  site: string;
  signature: string;
  body: string;
}

export interface ShopHeard {
  changed: boolean;
}

export interface SupportAt {
  site: string;
  locale: Locale;
}

export interface SupportMapPart {
  site: string;
  start?: string | null;
}

export interface SupportShelf extends SupportAt {
  category?: string | null;
}

export interface SupportOne extends SupportAt {
  slug: string;
  visitor?: string;
}

export interface SupportVersion extends SupportAt {
  slug: string;
  version?: number | null;
}

export interface SupportSearch extends SupportAt {
  text: string;
}

export interface HelpSearch {
  text: string;
  locale: Locale;
}

export interface HelpFind {
  text?: string | null;
  locale: Locale;
}

export interface CardArticles {
  conversation_id: string;
  text?: string | null;
}

export interface SendArticle {
  conversation_id: string;
  client_id: string;
  slug: string;
}

export interface AskRating {
  conversation_id: string;
  client_id: string;
}

export interface HelpOne {
  slug: string;
  locale: Locale;
}

export interface CastVote extends SupportOne {
  helpful: boolean;
}

export interface SupportMessage extends SupportAt {
  client_id: string;
  topic: Topic;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  order_number?: string | null;
  body: string;
}

export interface SupportSent extends SupportAt {
  message: string;
}

export interface SupportLink {
  slug: string;
  locale: Locale;
  kind: "article" | "policy";
  category: string;
  question: string;
  effective_at?: string;
  coming_at?: string;
}

export interface OpeningHours {
  open: boolean;
  today: Stretch[];
  opens_at?: string;
  closes_at?: string;
  weekly: Record<string, string[][]>;
}

export interface Way extends Channel {
  opening: OpeningHours;
  own: boolean;
}

export interface SupportSite {
  key: string;
  names: Record<string, string>;
  locales: Locale[];
}

export interface SupportSites {
  sites: SupportSite[];
}

export interface SupportPage {
  site: SupportSite;
  desk: Desk;
  opening: OpeningHours;
  ways: Way[];
  policies: SupportLink[];
}

export interface SupportHome extends SupportPage {
  articles: SupportLink[];
  counts: Record<string, number>;
}

export interface SupportResult extends SupportLink {
  excerpt: string;
}

export interface SupportResults extends SupportPage {
  results: SupportResult[];
}

export interface SupportText {
  slug: string;
  locale: Locale;
  kind: "article" | "policy";
  category: string;
  question: string;
  answer: string;
  version: number;
  state: "scheduled" | "in_force" | "superseded";
  effective_at?: string;
  note?: string;
}

export interface HelpResults {
  results: SupportResult[];
}

export interface HelpArticle {
  article: SupportText;
  path: string;
}

export interface SupportArticle extends SupportPage {
  article: SupportText;
  locales: Locale[];
  related: SupportLink[];
  voted?: boolean;
}

export interface PolicyVersion {
  number: number;
  state: "scheduled" | "in_force" | "superseded";
  effective_at?: string;
  note?: string;
}

export interface SupportPolicy extends SupportPage {
  article: SupportText;
  locales: Locale[];
  versions: PolicyVersion[];
}

export interface SupportKinds extends SupportPage {
  kinds: CaseKind[];
}

export interface SupportPromise {
  by: "email" | "phone";
  reply_by?: string;
}

export interface SupportPromised extends SupportPage {
  promise: SupportPromise;
}

export interface SupportPlace {
  path: string;
  locales: Locale[];
  updated_at?: string;
}

export interface SupportMap {
  places: SupportPlace[];
}

export interface SupportMaps {
  maps: SupportMapPart[];
}

export interface TeamName {
  id: string;
  name: string;
}

export interface Weighed {
  id: string;
  name: string;
  load: number;
  capacity?: number;
  score: number[];
}

export interface LeftOut {
  id: string;
  name: string;
  load: number;
  capacity?: number;
  reason: LeftOutReason;
}

export interface Overflow {
  team: TeamName;
  after: number;
}

export interface Explanation {
  policy: RoutingPolicy;
  team?: TeamName;
  waited: number;
  by?: Person;
  overflow?: Overflow;
  candidates: Weighed[];
  left_out: LeftOut[];
  more: number;
}

export interface Assigned {
  agent: Person;
  how: AssignedHow;
  at: string;
  ended_at?: string;
  ended_how?: string;
  explanation?: Explanation;
}

export interface Decisions {
  decisions: Assigned[];
}

export interface TeamSettings {
  id: string;
  name: string;
  sites: string[];
  topics: Topic[];
  policy: RoutingPolicy;
  capacity?: number;
  overflow_team_id?: string;
  overflow_seconds?: number;
  max_queue?: number;
  max_wait_seconds?: number;
  divert: Divert;
  wrap_up_seconds: number;
}

export interface AgentSettings {
  id: string;
  name: string;
  email: string;
  role: Role;
  capacity?: number;
  languages: Locale[];
  team_ids: string[];
}

export interface Teams {
  teams: TeamSettings[];
  agents: AgentSettings[];
}

export interface AddTeam {
  client_id: string;
  name: string;
  sites: string[];
}

export interface SetTeam {
  team_id: string;
  name?: string;
  sites?: string[];
  topics?: Topic[];
  policy?: RoutingPolicy;
  capacity?: number | null;
  overflow_team_id?: string | null;
  overflow_seconds?: number | null;
  max_queue?: number | null;
  max_wait_seconds?: number | null;
  divert?: Divert;
  wrap_up_seconds?: number;
}

export interface RemoveAgent {
  agent_id: string;
}

export interface SetAgent {
  agent_id: string;
  capacity?: number | null;
  languages?: Locale[];
  team_ids?: string[];
}

export interface KindItem {
  code: string;
  names?: Record<string, string>;
}

export interface KindField extends KindItem {
  type?: "line" | "text" | "money" | "order" | "transaction" | "date";
  required?: boolean;
}

export interface KindDefinition {
  names?: Record<string, string>;
  checklist?: KindItem[];
  fields?: KindField[];
  evidence?: KindItem[];
  steps: KindItem[];
  endings: KindItem[];
  first_minutes?: number | null;
  next_minutes?: number | null;
  solve_minutes?: number | null;
  customers?: boolean;
}

export interface TicketKind {
  code: string;
  definition: KindDefinition;
  built_in: boolean;
  active: boolean;
  revision: number;
}

export interface TicketKinds {
  kinds: TicketKind[];
}

export interface SetKind {
  code: string;
  definition: KindDefinition;
  active?: boolean;
  revision?: number;
}

export interface CaseKind {
  code: string;
  names: Record<string, string>;
  fields: KindField[];
  evidence: KindItem[];
}

export interface CaseKinds {
  kinds: CaseKind[];
}

export interface OpenTicket {
  conversation_id: string;
  client_id: string;
  kind: string;
  subject?: string | null;
  order_id?: string | null;
  transaction_id?: string | null;
  fields?: Record<string, string>;
  tags?: string[];
  priority?: number;
}

export interface OfTicket {
  ticket_id: string;
}

export interface UpdateTicket {
  ticket_id: string;
  status?: TicketStatusName | null;
  assignee_id?: string | null;
  team_id?: string | null;
  priority?: number | null;
  tags?: string[] | null;
  subject?: string | null;
  done?: string[] | null;
  ending?: string | null;
  reason?: string | null;
}

export interface UpdateTickets {
  ticket_ids: string[];
  status?: TicketStatusName | null;
  assignee_id?: string | null;
  team_id?: string | null;
  priority?: number | null;
  add_tags?: string[];
  ending?: string | null;
  reason?: string | null;
}

export interface Link {
  ticket_id: string;
  kind: "order" | "transaction" | "conversation" | "ticket";
  id: string;
}

export interface ExtendTranscript {
  ticket_id: string;
  conversation_id: string;
}

export interface MergeTickets {
  ticket_id: string;
  into_id: string;
  reason?: string | null;
}

export interface NoteTicket {
  ticket_id: string;
  client_id: string;
  body: string;
}

export interface WatchTicket {
  ticket_id: string;
  watch: boolean;
}

export interface DecideEnding {
  ticket_id: string;
  agree: boolean;
  reason?: string | null;
}

export interface AskEvidence {
  ticket_id: string;
  client_id: string;
  evidence: string[];
  message?: string | null;
}

export interface CheckIdentity {
  ticket_id: string;
  client_id: string;
  what: string;
  passed: boolean;
}

export interface TicketFilter {
  site?: string | null;
  status?: TicketStatusName | null;
  unsolved?: boolean;
  kind?: string | null;
  assignee?: string | null;
  team_id?: string | null;
  priority?: number | null;
  tag?: string | null;
  watched?: boolean;
  overdue?: boolean;
  customer_id?: string | null;
}

export interface TicketList extends TicketFilter {
  order?: "changed" | "due";
  before?: string | null;
  limit?: number;
}

export interface TicketView {
  id: string;
  name: string;
  filter: TicketFilter;
  order: "changed" | "due";
  shared: boolean;
  mine: boolean;
  by: string;
}

export interface TicketViews {
  views: TicketView[];
}

export interface SaveView {
  client_id: string;
  view_id?: string | null;
  name: string;
  filter: TicketFilter;
  order?: "changed" | "due";
  shared?: boolean;
}

export interface OfView {
  view_id: string;
}

export interface FindTicket {
  number: string;
}

export interface DueTime {
  what: "first" | "next" | "solve";
  of: number;
  since: string;
  paused: number;
  at?: string;
  met_at?: string;
  missed: boolean;
}

export interface TicketSummary {
  id: string;
  number: string;
  site: string;
  kind: string;
  status: TicketStatusName;
  subject: string;
  customer_name: string;
  assignee?: Person;
  team?: TeamName;
  priority: number;
  tags: string[];
  due_at?: string;
  refund?: CaseRefund;
  created_at: string;
  updated_at: string;
}

export interface TicketPage {
  tickets: TicketSummary[];
  next?: string;
}

export interface CheckItem {
  code: string;
  done: boolean;
}

export interface Transcript {
  conversation_id: string;
  first_seq: number;
  last_seq: number;
  messages: Message[];
  more: number;
}

export interface EvidenceItem {
  id: string;
  code: string;
  body: string;
  attachment?: Attachment;
  by: string;
  by_kind: "customer" | "agent" | "case_link";
  at: string;
}

export interface IdentityCheck {
  what: string;
  passed: boolean;
  by: string;
  at: string;
}

export interface LinkedTicket {
  id: string;
  number: string;
  kind: string;
  status: TicketStatusName;
  how: "linked" | "merged" | "merged_into" | "follows" | "followed_by";
}

export interface TicketEvent {
  number: number;
  at: string;
  actor: string;
  by_customer: boolean;
  code: string;
  values: Record<string, unknown>;
  reason?: string;
  visible: boolean;
}

export interface Ticket extends TicketSummary {
  customer: Customer;
  checklist: CheckItem[];
  steps: Step[];
  transcripts: Transcript[];
  orders: Order[];
  transactions: Transaction[];
  refunds: Refund[];
  events: TicketEvent[];
  fields: Record<string, string>;
  due: DueTime[];
  watchers: Person[];
  tickets: LinkedTicket[];
  others: TicketSummary[];
  evidence: EvidenceItem[];
  wanted: Wanted[];
  missing: string[];
  identity: IdentityCheck[];
  ending?: string;
  ending_proposed?: string;
  ending_by?: Person;
  appealed_at?: string;
}

export interface TicketValue {
  ticket: Ticket;
}

export interface Nothing {
}

export interface NoInput {
}

export interface CustomerCommands {
  session: { input: CustomerSession; output: CustomerSessionOpened };
  start: { input: Start; output: ConversationValue };
  say: { input: Say; output: Said };
  sync: { input: Sync; output: Synced };
  history: { input: History; output: HistoryPage };
  my_conversations: { input: NoInput; output: ConversationList };
  leave_message: { input: LeaveMessage; output: ConversationValue };
  ask_agent: { input: InConversation; output: ConversationValue };
  read: { input: Read; output: Nothing };
  typing: { input: InConversation; output: Nothing };
  rate: { input: Rate; output: ConversationValue };
  leave: { input: InConversation; output: ConversationValue };
  mail_transcript: { input: MailTranscript; output: Nothing };
  my_orders: { input: NoInput; output: OrderList };
  send_order: { input: SendOrder; output: Said };
  check_case: { input: CheckCase; output: VerdictValue };
  my_cases: { input: NoInput; output: CaseList };
  case_kinds: { input: NoInput; output: CaseKinds };
  open_case: { input: OpenCase; output: CaseValue };
  withdraw_case: { input: WithdrawCase; output: CaseValue };
  appeal_case: { input: AppealCase; output: CaseValue };
  case_link: { input: OfTicket; output: CaseLink };
  add_evidence: { input: AddEvidence; output: CaseValue };
  search_help: { input: HelpSearch; output: HelpResults };
  find_help: { input: HelpFind; output: HelpResults };
  read_help: { input: HelpOne; output: HelpArticle };
  sign_out: { input: NoInput; output: Nothing };
}

export interface AgentCommands {
  session: { input: AgentSession; output: AgentSessionOpened };
  sign_out: { input: NoInput; output: Nothing };
  sync: { input: AgentSync; output: AgentSynced };
  set_presence: { input: SetPresence; output: AgentValue };
  end_wrap_up: { input: NoInput; output: AgentValue };
  pick: { input: Pick; output: AgentConversationValue };
  say: { input: Say; output: Said };
  note: { input: AddNote; output: NoteValue };
  read: { input: Read; output: Nothing };
  typing: { input: InConversation; output: Nothing };
  prioritize: { input: Prioritize; output: AgentConversationValue };
  decisions: { input: InConversation; output: Decisions };
  release: { input: InConversation; output: AgentConversationValue };
  transfer: { input: Transfer; output: AgentConversationValue };
  invite: { input: Invite; output: AgentConversationValue };
  uninvite: { input: Uninvite; output: AgentConversationValue };
  step_out: { input: InConversation; output: AgentConversationValue };
  live: { input: LiveList; output: LivePage };
  take_over: { input: TakeOver; output: AgentConversationValue };
  join: { input: InConversation; output: AgentConversationValue };
  look: { input: Look; output: Looking };
  history: { input: History; output: HistoryPage };
  canned_replies: { input: CannedReplyList; output: CannedReplyPage };
  save_canned_reply: { input: SaveCannedReply; output: CannedReplyValue };
  remove_canned_reply: { input: OfCannedReply; output: Nothing };
  close: { input: Close; output: AgentConversationValue };
  search: { input: Search; output: FoundPage };
  teams: { input: NoInput; output: Teams };
  add_team: { input: AddTeam; output: Teams };
  set_team: { input: SetTeam; output: Teams };
  set_agent: { input: SetAgent; output: Teams };
  remove_agent: { input: RemoveAgent; output: Teams };
  inbox: { input: InboxList; output: InboxPage };
  assign: { input: Assign; output: AgentConversations };
  snooze: { input: Snooze; output: AgentConversations };
  spam: { input: Conversations; output: AgentConversations };
  promises: { input: PromiseCount; output: PromiseCounts };
  report: { input: ReportQuery; output: Report };
  site_settings: { input: OneSite; output: SiteSettingsValue };
  set_site: { input: SetSite; output: SiteSettingsValue };
  ticket_kinds: { input: NoInput; output: TicketKinds };
  set_kind: { input: SetKind; output: TicketKinds };
  open_ticket: { input: OpenTicket; output: TicketValue };
  update_ticket: { input: UpdateTicket; output: TicketValue };
  ask_evidence: { input: AskEvidence; output: TicketValue };
  update_tickets: { input: UpdateTickets; output: TicketPage };
  link: { input: Link; output: TicketValue };
  extend_transcript: { input: ExtendTranscript; output: TicketValue };
  merge_tickets: { input: MergeTickets; output: TicketValue };
  note_ticket: { input: NoteTicket; output: TicketValue };
  watch_ticket: { input: WatchTicket; output: TicketValue };
  check_identity: { input: CheckIdentity; output: TicketValue };
  decide_ending: { input: DecideEnding; output: TicketValue };
  find_ticket: { input: FindTicket; output: TicketValue };
  tickets: { input: TicketList; output: TicketPage };
  ticket_views: { input: NoInput; output: TicketViews };
  save_view: { input: SaveView; output: TicketViews };
  drop_view: { input: OfView; output: TicketViews };
  ticket: { input: OfTicket; output: TicketValue };
  revoke_case_links: { input: OfTicket; output: Nothing };
  customer_orders: { input: CustomerOrders; output: OrderList };
  match_order: { input: MatchOrder; output: OrderList };
  send_order: { input: SendOrder; output: Said };
  card_articles: { input: CardArticles; output: HelpResults };
  send_article: { input: SendArticle; output: Said };
  ask_rating: { input: AskRating; output: Said };
  check_refund: { input: CheckRefund; output: VerdictValue };
  request_refund: { input: RequestRefund; output: RefundValue };
  decide_refund: { input: DecideRefund; output: RefundValue };
  confirm_password: { input: ConfirmPassword; output: Confirmed };
  change_password: { input: ChangePassword; output: Nothing };
  payout_account: { input: OfRefund; output: PayoutAccount };
  pay_refund: { input: PayRefund; output: RefundValue };
  articles: { input: ArticleList; output: ArticlePage };
  article: { input: OfArticle; output: ArticleValue };
  compare_versions: { input: CompareVersions; output: VersionDiff };
  save_article: { input: SaveArticle; output: ArticleValue };
  submit_article: { input: OfDraft; output: ArticleValue };
  return_article: { input: ReturnArticle; output: ArticleValue };
  publish_article: { input: PublishArticle; output: ArticleValue };
  drop_draft: { input: OfDraft; output: ArticleValue };
  withdraw_article: { input: OfDraft; output: ArticleValue };
  clear_payout: { input: ClearPayout; output: RefundValue };
  bot_model: { input: NoInput; output: BotModelValue };
  try_bot: { input: TryBot; output: Tried };
  bot_turns: { input: BotTurnList; output: BotTurnPage };
  mark_turn: { input: MarkTurn; output: BotTurnValue };
  unanswered: { input: UnansweredList; output: UnansweredPage };
  dismiss_unanswered: { input: DismissUnanswered; output: Nothing };
  calendar: { input: OneSite; output: CalendarView };
  set_calendar: { input: SetCalendar; output: CalendarView };
  close_desk: { input: CloseDesk; output: DeskValue };
  reopen_desk: { input: OneSite; output: DeskValue };
  preview_desk: { input: PreviewDesk; output: DeskPreview };
}

export interface CustomerEvents {
  message: Message;
  conversation: Conversation;
  typing: TypingEvent;
  read: ReadEvent;
  desk: Desk;
  case: Case;
  beacon: Record<string, [number, number]>;
  bye: Bye;
}

export interface AgentEvents {
  message: Message;
  conversation: AgentConversation;
  typing: TypingEvent;
  read: ReadEvent;
  note: Note;
  queue: QueueEvent;
  inbox: InboxEvent;
  presence: PresenceEvent;
  viewers: Viewers;
  alerts: AlertsEvent;
  desk: Desk;
  notice: Notice;
  beacon: Record<string, [number, number]>;
  bye: Bye;
}
