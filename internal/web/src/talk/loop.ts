import { connect, type Connection, type ConnectionInput, step, wake } from "./connection";
import type { Env } from "./env";
import type { Outcome } from "./http";
import { type Identity, type Position, take } from "./position";

/** What the loop needs of a contract. */
export interface Contract<M> {
  /** Retrieves what came after the position; it may be held. */
  poll(ack: number, signal: AbortSignal): Promise<Outcome<M[]>>;
  /** Asks where the session stands; it is answered at once. */
  probe(signal: AbortSignal): Promise<Outcome<unknown>>;
  identity(m: M): Identity | null;
  /** For how long the server holds a retrieval. */
  holdSeconds: number;
}

/** What the loop tells. */
export interface LoopEvents<M> {
  /** What came, once and in order; the position goes with it. What this did is kept before the server is told. */
  batch(messages: M[], position: Position): void;
  /** A probe was answered: what fleeting messages would have told, it tells. */
  standing(value: unknown): void;
  connection(c: Connection): void;
}

/** A loop that runs. */
export interface Loop {
  /** Tells how a command came out, and what the browser says. */
  hear(input: { kind: "stored" | "online" | "offline" | "now" } | { kind: "failed" | "notStoring"; ask: "command"; retryAfter: number }): void;
  stop(): void;
}

/** The longest pulse that a retrieval needs: the hold, and time for the way. */
const pollGrace = 15_000;
/** A probe is answered at once or not at all. */
const probeTimeout = 10_000;

/**
 * Runs the retrieval loop of one session from a position: one request at a time, the next as soon as
 * the last was answered, as connection.ts decides. It ends by itself when the session has ended.
 */
export function runLoop<M>(contract: Contract<M>, from: Position, events: LoopEvents<M>, env: Env): Loop {
  let position = from;
  let c = connect(env.now());
  let request = new AbortController();
  let cancelTimer = () => {};
  let stopped = false;

  const hear = (input: ConnectionInput): void => {
    if (stopped) {
      return;
    }
    const s = step(c, input, contract.holdSeconds, env.random());
    const shown = s.next.phase !== c.phase || s.next.notStoringSince !== c.notStoringSince || s.next.lastContact !== c.lastContact || s.next.askAt !== c.askAt;
    c = s.next;
    if (s.abort || s.ask !== null) {
      request.abort();
      request = new AbortController();
    }
    cancelTimer();
    if (c.phase === "stopped") {
      stopped = true;
    } else {
      cancelTimer = env.later(Math.max(wake(c, contract.holdSeconds) - env.now(), 0), () => hear({ kind: "tick", at: env.now() }));
    }
    if (s.ask !== null) {
      void (s.ask === "retrieve" ? retrieve(request.signal) : probe(request.signal));
    }
    if (shown) {
      events.connection(c);
    }
  };

  const retrieve = async (signal: AbortSignal): Promise<void> => {
    const limit = within(signal, contract.holdSeconds * 1000 + pollGrace, env);
    const o = await contract.poll(position.ack, limit.signal);
    limit.done();
    if (stopped || signal.aborted) {
      return;
    }
    if (o.kind === "answer") {
      const fresh = take(position, o.value, o.last, contract.identity);
      position = fresh.position;
      if (o.value.length > 0) {
        events.batch(fresh.messages, position);
      }
      hear({ kind: "answered", at: env.now(), ask: "retrieve", empty: o.value.length === 0 });
      return;
    }
    failed(o, "retrieve");
  };

  const probe = async (signal: AbortSignal): Promise<void> => {
    const limit = within(signal, probeTimeout, env);
    const o = await contract.probe(limit.signal);
    limit.done();
    if (stopped || signal.aborted) {
      return;
    }
    if (o.kind === "answer") {
      events.standing(o.value);
      hear({ kind: "answered", at: env.now(), ask: "probe", empty: false });
      return;
    }
    failed(o, "probe");
  };

  const failed = (o: Exclude<Outcome<unknown>, { kind: "answer" }>, ask: "retrieve" | "probe"): void => {
    const at = env.now();
    if (o.kind === "lost") {
      hear({ kind: "failed", at, ask, retryAfter: 0 });
    } else if (o.refusal.status === 403) {
      hear({ kind: "ended", at });
    } else if (ask === "probe" && o.refusal.status === 503 && o.refusal.code !== "") {
      hear({ kind: "notStoring", at, ask });
    } else {
      hear({ kind: "failed", at, ask, retryAfter: o.refusal.retryAfter });
    }
  };

  cancelTimer = env.later(wake(c, contract.holdSeconds) - env.now(), () => hear({ kind: "tick", at: env.now() }));
  events.connection(c);
  void retrieve(request.signal);

  return {
    hear: (input) => hear({ ...input, at: env.now() }),
    stop: () => {
      stopped = true;
      cancelTimer();
      request.abort();
    },
  };
}

/** A signal that also fires after so many milliseconds. */
function within(signal: AbortSignal, ms: number, env: Env): { signal: AbortSignal; done(): void } {
  const limit = new AbortController();
  const cancel = env.later(ms, () => limit.abort());
  return { signal: AbortSignal.any([signal, limit.signal]), done: cancel };
}
