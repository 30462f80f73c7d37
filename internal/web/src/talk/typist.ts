import type { Env } from "./env";

/** Tells the other side that somebody types, seldom enough that it costs nothing. */
export interface Typist {
  /** A key was pressed; text is what stands there now. */
  typed(text: string): void;
  /** Nobody types any more: it was sent, or left. */
  rest(): void;
}

/** After so long without a key nobody types, in milliseconds. */
const restAfter = 5_000;

/**
 * Makes a typist. tell is called with what was typed so far at most every `every` milliseconds, and
 * with null when nobody types. With follows, the last text is told too when its time has come, as
 * a preview needs.
 */
export function typist(tell: (text: string | null) => void, every: number, follows: boolean, env: Env): Typist {
  let told = -Infinity;
  let on = false;
  let latest = "";
  let cancelRest = () => {};
  let cancelLater = () => {};
  const now = (): void => {
    told = env.now();
    on = true;
    tell(latest);
  };
  const rest = (): void => {
    cancelRest();
    cancelLater();
    if (on) {
      on = false;
      told = -Infinity;
      tell(null);
    }
  };
  return {
    rest,
    typed: (text) => {
      latest = text;
      cancelRest();
      cancelRest = env.later(restAfter, rest);
      cancelLater();
      const due = told + every - env.now();
      if (due <= 0) {
        now();
      } else if (follows) {
        cancelLater = env.later(due, now);
      }
    },
  };
}
