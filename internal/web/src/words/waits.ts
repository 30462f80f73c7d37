import type { Words } from "./words";

type WaitKey = "widget.short" | "widget.wait" | "widget.long";

/**
 * How long a wait in the queue is said to take: by minutes, rounded up, above ten to the
 * next five, so that nobody is promised too little. Without an estimate (0) nothing is said.
 */
export function waitText(words: Words<WaitKey>, seconds: number): string | undefined {
  if (!(seconds > 0)) return undefined;
  if (seconds < 60) return words.say("widget.short");
  const minutes = Math.ceil(seconds / 60);
  if (minutes > 60) return words.say("widget.long");
  return words.say("widget.wait", { n: minutes > 10 ? Math.ceil(minutes / 5) * 5 : minutes });
}
