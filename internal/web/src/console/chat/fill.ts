import type { AgentState, Chat } from "../../talk/agentstate";
import type { Reply } from "../../talk/wireagent";
import type { DeskWords } from "../page";

/** What the fields of a reply stand for in one chat, such as {visitor.firstName}. */
export type Values = (field: string) => { value: string; label: string } | null;

/** The values of a chat. A field that is none answers null, and its braces stay. */
export function valuesOf(words: DeskWords, state: AgentState, chat: Chat): Values {
  const custom = (name: string): string => chat.contact?.customFields.find((f) => f.name === name)?.value ?? "";
  return (field) => {
    switch (field) {
      case "visitor.firstName":
        return { value: chat.contact?.firstName ?? "", label: words.say("visitor.firstName") };
      case "visitor.lastName":
        return { value: chat.contact?.lastName ?? "", label: words.say("visitor.lastName") };
      case "visitor.email":
        return { value: chat.contact?.emailAddress ?? "", label: words.say("visitor.email") };
      case "agent.name":
        return { value: state.session?.name ?? "", label: words.say("visitor.agent") };
    }
    const name = /^field\.(.+)$/.exec(field)?.[1];
    return name === undefined ? null : { value: custom(name), label: name.replace(/^c\$/, "").replace(/_/g, " ") };
  };
}

/** A reply with its fields filled in; what is not known is left to be written, as ‹order number›. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{([\w$.]+)\}/g, (whole, field: string) => {
    const known = values(field);
    return known === null ? whole : known.value || `‹${known.label}›`;
  });
}

/** A place in a text that waits to be written. */
export interface Gap {
  from: number;
  to: number;
  label: string;
}

/** The first gap from a place on; null when there is none. */
export function gap(text: string, from = 0): Gap | null {
  const found = /‹([^‹›\n]+)›/.exec(text.slice(from));
  return found === null ? null : { from: from + found.index, to: from + found.index + found[0].length, label: found[1] ?? "" };
}

/** What "/" and some letters stand for: where the slash is, and what is looked for. */
export interface Slash {
  at: number;
  query: string;
}

/** The slash that the cursor stands behind, if it begins a word. */
export function slashAt(text: string, cursor: number): Slash | null {
  const found = /(?:^|\s)\/([^\n/]{0,40})$/.exec(text.slice(0, cursor));
  return found === null ? null : { at: cursor - (found[1] ?? "").length - 1, query: found[1] ?? "" };
}

/** The replies in which all words of a query are found, in title or text; those for this chat's queue and language first. */
export function matching(replies: readonly Reply[], query: string, queueId: number, language: string): Reply[] {
  const parts = query.toLocaleLowerCase().split(/\s+/).filter((p) => p !== "");
  const fit = (r: Reply): number => {
    const queue = (r.queueIds ?? []).length === 0 || r.queueIds?.includes(queueId) ? 0 : 2;
    const tongue = !r.language || language.startsWith(r.language) ? 0 : 1;
    const title = parts.length > 0 && !parts.every((p) => r.title.toLocaleLowerCase().includes(p)) ? 4 : 0;
    return queue + tongue + title;
  };
  return replies
    .filter((r) => parts.every((p) => `${r.title}\n${r.text}`.toLocaleLowerCase().includes(p)))
    .map((r, i) => ({ r, rank: fit(r), i }))
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .map((x) => x.r);
}
