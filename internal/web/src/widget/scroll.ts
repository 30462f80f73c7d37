/** The element with the messages. */
export const log = (): HTMLElement | null => document.getElementById("log");

/** Whether the newest line is in view. */
export function atEnd(): boolean {
  const e = log();
  return e === null || e.scrollHeight - e.scrollTop - e.clientHeight < 24;
}

/** Brings the newest line into view. */
export function toEnd(): void {
  log()?.scrollTo(0, 1e9);
}
