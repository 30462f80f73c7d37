import { noChannel, pageChannel } from "./channel";
import { type Drafts, openDrafts } from "./drafts";
import { type Env, pageEnv } from "./env";
import type { Outcome } from "./http";
import { newId } from "./ids";
import type { Keep } from "./keep";
import { alone, byElection, byLock } from "./lead";
import { newItem } from "./outbox";
import { keepItem } from "./postman";
import { joinTabs } from "./tabs";
import { type Upload, upload } from "./upload";
import { type OfflineMessage, type Target, visitorApi } from "./visitorapi";
import type { VisitorCommand, VisitorCommands } from "./visitorcommands";
import { leadVisitor } from "./visitorleader";
import { firstVisitorState } from "./visitorfirst";
import type { VisitorState } from "./visitorstate";
import { stepVisitor } from "./visitorsteps";
import type { SentFile } from "./wire";
import type { OpenAnswer, TranscriptAnswer } from "./wirevisitor";

/** The visitor's side of a panel: one state, and what can be done. All tabs of a site have the same. */
export interface Visitor {
  state(): VisitorState;
  /** Calls act after each change, and answers how to stop that. */
  watch(act: () => void): () => void;
  /** Whether this tab runs the loop: it alone sounds. */
  leads(): boolean;
  /** Does something; null: the tab that did it has gone, and how it came out is not known. */
  do<K extends keyof VisitorCommands>(name: K, ...args: Parameters<VisitorCommands[K]>): Promise<Awaited<ReturnType<VisitorCommands[K]>> | null>;
  /** Keeps a message on this device and sends it; answers its messageId. */
  post(text: string, richText: boolean): string;
  /** The one draft is that of chat 0: it is there before the chat, too. */
  drafts: Drafts;
  sendFile(file: File, progress: (part: number) => void): Upload<{ file: SentFile | null }>;

  // What needs no chat, or only reads, each tab asks for itself.

  /** Whether anybody is there, and what the panel looks like. */
  open(target: Target): Promise<Outcome<OpenAnswer>>;
  /** Leaves a message out of hours. */
  leaveMessage(m: OfflineMessage): Promise<Outcome<{ number: number }>>;
  transcript(after: number): Promise<Outcome<TranscriptAnswer>>;
  /** Takes this tab out; another goes on. */
  leave(): void;
}

/** What a visitor's side is made of. */
export interface VisitorOptions {
  site: string;
  /** The site's public widget key. */
  key: string;
  /** What is kept between pages: the host page's storage, or memory alone. */
  keep: Keep;
  /** False where nothing is shared between tabs, such as with data-storage="none". */
  shared: boolean;
  /** Whose tabs share: the origin of the host page, as other sites' pages may be framed with the same storage. */
  scope?: string;
  env?: Env;
}

/** Joins the tabs of this site, and goes on where they are. */
export function openVisitor(o: VisitorOptions): Visitor {
  const name = `usher.visitor.${o.site}.${o.scope ?? ""}`;
  const env = o.env ?? pageEnv;
  const leadership = !o.shared ? alone : "locks" in navigator ? byLock(name) : byElection(pageChannel(`${name}.election`), newId(), env);
  const tabs = joinTabs({
    first: firstVisitorState,
    step: stepVisitor,
    lead: (state, put) => leadVisitor(o.site, o.key, o.keep, env, state, put),
    channel: o.shared ? pageChannel(name) : noChannel(),
    leadership,
  });
  const api = visitorApi(
    o.site,
    o.key,
    () => tabs.state().session,
    () => tabs.state().position.ack,
  );
  // A page that is only put aside by the browser may come back; one that goes hands over at once.
  window.addEventListener("pagehide", (e) => e.persisted || tabs.leave());
  const send = (command: VisitorCommand): Promise<unknown> => tabs.send(command);

  return {
    state: tabs.state,
    watch: tabs.watch,
    leads: tabs.leads,
    leave: tabs.leave,
    // What goes from tab to tab has lost its type; the names in VisitorCommands give it back.
    do: <K extends keyof VisitorCommands>(command: K, ...args: Parameters<VisitorCommands[K]>) => send({ name: command, args }) as Promise<Awaited<ReturnType<VisitorCommands[K]>> | null>,
    post: (text, richText) => {
      const item = newItem(newId(), tabs.state().session?.engagementId ?? 0, text, richText, { kind: "all" }, env.now());
      // Whichever tab goes away now, the words stay.
      keepItem(o.keep, item);
      void send({ name: "post", args: [item] });
      void send({ name: "rest", args: [] });
      return item.messageId;
    },
    drafts: openDrafts(o.keep),
    sendFile: (file, progress) => {
      const { url, headers } = api.file(file.name, newId());
      const way = upload<{ file: SentFile | null }>(url, headers, file, progress);
      void way.done.then((out) => (out.kind === "answer" ? send({ name: "fileSent", args: [] }) : null));
      return way;
    },
    open: api.open,
    leaveMessage: api.message,
    transcript: api.transcript,
  };
}
