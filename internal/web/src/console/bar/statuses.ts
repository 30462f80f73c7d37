import { type AgentState, noAnswer, type StatusView } from "../../talk/agentstate";
import type { ActivityStatus, Desk } from "../../talk/wireagent";
import type { DeskWords } from "../page";

/** A status that an agent can choose. */
export interface StatusChoice {
  key: string;
  status: ActivityStatus;
  subTypeId: number;
  name: string;
}

/** The statuses of a site: available first, then its own reasons. */
export function statusChoices(words: DeskWords, desk: Desk): StatusChoice[] {
  const choice = (status: ActivityStatus, subTypeId: number, name: string): StatusChoice => ({ key: `${status} ${subTypeId}`, status, subTypeId, name });
  const [plain, ...more] = desk.statusReasons.filter((r) => r.status === "AVAILABLE");
  const away = desk.statusReasons.filter((r) => r.status === "UNAVAILABLE");
  return [
    choice("AVAILABLE", plain?.subTypeId ?? 0, words.say("status.available")),
    ...[...more, ...away].map((r) => choice(r.status, r.subTypeId, r.name)),
    ...(away.length === 0 ? [choice("UNAVAILABLE", 0, words.say("status.unavailable"))] : []),
  ];
}

/** What a status is called. */
export function statusName(words: DeskWords, desk: Desk | null, s: Pick<StatusView, "status" | "subTypeId">): string {
  if (s.subTypeId === noAnswer) {
    return words.say("status.noAnswer");
  }
  const found = desk === null ? undefined : statusChoices(words, desk).find((c) => c.status === s.status && c.subTypeId === s.subTypeId);
  return found?.name ?? words.say(s.status === "AVAILABLE" ? "status.available" : "status.unavailable");
}

/** Whether offers went unanswered, and the agent has not come back. */
export function unanswered(s: AgentState): boolean {
  return s.status.status !== "AVAILABLE" && s.status.subTypeId === noAnswer;
}
