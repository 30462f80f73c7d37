import type { AgentState, Chat } from "../../talk/agentstate";
import { type ConsolePage, unreachable } from "../page";

/** Something that can be done with a chat. */
export interface Action {
  key: "transfer" | "invite" | "end" | "leave" | "reroute";
  name: string;
  /** Why it can't be done now. */
  reason: string | undefined;
  run: () => void;
}

/** What can be done with a chat: the buttons of its header, and lines of the command list. */
export function chatActions(page: ConsolePage, state: AgentState, chat: Chat): Action[] {
  const { words, agent, layer } = page;
  if (chat.state !== "active") {
    return [];
  }
  const reason = unreachable(words, state);
  if (chat.role !== "LEAD") {
    return [{ key: "leave", name: words.say("chat.leave"), reason, run: () => void agent.do("leave", chat.id) }];
  }
  const layered = (kind: "transfer" | "invite" | "end", name: string): Action => ({ key: kind, name, reason, run: () => layer.set({ kind, chat: chat.id }) });
  return [layered("transfer", words.say("transfer.open")), layered("invite", words.say("invite.open")), layered("end", words.say("end.open"))];
}
