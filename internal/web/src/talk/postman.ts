import type { Env } from "./env";
import type { Outcome } from "./http";
import { getJSON, type Keep } from "./keep";
import { due, type Item, judged, nextDue, type Outbox, type OutboxInput } from "./outbox";

/** What a postman needs. */
export interface Round {
  outbox(): Outbox;
  put(input: OutboxInput): void;
  /** Sends one message. What it made of a good answer is put by it. */
  send(item: Item): Promise<Outcome<unknown>>;
  /** Reads which of our messages the server has in a chat; null when it can't be told now. */
  present(chat: number): Promise<string[] | null>;
  /** Whether anything may be sent now. */
  open(): boolean;
}

const prefix = "outbox.";

/** Keeps a message on the device, before anything else is done with it. */
export function keepItem(keep: Keep, item: Item): void {
  keep.set(prefix + item.messageId, JSON.stringify(item));
}

/** The messages of another time. */
export function keptItems(keep: Keep): Item[] {
  return keep
    .keys(prefix)
    .map((key) => getJSON(keep, key) as Item | null | undefined)
    .filter((i): i is Item => typeof i?.messageId === "string" && typeof i.text === "string");
}

/** Forgets a message that the server has, or that was given up. */
export function forgetItem(keep: Keep, messageId: string): void {
  keep.remove(prefix + messageId);
}

/** Sees to it that what is in the outbox goes out. */
export interface Postman {
  /** Looks whether something is due; to be called after each change. */
  go(): void;
  stop(): void;
}

/** Makes a postman. */
export function postman(round: Round, keep: Keep, env: Env): Postman {
  let cancel = () => {};
  let stopped = false;
  /** What is put may call go again, which must not begin the same work twice. */
  let going = false;

  const send = async (item: Item): Promise<void> => {
    const flying: Item = { ...item, firstTry: item.firstTry || env.now() };
    keepItem(keep, flying);
    round.put({ kind: "sending", messageId: item.messageId, at: env.now() });
    const o = await round.send(item);
    if (stopped) {
      return;
    }
    const result = judged(item.messageId, o, env.now());
    if (result.kind === "sent") {
      forgetItem(keep, item.messageId);
    }
    if (result.kind === "refused") {
      keepItem(keep, { ...flying, state: "notSent", reason: result.reason });
    }
    if (o.kind !== "answer") {
      round.put(result);
    }
    go();
  };

  const check = async (chat: number): Promise<void> => {
    round.put({ kind: "checking", chat });
    const present = await round.present(chat);
    if (stopped) {
      return;
    }
    present?.forEach((id) => forgetItem(keep, id));
    round.put(present === null ? { kind: "checkFailed", chat, at: env.now() } : { kind: "checked", chat, present });
    go();
  };

  const go = (): void => {
    if (going) {
      return;
    }
    cancel();
    if (stopped || !round.open()) {
      return;
    }
    going = true;
    for (const work of due(round.outbox(), env.now())) {
      void (work.kind === "send" ? send(work.item) : check(work.chat));
    }
    going = false;
    const next = nextDue(round.outbox());
    if (next < Infinity) {
      cancel = env.later(Math.max(next - env.now(), 0), go);
    }
  };

  return {
    go,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
