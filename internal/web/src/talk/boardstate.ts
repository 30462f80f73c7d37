import { type Clock, observe } from "./clock";
import { type ConnectionView, unknownConnection } from "./connection";
import type { Desk } from "./wireagent";
import type { Live } from "./wireboard";

/** All that a board shows, and all that another tab needs to go on. */
export interface BoardState {
  /** unknown while the page has just come; out, with why. */
  phase: "unknown" | "out" | "entering" | "in";
  /** Of "out". ended: a log-in that was good is no more. */
  failure: "" | "wrong" | "busy" | "lost" | "refused" | "noSupervisor" | "ended";
  failureText: string;
  /** With "busy": in how many seconds it may be tried again; 0 when that was not said. */
  retryAfter: number;
  desk: Desk | null;
  /** The last picture of the site; null before the first. */
  live: Live | null;
  clock: Clock;
  connection: ConnectionView;
}

/** What the board's state is told. at is this device's time. */
export type BoardInput =
  | { kind: "phase"; phase: "unknown" | "entering" }
  | { kind: "out"; failure: BoardState["failure"]; text?: string; retryAfter?: number }
  | { kind: "in"; desk: Desk; at: number }
  | { kind: "live"; live: Live; at: number }
  | { kind: "connection"; view: ConnectionView };

/** A page that has just come. */
export const firstBoardState: BoardState = {
  phase: "unknown",
  failure: "",
  failureText: "",
  retryAfter: 0,
  desk: null,
  live: null,
  clock: [],
  connection: unknownConnection,
};

/** One step of the board. It is pure, so that every tab comes to the same state. */
export function stepBoard(s: BoardState, input: BoardInput): BoardState {
  switch (input.kind) {
    case "phase":
      return { ...s, phase: input.phase, failure: "", failureText: "" };
    case "out":
      return { ...firstBoardState, phase: "out", failure: input.failure, failureText: input.text ?? "", retryAfter: input.retryAfter ?? 0 };
    case "in":
      return { ...firstBoardState, phase: "in", desk: input.desk, clock: observe(s.clock, input.desk.time, input.at) };
    case "live":
      // An answer that was overtaken by a newer one tells nothing.
      return s.phase !== "in" || (s.live !== null && s.live.time > input.live.time) ? s : { ...s, live: input.live, clock: observe(s.clock, input.live.time, input.at) };
    case "connection":
      return { ...s, connection: input.view };
  }
}

/** Whether the picture is what the server says now: else it is old, and says so. */
export function isLive(s: BoardState): boolean {
  return s.connection.phase === "live" || s.connection.phase === "unsure" || s.connection.phase === "catchingUp";
}
