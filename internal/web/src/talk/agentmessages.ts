import { addOffer, changeChat, changeOffer } from "./agentchange";
import { type AgentState, type Chat, newChat } from "./agentstate";
import { addHappening, fileOf, happened, markBlocked, mergePosts, type Post, waitsSince } from "./log";
import type { AgentMessage, ChatPost, ConnectionNotice, Disconnect, ParticipantAdded, ActivitySignal } from "./wireagent";

/** The name of a post that the spam checks held back, in their notice. */
const blockedKey = "blockedMessageId";
/** An offer that ends so near its time ran out; what ends sooner was withdrawn. In milliseconds. */
const ranOut = 1_500;

/** What one message of the loop changes. Types that are not known change nothing. */
export function agentMessage(s: AgentState, m: AgentMessage, local: number): AgentState {
  if (m.ChatPostMessage) {
    return posted(s, m.ChatPostMessage);
  }
  if (m.ChatActivitySignal) {
    return signalled(s, m.ChatActivitySignal, local);
  }
  if (m.ChatEngagementAssignment) {
    const offer = m.ChatEngagementAssignment;
    return { ...addOffer(s, offer, offer.createdTime + (s.desk?.offerSeconds ?? 60) * 1000), asked: false };
  }
  if (m.ChatEngagementParticipantAdded) {
    return joined(s, m.ChatEngagementParticipantAdded);
  }
  if (m.ChatDisconnectNotification) {
    return disconnected(s, m.ChatDisconnectNotification, local);
  }
  if (m.ChatConfigChangeNotification) {
    const pool = m.ChatConfigChangeNotification.pool || m.ChatConfigChangeNotification.value;
    return s.session === null || pool === "" ? s : { ...s, session: { ...s.session, pool } };
  }
  if (m.ChatSystemError) {
    return { ...s, trouble: { text: m.ChatSystemError.text, at: local } };
  }
  if (m.UsherReceipt) {
    const { engagementId, clientId, receivedPost, seenPost } = m.UsherReceipt;
    return changeChat(s, engagementId, (c) => ({
      ...c,
      participants: c.participants.map((p) => (p.clientId === clientId ? { ...p, received: Math.max(p.received, receivedPost), seen: Math.max(p.seen, seenPost) } : p)),
    }));
  }
  if (m.UsherConnection) {
    return connection(s, m.UsherConnection);
  }
  if (m.UsherIdle) {
    const { engagementId, ends } = m.UsherIdle;
    return changeChat(s, engagementId, (c) => ({ ...c, idleEnds: ends }));
  }
  if (m.UsherVisitor) {
    return changeChat(s, m.UsherVisitor.engagementId, (c) => ({ ...c, stale: true }));
  }
  return s;
}

function posted(s: AgentState, m: ChatPost): AgentState {
  const blocked = m.messageDataMap?.[blockedKey];
  if (m.senderType === "SYSTEM" && blocked !== undefined) {
    return changeChat(s, m.destinationId, (c) => ({ ...c, log: markBlocked(c.log, blocked), heldBack: [...c.heldBack, blocked] }));
  }
  return changeChat(s, m.destinationId, (c) => {
    const sender = c.participants.find((p) => p.clientId === m.senderId);
    const post: Post = {
      kind: "post",
      number: m.postNumber ?? 0,
      clientId: m.senderId,
      name: sender?.name ?? (m.senderType === "END_USER" ? c.visitorName : ""),
      senderType: m.senderType,
      text: m.body,
      richText: m.richText,
      offTheRecord: m.offTheRecord,
      team: m.visibility === "NOT_ENDUSER",
      only: 0,
      messageId: m.messageId,
      data: m.messageDataMap,
      file: fileOf(m.messageDataMap),
      at: m.createdTime,
      blocked: false,
    };
    const log = mergePosts(c.log, [post]);
    const news = log.length > c.log.length && m.senderType !== "SYSTEM";
    return {
      ...c,
      log,
      waitsSince: c.state === "active" ? waitsSince(log, m.senderType === "AGENT" && !post.team ? 0 : c.waitsSince) : 0,
      unread: news ? c.unread + 1 : c.unread,
      newSince: news ? c.newSince || m.createdTime : c.newSince,
      typing: m.senderType === "END_USER" ? null : c.typing,
    };
  });
}

function signalled(s: AgentState, m: ActivitySignal, local: number): AgentState {
  const away = m.mode === "NONE";
  const t = changeOffer(s, m.engagementId, (o) => ({ ...o, away }));
  return changeChat(t, m.engagementId, (c) => ({
    ...c,
    typing: m.mode === "RESPONDING" ? { at: local, preview: m.sneakPreview } : null,
    awaySince: away ? c.awaySince || m.createdTime : 0,
    awayEnds: away ? c.awayEnds : 0,
    participants: c.participants.map((p) => (p.clientId === m.clientId ? { ...p, away } : p)),
  }));
}

