import type { ConnectionView } from "./connection";
import type { Item, OutboxInput } from "./outbox";
import type { Position } from "./position";
import type { VisitorSession, VisitorState } from "./visitorstate";
import type { Rating, SessionPost, StandingAnswer, VisitorMessage } from "./wirevisitor";

/** What the visitor's state is told. at is this device's time. */
export type VisitorInput =
  | { kind: "phase"; phase: VisitorState["phase"] }
  /** A chat was opened, or found again. */
  | { kind: "entered"; session: VisitorSession; previewEvery: number }
  | { kind: "standing"; answer: StandingAnswer; position: Position | null }
  | { kind: "posts"; posts: SessionPost[]; older: boolean | null }
  | { kind: "batch"; messages: VisitorMessage[]; position: Position; at: number }
  | { kind: "connection"; view: ConnectionView }
  | { kind: "clock"; server: number; at: number }
  | { kind: "outbox"; input: OutboxInput }
  | { kind: "sent"; item: Item; number: number; serverTime: number }
  | { kind: "looked" }
  | { kind: "rated"; rating: Rating }
  /** The chat is over; why, as it was heard before a reload. */
  | { kind: "ended"; ended: VisitorState["ended"] }
  /** Nothing of a chat is left here. */
  | { kind: "reset" };
