import type { AgentEnvelope, ConnectionState, CustomField, DataMap, FilesAllowed, Mode, PreviewState, Reason, Role, SenderType, SentFile, Visibility } from "./wire";

/** Who logged in, and what the site's settings say to the console. */
export interface Desk {
  site: string;
  accountId: number;
  login: string;
  name: string;
  supervisor: boolean;
  /** Engagements are asked for one by one. */
  pull: boolean;
  /** Offers can't be declined. */
  noDecline: boolean;
  /** How many engagements at once, unless the agent says otherwise. */
  places: number;
  statusReasons: StatusReason[];
  /** What a wrap-up can say of an engagement. */
  results: { id: number; name: string }[];
  queues: { queueId: number; name: string }[];
  offerSeconds: number;
  absentSeconds: number;
  holdSeconds: number;
  idleSeconds: number;
  wrapUpSeconds: number;
  goalSeconds: number;
  goalPercent: number;
  sneakPreview: boolean;
  /** Desktop notices may show what was said. */
  noticeText: boolean;
  files: FilesAllowed;
  /** The server's time, in epoch milliseconds. */
  time: number;
}

/** One of the site's own kinds of status. */
export interface StatusReason {
  subTypeId: number;
  status: ActivityStatus;
  name: string;
}

/** Whether an agent wants engagements (agent-api 5.13). */
export type ActivityStatus = "NONE" | "AVAILABLE" | "UNAVAILABLE";

/** An agent who is logged on (agent-api 4.5). */
export interface AgentInfo {
  clientId: number;
  name: string;
  accountId: number;
  profileId: number;
  groupId: number;
  status: ActivityStatus;
  subTypeId: number;
}

/** A visitor (agent-api 4.5.1). What is not known is "" or 0. */
export interface ContactInfo {
  customFields: CustomField[];
  firstName: string;
  lastName: string;
  emailAddress: string;
  interfaceLanguageCode: string;
  contactId: number;
  orgId: number;
  question: string;
  productId: number;
  categoryId: number;
  queueId: number;
  browser: string;
  operatingSystem: string;
  userAgent: string;
  ipAddress: string;
  visitorId: string;
  referrerUrl: string;
}

/** What createAutomatedAgentSession answers (agent-api 3.1). */
export interface SessionAnswer extends AgentEnvelope {
  chatLogonResult: { clientId: number; accountId: number; agentInfo: AgentInfo; poolId: string } | null;
}

/** What messages have in common (agent-api 4.1). Times are epoch milliseconds. */
export interface AgentHeader {
  destinationId: number;
  senderId: number;
  senderType: SenderType;
  visibility: Visibility;
  createdTime: number;
  sequenceNumber: number;
}

/** The visitor types, or is away (agent-api 4.2). */
export interface ActivitySignal extends AgentHeader {
  engagementId: number;
  clientId: number;
  mode: Mode;
  sneakPreviewState: PreviewState;
  sneakPreview: string;
  sneakPreviewFocus: boolean;
}

/** The site moved (agent-api 4.3). */
export interface ConfigChange {
  name: string;
  value: string;
  pool: string;
}

/** Somebody left, or an offer was withdrawn (agent-api 4.4). */
export interface Disconnect extends AgentHeader {
  engagementId: number;
  clientId: number;
  reason: Reason;
  role: Role;
}

/** An offer, or the question to join or to take over (agent-api 4.5). */
export interface Assignment extends AgentHeader {
  contactInfo: ContactInfo;
  engagementId: number;
  engagementCreateTime: number;
  queueId: number;
  type: AssignmentType;
  note: string;
}

/** What an assignment asks for (agent-api 5.12). */
export type AssignmentType = "LEAD" | "TRANSFER" | "CONFERENCE" | "MONITOR";

/** Somebody joined (agent-api 4.6). */
export interface ParticipantAdded extends AgentHeader {
  name: string;
  greeting: string;
  engagementId: number;
  clientId: number;
  role: Role;
  accountId: number;
  virtualAgent: boolean;
}

/** A post of somebody else (agent-api 4.8); its destinationId is the engagement. */
export interface ChatPost extends AgentHeader {
  body: string;
  offTheRecord: boolean;
  richText: boolean;
  messageDataMap: DataMap;
  messageId: string;
  postNumber?: number;
}

/** What was answered 200 cannot be (agent-api 4.9). */
export interface SystemError {
  errorCondition: string;
  text: string;
}

/** How far another participant's program has received, and the participant seen, by post number. 0: not known. */
export interface Receipt extends AgentHeader {
  engagementId: number;
  clientId: number;
  receivedPost: number;
  seenPost: number;
}

/** The visitor's connection was lost, or is back. */
export interface ConnectionNotice extends AgentHeader {
  engagementId: number;
  clientId: number;
  connectionState: ConnectionState;
  secondsToDisconnect: number;
}

/** The engagement ends at `ends` because nobody did anything; 0: no longer. */
export interface IdleNotice extends AgentHeader {
  engagementId: number;
  ends: number;
}

/** What is known of the visitor changed. */
export interface VisitorNotice extends AgentHeader {
  engagementId: number;
}

/** One element of a batch: an object with one key, the name of its type (agent-api 4). New types may come. */
export interface AgentMessage {
  ChatActivitySignal?: ActivitySignal;
  ChatConfigChangeNotification?: ConfigChange;
  ChatDisconnectNotification?: Disconnect;
  ChatEngagementAssignment?: Assignment;
  ChatEngagementParticipantAdded?: ParticipantAdded;
  ChatGetTimeout?: object;
  ChatPostMessage?: ChatPost;
  ChatSystemError?: SystemError;
  UsherReceipt?: Receipt;
  UsherConnection?: ConnectionNotice;
  UsherVisitor?: VisitorNotice;
  UsherIdle?: IdleNotice;
}

