import { type Clock, serverTime } from "./clock";
import { type ConnectionView, deadline } from "./connection";
import { type Line, type Mark, markOf, type Post, type Reader } from "./log";
import type { Outbox } from "./outbox";
import type { Position } from "./position";
import type { FilesAllowed, Mode, Reason, Role } from "./wire";
import type { Letter, Rating } from "./wirevisitor";

/** All that the panel shows of a chat. Server times in epoch milliseconds unless a comment says otherwise. */
export interface VisitorState {
  /** none: there is no chat; opening: one is asked for, or looked for after a reload. */
  phase: "none" | "opening" | "queued" | "chatting" | "ended";
  session: VisitorSession | null;
  position: Position;
  clock: Clock;
  connection: ConnectionView;
  /** The place in the queue, with the time of the figure; null while it is not known. */
  queue: Place | null;
  agents: VisitorAgent[];
  log: Line[];
  /** The message ids of which the word came that they were held back, perhaps before their answer. */
  heldBack: string[];
  /** There are older posts to read. */
  older: boolean;
  unread: number;
  /** The agent who types, or does something else; at is this device's time. */
  activity: { clientId: number; mode: Mode; at: number } | null;
  /** When the chat ends because nothing was written, and when the wait is given up; 0 for no such end in sight. */
  idleEnds: number;
  queueEnds: number;
  absentSeconds: number;
  preview: { enabled: boolean; every: number };
  files: FilesAllowed;
  ended: { reason: Reason; role: Role; at: number } | null;
  rating: Rating | null;
  letters: Letter[];
  outbox: Outbox;
  /** The server's word that something could not be done after all. */
  trouble: string;
}

/** What names the session to the server. */
export interface VisitorSession {
  sessionId: string;
  engagementId: number;
  clientId: number;
  pool: string;
}

/** A place in the queue: 1 is next. A wait of 0 is not known. at is the server's time of the figure. */
export interface Place {
  place: number;
  waitSeconds: number;
  at: number;
}

/** An agent in the chat. */
export interface VisitorAgent extends Reader {
  name: string;
  role: Role;
  bot: boolean;
  /** Its connection is interrupted. */
  away: boolean;
  /** When somebody else takes over then; 0 while that is not known. */
  awayEnds: number;
}

/** A signal that is older than this no longer tells what somebody does, in milliseconds. */
const activityLasts = 10_000;

/** What an agent is doing now; null when that is nothing, or can't be known. */
export function activityNow(s: VisitorState, local: number): { agent: VisitorAgent | undefined; mode: Mode } | null {
  const a = s.activity;
  if (a === null || s.connection.phase !== "live" || local - a.at >= activityLasts) {
    return null;
  }
  return { agent: s.agents.find((x) => x.clientId === a.clientId), mode: a.mode };
}

/** Who leads the chat. */
export function leadOf(s: VisitorState): VisitorAgent | undefined {
  return s.agents.find((a) => a.role === "LEAD");
}

/** The mark of a post of the visitor's own. */
export function visitorMark(s: VisitorState, post: Post): Mark {
  return markOf(post, s.agents);
}

/** Until when the visitor may come back and miss nothing, in server time; 0 while it is not known. */
export function returnTime(s: VisitorState): number {
  return s.connection.lastContact === 0 ? 0 : serverTime(s.clock, deadline(s.connection, s.absentSeconds));
}
