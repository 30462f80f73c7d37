import type { Env } from "./env";

/** A time that stands still until it is moved, for tests. */
export interface FakeEnv extends Env {
  /** Moves the time, does what is due in its order, and lets promises go on in between. */
  pass(ms: number): Promise<void>;
}

/** Starts at a time in epoch milliseconds; chance always is in the middle. */
export function fakeEnv(at = 1_000_000): FakeEnv {
  let now = at;
  let next = 0;
  const timers = new Map<number, { at: number; act: () => void }>();
  return {
    now: () => now,
    random: () => 0.5,
    later: (ms, act) => {
      const id = next++;
      timers.set(id, { at: now + ms, act });
      return () => timers.delete(id);
    },
    pass: async (ms) => {
      const end = now + ms;
      await settle();
      for (;;) {
        const due = [...timers].filter(([, t]) => t.at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (due === undefined) {
          break;
        }
        timers.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].act();
        await settle();
      }
      now = end;
    },
  };
}

/** Lets everything go on that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 200; i++) {
    await Promise.resolve();
  }
}
