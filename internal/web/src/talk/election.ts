/**
 * Who leads, where the browser has no locks (they need a secure context): tabs agree by messages
 * alone, since timers of hidden tabs stand still for up to a minute and messages don't.
 */

/** What tabs say to each other about it. */
export type Word =
  /** "I have heard nothing of who leads." */
  | { word: "who"; from: string }
  | { word: "lead"; from: string; term: number }
  | { word: "bye"; from: string };

/** How one tab stands. */
export interface Standing {
  me: string;
  role: "follow" | "ask" | "lead";
  /** The newest term that was heard of; who leads with a newer one is right. */
  term: number;
  leader: string;
  /** Until when an answer is waited for, or the leader believed; while leading: when to speak again. */
  until: number;
  /** While asking: somebody asks too, and comes first by its name. */
  yields: boolean;
}

/** How often who leads says so. */
const beat = 500;
/** For how long a silent leader is believed, and how long an answer is waited for. */
const belief = 1_400;
const wait = 300;

/** A tab that has just come. */
export function arrive(me: string, at: number): { next: Standing; say: Word[] } {
  return { next: { me, role: "ask", term: 0, leader: "", until: at + wait, yields: false }, say: [{ word: "who", from: me }] };
}

/** One step: a word that came, or null for time that has passed. */
export function elect(s: Standing, word: Word | null, at: number): { next: Standing; say: Word[] } {
  const mine = (term: number): Word => ({ word: "lead", from: s.me, term });
  if (word === null) {
    return at < s.until ? { next: s, say: [] } : timeUp(s, at);
  }
  if (word.from === s.me) {
    return { next: s, say: [] };
  }
  switch (word.word) {
    case "who":
      if (s.role === "lead") {
        return { next: s, say: [mine(s.term)] };
      }
      return { next: s.role === "ask" && word.from < s.me ? { ...s, yields: true } : s, say: [] };
    case "lead":
      if (s.role === "lead" && (word.term < s.term || (word.term === s.term && word.from > s.me))) {
        return { next: s, say: [mine(s.term)] };
      }
      return { next: { ...s, role: "follow", term: Math.max(s.term, word.term), leader: word.from, until: at + belief, yields: false }, say: [] };
    case "bye":
      return s.role === "follow" && word.from === s.leader ? ask(s, at) : { next: s, say: [] };
  }
}

function timeUp(s: Standing, at: number): { next: Standing; say: Word[] } {
  switch (s.role) {
    case "lead":
      return { next: { ...s, until: at + beat }, say: [{ word: "lead", from: s.me, term: s.term }] };
    case "follow":
      return ask(s, at);
    case "ask":
      // Who comes first by name leads; if it is gone by now, the next round is without it.
      return s.yields ? ask(s, at) : { next: { ...s, role: "lead", term: s.term + 1, leader: s.me, until: at + beat }, say: [{ word: "lead", from: s.me, term: s.term + 1 }] };
  }
}

function ask(s: Standing, at: number): { next: Standing; say: Word[] } {
  return { next: { ...s, role: "ask", leader: "", until: at + wait, yields: false }, say: [{ word: "who", from: s.me }] };
}
