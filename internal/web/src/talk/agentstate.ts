import type { Clock } from "./clock";
import { type ConnectionView, unknownConnection } from "./connection";
import type { Line, Reader } from "./log";
import { emptyOutbox, type Outbox } from "./outbox";
import { type Position, start } from "./position";
import type { Reason, Role } from "./wire";
import type { ActivityStatus, AssignmentType, ContactInfo, Desk, EarlierChat } from "./wireagent";

/** All that a console shows, and all that another tab needs to go on. Server times unless a comment says otherwise. */
export interface AgentState {
  /**
   * Where the log-in stands: unknown while the page has just come; out, with why the last try failed;
   * elsewhere: the account has a session that this device does not know.
   */
  phase: "unknown" | "out" | "entering" | "elsewhere" | "in";
  /** Of "out": the last try was refused, or had no answer. */
  failure: "" | "wrong" | "busy" | "lost" | "refused";
  failureText: string;
  desk: Desk | null;
  session: AgentSession | null;
  position: Position;
  clock: Clock;
  connection: ConnectionView;
  status: StatusView;
  /** Whether chats are asked for: as many as places are free, one when asked for, or none. */
  requests: "on" | "one" | "off";
  /** With "one": a chat was asked for and has not come. */
  asked: boolean;
  places: number;
  /** Offers that ran out in a row, without an answer. */
  missed: number;
  offers: Offer[];
  /** In the order of acceptance. */
  chats: Chat[];
  outbox: Outbox;
  /** The chats were read after the session was opened. */
  loaded: boolean;
  /** The server's word that something could not be done after all, and when it came by this device. */
  trouble: { text: string; at: number } | null;
}

/** What names the session to the server. */
export interface AgentSession {
  sessionId: string;
  clientId: number;
  accountId: number;
  name: string;
  pool: string;
}

/** The agent's status. */
export interface StatusView {
  status: ActivityStatus;
  subTypeId: number;
  since: number;
  /** What was asked for and is not confirmed. */
  pending: { status: ActivityStatus; subTypeId: number } | null;
}

/** The kind of status that says that offers were not answered; above what sites number by hand. */
export const noAnswer = 1_000_001;

/** An engagement that the agent was asked to take, or to join. */
export interface Offer {
  engagementId: number;
  type: AssignmentType;
  queueId: number;
  contact: ContactInfo;
  note: string;
  offered: number;
  /** When the engagement began. */
  created: number;
  ends: number;
  away: boolean;
  answering: "" | "accept" | "decline";
  /** Why it is over: shown for ten seconds. */
  gone: "" | "taken" | "visitorLeft";
  goneAt: number;
}

/** Somebody else in a chat. */
export interface Participant extends Reader {
  name: string;
  role: Role;
  accountId: number;
  virtualAgent: boolean;
  away: boolean;
}

/** A chat of the agent. */
export interface Chat {
  id: number;
  /** gone: it goes on without this agent, or is over for it; the row stays until it is dismissed. */
  state: "active" | "wrapUp" | "gone";
  role: Role;
  since: number;
  queueId: number;
  visitorName: string;
  contact: ContactInfo | null;
  /** Whether the site vouches for who the visitor is; null while that is not known. */
  verified: boolean | null;
  page: { url: string; title: string; since: number } | null;
  earlier: EarlierChat[] | null;
  /** The word of who sent the chat on. */
  note: string;
  participants: Participant[];
  log: Line[];
  /** The newest page of the history was read. */
  read: boolean;
  /** There are older posts to read. */
  older: boolean;
  waitsSince: number;
  unread: number;
  /** When the oldest unread post was made; 0 for none. */
  newSince: number;
  typing: Typing | null;
  /** Since when the visitor is away, and when it is given up; 0 when it is there, or that is not known. */
  awaySince: number;
  awayEnds: number;
  idleEnds: number;
  wrapUpEnds: number;
  result: number;
  wrapUpNote: string;
  /** The names of posts that were held back as spam: word of that may overtake the answer to the post. */
  heldBack: string[];
  asked: Asked | null;
  /** What somebody answered of whom it is not known yet that they were asked: the answer may overtake that. */
  early: { clientId: number; outcome: Exclude<Asked["outcome"], ""> } | null;
  ended: { reason: Reason; role: Role; name: string; mine: boolean; at: number } | null;
  /** What is known of the visitor changed, and is to be read. */
  stale: boolean;
}

/** The visitor types. at is this device's time. */
export interface Typing {
  at: number;
  preview: string;
}

/** Somebody was asked to take the chat or to join it. */
export interface Asked {
  clientId: number;
  name: string;
  kind: "transfer" | "invite";
  ends: number;
  outcome: "" | "taken" | "declined" | "late" | "lost";
}

/** A page that has just come. */
export const firstAgentState: AgentState = {
  phase: "unknown",
  failure: "",
  failureText: "",
  desk: null,
  session: null,
  position: start,
  clock: [],
  connection: unknownConnection,
  status: { status: "NONE", subTypeId: 0, since: 0, pending: null },
  requests: "on",
  asked: false,
  places: 0,
  missed: 0,
  offers: [],
  chats: [],
  outbox: emptyOutbox,
  loaded: false,
  trouble: null,
};

/** A chat of which little is known. */
export function newChat(id: number, since: number, more: Partial<Chat>): Chat {
  return {
    id,
    state: "active",
    role: "LEAD",
    since,
    queueId: 0,
    visitorName: "",
    contact: null,
    verified: null,
    page: null,
    earlier: null,
    note: "",
    participants: [],
    log: [],
    read: false,
    older: false,
    waitsSince: 0,
    unread: 0,
    newSince: 0,
    typing: null,
    awaySince: 0,
    awayEnds: 0,
    idleEnds: 0,
    wrapUpEnds: 0,
    result: 0,
    wrapUpNote: "",
    heldBack: [],
    asked: null,
    early: null,
    ended: null,
    stale: true,
    ...more,
  };
}
