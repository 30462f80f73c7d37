import type { AgentInput } from "./agentinput";
import { addOffer, changeChat, changeOffer } from "./agentchange";
import { agentMessage } from "./agentmessages";
import { nameOf } from "./agentfigures";
import { type AgentState, type Chat, firstAgentState, newChat, type Offer } from "./agentstate";
import { endInSight, observe } from "./clock";
import { addHappening, fileOf, happened, type Line, mergePosts, type Post, stillOlder, waitsSince } from "./log";
import { type Item, stepOutbox } from "./outbox";
import type { ClientInfo, HeldEngagement, HistoryPost } from "./wireagent";

/** For how long it is told that an offer is gone, in milliseconds. */
const goneShown = 10_000;

/** How many chats at once, for an account that says it itself. */
const usualPlaces = 4;

/** One step of the agent's side. It is pure, so that every tab comes to the same state. */
export function stepAgent(s: AgentState, input: AgentInput): AgentState {
  switch (input.kind) {
    case "phase":
      return input.phase === "out"
        ? { ...firstAgentState, clock: s.clock, outbox: s.outbox, phase: "out", failure: input.failure ?? "", failureText: input.text ?? "" }
        : { ...s, phase: input.phase, failure: input.failure ?? "", failureText: input.text ?? "" };
    case "desk":
      return { ...s, desk: input.desk, places: s.places || input.desk.places || usualPlaces, clock: observe(s.clock, input.desk.time, input.at) };
    case "entered":
      return {
        ...s,
        phase: "in",
        session: input.session,
        position: input.position,
        loaded: false,
        // What was said while another session had the chats did not come by this loop.
        chats: s.chats.map((c) => ({ ...c, read: false })),
        status: { status: input.status, subTypeId: input.subTypeId, since: s.status.status === input.status ? s.status.since : 0, pending: null },
      };
    case "standing":
      return standing(s, input.answer.engagements, input.answer.responseSentMilliseconds);
    case "loaded":
      return { ...s, loaded: true };
    case "batch":
      return { ...input.messages.reduce((t, m) => agentMessage(t, m, input.at), s), position: input.position };
    case "history":
      return changeChat(s, input.chat, (c) => {
        const log = mergePosts(c.log, input.posts.map(toPost));
        return { ...c, log, read: true, older: c.read ? stillOlder(c.log, c.older, input.posts[0]?.postNumber ?? 0, input.older) : (input.older ?? c.older), waitsSince: waitsSince(log, c.waitsSince) };
      });
    case "visitor":
      return changeChat(s, input.chat, (c) => ({
        ...c,
        contact: input.answer.contact,
        visitorName: nameOf(input.answer.contact) || c.visitorName,
        verified: input.answer.verified,
        page: input.answer.page,
        earlier: input.answer.earlier,
        stale: false,
      }));
    case "connection":
      return { ...s, connection: input.view };
    case "clock":
      return { ...s, clock: observe(s.clock, input.server, input.at) };
    case "statusAsked":
      return { ...s, status: { ...s.status, pending: input.pending } };
    case "status":
      return { ...s, status: { status: input.status, subTypeId: input.subTypeId, since: input.since, pending: null }, missed: input.status === "AVAILABLE" ? 0 : s.missed };
    case "requests":
      return { ...s, requests: input.requests, asked: input.asked, places: input.places };
    case "answering":
      return changeOffer(s, input.engagementId, (o) => ({ ...o, answering: input.answer }));
    case "accepted": {
      const offer = s.offers.find((o) => o.engagementId === input.engagementId);
      const role = offer?.type === "CONFERENCE" ? "CONFEREE" : offer?.type === "MONITOR" ? "MONITOR" : "LEAD";
      return { ...enter(s, input.engagementId, role, input.clients, input.since), missed: 0, asked: false };
    }
    case "stepped":
      return enter(s, input.engagementId, input.role, input.clients, input.since);
    case "declined":
      return { ...s, offers: s.offers.filter((o) => o.engagementId !== input.engagementId), missed: 0 };
    case "gone":
      return changeOffer(s, input.engagementId, (o) => ({ ...o, answering: "", gone: o.gone || "taken", goneAt: o.goneAt || input.at }));
    case "outbox":
      return { ...s, outbox: stepOutbox(s.outbox, input.input) };
    case "sent":
      return sent(s, input.item, input.number, input.serverTime);
    case "asked":
      return changeChat(s, input.chat, (c) => {
        const joined = c.participants.some((p) => p.clientId === input.asked.clientId);
        const answered = c.early?.clientId === input.asked.clientId ? c.early.outcome : "";
        return { ...c, asked: { ...input.asked, outcome: joined ? "taken" : answered }, early: null };
      });
    case "concluded":
      return changeChat(s, input.chat, (c) => {
        if (c.state !== "active") {
          return c;
        }
        const state = c.role === "LEAD" ? "wrapUp" : "gone";
        const ended = { reason: "AGENT_CONCLUDED" as const, role: c.role, name: s.session?.name ?? "", mine: true, at: input.at };
        return { ...c, state, typing: null, waitsSince: 0, wrapUpEnds: input.ends, ended, log: addHappening(c.log, happened("ended", input.at, { reason: "AGENT_CONCLUDED", name: ended.name, role: c.role })) };
      });
    case "dropped":
      return { ...s, chats: s.chats.filter((c) => c.id !== input.chat) };
    case "looked":
      return changeChat(s, input.chat, (c) => (c.unread === 0 ? c : { ...c, unread: 0, newSince: 0 }));
    case "contact":
      return changeChat(s, input.chat, (c) => {
        const contact = c.contact === null ? null : { ...c.contact, ...input.fields };
        return { ...c, contact, visitorName: (contact === null ? "" : nameOf(contact)) || c.visitorName };
      });
    case "wrapUp":
      return changeChat(s, input.chat, (c) => ({ ...c, result: input.result, wrapUpNote: input.note }));
    case "tidy":
      return { ...s, offers: s.offers.filter((o) => o.gone === "" || input.at - o.goneAt < goneShown) };
  }
}