function connection(s: AgentState, m: ConnectionNotice): AgentState {
  const away = m.connectionState !== "ACTIVE";
  const t = changeOffer(s, m.engagementId, (o) => ({ ...o, away }));
  return changeChat(t, m.engagementId, (c) => ({
    ...c,
    typing: away ? null : c.typing,
    awaySince: away ? c.awaySince || m.createdTime : 0,
    awayEnds: away && m.secondsToDisconnect > 0 ? m.createdTime + m.secondsToDisconnect * 1000 : 0,
    participants: c.participants.map((p) => (p.clientId === m.clientId ? { ...p, away } : p)),
  }));
}

function joined(s: AgentState, m: ParticipantAdded): AgentState {
  const me = s.session?.clientId;
  const exists = s.chats.some((c) => c.id === m.engagementId && c.state !== "gone");
  // The offer's answer may come behind the introductions.
  const t = exists ? s : { ...s, chats: [...s.chats.filter((c) => c.id !== m.engagementId), newChat(m.engagementId, m.createdTime, {})] };
  return changeChat(t, m.engagementId, (c) => {
    if (m.clientId === me) {
      return { ...c, role: m.role };
    }
    const old = c.participants.find((p) => p.clientId === m.clientId);
    const participant = { clientId: m.clientId, name: m.name, role: m.role, accountId: m.accountId, virtualAgent: m.virtualAgent, received: old?.received ?? 0, seen: old?.seen ?? 0, away: false };
    const took = m.role === "LEAD" && c.role === "LEAD";
    // Who was there before this agent is introduced to it, and has not joined; nor has who stays in another role.
    const known = m.createdTime <= c.since || (old !== undefined && m.role !== "LEAD");
    const line = m.role === "END_USER" || old?.role === m.role || known ? null : happened(m.role === "LEAD" && old ? "leads" : "joined", m.createdTime, { clientId: m.clientId, name: m.name, role: m.role });
    return {
      ...c,
      role: took ? "CONFEREE" : c.role,
      visitorName: m.role === "END_USER" ? c.visitorName || m.name : c.visitorName,
      participants: old ? c.participants.map((p) => (p === old ? participant : p)) : [...c.participants, participant],
      log: line === null ? c.log : addHappening(c.log, line),
      asked: c.asked?.clientId === m.clientId ? { ...c.asked, outcome: "taken" } : c.asked,
    };
  });
}

function disconnected(s: AgentState, m: Disconnect, local: number): AgentState {
  if (m.role === "NONE" || s.offers.some((o) => o.engagementId === m.engagementId && m.role === "END_USER")) {
    return withdrawn(s, m, local);
  }
  const mine = m.clientId === s.session?.clientId;
  return changeChat(s, m.engagementId, (c) => {
    if (m.createdTime < c.since) {
      return c;
    }
    if (m.role === "TRANSIENT") {
      const outcome = m.reason === "PARTICIPANT_LEFT" ? "declined" : m.reason === "IDLE_TIMEOUT" ? "late" : "lost";
      return c.asked?.clientId === m.clientId ? { ...c, asked: { ...c.asked, outcome } } : { ...c, early: { clientId: m.clientId, outcome } };
    }
    const who = c.participants.find((p) => p.clientId === m.clientId);
    const name = mine ? (s.session?.name ?? "") : (who?.name ?? (m.role === "END_USER" ? c.visitorName : ""));
    const over = m.role === "END_USER" || mine || m.reason === "TRANSFERRED_TO_QUEUE" || m.reason === "AGENT_CONCLUDED";
    if (over) {
      return finished(c, m, name, mine, s.desk?.wrapUpSeconds ?? 0);
    }
    return {
      ...c,
      participants: c.participants.filter((p) => p !== who),
      log: addHappening(c.log, happened("left", m.createdTime, { clientId: m.clientId, name, role: m.role, reason: m.reason })),
    };
  });
}

/** The chat is over, or goes on without this agent. Only a lead has a wrap-up. */
function finished(c: Chat, m: Disconnect, name: string, mine: boolean, wrapUpSeconds: number): Chat {
  const wraps = m.role === "END_USER" && c.role === "LEAD";
  return {
    ...c,
    state: c.state === "wrapUp" || wraps ? "wrapUp" : "gone",
    typing: null,
    waitsSince: 0,
    awaySince: 0,
    awayEnds: 0,
    idleEnds: 0,
    wrapUpEnds: wraps && wrapUpSeconds > 0 ? m.createdTime + wrapUpSeconds * 1000 : c.wrapUpEnds,
    ended: { reason: m.reason, role: m.role, name, mine, at: m.createdTime },
    log: addHappening(c.log, happened("ended", m.createdTime, { clientId: m.clientId, name, role: m.role, reason: m.reason })),
  };
}

function withdrawn(s: AgentState, m: Disconnect, local: number): AgentState {
  const offer = s.offers.find((o) => o.engagementId === m.engagementId && o.gone === "" && o.offered <= m.createdTime);
  if (offer === undefined) {
    return s;
  }
  const missed = m.role === "NONE" && offer.answering === "" && m.createdTime >= offer.ends - ranOut;
  const gone = m.role === "END_USER" ? "visitorLeft" : "taken";
  return { ...changeOffer(s, m.engagementId, (o) => ({ ...o, gone, goneAt: local, answering: "" })), missed: missed ? s.missed + 1 : s.missed };
}
