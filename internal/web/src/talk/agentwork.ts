import type { AgentInput } from "./agentinput";
import type { AgentState } from "./agentstate";
import type { Env } from "./env";
import type { Outcome } from "./http";

/** What the parts of the leading tab share. */
export interface AgentWork {
  state(): AgentState;
  put(input: AgentInput): void;
  env: Env;
  /** Makes an operation, and tells the clock and the connection how it came out. */
  contract<T>(operation: string, body: object): Promise<Outcome<T>>;
  own<T>(operation: string, body: object): Promise<Outcome<T>>;
}
