/**
 * The types of the wire, for both contracts, with the names that they have there. Every large number
 * x of an answer has a twin xString in digits, for programs that can't hold it; pages can (ids stay
 * below 2^53), so the twins are not named here.
 */

/** What the participants of an engagement are in it (agent-api 5.3). */
export type Role = "NONE" | "END_USER" | "CONFEREE" | "LEAD" | "MONITOR" | "TRANSIENT";
/** Who sends (agent-api 5.4). */
export type SenderType = "END_USER" | "AGENT" | "SYSTEM";
/** Why somebody left, or why it ended (agent-api 5.2). */
export type Reason =
  | "NONE"
  | "AGENT_CONCLUDED"
  | "END_USER_CONCLUDED"
  | "QUEUE_TIMEOUT"
  | "IDLE_TIMEOUT"
  | "EJECTED"
  | "TRANSFERRED_TO_QUEUE"
  | "PARTICIPANT_LEFT"
  | "NO_AGENTS_AVAILABLE";
/** What somebody is doing (agent-api 5.1, values.md). */
export type Mode = "NONE" | "LISTENING" | "RESPONDING" | "RESEARCHING" | "AWAY";
/** How a participant's connection stands (consumer-api 3.7). */
export type ConnectionState = "ACTIVE" | "ABSENT" | "DISCONNECTED";
/** Whether previews are shown (agent-api 5.7). */
export type PreviewState = "NONE" | "ENABLED" | "DISABLED" | "SITE_UNAVAILABLE" | "SERVICE_UNAVAILABLE";
/** Who sees a post (agent-api 5.5). */
export type Visibility = "NONE" | "ALL" | "NOT_ENDUSER";
/** Pairs that ride with a post. */
export type DataMap = Record<string, string> | null;

/** What opens every answer of the agent contract (agent-api 1.4). */
export interface AgentEnvelope {
  clientId: number;
  sequenceNumber: number;
  sessionId: string;
  responseSentMilliseconds: number;
}

/** What opens every answer of the visitor's contract (consumer-api 1.5). */
export interface VisitorEnvelope {
  clientId: number;
  serviceFinishTime: string;
}

/** A value of a site's own fields. */
export interface CustomField {
  name: string;
  type?: string;
  value: string;
}

/** What files may be sent. */
export interface FilesAllowed {
  allowed: boolean;
  maxBytes: number;
  /** Media types, such as "application/pdf" or "image/*". */
  types: string[];
}

/** A file as it was taken (consumer-api 7.3). */
export interface SentFile {
  name: string;
  type: string;
  /** In bytes. */
  size: number;
  url: string;
}
