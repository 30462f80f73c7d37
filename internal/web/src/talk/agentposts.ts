import type { AgentWork } from "./agentwork";
import { answerTime, serverTime } from "./clock";
import { type Outcome, passing } from "./http";
import { lastNumber } from "./log";
import type { Item } from "./outbox";
import type { AgentEnvelope } from "./wire";
import type { HistoryAnswer, HistoryPost } from "./wireagent";

/** Reads and sends posts. What is read is in the state before it is answered; null: it can't be read now. */
export interface AgentPosts {
  /** The newest, those before a number, or those after it. */
  read(chat: number, where: { newest: true } | { beforePost: number } | { afterPost: number }): Promise<HistoryPost[] | null>;
  newest(chat: number): Promise<HistoryPost[] | null>;
  /** Those that are newer than what is known. */
  after(chat: number): Promise<HistoryPost[] | null>;
  send(item: Item): Promise<Outcome<unknown>>;
  /** Which of our messages the server has, as far back as the oldest that waits. */
  present(chat: number): Promise<string[] | null>;
}

const page = 200;

/** Makes them. */
export function agentPosts(w: AgentWork): AgentPosts {
  const read: AgentPosts["read"] = async (chat, where) => {
    const o = await w.own<HistoryAnswer>("history", { engagementId: chat, limit: page, ...where });
    if (o.kind !== "answer") {
      // What may not be read is not asked for again and again.
      if (o.kind === "refused" && !passing(o)) {
        w.put({ kind: "history", chat, posts: [], older: false });
      }
      return null;
    }
    w.put({ kind: "history", chat, posts: o.value.posts, older: "afterPost" in where ? null : o.value.more });
    return o.value.posts;
  };
  const newest = (chat: number): Promise<HistoryPost[] | null> => read(chat, { newest: true });

  return {
    read,
    newest,
    after: (chat) => read(chat, { afterPost: lastNumber(w.state().chats.find((c) => c.id === chat)?.log ?? []) }),
    send: async (item) => {
      const o = await w.contract<AgentEnvelope>("postMessage", postBody(item));
      if (o.kind === "answer") {
        w.put({ kind: "sent", item, number: o.post, serverTime: o.postTime || answerTime(o.value) || w.env.now() });
      }
      return o;
    },
    present: async (chat) => {
      const oldest = serverTime(w.state().clock, Math.min(...w.state().outbox.items.filter((i) => i.chat === chat).map((i) => i.made)));
      const ids: string[] = [];
      for (let posts = await newest(chat); posts !== null; posts = await read(chat, { beforePost: posts[0]?.postNumber ?? 0 })) {
        ids.push(...posts.filter((p) => p.clientId === w.state().session?.clientId).map((p) => p.messageId));
        if (posts.length < page || (posts[0]?.createdTime ?? 0) < oldest) {
          return ids;
        }
      }
      // A chat that is gone has no record for us: what waits for it is sent, and refused in words.
      return w.state().chats.some((c) => c.id === chat && c.state !== "gone") ? null : ids;
    },
  };
}

function postBody(i: Item): object {
  const one = i.to.kind === "one" ? i.to : null;
  return {
    body: i.text,
    destinationId: one?.clientId ?? i.chat,
    destinationType: one?.type ?? "ENGAGEMENT",
    messageType: "NONE",
    messageId: i.messageId,
    richText: i.richText,
    visibility: i.to.kind === "all" ? "ALL" : "NOT_ENDUSER",
  };
}
