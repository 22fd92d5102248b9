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

export interface Step {
  code: string;
  state: "done" | "current" | "todo" | "failed";
}

export interface CaseEvent {
  at: string;
  code: string;
  values: Record<string, unknown>;
}

export interface CaseRefund {
  amount: number;
  currency: string;
  state: RefundStateName;
}

export interface Case {
  ticket_id: string;
  number: string;
  kind: Topic;
  status: TicketStatusName;
  next: "desk" | "customer" | "nobody";
  steps: Step[];
  history: CaseEvent[];
  refund?: CaseRefund;
  order_number?: string;
  created_at: string;
  updated_at: string;
}

export interface OrderItem {
  line: number;
  name: string;
  quantity: number;
  amount: number;
}

export interface Transaction {
  id: string;
  number: string;
  kind: "payment" | "transfer" | "collection";
  channel: string;
  amount: number;
  currency: string;
  state: "pending" | "succeeded" | "failed" | "frozen";
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
  items: OrderItem[];
  transactions: Transaction[];
}

export interface OrderList {
  orders: Order[];
  transactions: Transaction[];
}

export interface CaseList {
  cases: Case[];
}

export interface OfTicket {
  ticket_id: string;
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

export interface OpenTicket {
  conversation_id: string;
  client_id: string;
  kind: Topic;
  subject?: string | null;
  order_id?: string | null;
}

export interface UpdateTicket {
  ticket_id: string;
  status?: TicketStatusName | null;
  assignee_id?: string | null;
  done?: string[] | null;
  reason?: string | null;
}

export interface Link {
  ticket_id: string;
  kind: "order" | "transaction" | "conversation";
  id: string;
}

export interface RequestRefund {
  ticket_id: string;
  client_id: string;
  order_id: string;
  amount: number;
  currency: string;
  lines?: number[];
  reason: string;
}

export interface DecideRefund {
  refund_id: string;
  decision: "review" | "approve" | "reject";
  reason?: string | null;
}

export interface PayRefund {
  refund_id: string;
  client_id: string;
  reference: string;
}

export interface CustomerOrders {
  conversation_id?: string | null;
  ticket_id?: string | null;
}

export interface TicketList {
  status?: TicketStatusName | null;
  customer_id?: string | null;
  before?: string | null;
  limit?: number;
}

export interface TicketSummary {
  id: string;
  number: string;
  site: string;
  kind: Topic;
  status: TicketStatusName;
  subject: string;
  customer_name: string;
  assignee?: Person;
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
}

export interface Refund {
  id: string;
  ticket_id: string;
  order_id: string;
  order_number: string;
  amount: number;
  currency: string;
  lines: number[];
  reason: string;
  state: RefundStateName;
  requested_by: string;
  requested_by_id?: string;
  decided_by?: string;
  decision_reason?: string;
  reference?: string;
  created_at: string;
  updated_at: string;
}

export interface TicketEvent {
  number: number;
  at: string;
  actor: string;
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
}

export interface TicketValue {
  ticket: Ticket;
}

export interface RefundValue {
  refund: Refund;
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
  range?: Range;
  reply_by?: string;
}

export interface TypingEvent {
  conversation_id: string;
  by: "customer" | "agent";
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

export interface Say {
  conversation_id: string;
  client_id: string;
  body: string;
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
  body: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
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

export interface AgentConversation extends Conversation {
  site: string;
  customer_name: string;
  customer_kind: CustomerKind;
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
  counts: LiveCounts;
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
}

export interface Notice {
  code: string;
  values: Record<string, unknown>;
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

export interface OneSite {
  site: string;
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
}

export interface SetCalendar extends OneSite {
  revision: number;
  calendar: Record<string, unknown>;
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

export interface SetAgent {
  agent_id: string;
  capacity?: number | null;
  languages?: Locale[];
  team_ids?: string[];
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
  leave_message: { input: LeaveMessage; output: ConversationValue };
  ask_agent: { input: InConversation; output: ConversationValue };
  read: { input: Read; output: Nothing };
  typing: { input: InConversation; output: Nothing };
  rate: { input: Rate; output: ConversationValue };
  leave: { input: InConversation; output: ConversationValue };
  my_orders: { input: NoInput; output: OrderList };
  my_cases: { input: NoInput; output: CaseList };
  case_link: { input: OfTicket; output: CaseLink };
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
  close: { input: Close; output: AgentConversationValue };
  teams: { input: NoInput; output: Teams };
  add_team: { input: AddTeam; output: Teams };
  set_team: { input: SetTeam; output: Teams };
  set_agent: { input: SetAgent; output: Teams };
  inbox: { input: InboxList; output: InboxPage };
  assign: { input: Assign; output: AgentConversations };
  snooze: { input: Snooze; output: AgentConversations };
  spam: { input: Conversations; output: AgentConversations };
  promises: { input: PromiseCount; output: PromiseCounts };
  site_settings: { input: OneSite; output: SiteSettingsValue };
  set_site: { input: SetSite; output: SiteSettingsValue };
  open_ticket: { input: OpenTicket; output: TicketValue };
  update_ticket: { input: UpdateTicket; output: TicketValue };
  link: { input: Link; output: TicketValue };
  tickets: { input: TicketList; output: TicketPage };
  ticket: { input: OfTicket; output: TicketValue };
  customer_orders: { input: CustomerOrders; output: OrderList };
  request_refund: { input: RequestRefund; output: RefundValue };
  decide_refund: { input: DecideRefund; output: RefundValue };
  pay_refund: { input: PayRefund; output: RefundValue };
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
