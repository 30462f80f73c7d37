/** The time and chance that a part of a page lives on; tests have their own. */
export interface Env {
  /** This device's time, in epoch milliseconds. */
  now(): number;
  /** Does act after so many milliseconds, unless the answer is called before. */
  later(ms: number, act: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
}

/** The browser's own. */
export const pageEnv: Env = {
  now: () => Date.now(),
  later: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
