import { useEffect, useRef, useState } from "preact/hooks";

/** How long a sentence stays in its region, in milliseconds. Screen readers have
 * taken it by then, and nobody finds old news with the cursor. */
const keptFor = 5000;

/** Who may speak: polite waits until the reader is silent, urgent does not. */
export type Tone = "polite" | "urgent";

/** What speaks on a page: sentences go in here, and the Announcer that was given it
 * shows them. */
export interface Voice {
  say(sentence: string, tone?: Tone): void;
  /** Calls back with each sentence until the answered function is called. */
  hear(listener: (sentence: string, tone: Tone) => void): () => void;
}

/** Makes the voice of a page. What is said before anybody listens is lost, as it
 * would be for ears. */
export function makeVoice(): Voice {
  const listeners = new Set<(sentence: string, tone: Tone) => void>();
  return {
    say(sentence, tone = "polite") {
      for (const listener of listeners) listener(sentence, tone);
    },
    hear(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

interface Spoken {
  id: number;
  sentence: string;
}

/** Two regions for ears, there and empty from the start: readers ignore regions that
 * arrive with their text. Each sentence is an entry of its own, and goes after five
 * seconds. */
export function Announcer({ voice }: { voice: Voice }) {
  const [polite, setPolite] = useState<Spoken[]>([]);
  const [urgent, setUrgent] = useState<Spoken[]>([]);
  const last = useRef(0);
  useEffect(() => {
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const stop = voice.hear((sentence, tone) => {
      const id = ++last.current;
      const set = tone === "urgent" ? setUrgent : setPolite;
      set((all) => [...all, { id, sentence }]);
      const timer = setTimeout(() => {
        timers.delete(timer);
        set((all) => all.filter((x) => x.id !== id));
      }, keptFor);
      timers.add(timer);
    });
    return () => {
      stop();
      timers.forEach(clearTimeout);
    };
  }, [voice]);
  return (
    <>
      <div class="unseen" role="log" aria-live="polite" aria-relevant="additions">
        {polite.map((x) => (
          <p key={x.id}>{x.sentence}</p>
        ))}
      </div>
      <div class="unseen" role="alert">
        {urgent.map((x) => (
          <p key={x.id}>{x.sentence}</p>
        ))}
      </div>
    </>
  );
}
