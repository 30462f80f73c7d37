import { useEffect, useRef, useState } from "preact/hooks";
import type { Outcome } from "../../talk/http";
import { usePage } from "../page";
import { failed } from "./ask";

/** After so long without a key what was typed is saved, in milliseconds. */
const rest = 800;

/** How the saving of something stands. */
export interface Saving {
  kind: "" | "saving" | "saved" | "notSaved";
  at: number;
  reason: string;
}

/** Saves a value as it is typed: soon after the last key, at once when told to, and never two at a time. */
export function useSaving<T>(save: (value: T) => Promise<Outcome<unknown> | null>): { saving: Saving; later: (value: T) => void; now: () => void } {
  const page = usePage();
  const [saving, set] = useState<Saving>({ kind: "", at: 0, reason: "" });
  const waiting = useRef<{ value: T } | null>(null);
  const busy = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const saver = useRef(save);
  saver.current = save;

  const now = (): void => {
    clearTimeout(timer.current);
    const next = waiting.current;
    if (next === null || busy.current) {
      return;
    }
    waiting.current = null;
    busy.current = true;
    set({ kind: "saving", at: 0, reason: "" });
    void saver.current(next.value).then((o) => {
      busy.current = false;
      if (o?.kind === "answer") {
        set({ kind: "saved", at: page.now(), reason: "" });
      } else {
        // Nothing is lost: it is tried again with the next key, or when the field is left.
        waiting.current ??= next;
        set({ kind: "notSaved", at: 0, reason: failed(page.words, o) });
        return;
      }
      now();
    });
  };
  useEffect(() => now, []);
  return {
    saving,
    now,
    later: (value) => {
      waiting.current = { value };
      clearTimeout(timer.current);
      timer.current = setTimeout(now, rest);
    },
  };
}

/** How the saving stands, in words. */
export function SavingWord({ saving }: { saving: Saving }) {
  const { words, moments } = usePage();
  const said = { "": "", saving: words.say("common.saving"), saved: words.say("end.savedAt", { time: moments.time(saving.at) }), notSaved: words.say("common.notSaved", { reason: saving.reason }) }[saving.kind];
  return (
    <p class={`meta saving ${saving.kind === "notSaved" ? "wrong" : ""}`} role="status">
      {said}
    </p>
  );
}