/** What getMessages answers (agent-api 3.2). */
export interface AgentBatch extends AgentEnvelope {
  getResponseTypes: AgentMessage[];
}

/** Who is in an engagement (agent-api 3.5). */
export interface ClientInfo {
  clientId: number;
  name: string;
  role: Role;
  accountId: number;
  virtualAgent: boolean;
}

/** The same, with what is known of its receiving. */
export interface StandingParticipant extends ClientInfo {
  receivedPost: number;
  seenPost: number;
  connectionState: ConnectionState;
}

/** One engagement that the session holds, or watches (agent-api 3.16). */
export interface HeldEngagement {
  engagementId: number;
  state: "OFFERED" | "ACTIVE" | "WRAP_UP";
  role: Role;
  since: number;
  queueId: number;
  offerExpires: number;
  wrapUpEnds: number;
  participants: StandingParticipant[];
  /** The number of the newest post; 0 for none. */
  lastPost: number;
  /** When the visitor's oldest unanswered post was made; 0 when nothing waits. */
  waitsSince: number;
  idleEnds: number;
  visitorName: string;
  result: number;
  note: string;
  offer: Assignment | null;
}

/** What the session holds (agent-api 3.16). */
export interface EngagementsAnswer extends AgentEnvelope {
  engagements: HeldEngagement[];
  lastNumber: number;
}

/** One post of an engagement (agent-api 3.17). */
export interface HistoryPost {
  postNumber: number;
  clientId: number;
  name: string;
  senderType: SenderType;
  role: Role;
  body: string;
  richText: boolean;
  offTheRecord: boolean;
  messageId: string;
  messageDataMap: DataMap;
  visibility: Visibility;
  createdTime: number;
  /** For whom alone it was; 0: for all who are in it. */
  only?: number;
  file?: SentFile | null;
}

/** A page of an engagement's posts. */
export interface HistoryAnswer extends AgentEnvelope {
  engagementId: number;
  posts: HistoryPost[];
  complete: boolean;
  more: boolean;
}

/** What is known of a visitor, and of its earlier engagements, newest first. */
export interface VisitorAnswer extends AgentEnvelope {
  contact: ContactInfo;
  /** The site's own back end vouches for who it is. */
  verified: boolean;
  page: { url: string; title: string; since: number } | null;
  earlier: EarlierChat[];
}

/** An earlier engagement of the same visitor. */
export interface EarlierChat {
  engagementId: number;
  startedTime: number;
  endedTime: number;
  queueName: string;
  question: string;
  result: string;
  agentName: string;
}

/** What transfer and invite answer (agent-api 3.18). */
export interface AskedAnswer extends AgentEnvelope {
  askedClientId: number;
  expires: number;
}

/** A queue (agent-api 3.10). */
export interface QueueInfo {
  queueId: number;
  name: string;
  queueStatistics: { availableAgentSessions: number; totalAvailableAgents: number; engagementsInQueue: number; expectedWaitSeconds: number } | null;
}

/** Who is logged on, and how the queues stand (agent-api 3.10). */
export interface DirectoryAnswer extends AgentEnvelope {
  agents: AgentInfo[];
  queues: QueueInfo[];
}

/** A reply that is kept for use again. */
export interface Reply {
  id: number;
  title: string;
  text: string;
  language?: string;
  queueIds?: number[];
}

/** The team's replies and the account's own. */
export interface RepliesAnswer extends AgentEnvelope {
  team: Reply[];
  own: Reply[];
}

/** What to look for in past chats. What is not said does not restrict. Times are epoch milliseconds; `to` is not in it. */
export interface SearchQuery {
  /** Words that all stand in what is found; the last may be the beginning of one. */
  text?: string;
  /** The cursor of the last hit that is known. */
  after?: number;
  limit?: number;
  queueId?: number;
  from?: number;
  to?: number;
}

/** Something that was said in a past chat. */
export interface SearchHit {
  engagementId: number;
  visitor: string;
  queueId: number;
  queueName: string;
  startedTime: number;
  line: RecordLine;
  /** What was said around the words. */
  snippet: { text: string; hit?: boolean }[];
  cursor: number;
}

/** What a search found, newest first. */
export interface SearchAnswer extends AgentEnvelope {
  hits: SearchHit[];
  more: boolean;
}

/** Somebody in a record. */
export interface RecordParty {
  clientId?: number;
  accountId?: number;
  name: string;
  role?: Role;
}

/** One line of the record of a chat. What does not belong to its kind is not there. */
export interface RecordLine {
  number: number;
  /** In UTC. */
  at: string;
  kind: string;
  who?: RecordParty;
  by?: RecordParty;
  post?: RecordPost;
  result?: string;
  text?: string;
  cause?: string;
  /** The reason in a sentence. */
  why?: string;
}

/** A post in a record. */
export interface RecordPost {
  postNumber?: number;
  text?: string;
  richText?: boolean;
  offTheRecord?: boolean;
  visibility?: Visibility;
  file?: { name: string; type: string; size: number; url?: string };
  system?: boolean;
  /** The spam checks that held it back. */
  blocked?: string[];
  onlyFor?: RecordParty;
}

/** A page of the record of a chat; 0 as its end: it goes on. */
export interface RecordAnswer extends AgentEnvelope {
  engagementId: number;
  visitor: string;
  queueId: number;
  queueName: string;
  startedTime: number;
  endedTime: number;
  lines: RecordLine[];
  more: boolean;
  lastLine: number;
}
