import type { ConnectionState, DataMap, FilesAllowed, Mode, PreviewState, Reason, Role, SenderType, SentFile, VisitorEnvelope } from "./wire";

/** What the panel is told before a chat. */
export interface OpenAnswer {
  state: "OPEN" | "CLOSED" | "HOLIDAY" | "NOBODY" | "FULL";
  /** A chat can be asked for although nobody is there. */
  mayWait: boolean;
  /** When it opens next, in UTC; null when nobody knows. */
  opens: string | null;
  queueId: number;
  position: number;
  expectedWaitTimeSeconds: number;
  widget: WidgetSettings;
  files: FilesAllowed;
  sneakPreviewState: PreviewState;
  mailTranscripts: boolean;
  time: string;
}

/** The site's own word on how the panel looks. */
export interface WidgetSettings {
  title: string;
  greeting: string;
  color: string;
  theme: string;
  position: string;
  /** Such as "name,email,question*": the starred ones are required. */
  fields: string;
  whenClosed: "MESSAGE" | "HIDE";
  privacyUrl: string;
  emailAddress: string;
  texts: Record<string, Record<string, string>>;
}

/** What start answers (consumer-api 2.10). */
export interface StartAnswer {
  siteName: string;
  channelToken: string;
  domain: string;
  pool: string;
}

/** What requestEngagement answers (consumer-api 2.3). */
export interface EngagementAnswer extends VisitorEnvelope {
  sessionId: string;
  engagementId: number;
  resultType: string;
  queueId: number;
  sneakPreviewState: PreviewState;
  sneakPreviewInterval: number;
}

/** What messages have in common (consumer-api 3.0). Times are text, in UTC. */
export interface VisitorHeader {
  createdTime: string;
  sequenceNumber: number;
}

/** One element of a batch (consumer-api 3). Others may come, and are passed over. */
export type VisitorMessage = VisitorHeader &
  (
    | { messageName: "RNEngagementActivityChangedMessage"; clientId: number; mode: Mode; sneakPreview: string | null }
    | { messageName: "RNEngagementConcludedMessage"; reason: Reason; role: Role }
    | { messageName: "RNEngagementWaitInformationChangedMessage"; position: number; expectedWaitTimeSeconds: number; averageWaitTimeSeconds: number }
    | { messageName: "RNEngagementParticipantAddedMessage"; clientId: number; name: string; greeting: string; role: Role; virtualAgent: boolean }
    | PostedMessage
    | { messageName: "RNEngagementParticipantLeftMessage"; clientId: number; role: Role; disconnectReason: Reason; name: string }
    | { messageName: "RNEngagementParticipantConnectionStateChangedMessage"; clientId: number; connectionState: ConnectionState; secondsToDisconnect: number }
    | { messageName: "RNEngagementRoleChangedMessage"; clientId: number; role: Role; leadClientId: number }
    | { messageName: "RNEngagementConfigurationChangedMessage"; name: string; value: string; pool: string | null }
    | { messageName: "RNEngagementConsumerErrorOccurredMessage"; text: string }
    | { messageName: "UsherReceiptMessage"; clientId: number; receivedPost: number; seenPost: number }
    | { messageName: "UsherIdleMessage"; ends: string | null }
  );

/** Somebody else posted (consumer-api 3.5). */
export interface PostedMessage {
  messageName: "RNEngagementMessagePostedMessage";
  body: string;
  clientId: number;
  richText: boolean;
  offTheRecord: boolean;
  messageId: string | null;
  messageDataMap: DataMap;
  senderType: SenderType;
  postNumber?: number;
}

/** What getMessages answers (consumer-api 2.4). */
export interface VisitorBatch extends VisitorEnvelope {
  systemMessages: VisitorMessage[];
}

/** An agent in the chat (consumer-api 7.2). */
export interface SessionAgent {
  clientId: number;
  name: string;
  role: Role;
  virtualAgent: boolean;
  connectionState: ConnectionState;
  receivedPost?: number;
  seenPost?: number;
}

/** One thing that was said (consumer-api 7.2). */
export interface SessionPost {
  postNumber: number;
  clientId: number;
  name: string;
  senderType: SenderType;
  body: string;
  richText: boolean;
  offTheRecord: boolean;
  messageId: string | null;
  messageDataMap: DataMap;
  createdTime: string;
}

/** Where the chat stands (consumer-api 7.2). */
export interface StandingAnswer extends VisitorEnvelope {
  engagementId: number;
  state: "QUEUED" | "ACTIVE" | "CONCLUDED";
  queueId: number;
  position: number;
  expectedWaitTimeSeconds: number;
  averageWaitTimeSeconds: number;
  agents: SessionAgent[];
  lastNumber: number;
  receivedNumber: number;
  posts: SessionPost[];
  complete: boolean;
  more: boolean;
  sneakPreviewState: PreviewState;
  files: FilesAllowed;
  rating: Rating | null;
  idleEnds?: string | null;
  queueEnds?: string | null;
  absentSeconds?: number;
  letters?: Letter[];
}

/** A transcript that goes out by e-mail. */
export interface Letter {
  emailAddress: string;
  state: "WAITING" | "SENT" | "FAILED";
}

/** What the visitor says of a chat that is over: 1 to 5 stars. */
export interface Rating {
  stars: number;
  comment: string;
}

/** One line of a transcript (consumer-api 7.5). */
export interface TranscriptLine {
  number: number;
  kind: "POST" | "JOINED" | "LEFT" | "ENDED";
  createdTime: string;
  name: string;
  role: Role;
  body: string;
  richText: boolean;
  offTheRecord: boolean;
  file: SentFile | null;
  reason: Reason;
}

/** The chat as its visitor saw it (consumer-api 7.5). */
export interface TranscriptAnswer extends VisitorEnvelope {
  startedTime: string;
  endedTime: string | null;
  lines: TranscriptLine[];
  more: boolean;
}
