import type { Outcome } from "./http";

/** To whom a message goes: everybody in the chat, the team alone, or one participant. */
export type To = { kind: "all" } | { kind: "team" } | { kind: "one"; clientId: number; type: "AGENT" | "END_USER" };

/** Why a message was not sent. */
export interface NotSent {
  status: number;
  code: string;
  text: string;
}

/** A message that this page has and the server has not confirmed. */
export interface Item {
  /** Its name for the server; it stays the same for ever, so that a repeat is known. */
  messageId: string;
  chat: number;
  text: string;
  richText: boolean;
  to: To;
  /** When it was written, in epoch milliseconds of this device. */
  made: number;
  /** When it was first tried since it was last looked up at the server; 0 for not yet. */
  firstTry: number;
  tries: number;
  /** When it may be tried next. */
  nextTry: number;
  /** "waiting" and "flying" are shown as sending. */
  state: "waiting" | "flying" | "notSent";
  reason: NotSent | null;
  /** True when it may have arrived without our knowing, such as before a reload: it is looked up before it is sent. */
  doubt: boolean;
}

/** The messages on their way, in the order in which they were written. */
export interface Outbox {
  items: Item[];
  /** The chats in which the server's record is being read. */
  checking: number[];
}

/** What the outbox is told. */
export type OutboxInput =
  | { kind: "add"; item: Item }
  /** Another page or tab sent until now; these are the messages that it left on the device. */
  | { kind: "restore"; items: Item[] }
  /** A request went out. */
  | { kind: "sending"; messageId: string; at: number }
  | { kind: "sent"; messageId: string }
  | { kind: "failed"; messageId: string; at: number; retryAfter: number }
  | { kind: "refused"; messageId: string; reason: NotSent }
  | { kind: "checking"; chat: number }
  /** The server's record was read: these messages of ours are in it. */
  | { kind: "checked"; chat: number; present: string[] }
  | { kind: "checkFailed"; chat: number; at: number }
  /** "Try again" was pressed. */
  | { kind: "again"; messageId: string; at: number }
  | { kind: "remove"; messageId: string }
  /** The connection is back: nobody waits for a pause to end. */
  | { kind: "resume"; at: number };

/** What is to be done. */
export type OutboxWork = { kind: "send"; item: Item } | { kind: "check"; chat: number };

/** The server remembers a messageId for ten minutes; with a minute for the way. */
export const remembered = 540_000;
const firstPause = 1_000;
const lastPause = 15_000;

/** Nothing is on its way. */
export const emptyOutbox: Outbox = { items: [], checking: [] };

/** A new message. */
export function newItem(messageId: string, chat: number, text: string, richText: boolean, to: To, made: number): Item {
  return { messageId, chat, text, richText, to, made, firstTry: 0, tries: 0, nextTry: 0, state: "waiting", reason: null, doubt: false };
}

/** One step. */
export function stepOutbox(o: Outbox, input: OutboxInput): Outbox {
  const change = (id: string, change: (i: Item) => Item): Outbox => ({ ...o, items: o.items.map((i) => (i.messageId === id ? change(i) : i)) });
  switch (input.kind) {
    case "add":
      // Tabs may hand over the same message twice.
      return o.items.some((i) => i.messageId === input.item.messageId) ? o : { ...o, items: [...o.items, input.item] };
    case "restore": {
      // What was on its way when its sender went may have arrived.
      const doubtful = (i: Item): Item => (i.state === "notSent" ? i : { ...i, state: "waiting", doubt: true, nextTry: 0 });
      const known = new Set(o.items.map((i) => i.messageId));
      const here = o.items.map((i) => (i.state === "flying" ? doubtful(i) : i));
      const found = input.items.filter((i) => !known.has(i.messageId)).map(doubtful);
      return { items: [...here, ...found].sort((a, b) => a.made - b.made), checking: [] };
    }
    case "sending":
      return change(input.messageId, (i) => ({ ...i, state: "flying", firstTry: i.firstTry || input.at, tries: i.tries + 1 }));
    case "sent":
    case "remove":
      return { ...o, items: o.items.filter((i) => i.messageId !== input.messageId) };
    case "failed":
      return change(input.messageId, (i) => ({ ...i, state: "waiting", nextTry: input.at + (input.retryAfter > 0 ? input.retryAfter * 1000 : rest(i.tries)) }));
    case "refused":
      return change(input.messageId, (i) => ({ ...i, state: "notSent", reason: input.reason }));
    case "checking":
      return { ...o, checking: [...o.checking, input.chat] };
    case "checked": {
      const there = new Set(input.present);
      const rest = o.items.filter((i) => i.chat !== input.chat || !there.has(i.messageId));
      return {
        items: rest.map((i) => (i.chat === input.chat && i.state === "waiting" ? { ...i, doubt: false, firstTry: 0 } : i)),
        checking: o.checking.filter((c) => c !== input.chat),
      };
    }
    case "checkFailed":
      return {
        items: o.items.map((i) => (i.chat === input.chat && i.state === "waiting" ? { ...i, tries: i.tries + 1, nextTry: input.at + rest(i.tries + 1) } : i)),
        checking: o.checking.filter((c) => c !== input.chat),
      };
    case "again":
      // Nobody knows what became of the tries before: it is looked up first.
      return change(input.messageId, (i) => ({ ...i, state: "waiting", reason: null, tries: 0, nextTry: input.at, doubt: i.firstTry > 0 }));
    case "resume":
      return { ...o, items: o.items.map((i) => (i.state === "waiting" && i.nextTry > input.at ? { ...i, nextTry: input.at } : i)) };
  }
}

/** The pause after so many tries, in milliseconds: 1, 2, 4 … 15 s. */
function rest(tries: number): number {
  return Math.min(firstPause * 2 ** Math.max(tries - 1, 0), lastPause);
}

/** What is due now: of each chat the first message that waits, and never two at a time. */
export function due(o: Outbox, now: number): OutboxWork[] {
  return heads(o)
    .filter((i) => i.nextTry <= now)
    .map((i) => (i.doubt || (i.firstTry > 0 && now - i.firstTry > remembered) ? { kind: "check", chat: i.chat } : { kind: "send", item: i }));
}

/** When something is due next, in epoch milliseconds; Infinity for never. */
export function nextDue(o: Outbox): number {
  return Math.min(Infinity, ...heads(o).map((i) => i.nextTry));
}

function heads(o: Outbox): Item[] {
  const busy = new Set(o.checking);
  for (const i of o.items) {
    if (i.state === "flying") {
      busy.add(i.chat);
    }
  }
  const first: Item[] = [];
  for (const i of o.items) {
    if (i.state === "waiting" && !busy.has(i.chat)) {
      busy.add(i.chat);
      first.push(i);
    }
  }
  return first;
}

/** What the outcome of a post means for its message. */
export function judged(messageId: string, o: Outcome<unknown>, at: number): OutboxInput {
  if (o.kind === "answer") {
    return { kind: "sent", messageId };
  }
  if (o.kind === "lost") {
    return { kind: "failed", messageId, at, retryAfter: 0 };
  }
  const { status, code, text, retryAfter } = o.refusal;
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: "failed", messageId, at, retryAfter };
  }
  return { kind: "refused", messageId, reason: { status, code, text } };
}
