import type { Channel } from "./channel";
import { arrive, elect, type Word } from "./election";
import type { Env } from "./env";

/** Becomes the one that leads, calls lead, and calls lost when another took it. The answer gives it up. */
export type Leadership = (lead: () => void, lost: () => void) => () => void;

/** By a lock of the browser: it goes over at once when its tab closes. */
export function byLock(name: string): Leadership {
  return (lead) => {
    const left = new AbortController();
    const held = new Promise<void>((release) => left.signal.addEventListener("abort", () => release()));
    void navigator.locks
      .request(name, { signal: left.signal }, () => {
        // The wait may have ended in the same moment.
        if (!left.signal.aborted) {
          lead();
        }
        return held;
      })
      .catch(() => {
        // Left before it was ours.
      });
    return () => left.abort();
  };
}

/** By messages between the tabs. */
export function byElection(channel: Channel, me: string, env: Env): Leadership {
  return (lead, lost) => {
    let cancel = () => {};
    let { next: s, say } = arrive(me, env.now());
    const go = (result: { next: typeof s; say: Word[] }): void => {
      const before = s.role;
      s = result.next;
      result.say.forEach((w) => channel.say(w));
      cancel();
      cancel = env.later(Math.max(s.until - env.now(), 0), () => go(elect(s, null, env.now())));
      if (s.role === "lead" && before !== "lead") {
        lead();
      } else if (s.role !== "lead" && before === "lead") {
        lost();
      }
    };
    channel.hear((m) => go(elect(s, m as Word, env.now())));
    go({ next: s, say });
    return () => {
      cancel();
      channel.say({ word: "bye", from: me } satisfies Word);
      channel.close();
    };
  };
}

/** Leads at once, where there is nobody else. */
export const alone: Leadership = (lead) => {
  lead();
  return () => {};
};