/** The agent is in a chat: what was known of the offer goes with it. */
function enter(s: AgentState, id: number, role: Chat["role"], clients: readonly ClientInfo[], since: number): AgentState {
  const offer = s.offers.find((o) => o.engagementId === id);
  const offers = s.offers.filter((o) => o.engagementId !== id);
  const participants = clients.filter((c) => c.clientId !== s.session?.clientId).map((c) => ({ ...c, received: 0, seen: 0, away: false }));
  const old = s.chats.find((c) => c.id === id && c.state !== "gone");
  if (old) {
    const known = new Set(old.participants.map((p) => p.clientId));
    return changeChat({ ...s, offers }, id, (c) => ({ ...c, role, participants: [...c.participants, ...participants.filter((p) => !known.has(p.clientId))], ...(offer ? told(offer) : {}) }));
  }
  const visitor = clients.find((c) => c.role === "END_USER");
  const chat = newChat(id, since, { role, participants, visitorName: visitor?.name ?? "", ...(offer ? told(offer) : {}) });
  return { ...s, offers, chats: [...s.chats.filter((c) => c.id !== id), chat] };
}

function told(offer: Offer): Partial<Chat> {
  const name = nameOf(offer.contact);
  return { contact: offer.contact, queueId: offer.queueId, note: offer.note, ...(name === "" ? {} : { visitorName: name }) };
}

