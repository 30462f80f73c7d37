import type { Line } from "../../talk/log";

/** At most so many messages are in the page. */
export const shownAtOnce = 80;
/** By so many the stretch that is shown moves. */
export const shift = 40;

/** What names a line for as long as it is shown: the name that its sender gave it stays when its number comes. */
export function keyOf(l: Line): string {
  if (l.kind !== "post") {
    return `${l.kind} ${l.clientId} ${l.at}`;
  }
  return l.messageId !== "" ? `${l.clientId} ${l.messageId}` : l.number > 0 ? `${l.number}` : `${l.clientId} ${l.at} ${l.text.slice(0, 20)}`;
}

/** From which line to which (without it) a log is shown. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * The stretch of a log that ends with the line of this key; "" for the newest. room is for how many
 * lines there is place.
 */
export function stretchOf(log: readonly Line[], last: string, room: number): Stretch {
  const found = last === "" ? -1 : log.findLastIndex((l) => keyOf(l) === last);
  const to = found === -1 ? log.length : found + 1;
  return { from: Math.max(to - room, 0), to };
}

/** The key that the stretch ends with when it has moved by so many lines; "" when it ends with the newest. */
export function moved(log: readonly Line[], s: Stretch, by: number, room: number): string {
  const to = Math.min(Math.max(s.to + by, Math.min(room, log.length)), log.length);
  const last = log[to - 1];
  return to >= log.length || last === undefined ? "" : keyOf(last);
}

/** Whether two moments are of different days where the page is looked at. */
export function otherDay(a: number, b: number): boolean {
  return new Date(a).toDateString() !== new Date(b).toDateString();
}
