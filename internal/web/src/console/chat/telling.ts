import type { AgentState, Chat } from "../../talk/agentstate";
import type { Happening, Post } from "../../talk/log";
import type { Item } from "../../talk/outbox";
import type { DeskWords } from "../page";

/** A text may have at most so many bytes (agent-api 3.6). */
const longest = 16 * 1024;

/** What a visitor is called when nothing is known. */
export function visitorOf(words: DeskWords, chat: Chat): string {
  return chat.visitorName || words.say("visitor.noName");
}

/** Who wrote a post, as it is shown. */
export function authorOf(words: DeskWords, state: AgentState, chat: Chat, post: Post): string {
  if (post.clientId === state.session?.clientId) {
    return words.say("common.you");
  }
  const who = chat.participants.find((p) => p.clientId === post.clientId);
  const name = who?.name || post.name || (post.senderType === "END_USER" ? visitorOf(words, chat) : words.say("visitor.agent"));
  return who?.virtualAgent ? words.say("chat.bot", { name }) : name;
}

/** What happened, in words; "" for what nobody has to read. */
export function happeningText(words: DeskWords, chat: Chat, h: Happening): string {
  const name = h.name || (h.role === "END_USER" ? visitorOf(words, chat) : words.say("visitor.agent"));
  switch (h.kind) {
    case "joined":
      return words.say(h.role === "MONITOR" ? "chat.watches" : "chat.joined", { name });
    case "left":
      return words.say("chat.left", { name });
    case "leads":
      return words.say("chat.leads", { name });
    case "ended":
      return endText(words, h, name);
    case "trouble":
      return h.text;
  }
}

function endText(words: DeskWords, h: Happening, name: string): string {
  switch (h.reason) {
    case "AGENT_CONCLUDED":
      return words.say("end.byAgent", { name });
    case "END_USER_CONCLUDED":
      return words.say("end.byVisitor", { name });
    case "IDLE_TIMEOUT":
      return words.say("end.idle");
    case "EJECTED":
      return words.say("end.ejected");
    case "TRANSFERRED_TO_QUEUE":
      return words.say("end.queued");
    case "PARTICIPANT_LEFT":
      return words.say("chat.left", { name });
    default:
      return words.say("end.none");
  }
}

/** Why a message was not sent. */
export function notSentReason(words: DeskWords, chat: Chat, item: Item): string {
  switch (item.reason?.status) {
    case 413:
      return words.say("reason.tooLong", { n: new TextEncoder().encode(item.text).length, max: longest });
    case 400:
    case 403:
    case 409:
      if (chat.state !== "active") {
        return words.say("reason.ended");
      }
  }
  return words.say("reason.refused", { text: item.reason?.text || String(item.reason?.status ?? "") });
}

/** Who leads a chat, if it is somebody else. */
export function leadOf(chat: Chat): string {
  return chat.role === "LEAD" ? "" : (chat.participants.find((p) => p.role === "LEAD")?.name ?? "");
}
