import type { AgentState, Chat } from "../../talk/agentstate";
import type { Line } from "../../talk/log";
import type { ConsolePage } from "../page";
import { authorOf, happeningText, visitorOf } from "./telling";

/** So many pages of older posts are read for a transcript at the most; a page has 200. */
const mostPages = 500;

/** Saves a whole chat as a text on this device. Answers why it could not, "" when it could. */
export async function saveTranscript(page: ConsolePage, state: AgentState, chat: Chat): Promise<string> {
  const now = (): Chat => page.agent.state().chats.find((c) => c.id === chat.id) ?? chat;
  for (let n = 0; now().older && n < mostPages; n++) {
    if ((await page.agent.do("older", chat.id))?.kind !== "answer") {
      return page.words.say("reason.broken");
    }
  }
  const lines = now().log.map((l) => lineOf(page, state, chat, l)).filter((l) => l !== "");
  const address = URL.createObjectURL(new Blob([lines.join("\r\n"), "\r\n"], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${visitorOf(page.words, chat)} ${chat.id}.txt`.replace(/[\\/:*?"<>|]/g, "_");
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return "";
}

function lineOf(page: ConsolePage, state: AgentState, chat: Chat, l: Line): string {
  const time = page.moments.dayAndTime(l.at);
  if (l.kind !== "post") {
    return `[${time}] ${happeningText(page.words, chat, l)}`;
  }
  const text = l.richText ? (new DOMParser().parseFromString(l.text.replace(/<br>|<\/p>|<\/li>/g, "$&\n"), "text/html").body.textContent ?? "") : l.text;
  const team = l.team || l.only > 0 ? ` (${page.words.say("chat.team")})` : "";
  const mine = l.clientId === state.session?.clientId ? (state.session?.name ?? "") : authorOf(page.words, state, chat, l);
  return `[${time}] ${mine}${team}: ${text.trimEnd()}`;
}
