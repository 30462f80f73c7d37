/** What has keys of its own, which can be changed or switched off. */
export const actions = ["commands", "previous", "next", "longest", "nextRegion", "previousRegion", "accept", "all"] as const;
export type KeyAction = (typeof actions)[number];

/** Keys that are pressed together. ctrl is ⌘ on a Mac. */
export interface Chord {
  key: string;
  ctrl: boolean;
  alt: boolean;
  shift: boolean;
}

/** The keys of some actions; null: none. */
export type Chords = Partial<Record<KeyAction, Chord | null>>;

const chord = (key: string, more: Partial<Chord> = {}): Chord => ({ key, ctrl: false, alt: false, shift: false, ...more });

/** The keys that everybody begins with. */
export const usualChords: Record<KeyAction, Chord> = {
  commands: chord("k", { ctrl: true }),
  previous: chord("ArrowUp", { alt: true }),
  next: chord("ArrowDown", { alt: true }),
  longest: chord("j", { ctrl: true }),
  nextRegion: chord("F6"),
  previousRegion: chord("F6", { shift: true }),
  accept: chord("Enter", { ctrl: true, shift: true }),
  all: chord("/", { ctrl: true }),
};

/** Whether this device has ⌘ where others have Ctrl. */
export const mac = /^(Mac|iP)/.test(navigator.platform);

/** The keys of an action, or null when it has none. */
export function chordOf(own: Chords, action: KeyAction): Chord | null {
  const mine = own[action];
  return mine === undefined ? usualChords[action] : mine;
}

const modifiers = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified"]);

/**
 * What was pressed; null for what types or composes, which is nobody's command: AltGr, which is Ctrl and
 * Alt on many keyboards, the keys of an input method, and modifiers alone.
 */
export function pressed(e: KeyboardEvent): Chord | null {
  const command = mac ? e.metaKey : e.ctrlKey;
  const other = mac ? e.ctrlKey : e.metaKey;
  if (e.isComposing || e.keyCode === 229 || modifiers.has(e.key) || other || (command && e.altKey) || e.getModifierState("AltGraph")) {
    return null;
  }
  return { key: e.key.length === 1 ? e.key.toLowerCase() : e.key, ctrl: command, alt: e.altKey, shift: e.shiftKey };
}

/** Whether two are the same keys. Where a sign lies under Shift differs from keyboard to keyboard. */
export function sameChord(a: Chord, b: Chord): boolean {
  const sign = a.key.length === 1 && a.key.toUpperCase() === a.key;
  return a.key === b.key && a.ctrl === b.ctrl && a.alt === b.alt && (sign || a.shift === b.shift);
}

/** The action that a chord runs; null for none. */
export function actionOf(own: Chords, c: Chord): KeyAction | null {
  return actions.find((a) => {
    const keys = chordOf(own, a);
    return keys !== null && sameChord(keys, c);
  }) ?? null;
}

/** Whether keys may become a command: nothing that types, and nothing that walks or answers by itself. */
export function free(c: Chord): boolean {
  if (c.key.length === 1) {
    return c.ctrl && !c.alt;
  }
  return /^F\d+$/.test(c.key) || c.ctrl || (c.alt && !["Enter", "Tab", "Escape", "Backspace", "Delete"].includes(c.key));
}

const names: Readonly<Record<string, string>> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };

/** Keys as they are written: "Ctrl Shift Enter". */
export function chordText(c: Chord): string {
  const key = names[c.key] ?? (c.key.length === 1 ? c.key.toUpperCase() : c.key);
  return [...(c.ctrl ? [ctrlText] : []), ...(c.alt ? [mac ? "⌥" : "Alt"] : []), ...(c.shift ? [mac ? "⇧" : "Shift"] : []), key].join(" ");
}

/** What the key is called that makes a command. */
export const ctrlText = mac ? "⌘" : "Ctrl";

/** Keys as assistive technology wants to know them (aria-keyshortcuts). */
export function chordLabel(c: Chord): string {
  return [...(c.ctrl ? [mac ? "Meta" : "Control"] : []), ...(c.alt ? ["Alt"] : []), ...(c.shift ? ["Shift"] : []), c.key.length === 1 ? c.key.toUpperCase() : c.key].join("+");
}

/** Whether something that was kept is such keys. */
export function isChords(v: unknown): v is Chords {
  if (typeof v !== "object" || v === null) {
    return false;
  }
  return Object.entries(v).every(([action, c]: [string, unknown]) => {
    const known = actions.some((a) => a === action);
    return known && (c === null || (typeof c === "object" && "key" in c && typeof c.key === "string" && "ctrl" in c && "alt" in c && "shift" in c));
  });
}
