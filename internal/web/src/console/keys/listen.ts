import { useEffect, useRef } from "preact/hooks";
import { usePage } from "../page";
import { actionOf, type KeyAction, pressed } from "./chords";

/** Answers false when the keys are the browser's after all. */
export type KeyActs = Record<KeyAction, () => boolean | void>;

/** Runs what has keys, wherever the focus is; not below a dialog, which is answered first. */
export function useKeys(acts: KeyActs): void {
  const { prefs } = usePage();
  const now = useRef(acts);
  now.current = acts;
  useEffect(() => {
    const down = (e: KeyboardEvent): void => {
      const c = pressed(e);
      const action = c === null ? null : actionOf(prefs.chords.get(), c);
      if (action === null || e.defaultPrevented) {
        return;
      }
      if (document.querySelector("dialog[open]") !== null) {
        e.preventDefault(); // it is no command of the browser's either
        return;
      }
      if ((e.repeat && action === "accept") || now.current[action]() !== false) {
        e.preventDefault();
      }
    };
    document.addEventListener("keydown", down);
    return () => document.removeEventListener("keydown", down);
  }, [prefs]);
}
