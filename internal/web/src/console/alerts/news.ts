import { late } from "../../talk/agentfigures";
import type { AgentState, Chat, Offer } from "../../talk/agentstate";
import { serverTime } from "../../talk/clock";

/** The offers that wait for this agent's answer. */
export function openOffers(s: AgentState): Offer[] {
  return s.phase === "in" && s.connection.phase !== "stopped" ? s.offers.filter((o) => o.gone === "" && o.answering === "") : [];
}

/** The chats that got a message between two states. What a reload brings is no news. */
export function newMessages(before: AgentState, after: AgentState): Chat[] {
  if (!before.loaded || !after.loaded || before.session?.sessionId !== after.session?.sessionId) {
    return [];
  }
  return after.chats.filter((c) => {
    const old = before.chats.find((o) => o.id === c.id);
    return old !== undefined && c.unread > old.unread;
  });
}

/** What names one wait of one visitor: a later one may be late again. */
export function waitKey(c: Chat): string {
  return `${c.id} ${c.waitsSince}`;
}

/** The waits that are past the goal, at a local time. */
export function lateWaits(s: AgentState, local: number): Set<string> {
  return new Set(s.chats.filter((c) => late(s, c, local)).map(waitKey));
}

/** When the next wait passes the goal, by this device's time; 0 when none will. */
export function nextLate(s: AgentState, local: number): number {
  const goal = s.desk?.goalSeconds ?? 0;
  if (goal === 0) {
    return 0;
  }
  const server = serverTime(s.clock, local);
  // Late is who waited for longer than the goal, in whole seconds.
  const ends = s.chats.filter((c) => c.state === "active" && c.waitsSince > 0 && c.role !== "MONITOR").map((c) => c.waitsSince + (goal + 1) * 1000);
  const left = ends.map((t) => t - server).filter((ms) => ms > 0);
  return left.length === 0 ? 0 : local + Math.min(...left);
}
