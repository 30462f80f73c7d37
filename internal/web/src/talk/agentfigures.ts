import type { AgentState, Chat, Offer, Participant } from "./agentstate";
import { serverTime } from "./clock";
import { deadline } from "./connection";
import { type Mark, markOf, type Post } from "./log";
import type { ContactInfo } from "./wireagent";

/** A signal that is older than this no longer tells that somebody types, in milliseconds. */
const typingLasts = 10_000;

/** How many places are taken: offered, active and in wrap-up; who only watches takes none. */
export function placesTaken(s: AgentState): number {
  const watching = (role: string): boolean => role === "MONITOR";
  return s.offers.filter((o) => o.gone === "" && o.type !== "MONITOR").length + s.chats.filter((c) => c.state !== "gone" && !watching(c.role)).length;
}

/** What requestAssignment is to say now (agent-api 3.4). */
export function wanted(s: AgentState): { assignmentRequested: boolean; idleSessionCount: number; maxSessionCount: number } {
  const taken = placesTaken(s);
  if (s.status.status !== "AVAILABLE" || (s.requests !== "on" && !(s.requests === "one" && s.asked))) {
    // No maximum above what is held: an account that does not pull would get chats by its status alone.
    return { assignmentRequested: false, idleSessionCount: 0, maxSessionCount: taken };
  }
  return s.requests === "on"
    ? { assignmentRequested: true, idleSessionCount: Math.max(s.places - taken, 0), maxSessionCount: s.places }
    : { assignmentRequested: true, idleSessionCount: 1, maxSessionCount: taken + 1 };
}

/** The chat whose visitor has waited longest; null when nobody waits. */
export function longestWaiting(s: AgentState): Chat | null {
  return s.chats.filter(waits).reduce<Chat | null>((a, b) => (a !== null && a.waitsSince <= b.waitsSince ? a : b), null);
}

/** How many chats need an answer. */
export function needAnswer(s: AgentState): number {
  return s.chats.filter(waits).length;
}

function waits(c: Chat): boolean {
  return c.state === "active" && c.waitsSince > 0 && c.role !== "MONITOR";
}

/** For how many seconds the visitor waits for an answer, at the local time given. */
export function waitSeconds(s: AgentState, c: Chat, local: number): number {
  return waits(c) ? Math.max(Math.floor((serverTime(s.clock, local) - c.waitsSince) / 1000), 0) : 0;
}

/** Whether the visitor waits for longer than the site aims at. */
export function late(s: AgentState, c: Chat, local: number): boolean {
  return s.desk !== null && s.desk.goalSeconds > 0 && waitSeconds(s, c, local) > s.desk.goalSeconds;
}

/** Whether the visitor types now; never while we can't know it. */
export function typing(s: AgentState, c: Chat, local: number): boolean {
  return c.typing !== null && s.connection.phase === "live" && local - c.typing.at < typingLasts;
}

/** How many seconds an offer has left; 0 means that the server's word is waited for. */
export function offerSecondsLeft(s: AgentState, o: Offer, local: number): number {
  return Math.max(Math.ceil((o.ends - serverTime(s.clock, local)) / 1000), 0);
}

/** The offer to show: the one that ends first, else the one that went last. */
export function offerShown(s: AgentState): Offer | null {
  const open = s.offers.filter((o) => o.gone === "");
  const from = open.length > 0 ? open : s.offers;
  return from.reduce<Offer | null>((a, b) => (a !== null && a.ends <= b.ends ? a : b), null);
}

/** Those who watch a chat. */
export function watchers(c: Chat): Participant[] {
  return c.participants.filter((p) => p.role === "MONITOR");
}

/** How many messages have not reached the server, of one chat or of all. */
export function unsent(s: AgentState, chat?: number): number {
  return s.outbox.items.filter((i) => chat === undefined || i.chat === chat).length;
}

/** Whether something of a chat was refused. */
export function hasRefused(s: AgentState, chat: number): boolean {
  return s.outbox.items.some((i) => i.chat === chat && i.state === "notSent");
}

/** The mark of a post of the agent's own: by whom it was meant for, the visitor or the team. */
export function agentMark(c: Chat, post: Post): Mark {
  const forVisitor = !post.team && post.only === 0;
  return markOf(
    post,
    c.participants.filter((p) => (post.only > 0 ? p.clientId === post.only : forVisitor === (p.role === "END_USER"))),
  );
}

/** From when on the chats may go back to their queues while nothing is heard, in server time; 0 while it is not known. */
export function requeueTime(s: AgentState): number {
  return s.desk === null || s.connection.lastContact === 0 ? 0 : serverTime(s.clock, deadline(s.connection, s.desk.absentSeconds));
}

/** A visitor's name as it is shown; "" when nothing is known. */
export function nameOf(c: Pick<ContactInfo, "firstName" | "lastName" | "emailAddress">): string {
  return `${c.firstName} ${c.lastName}`.trim() || c.emailAddress;
}
