import type { Post } from "../talk/log";
import type { VisitorAgent } from "../talk/visitorstate";
import type { App } from "./app";

/** Who leads the chat. */
export function leadOf(a: App): VisitorAgent | undefined {
  return a.s.agents.find((g) => g.role === "LEAD");
}

/** An agent's name: programs are called so. */
export function nameOf(a: App, clientId: number, name = ""): string {
  const agent = a.s.agents.find((g) => g.clientId === clientId);
  const said = agent?.name || name || a.say("widget.agent");
  return agent?.bot ? a.say("widget.bot", { name: said }) : said;
}

/** Who posted, by name. */
export function senderOf(a: App, post: Post): string {
  return nameOf(a, post.clientId, post.name);
}
