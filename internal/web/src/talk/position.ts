/** How far a session's messages were received, exactly; it goes with the state that they made. */
export interface Position {
  /** The mailbox number up to which all was handled: what Usher-Ack says. */
  ack: number;
  /** Of each channel, the sequenceNumber of the last durable message. */
  seen: Readonly<Record<number, number>>;
}

/** Nothing was received. */
export const start: Position = { ack: 0, seen: {} };

/** What names a durable message within its session: the engagement, and its number there (docs/promises.md). */
export interface Identity {
  channel: number;
  number: number;
}

/**
 * Takes a batch whose last durable message has the number `last` (0: it has none), and leaves out
 * what was handled before: an answer may come again after a cut. identity is null for a fleeting
 * message, which is never old.
 */
export function take<M>(p: Position, messages: readonly M[], last: number, identity: (m: M) => Identity | null): { messages: M[]; position: Position } {
  const seen = { ...p.seen };
  const fresh = messages.filter((m) => {
    const id = identity(m);
    if (id === null) {
      return true;
    }
    if (id.number <= (seen[id.channel] ?? 0)) {
      return false;
    }
    seen[id.channel] = id.number;
    return true;
  });
  return { messages: fresh, position: { ack: Math.max(p.ack, last), seen } };
}
