/** What the server's clock shows, learned from its answers. */

/** The last offsets of the server's clock against this device's, in milliseconds, newest last. */
export type Clock = readonly number[];

const kept = 5;

/** Takes note of an answer that the server dated `server` and that was read at `local`, both in epoch milliseconds. */
export function observe(clock: Clock, server: number, local: number): Clock {
  return Number.isFinite(server) && server > 0 ? [...clock, server - local].slice(-kept) : clock;
}

/** How far the server's clock is ahead: the median, so that one late answer moves nothing. 0 while nothing is known. */
export function offset(clock: Clock): number {
  const sorted = [...clock].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 || sorted.length === 0 ? high : Math.round(((sorted[middle - 1] ?? 0) + high) / 2);
}

/** The server's time at the local time given, in epoch milliseconds. */
export function serverTime(clock: Clock, local: number): number {
  return local + offset(clock);
}

/** The time in an answer of either contract, in epoch milliseconds; 0 when it has none. */
export function answerTime(envelope: { responseSentMilliseconds?: number; serviceFinishTime?: string } | null | undefined): number {
  if (envelope?.responseSentMilliseconds) {
    return envelope.responseSentMilliseconds;
  }
  return Date.parse(envelope?.serviceFinishTime ?? "") || 0;
}

/** How long before an end for want of words it is warned, in milliseconds; with a second for the way. */
const warning = 61_000;

/**
 * The end that is in sight at a server time, 0 for none. What stands tells an end at all times, which
 * every sign puts off without a word; only one that was warned of is taken back in words.
 */
export function endInSight(ends: number, at: number): number {
  return ends > 0 && ends - at <= warning ? ends : 0;
}
