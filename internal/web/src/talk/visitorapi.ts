import { answerTime } from "./clock";
import { call, type Call, type Outcome } from "./http";
import type { Contract } from "./loop";
import type { VisitorSession } from "./visitorstate";
import type { EngagementAnswer, OpenAnswer, StandingAnswer, StartAnswer, TranscriptAnswer, VisitorBatch, VisitorMessage } from "./wirevisitor";

/** What a page says of its visitor, and of what it is about (bootstrap 6.3). All is optional. */
export interface Attributes {
  /** Who the visitor is, signed by the site's back end. */
  identity?: string;
  firstName?: string;
  lastName?: string;
  emailAddress?: string;
  question?: string;
  queueId?: number;
  productId?: number;
  categoryId?: number;
  interfaceId?: number;
  referrerUrl?: string;
  visitorId?: string;
  /** "RESUME": go on with a chat of the same signed identity. */
  resumeType?: string;
  auxiliaryData?: Record<string, string>;
  customFields?: { name: string; type?: string; value: string }[];
}

/** Where somebody would like to chat, before the chat. */
export interface Target {
  queueId?: number;
  productId?: number;
  categoryId?: number;
  language?: string;
}

/** A message out of hours. */
export interface OfflineMessage {
  emailAddress: string;
  name?: string;
  message: string;
  queueId?: number;
  fields?: { name: string; value: string }[];
  language?: string;
  pageUrl?: string;
}

/** The visitor's operations at one site. */
export interface VisitorApi {
  open(target: Target): Promise<Outcome<OpenAnswer>>;
  /** Gets a token with the widget key, and the chat with it. */
  start(attributes: Attributes): Promise<Outcome<EngagementAnswer & { pool: string }>>;
  message(m: OfflineMessage): Promise<Outcome<{ number: number }>>;
  contract<T>(operation: string, body: object, more?: Partial<Call>): Promise<Outcome<T>>;
  own<T>(operation: string, body: object): Promise<Outcome<T>>;
  /** The newest posts and where the chat stands, or the posts where it is said. */
  standing(where: Record<string, string>, more?: Partial<Call>): Promise<Outcome<StandingAnswer>>;
  /** The lines of the transcript after a number. */
  transcript(after: number): Promise<Outcome<TranscriptAnswer>>;
  file(name: string, messageId: string): { url: string; headers: Record<string, string> };
}

/** Makes the operations. session and ack answer who asks, and how far it has received. */
export function visitorApi(site: string, key: string, session: () => VisitorSession | null, ack: () => number): VisitorApi {
  const name = encodeURIComponent(site);
  let transaction = 0;
  const headers = (): Record<string, string> => {
    const s = session();
    return s === null ? {} : { SessionId: s.sessionId, "Usher-Ack": String(ack()) };
  };
  const at = (operation: string, query: Record<string, string> = {}): string => {
    const text = new URLSearchParams(query).toString();
    return `/usher/consumer/${name}/v1/${operation}${text === "" ? "" : `?${text}`}`;
  };
  const contract: VisitorApi["contract"] = <T>(operation: string, body: object, more: Partial<Call> = {}) => {
    const pool = session()?.pool ?? "";
    const url = `/engagement/api/consumer/${name}/v1/${operation}${pool === "" ? "" : `?pool=${encodeURIComponent(pool)}`}`;
    return call<T>({ ...more, url, headers: { ...headers(), ...more.headers }, body: { clientRequestTime: new Date().toISOString(), clientTransactionId: ++transaction, ...body } });
  };
  const get = <T>(operation: string, query: Record<string, string>, more: Partial<Call> = {}): Promise<Outcome<T>> => call<T>({ ...more, method: "GET", url: at(operation, query), headers: headers() });

  return {
    open: (target) => get("open", { key, ...Object.fromEntries(Object.entries(target).map(([k, v]) => [k, String(v)])) }),
    start: async (attributes) => {
      const token = await call<StartAnswer>({ url: at("start"), body: { key, ...attributes } });
      if (token.kind !== "answer") {
        return token;
      }
      const o = await contract<EngagementAnswer>("requestEngagement", {}, { headers: { Authorization: `Bearer ${token.value.channelToken}` } });
      return o.kind === "answer" ? { ...o, value: { ...o.value, pool: token.value.pool } } : o;
    },
    message: (m) => call({ url: at("message"), body: { key, ...m } }),
    contract,
    own: (operation, body) => call({ url: at(operation), headers: headers(), body }),
    standing: (where, more) => get("session", { limit: "200", ...where }, more),
    transcript: (after) => get("transcript", { after: String(after), limit: "100" }),
    file: (file, messageId) => ({ url: at("files", { name: file, messageId }), headers: headers() }),
  };
}

/** The messages that have a number of their own; others are fleeting, or not known. */
const durable = new Set([
  "RNEngagementConcludedMessage",
  "RNEngagementParticipantAddedMessage",
  "RNEngagementMessagePostedMessage",
  "RNEngagementParticipantLeftMessage",
  "RNEngagementRoleChangedMessage",
]);

/** The server holds a visitor's retrieval for so long at the most. */
const holdSeconds = 30;

/** The visitor's contract, as the loop needs it. dated is told the server's time of each answer. */
export function visitorContract(api: VisitorApi, dated: (server: number) => void): Contract<VisitorMessage> {
  return {
    holdSeconds,
    // A visitor's session has one engagement.
    identity: (m) => (durable.has(m.messageName) ? { channel: 0, number: m.sequenceNumber } : null),
    poll: async (ack, signal) => {
      const o = await api.contract<VisitorBatch>("getMessages", {}, { signal, timeout: (holdSeconds + 15) * 1000, headers: { "Usher-Events": "1", "Usher-Ack": String(ack) } });
      if (o.kind !== "answer") {
        return o;
      }
      dated(answerTime(o.value));
      return { ...o, value: o.value.systemMessages };
    },
    probe: (signal) => api.standing({ newest: "true" }, { signal }),
  };
}
