import type { Keep } from "../talk/keep";
import { getJSON } from "../talk/keep";
import { type Cell, cell } from "./cell";
import { type Chords, isChords } from "./keys/chords";

/** The sounds that the console makes. */
export const sounds = ["offer", "message", "late"] as const;
export type Sound = (typeof sounds)[number];

/** How the page looks; auto is as the device does. */
export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** What one agent likes on one device. All tabs of a browser have the same. */
export interface Prefs {
  enterSends: Cell<boolean>;
  sayTyping: Cell<boolean>;
  /** Which sounds are made. */
  sounds: Record<Sound, Cell<boolean>>;
  /** How loud, from 0 to 1. */
  volume: Cell<number>;
  /** Whether desktop notices are wanted; the browser has its own say. */
  notices: Cell<boolean>;
  theme: Cell<Theme>;
  /** The keys that are other than the usual ones. */
  chords: Cell<Chords>;
}

/** The likes that are kept on this device. */
export function openPrefs(keep: Keep): Prefs {
  const again: (() => void)[] = [];
  const kept = <T>(key: string, first: T, valid: (v: unknown) => v is T): Cell<T> => {
    const read = (): T => {
      const value = getJSON(keep, `prefs.${key}`);
      return valid(value) ? value : first;
    };
    const inner = cell(read());
    again.push(() => {
      const value = read();
      if (JSON.stringify(value) !== JSON.stringify(inner.get())) {
        inner.set(value);
      }
    });
    return {
      ...inner,
      set: (value) => {
        keep.set(`prefs.${key}`, JSON.stringify(value));
        inner.set(value);
      },
    };
  };
  const yes = (v: unknown): v is boolean => typeof v === "boolean";
  const share = (v: unknown): v is number => typeof v === "number" && v >= 0 && v <= 1;
  const theme = (v: unknown): v is Theme => themes.some((t) => t === v);
  const prefs: Prefs = {
    enterSends: kept("enterSends", true, yes),
    sayTyping: kept("sayTyping", true, yes),
    sounds: { offer: kept("sound.offer", true, yes), message: kept("sound.message", true, yes), late: kept("sound.late", true, yes) },
    volume: kept("volume", 0.6, share),
    notices: kept("notices", false, yes),
    theme: kept("theme", "auto", theme),
    chords: kept("chords", {}, isChords),
  };
  // Another tab has changed something.
  window.addEventListener("storage", () => again.forEach((act) => act()));
  return prefs;
}
