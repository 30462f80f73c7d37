import type { AgentSession, AgentState, Asked } from "./agentstate";
import type { ConnectionView } from "./connection";
import type { Item, OutboxInput } from "./outbox";
import type { Position } from "./position";
import type { ActivityStatus, AgentMessage, ClientInfo, Desk, EngagementsAnswer, HistoryPost, VisitorAnswer } from "./wireagent";

/** What the agent's state is told. at is this device's time unless it says otherwise. */
export type AgentInput =
  | { kind: "phase"; phase: AgentState["phase"]; failure?: AgentState["failure"]; text?: string }
  | { kind: "desk"; desk: Desk; at: number }
  | { kind: "entered"; session: AgentSession; status: ActivityStatus; subTypeId: number; position: Position }
  | { kind: "standing"; answer: EngagementsAnswer }
  | { kind: "loaded" }
  /** What the loop brought, up to a position. */
  | { kind: "batch"; messages: AgentMessage[]; position: Position; at: number }
  /** Posts were read; older: whether there are some before them, null when that was not asked. */
  | { kind: "history"; chat: number; posts: HistoryPost[]; older: boolean | null }
  | { kind: "visitor"; chat: number; answer: VisitorAnswer }
  | { kind: "connection"; view: ConnectionView }
  | { kind: "clock"; server: number; at: number }
  | { kind: "statusAsked"; pending: { status: ActivityStatus; subTypeId: number } | null }
  | { kind: "status"; status: ActivityStatus; subTypeId: number; since: number }
  | { kind: "requests"; requests: AgentState["requests"]; asked: boolean; places: number }
  | { kind: "answering"; engagementId: number; answer: "" | "accept" | "decline" }
  | { kind: "accepted"; engagementId: number; clients: ClientInfo[]; since: number }
  /** A supervisor has come into a chat. */
  | { kind: "stepped"; engagementId: number; role: "MONITOR" | "LEAD" | "CONFEREE"; clients: ClientInfo[]; since: number }
  | { kind: "declined"; engagementId: number }
  | { kind: "gone"; engagementId: number; at: number }
  | { kind: "outbox"; input: OutboxInput }
  | { kind: "sent"; item: Item; number: number; serverTime: number }
  | { kind: "asked"; chat: number; asked: Asked }
  | { kind: "concluded"; chat: number; at: number; ends: number }
  | { kind: "dropped"; chat: number }
  | { kind: "looked"; chat: number }
  | { kind: "contact"; chat: number; fields: Partial<VisitorAnswer["contact"]> }
  | { kind: "wrapUp"; chat: number; result: number; note: string }
  | { kind: "tidy"; at: number };
