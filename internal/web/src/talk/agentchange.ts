import type { AgentState, Chat, Offer } from "./agentstate";
import type { Assignment } from "./wireagent";

/** Changes one chat. */
export function changeChat(s: AgentState, id: number, change: (c: Chat) => Chat): AgentState {
  return { ...s, chats: s.chats.map((c) => (c.id === id ? change(c) : c)) };
}

/** Changes one offer. */
export function changeOffer(s: AgentState, id: number, change: (o: Offer) => Offer): AgentState {
  return { ...s, offers: s.offers.map((o) => (o.engagementId === id ? change(o) : o)) };
}

/** Adds an offer, or what was offered again. One that is taken already stays taken. */
export function addOffer(s: AgentState, m: Assignment, ends: number): AgentState {
  if (s.chats.some((c) => c.id === m.engagementId && c.state === "active" && c.since >= m.createdTime)) {
    return s;
  }
  const offer: Offer = {
    engagementId: m.engagementId,
    type: m.type,
    queueId: m.queueId,
    contact: m.contactInfo,
    note: m.note ?? "",
    offered: m.createdTime,
    created: m.engagementCreateTime,
    ends,
    away: false,
    answering: "",
    gone: "",
    goneAt: 0,
  };
  const known = s.offers.find((o) => o.engagementId === m.engagementId && o.offered === m.createdTime);
  return known ? s : { ...s, offers: [...s.offers.filter((o) => o.engagementId !== m.engagementId), offer] };
}