/** What the server says that the session holds: the truth after a reload or a gap. */
function standing(s: AgentState, held: readonly HeldEngagement[], at: number): AgentState {
  const ids = new Set(held.map((h) => h.engagementId));
  let next: AgentState = {
    ...s,
    offers: s.offers.map((o) => (ids.has(o.engagementId) || o.gone !== "" || o.offered > at ? o : { ...o, gone: "taken" as const, goneAt: at, answering: "" as const })),
    // What was accepted since the server spoke is not missing.
    chats: s.chats.map((c) => (ids.has(c.id) || c.state === "gone" || c.since >= at ? c : { ...c, state: "gone" as const, typing: null })),
  };
  for (const h of held) {
    next = h.state === "OFFERED" || h.role === "TRANSIENT" ? (h.offer ? addOffer(next, h.offer, h.offerExpires) : next) : hold(next, h, at);
  }
  return next;
}

function hold(s: AgentState, h: HeldEngagement, at: number): AgentState {
  const me = s.session?.clientId;
  const others = (h.participants ?? []).filter((p) => p.clientId !== me);
  const known = s.chats.find((c) => c.id === h.engagementId && c.state !== "gone");
  const base = known ? s : { ...s, chats: [...s.chats.filter((c) => c.id !== h.engagementId), newChat(h.engagementId, h.since, {})] };
  return changeChat({ ...base, offers: base.offers.filter((o) => o.engagementId !== h.engagementId) }, h.engagementId, (c) => {
    const visitor = others.find((p) => p.role === "END_USER");
    return {
      ...c,
      state: h.state === "WRAP_UP" ? "wrapUp" : "active",
      role: h.role,
      queueId: h.queueId,
      visitorName: c.visitorName || h.visitorName || visitor?.name || "",
      participants: others.map((p) => {
        const old = c.participants.find((o) => o.clientId === p.clientId);
        return {
          clientId: p.clientId,
          name: p.name,
          role: p.role,
          accountId: p.accountId,
          virtualAgent: p.virtualAgent,
          received: Math.max(p.receivedPost, old?.received ?? 0),
          seen: Math.max(p.seenPost, old?.seen ?? 0),
          away: p.connectionState === "ABSENT",
        };
      }),
      waitsSince: h.waitsSince ?? c.waitsSince,
      awaySince: visitor?.connectionState === "ABSENT" ? c.awaySince || at : 0,
      idleEnds: endInSight(h.idleEnds ?? 0, at),
      wrapUpEnds: h.wrapUpEnds,
      result: h.result ?? c.result,
      wrapUpNote: h.note ?? c.wrapUpNote,
    };
  });
}

/** A post of the history as a line. */
export function toPost(p: HistoryPost): Post {
  return {
    kind: "post",
    number: p.postNumber,
    clientId: p.clientId,
    name: p.name,
    senderType: p.senderType,
    text: p.body,
    richText: p.richText,
    offTheRecord: p.offTheRecord,
    team: p.visibility === "NOT_ENDUSER",
    only: p.only ?? 0,
    messageId: p.messageId,
    data: p.messageDataMap,
    file: p.file ?? fileOf(p.messageDataMap),
    at: p.createdTime,
    blocked: false,
  };
}

function sent(s: AgentState, i: Item, number: number, at: number): AgentState {
  const post: Post = {
    kind: "post",
    number,
    clientId: s.session?.clientId ?? 0,
    name: s.session?.name ?? "",
    senderType: "AGENT",
    text: i.text,
    richText: i.richText,
    offTheRecord: false,
    team: i.to.kind === "team",
    only: i.to.kind === "one" ? i.to.clientId : 0,
    messageId: i.messageId,
    data: null,
    file: null,
    at,
    blocked: false,
  };
  const next = changeChat(s, i.chat, (c) => {
    const log: Line[] = mergePosts(c.log, [{ ...post, blocked: c.heldBack.includes(post.messageId) }]);
    return { ...c, log, waitsSince: post.only > 0 ? c.waitsSince : waitsSince(log, post.team ? c.waitsSince : 0) };
  });
  return { ...next, outbox: stepOutbox(next.outbox, { kind: "sent", messageId: i.messageId }) };
}
