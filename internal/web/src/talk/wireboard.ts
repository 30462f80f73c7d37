/** What the board reads of a site (docs/admin.md). Times are epoch milliseconds, 0 for none, unless a comment says otherwise. */
import type { ActivityStatus } from "./wireagent";

/** How a site stands at a moment, and how it did today. */
export interface Live {
  /** How many events the site had. */
  position: number;
  time: number;
  /** The zone that today is a day of. */
  zone: string;
  from: string;
  to: string;
  /** How many events the figures are made of; 0: there are none, and trouble says why. */
  figuresPosition: number;
  trouble?: string;
  goalSeconds: number;
  goalPercent: number;
  today: Figures;
  /** What each figure counts, by its name. */
  definitions: Record<string, string>;
  queues: LiveQueue[];
  agents: LiveAgent[];
  engagements: LiveEngagement[];
  /** There are more engagements than these. */
  more: boolean;
}

/** Engagements that were requested today, counted. */
export interface Figures {
  requested: number;
  answered: number;
  inTime: number;
  abandoned: number;
  unanswered: number;
  /** null when nothing was answered or left. */
  inTimePercent: number | null;
}

/** A queue. */
export interface LiveQueue {
  queueId: number;
  name: string;
  opening: "OPEN" | "CLOSED" | "HOLIDAY";
  agents: number;
  freePlaces: number;
  waiting: number;
  longestSince: number;
  today: Figures;
}

/** An agent's session. */
export interface LiveAgent {
  accountId: number;
  clientId: number;
  name: string;
  status: ActivityStatus;
  subTypeId: number;
  holds: number;
  places: number;
  absent: boolean;
  statusSince: number;
  needsAnswer: number;
  longestSince: number;
  /** When the session of an absent one ends. */
  goesAt: number;
}

/** An engagement that is live. */
export interface LiveEngagement {
  engagementId: number;
  state: "QUEUED" | "OFFERED" | "ACTIVE" | "WRAP_UP";
  queueId: number;
  /** When it was requested, and since when its state lasts, as ISO texts. */
  createdAt: string;
  since: string;
  accountId: number;
  guests: number[];
  visitor: string;
  lastPostTime: number;
  waitsSince: number;
}

/** By what a report has its rows. */
export type ReportBy = "day" | "hour" | "queue" | "agent";

/** A report over some time. */
export interface Report {
  by: ReportBy;
  from: string;
  to: string;
  zone: string;
  position: number;
  goalSeconds: number;
  rows: ReportRow[];
  definitions: Record<string, string>;
}

/** A day, an hour, a queue or an agent. */
export interface ReportRow {
  key: string;
  id: number;
  name: string;
  offered: number;
  accepted: number;
  declined: number;
  expired: number;
  engagements: number;
  abandoned: number;
  wait: Spread;
  firstAnswer: Spread;
  handling: Spread;
  wrapUp: Spread;
  ratings: number;
  rating: number;
  blocked: number;
  inTime: number;
  unanswered: number;
  inTimePercent: number | null;
}

/** How some times are spread. */
export interface Spread {
  count: number;
  meanSeconds: number;
  medianSeconds: number;
  p90Seconds: number;
}

/** One change of the audit log. */
export interface Change {
  number: number;
  /** As ISO text. */
  at: string;
  by: string;
  what: string;
}

/** A page of the audit log. */
export interface Audit {
  changes: Change[];
  more: boolean;
}
