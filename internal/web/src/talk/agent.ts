import { agentApi } from "./agentapi";
import type { AgentCommand, AgentCommands } from "./agentcommands";
import { leadAgent } from "./agentleader";
import { type AgentState, firstAgentState } from "./agentstate";
import { stepAgent } from "./agentsteps";
import { pageChannel } from "./channel";
import { type Drafts, openDrafts } from "./drafts";
import { type Env, pageEnv } from "./env";
import type { Outcome } from "./http";
import { newId } from "./ids";
import { deviceKeep, type Keep } from "./keep";
import { byElection, byLock } from "./lead";
import { newItem, type To } from "./outbox";
import { keepItem } from "./postman";
import { joinTabs } from "./tabs";
import { type Upload, upload } from "./upload";
import type { SentFile } from "./wire";
import type { DirectoryAnswer, RecordAnswer, RepliesAnswer, Reply, SearchAnswer, SearchQuery } from "./wireagent";

/** The agent's side of a page: one state, and what can be done. All tabs of a browser have the same. */
export interface Agent {
  state(): AgentState;
  /** Calls act after each change, and answers how to stop that. */
  watch(act: () => void): () => void;
  /** Whether this tab runs the loop: it alone sounds and notifies. */
  leads(): boolean;
  /** Does something; null: the tab that did it has gone, and how it came out is not known. */
  do<K extends keyof AgentCommands>(name: K, ...args: Parameters<AgentCommands[K]>): Promise<Awaited<ReturnType<AgentCommands[K]>> | null>;
  /** Keeps a message on this device and sends it; answers its messageId. */
  post(chat: number, text: string, to: To, richText: boolean): string;
  drafts: Drafts;
  /** Sends a file to everybody in a chat. */
  sendFile(chat: number, file: File, progress: (part: number) => void): Upload<{ file: SentFile | null }>;

  // What only reads is asked for by each tab itself.

  /** Who is logged on, and how the queues stand. */
  directory(): Promise<Outcome<DirectoryAnswer>>;
  replies(): Promise<Outcome<RepliesAnswer>>;
  /** Keeps a reply of one's own; id 0 makes a new one. */
  saveReply(reply: Pick<Reply, "id" | "title" | "text">): Promise<Outcome<{ reply: Reply }>>;
  deleteReply(id: number): Promise<Outcome<unknown>>;
  search(query: SearchQuery): Promise<Outcome<SearchAnswer>>;
  /** The lines of a past chat after a number. */
  record(engagementId: number, after: number): Promise<Outcome<RecordAnswer>>;
  /** Takes this tab out; another goes on. */
  leave(): void;
}

/** How an agent's side is made otherwise than in a page of its own, by tests. */
export interface AgentOptions {
  keep?: Keep;
  env?: Env;
}

/** Joins the tabs of this browser at a site, and goes on where they are. */
export function openAgent(site: string, o: AgentOptions = {}): Agent {
  const name = `usher.agent.${site}`;
  const keep = o.keep ?? deviceKeep(() => localStorage, `${name}.`);
  const env = o.env ?? pageEnv;
  // Locks need a secure context; a console in a house network may have none.
  const leadership = "locks" in navigator ? byLock(name) : byElection(pageChannel(`${name}.election`), newId(), env);
  const tabs = joinTabs({
    first: firstAgentState,
    step: stepAgent,
    lead: (state, put) => leadAgent(site, keep, env, state, put),
    channel: pageChannel(name),
    leadership,
  });
  const api = agentApi(
    site,
    () => tabs.state().session,
    () => tabs.state().position.ack,
  );
  // A page that is only put aside by the browser may come back; one that goes hands over at once.
  window.addEventListener("pagehide", (e) => e.persisted || tabs.leave());
  const send = (command: AgentCommand): Promise<unknown> => tabs.send(command);

  return {
    state: tabs.state,
    watch: tabs.watch,
    leads: tabs.leads,
    leave: tabs.leave,
    // What goes from tab to tab has lost its type; the names in AgentCommands give it back.
    do: <K extends keyof AgentCommands>(command: K, ...args: Parameters<AgentCommands[K]>) => send({ name: command, args }) as Promise<Awaited<ReturnType<AgentCommands[K]>> | null>,
    post: (chat, text, to, richText) => {
      const item = newItem(newId(), chat, text, richText, to, env.now());
      // Whichever tab goes away now, the words stay.
      keepItem(keep, item);
      void send({ name: "post", args: [item] });
      void send({ name: "rest", args: [chat] });
      return item.messageId;
    },
    drafts: openDrafts(keep),
    sendFile: (chat, file, progress) => {
      const { url, headers } = api.file(chat, file.name, newId());
      const way = upload<{ file: SentFile | null }>(url, headers, file, progress);
      void way.done.then((out) => (out.kind === "answer" ? send({ name: "fileSent", args: [chat] }) : null));
      return way;
    },
    directory: () => api.contract("retrieveAgentsAndQueues", { id: 0, type: "ALL", includeAgentInformation: true, includeQueueInformation: true, includeQueueStatistics: true }),
    replies: () => api.own("replies", {}),
    saveReply: (reply) => api.own("saveReply", reply),
    deleteReply: (id) => api.own("deleteReply", { id }),
    search: (query) => api.own("search", query),
    record: (engagementId, after) => api.own("record", { engagementId, after, limit: 200 }),
  };
}
