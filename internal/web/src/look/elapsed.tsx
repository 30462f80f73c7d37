import { useEffect, useState } from "preact/hooks";

export interface ElapsedProps {
  /** The moment that is counted from, or down to, in milliseconds of the server's time. */
  since: number;
  /** The server's time now, in milliseconds. */
  now: () => number;
  /** The words for whole seconds; below 0 the moment is still to come. */
  words: (seconds: number) => string;
  class?: string;
}

/** A time that runs: the words for how long ago something was, anew with each
 * second. It is for eyes; ears are told by the Announcer when it matters. */
export function Elapsed({ since, now, words, class: looks }: ElapsedProps) {
  const [, tick] = useState(0);
  const past = now() - since;
  useEffect(() => {
    // To the next whole second of this very clock, so that no second is passed over.
    const timer = setTimeout(() => tick((n) => n + 1), 1000 - (((past % 1000) + 1000) % 1000));
    return () => clearTimeout(timer);
  });
  return (
    <span class={looks ?? ""} dir="auto">
      {words(Math.floor(past / 1000))}
    </span>
  );
}
