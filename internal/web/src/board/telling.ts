import { noAnswer } from "../talk/agentstate";
import type { Outcome } from "../talk/http";
import type { Desk } from "../talk/wireagent";
import type { Live, LiveAgent, LiveEngagement } from "../talk/wireboard";
import type { BoardWords } from "./page";

/** What an agent's status is called. */
export function statusOf(words: BoardWords, desk: Desk, a: Pick<LiveAgent, "status" | "subTypeId">): string {
  if (a.subTypeId === noAnswer) {
    return words.say("status.noAnswer");
  }
  const reason = desk.statusReasons.find((r) => r.subTypeId === a.subTypeId && r.status === a.status);
  if (reason !== undefined && a.status !== "AVAILABLE") {
    return reason.name;
  }
  return words.say(a.status === "AVAILABLE" ? "status.available" : "status.unavailable");
}

/** Whether an agent can be given chats. */
export function isAvailable(a: LiveAgent): boolean {
  return a.status === "AVAILABLE" && !a.absent;
}

/** The name of an account that is logged on, else its number. */
export function agentName(live: Live, accountId: number): string {
  return live.agents.find((a) => a.accountId === accountId)?.name ?? String(accountId);
}

/** The name of a queue, else its number. */
export function queueName(live: Live, desk: Desk, queueId: number): string {
  return live.queues.find((q) => q.queueId === queueId)?.name ?? desk.queues.find((q) => q.queueId === queueId)?.name ?? String(queueId);
}

/** What a visitor is called. */
export function visitorName(words: BoardWords, e: Pick<LiveEngagement, "visitor">): string {
  return e.visitor || words.say("visitor.noName");
}

/** Why something was not done, in words; "" when it was. */
export function failureOf(words: BoardWords, o: Outcome<unknown> | null): string {
  if (o === null || o.kind === "lost") {
    return words.say("reason.broken");
  }
  if (o.kind === "answer") {
    return "";
  }
  return words.say("reason.refused", { text: o.refusal.text || String(o.refusal.status) });
}
