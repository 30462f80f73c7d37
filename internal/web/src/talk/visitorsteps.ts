import { endInSight, observe } from "./clock";
import { addHappening, fileOf, happened, markBlocked, mergePosts, type Post, stillOlder } from "./log";
import { type Item, stepOutbox } from "./outbox";
import type { VisitorInput } from "./visitorinput";
import { firstVisitorState } from "./visitorfirst";
import type { VisitorAgent, VisitorState } from "./visitorstate";
import type { Role } from "./wire";
import type { PostedMessage, SessionPost, StandingAnswer, VisitorHeader, VisitorMessage } from "./wirevisitor";

/** The name of a post that the spam checks held back, in their notice. */
const blockedKey = "blockedMessageId";

/** One step of the visitor's side. It is pure, so that every tab comes to the same state. */
export function stepVisitor(s: VisitorState, input: VisitorInput): VisitorState {
  switch (input.kind) {
    case "phase":
      return { ...s, phase: input.phase };
    case "entered":
      return { ...firstVisitorState, clock: s.clock, outbox: s.outbox, absentSeconds: s.absentSeconds, phase: "queued", session: input.session, preview: { ...s.preview, every: input.previewEvery || s.preview.every } };
    case "standing":
      return standing({ ...s, position: input.position ?? s.position }, input.answer);
    case "posts":
      return { ...s, log: mergePosts(s.log, input.posts.map((p) => toPost(s, p))), older: stillOlder(s.log, s.older, input.posts[0]?.postNumber ?? 0, input.older) };
    case "batch":
      return { ...input.messages.reduce((t, m) => message(t, m, input.at), s), position: input.position };
    case "connection":
      return { ...s, connection: input.view };
    case "clock":
      return { ...s, clock: observe(s.clock, input.server, input.at) };
    case "outbox":
      return { ...s, outbox: stepOutbox(s.outbox, input.input) };
    case "sent":
      return { ...s, log: mergePosts(s.log, [ownPost(s, input.item, input.number, input.serverTime)]), outbox: stepOutbox(s.outbox, { kind: "sent", messageId: input.item.messageId }) };
    case "looked":
      return s.unread === 0 ? s : { ...s, unread: 0 };
    case "rated":
      return { ...s, rating: input.rating };
    case "ended":
      return { ...s, phase: "ended", ended: input.ended, queue: null };
    case "reset":
      return { ...firstVisitorState, clock: s.clock };
  }
}

function standing(s: VisitorState, a: StandingAnswer): VisitorState {
  const at = Date.parse(a.serviceFinishTime);
  const phase = a.state === "CONCLUDED" ? "ended" : a.state === "ACTIVE" ? "chatting" : "queued";
  return {
    ...s,
    // What the loop told of the end stays: the standing does not say why.
    phase: s.ended !== null ? "ended" : phase,
    queue: a.state === "QUEUED" && a.position > 0 ? { place: a.position, waitSeconds: a.expectedWaitTimeSeconds, at } : null,
    agents: a.agents.map((g) => {
      const old = s.agents.find((o) => o.clientId === g.clientId);
      return {
        clientId: g.clientId,
        name: g.name,
        role: g.role,
        bot: g.virtualAgent,
        away: g.connectionState === "ABSENT",
        awayEnds: g.connectionState === "ABSENT" ? (old?.awayEnds ?? 0) : 0,
        received: Math.max(g.receivedPost ?? 0, old?.received ?? 0),
        seen: Math.max(g.seenPost ?? 0, old?.seen ?? 0),
      };
    }),
    log: mergePosts(s.log, a.posts.map((p) => toPost(s, p))),
    idleEnds: endInSight(Date.parse(a.idleEnds ?? "") || 0, at),
    queueEnds: Date.parse(a.queueEnds ?? "") || 0,
    absentSeconds: a.absentSeconds ?? s.absentSeconds,
    preview: { ...s.preview, enabled: a.sneakPreviewState === "ENABLED" },
    files: a.files,
    rating: a.rating ?? s.rating,
    letters: a.letters ?? s.letters,
  };
}

