import type { DataMap, Reason, Role, SenderType, SentFile } from "./wire";

/** Something that was said. */
export interface Post {
  kind: "post";
  /** Its number in the engagement, from 1; 0 while it is not known. */
  number: number;
  clientId: number;
  name: string;
  senderType: SenderType;
  text: string;
  richText: boolean;
  offTheRecord: boolean;
  /** The visitor does not see it. */
  team: boolean;
  /** For whom alone it is; 0 for all. */
  only: number;
  /** Its name by who sent it; "" for none. */
  messageId: string;
  data: DataMap;
  /** What was posted in place of a text; null for a text. */
  file: SentFile | null;
  /** The server's time, in epoch milliseconds. */
  at: number;
  /** Held back by the spam checks: nobody gets it. */
  blocked: boolean;
}

/** The file that a post's pairs tell of (consumer-api 7.3). */
export function fileOf(data: DataMap): SentFile | null {
  const url = data?.["usherFileUrl"];
  if (data === null || url === undefined) {
    return null;
  }
  return { name: data["usherFileName"] ?? "", type: data["usherFileType"] ?? "", size: Number(data["usherFileSize"] ?? 0) || 0, url };
}

/** Something that happened. */
export interface Happening {
  kind: "joined" | "left" | "leads" | "ended" | "trouble";
  clientId: number;
  name: string;
  role: Role;
  reason: Reason;
  /** Of a trouble, the server's words. */
  text: string;
  at: number;
}

/** One line of a conversation. */
export type Line = Post | Happening;

/** A happening of which little is known. */
export function happened(kind: Happening["kind"], at: number, more: Partial<Happening>): Happening {
  return { kind, at, clientId: 0, name: "", role: "NONE", reason: "NONE", text: "", ...more };
}

/** Puts a happening where its time is. */
export function addHappening(log: readonly Line[], line: Happening): Line[] {
  const same = (l: Line): boolean => l.kind === line.kind && l.at === line.at && l.clientId === line.clientId;
  return log.some(same) ? [...log] : insert([...log], line);
}

/**
 * Merges posts into a log, whether they came by the loop, with a page of the history, or as the
 * answer to one's own: each stands there once, in the server's order.
 */
export function mergePosts(log: readonly Line[], posts: readonly Post[]): Line[] {
  const lines = [...log];
  for (const post of posts) {
    const i = lines.findIndex((l) => l.kind === "post" && samePost(l, post));
    const old = lines[i];
    if (old?.kind !== "post") {
      insert(lines, post);
      continue;
    }
    const merged = { ...old, number: old.number || post.number, at: post.number > 0 ? post.at : old.at, name: old.name || post.name, blocked: old.blocked || post.blocked };
    if (merged.number === old.number && merged.at === old.at) {
      lines[i] = merged;
    } else {
      lines.splice(i, 1);
      insert(lines, merged);
    }
  }
  return lines;
}

function samePost(a: Post, b: Post): boolean {
  if (a.number > 0 && b.number > 0) {
    return a.number === b.number;
  }
  if (a.clientId !== b.clientId) {
    return false;
  }
  return a.messageId !== "" || b.messageId !== "" ? a.messageId === b.messageId : a.at === b.at && a.text === b.text;
}

/** Puts a line behind all that came before it. Logs grow at their end, so it looks from there. */
function insert(lines: Line[], line: Line): Line[] {
  let i = lines.length;
  for (; i > 0; i--) {
    const before = lines[i - 1];
    if (before === undefined || !later(before, line)) {
      break;
    }
  }
  lines.splice(i, 0, line);
  return lines;
}

function later(a: Line, b: Line): boolean {
  if (a.kind === "post" && b.kind === "post" && a.number > 0 && b.number > 0) {
    return a.number > b.number;
  }
  return a.at > b.at;
}

/** Marks the post of that name as held back. */
export function markBlocked(log: readonly Line[], messageId: string): Line[] {
  return log.map((l) => (l.kind === "post" && l.messageId === messageId ? { ...l, blocked: true } : l));
}

/** The number of the newest post that is known by its number; 0 for none. */
export function lastNumber(log: readonly Line[]): number {
  return log.reduce((n, l) => (l.kind === "post" ? Math.max(n, l.number) : n), 0);
}

/** The number of the oldest; 0 for none. */
export function firstNumber(log: readonly Line[]): number {
  return log.reduce((n, l) => (l.kind === "post" && l.number > 0 && (n === 0 || l.number < n) ? l.number : n), 0);
}

/**
 * Whether there are older posts than a log has, after a page was read that begins with the number
 * `first` and has older ones before it or not (null: it was read forwards). A page that begins
 * within the log tells nothing new.
 */
export function stillOlder(log: readonly Line[], before: boolean, first: number, older: boolean | null): boolean {
  const known = firstNumber(log);
  return older === null || (known > 0 && first > known) ? before : older;
}

/**
 * Since when the visitor waits for an answer: the time of its oldest post after the agents' last one
 * that it could read; 0 when nothing waits. before is what was known while the log does not reach
 * back to that last one.
 */
export function waitsSince(log: readonly Line[], before: number): number {
  let oldest = 0;
  for (let i = log.length - 1; i >= 0; i--) {
    const l = log[i];
    if (l?.kind !== "post") {
      continue;
    }
    if (l.senderType === "AGENT" && !l.team && !l.blocked) {
      return oldest;
    }
    if (l.senderType === "END_USER") {
      oldest = l.at;
    }
  }
  return before > 0 && (oldest === 0 || before < oldest) ? before : oldest;
}

/** How far somebody else has received and seen, by post number. */
export interface Reader {
  clientId: number;
  received: number;
  seen: number;
}

/** What is known of a message of one's own. */
export type Mark = "sending" | "sent" | "delivered" | "seen" | "notSent" | "blocked";

/** The mark of a post of one's own that the server has, by what those report for whom it was. */
export function markOf(post: Post, readers: readonly Reader[]): Mark {
  if (post.blocked) {
    return "blocked";
  }
  if (post.number === 0) {
    return "sent";
  }
  if (readers.some((r) => r.seen >= post.number)) {
    return "seen";
  }
  return readers.some((r) => r.received >= post.number) ? "delivered" : "sent";
}
