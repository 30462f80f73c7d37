import { equal, ok, test } from "../../testing";
import { actionOf, actions, chordOf, chordText, type Chords, free, isChords, mac, pressed, sameChord, usualChords } from "./chords";

const ctrl = mac ? { metaKey: true } : { ctrlKey: true };
const key = (name: string, more: KeyboardEventInit = {}): KeyboardEvent => new KeyboardEvent("keydown", { key: name, ...more });
const ran = (e: KeyboardEvent, own: Chords = {}): string | null => {
  const c = pressed(e);
  return c === null ? null : actionOf(own, c);
};

test("the usual keys run their actions", () => {
  equal(ran(key("k", ctrl)), "commands");
  equal(ran(key("K", ctrl)), "commands"); // with Caps Lock
  equal(ran(key("j", ctrl)), "longest");
  equal(ran(key("ArrowUp", { altKey: true })), "previous");
  equal(ran(key("ArrowDown", { altKey: true })), "next");
  equal(ran(key("F6")), "nextRegion");
  equal(ran(key("F6", { shiftKey: true })), "previousRegion");
  equal(ran(key("Enter", { ...ctrl, shiftKey: true })), "accept");
  equal(ran(key("/", ctrl)), "all");
  equal(ran(key("/", { ...ctrl, shiftKey: true })), "all"); // where / lies under Shift
});

test("what types or composes runs nothing", () => {
  for (const name of ["k", "j", "/", "ą", "@", "€", "ArrowUp", "Enter"]) {
    equal(ran(key(name, { ctrlKey: true, altKey: true })), null, `Ctrl Alt ${name}`);
    equal(ran(key(name, { ...ctrl, modifierAltGraph: true })), null, `AltGr ${name}`);
    equal(ran(key(name, { ...ctrl, isComposing: true })), null, `composing ${name}`);
    equal(ran(key(name, { ...ctrl, keyCode: 229 })), null, `229 ${name}`);
  }
  equal(ran(key("k")), null);
  equal(ran(key("k", { altKey: true })), null);
  equal(ran(key("k", { ...ctrl, shiftKey: true })), null);
  equal(ran(key("ArrowUp", { altKey: true, shiftKey: true })), null);
});

test("no two actions have the same keys, and all may be commands", () => {
  for (const a of actions) {
    ok(free(usualChords[a]), a);
    equal(actions.filter((b) => sameChord(usualChords[a], usualChords[b])), [a]);
  }
});

test("keys that are changed or off", () => {
  const own: Chords = { commands: { key: "e", ctrl: true, alt: false, shift: false }, longest: null };
  equal([ran(key("e", ctrl), own), ran(key("k", ctrl), own), ran(key("j", ctrl), own)], ["commands", null, null]);
  equal(chordOf(own, "longest"), null);
  ok(chordText(usualChords.accept).endsWith("Enter"));
});

test("what types, walks or answers can't become a command", () => {
  const c = { ctrl: false, alt: false, shift: false };
  for (const [chord, want] of [
    [{ ...c, key: "k" }, false],
    [{ ...c, key: "k", alt: true }, false],
    [{ ...c, key: "k", alt: true, ctrl: true }, false],
    [{ ...c, key: "k", ctrl: true }, true],
    [{ ...c, key: "ArrowUp" }, false],
    [{ ...c, key: "ArrowUp", alt: true }, true],
    [{ ...c, key: "Enter" }, false],
    [{ ...c, key: "Tab", alt: true }, false],
    [{ ...c, key: "F8" }, true],
  ] as const) {
    equal(free(chord), want, chordText(chord));
  }
});

test("what was kept is believed only if it is keys", () => {
  ok(isChords({}));
  ok(isChords({ commands: null, all: usualChords.all }));
  for (const v of [null, 1, { commands: 1 }, { commands: {} }, { fly: null }]) {
    ok(!isChords(v), JSON.stringify(v));
  }
});