function message(s: VisitorState, m: VisitorMessage, local: number): VisitorState {
  const at = Date.parse(m.createdTime);
  switch (m.messageName) {
    case "RNEngagementMessagePostedMessage":
      return posted(s, m, at);
    case "RNEngagementActivityChangedMessage":
      return { ...s, activity: m.mode === "LISTENING" || m.mode === "NONE" ? null : { clientId: m.clientId, mode: m.mode, at: local } };
    case "RNEngagementWaitInformationChangedMessage":
      return { ...s, queue: m.position > 0 ? { place: m.position, waitSeconds: m.expectedWaitTimeSeconds, at } : null };
    case "RNEngagementParticipantAddedMessage":
      return joined(s, m, at);
    case "RNEngagementParticipantLeftMessage": {
      const requeued = m.disconnectReason === "TRANSFERRED_TO_QUEUE" && m.role === "LEAD";
      return {
        ...s,
        phase: requeued && s.phase === "chatting" ? "queued" : s.phase,
        agents: requeued ? [] : s.agents.filter((a) => a.clientId !== m.clientId),
        activity: s.activity?.clientId === m.clientId ? null : s.activity,
        log: addHappening(s.log, happened("left", at, { clientId: m.clientId, name: m.name, role: m.role, reason: m.disconnectReason })),
      };
    }
    case "RNEngagementRoleChangedMessage":
      return { ...s, ...led(s, m.clientId, m.role, at) };
    case "RNEngagementParticipantConnectionStateChangedMessage": {
      const away = m.connectionState === "ABSENT";
      const awayEnds = away && m.secondsToDisconnect > 0 ? at + m.secondsToDisconnect * 1000 : 0;
      return { ...s, agents: s.agents.map((a) => (a.clientId === m.clientId ? { ...a, away, awayEnds } : a)), activity: away ? null : s.activity };
    }
    case "RNEngagementConcludedMessage":
      return {
        ...s,
        phase: "ended",
        ended: { reason: m.reason, role: m.role, at },
        queue: null,
        activity: null,
        idleEnds: 0,
        queueEnds: 0,
        log: addHappening(s.log, happened("ended", at, { reason: m.reason, role: m.role })),
      };
    case "RNEngagementConfigurationChangedMessage": {
      const pool = m.pool || m.value;
      return s.session === null || pool === "" ? s : { ...s, session: { ...s.session, pool } };
    }
    case "RNEngagementConsumerErrorOccurredMessage":
      return { ...s, trouble: m.text, log: addHappening(s.log, happened("trouble", at, { text: m.text })) };
    case "UsherReceiptMessage":
      return { ...s, agents: s.agents.map((a) => (a.clientId === m.clientId ? { ...a, received: Math.max(a.received, m.receivedPost), seen: Math.max(a.seen, m.seenPost) } : a)) };
    case "UsherIdleMessage":
      return { ...s, idleEnds: Date.parse(m.ends ?? "") || 0 };
    default:
      return s;
  }
}

function posted(s: VisitorState, m: PostedMessage & VisitorHeader, at: number): VisitorState {
  const blocked = m.messageDataMap?.[blockedKey];
  if (m.senderType === "SYSTEM" && blocked !== undefined) {
    return { ...s, log: markBlocked(s.log, blocked), heldBack: [...s.heldBack, blocked] };
  }
  const post: Post = {
    kind: "post",
    number: m.postNumber ?? 0,
    clientId: m.clientId,
    name: s.agents.find((a) => a.clientId === m.clientId)?.name ?? "",
    senderType: m.senderType,
    text: m.body,
    richText: m.richText,
    offTheRecord: m.offTheRecord,
    team: false,
    only: 0,
    messageId: m.messageId ?? "",
    data: m.messageDataMap,
    file: fileOf(m.messageDataMap),
    at,
    blocked: false,
  };
  const log = mergePosts(s.log, [post]);
  return { ...s, log, unread: log.length > s.log.length ? s.unread + 1 : s.unread, activity: s.activity?.clientId === m.clientId ? null : s.activity };
}

function joined(s: VisitorState, m: { clientId: number; name: string; greeting: string; role: Role; virtualAgent: boolean }, at: number): VisitorState {
  const old = s.agents.find((a) => a.clientId === m.clientId);
  // The standing may have told of an agent before its joining is heard.
  if (old && s.log.some((l) => l.kind === "joined" && l.clientId === m.clientId)) {
    return { ...s, ...led(s, m.clientId, m.role, at) };
  }
  const agent: VisitorAgent = { clientId: m.clientId, name: m.name, role: m.role, bot: m.virtualAgent, away: false, awayEnds: 0, received: 0, seen: 0 };
  // The greeting is a line beside the joining.
  const line = happened("joined", at, { clientId: m.clientId, name: m.name, role: m.role, text: m.greeting });
  return { ...s, phase: m.role === "LEAD" ? "chatting" : s.phase, queue: m.role === "LEAD" ? null : s.queue, queueEnds: m.role === "LEAD" ? 0 : s.queueEnds, agents: [...s.agents.filter((a) => a !== old), old ?? agent], log: addHappening(s.log, line) };
}

/** An agent has a role that it may have had: only a new lead is told. */
function led(s: VisitorState, clientId: number, role: Role, at: number): Pick<VisitorState, "agents" | "log"> {
  const agent = s.agents.find((a) => a.clientId === clientId);
  const agents = s.agents.map((a) => (a.clientId === clientId ? { ...a, role } : role === "LEAD" && a.role === "LEAD" ? { ...a, role: "CONFEREE" as const } : a));
  const leads = role === "LEAD" && agent !== undefined && agent.role !== "LEAD";
  return { agents, log: leads ? addHappening(s.log, happened("leads", at, { clientId, name: agent.name, role })) : s.log };
}

function toPost(s: VisitorState, p: SessionPost): Post {
  return {
    kind: "post",
    number: p.postNumber,
    clientId: p.clientId,
    name: p.name,
    senderType: p.clientId === s.session?.clientId ? "END_USER" : p.senderType,
    text: p.body,
    richText: p.richText,
    offTheRecord: p.offTheRecord,
    team: false,
    only: 0,
    messageId: p.messageId ?? "",
    data: p.messageDataMap,
    file: fileOf(p.messageDataMap),
    at: Date.parse(p.createdTime),
    blocked: false,
  };
}

function ownPost(s: VisitorState, i: Item, number: number, at: number): Post {
  return {
    kind: "post",
    number,
    clientId: s.session?.clientId ?? 0,
    name: "",
    senderType: "END_USER",
    text: i.text,
    richText: i.richText,
    offTheRecord: false,
    team: false,
    only: 0,
    messageId: i.messageId,
    data: null,
    file: null,
    at,
    blocked: s.heldBack.includes(i.messageId),
  };
}
