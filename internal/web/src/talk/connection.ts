/**
 * How the connection stands: a machine without a clock, a timer or a network of its own. It is told
 * what happened and when, and says what to do. Times are this device's, in epoch milliseconds.
 */

/** What people are shown. While it is unsure they are shown nothing, so that nothing flickers. */
export type Phase = "live" | "unsure" | "reconnecting" | "offline" | "catchingUp" | "stopped";

/** What a request was for. A probe is answered at once, where a retrieval may be held although all is well again. */
export type Ask = "retrieve" | "probe";

/** The state of the machine. */
export interface Connection {
  phase: Phase;
  /** When it ceased to be live; 0 while it is. */
  since: number;
  /** When the server's last answer came. */
  lastContact: number;
  /** When a command was last refused because nothing can be stored; 0 when that is over. */
  notStoringSince: number;
  /** The request that is open, and since when. */
  open: Ask | null;
  openSince: number;
  /** When the next request is due; 0 when one is open, or none will be. */
  askAt: number;
  /** Failures in a row. */
  failures: number;
  /** The browser says that there is no network. */
  unplugged: boolean;
  /** Something may have been missed since it was live. */
  missed: boolean;
  /** When the machine last heard anything, to notice that the device slept. */
  heard: number;
}

/** The connection, as it is shown. Times are this device's. */
export interface ConnectionView {
  phase: Phase;
  since: number;
  lastContact: number;
  notStoring: boolean;
  /** When it is tried again; 0 when that is going on. */
  askAt: number;
}

/** What is shown of the machine. */
export function viewOf(c: Connection): ConnectionView {
  return { phase: c.phase, since: c.since, lastContact: c.lastContact, notStoring: c.notStoringSince > 0, askAt: c.askAt };
}

/** Nothing was asked yet. */
export const unknownConnection: ConnectionView = { phase: "live", since: 0, lastContact: 0, notStoring: false, askAt: 0 };

/** What the machine is told. */
export type ConnectionInput =
  /** Time has passed. It comes at wake() or earlier. */
  | { kind: "tick"; at: number }
  | { kind: "answered"; at: number; ask: Ask; empty: boolean }
  /** No good answer. retryAfter is in seconds, 0 when the server did not ask for a pause. */
  | { kind: "failed"; at: number; ask: Ask | "command"; retryAfter: number }
  /** A command was answered. */
  | { kind: "stored"; at: number }
  /** The server itself said 503: it is there, and can't store. */
  | { kind: "notStoring"; at: number; ask: Ask | "command" }
  /** A retrieval was refused for good. */
  | { kind: "ended"; at: number }
  | { kind: "online"; at: number }
  | { kind: "offline"; at: number }
  /** The page came into view, or somebody pressed "Try now". */
  | { kind: "now"; at: number };

/** What is to be done after a step. */
export interface Step {
  next: Connection;
  /** Break off the open request first. */
  abort: boolean;
  ask: Ask | null;
}

/** How long a loss stays unseen. */
export const patience = 3_000;
/** How long "reconnecting" is believed before it is called offline. */
export const hope = 30_000;
/** How much longer than the hold a retrieval may be open. */
const grace = 10_000;
const firstWait = 500;
const lastWait = 15_000;
/** The machine wants to be told the time at least so often; timers that are later than sleepGap show that the device slept. */
const pulse = 10_000;
const sleepGap = 60_000;
/** The server answers at once while it has something: a retrieval that is open for longer has nothing more. */
const settled = 500;
/** An empty answer that comes sooner shows that somebody else retrieves too, and the loop must not spin. */
const tooSoon = 1_000;
/** For how long one refusal tells that nothing can be stored. */
const storeDoubt = 30_000;

/** A machine that has just asked for the first time. */
export function connect(at: number): Connection {
  return {
    phase: "live",
    since: 0,
    lastContact: at,
    notStoringSince: 0,
    open: "retrieve",
    openSince: at,
    askAt: 0,
    failures: 0,
    unplugged: false,
    missed: false,
    heard: at,
  };
}

/** When the machine must be told the time next, at the latest. */
export function wake(c: Connection, holdSeconds: number): number {
  const times = [c.heard + pulse];
  if (c.phase === "unsure") {
    times.push(c.since + patience);
  }
  if (c.phase === "reconnecting") {
    times.push(c.since + patience + hope);
  }
  if (c.phase === "catchingUp" && c.open === "retrieve") {
    times.push(c.openSince + settled);
  }
  if (c.notStoringSince > 0) {
    times.push(c.notStoringSince + storeDoubt);
  }
  if (c.open !== null) {
    times.push(c.openSince + holdSeconds * 1000 + grace);
  }
  if (c.askAt > 0) {
    times.push(c.askAt);
  }
  return Math.min(...times);
}

/**
 * Until when whoever is cut off has its place, whether it or the server is: a session is given up
 * after twice absentSeconds without a sign of life.
 */
export function deadline(c: { lastContact: number }, absentSeconds: number): number {
  return c.lastContact + 2 * absentSeconds * 1000;
}

/** One step. random is from 0 to 1, and moves the pauses so that pages that were cut off together do not come back together. */
export function step(c: Connection, input: ConnectionInput, holdSeconds: number, random: number): Step {
  if (c.phase === "stopped") {
    return { next: c, abort: false, ask: null };
  }
  const slept = input.at - c.heard > sleepGap + pulse;
  const woken: Connection = slept ? { ...c, phase: "catchingUp", missed: true, since: c.since || c.heard } : c;
  const said = decide({ ...woken, heard: input.at }, input, random);
  if (slept && said.ask === null && !isAnswer(input) && said.next.phase !== "stopped") {
    return asking({ ...said.next, open: null }, "probe", input.at, c.open !== null);
  }
  return aged(said, input.at, holdSeconds);
}

function isAnswer(input: ConnectionInput): boolean {
  return input.kind === "answered" || input.kind === "ended";
}

function decide(c: Connection, input: ConnectionInput, random: number): Step {
  const { at } = input;
  const still: Step = { next: c, abort: false, ask: null };
  switch (input.kind) {
    case "tick":
      return c.askAt > 0 && at >= c.askAt ? asking(c, c.failures > 0 ? "probe" : "retrieve", at, false) : still;
    case "answered":
      return answered(c, input.ask, input.empty, at);
    case "failed":
      return failed(c, input.ask, input.retryAfter, at, random);
    case "stored":
      return { ...still, next: { ...c, lastContact: at, notStoringSince: 0 } };
    case "notStoring": {
      const next = { ...c, lastContact: at, notStoringSince: at };
      // A retrieval is held where other operations are refused: it tells when that is over.
      return input.ask === "probe" ? asking({ ...found(next), failures: 0 }, "retrieve", at, false) : { ...still, next };
    }
    case "ended":
      return { next: { ...c, phase: "stopped", since: at, open: null, askAt: 0 }, abort: c.open !== null, ask: null };
    case "online":
      return asking({ ...c, unplugged: false }, "probe", at, c.open !== null);
    case "offline":
      return { next: { ...lose(c, at), unplugged: true, open: null, askAt: at + pause(c.failures + 1, random), failures: c.failures + 1 }, abort: c.open !== null, ask: null };
    case "now":
      return c.askAt > 0 ? asking(c, c.failures > 0 ? "probe" : "retrieve", at, false) : still;
  }
}

function answered(c: Connection, ask: Ask, empty: boolean, at: number): Step {
  const spent = c.open === ask ? at - c.openSince : lastWait;
  const next: Connection = { ...found(c), lastContact: at, failures: 0, unplugged: false, open: null };
  if (ask === "retrieve" && empty) {
    const rested = live(next);
    if (spent < tooSoon) {
      return { next: { ...rested, askAt: at + tooSoon }, abort: false, ask: null };
    }
    return asking(rested, "retrieve", at, false);
  }
  return asking(ask === "retrieve" && !empty && !c.missed ? live(next) : next, "retrieve", at, false);
}

/** The server is there again: what was missed is still to come. */
function found(c: Connection): Connection {
  return c.missed ? { ...c, phase: "catchingUp" } : live(c);
}

function live(c: Connection): Connection {
  return { ...c, phase: "live", since: 0, missed: false };
}

function lose(c: Connection, at: number): Connection {
  return c.phase === "live" || c.phase === "catchingUp" ? { ...c, phase: "unsure", since: at } : c;
}

function failed(c: Connection, ask: Ask | "command", retryAfter: number, at: number, random: number): Step {
  if (ask === "command") {
    // The open retrieval may hang in the same dead connection: a fresh question tells.
    return c.phase === "live" && c.open === "retrieve" ? asking(lose(c, at), "probe", at, true) : { next: c, abort: false, ask: null };
  }
  const next = { ...lose(c, at), open: null, failures: c.failures + 1 };
  if (retryAfter > 0) {
    return { next: { ...next, askAt: at + Math.round(retryAfter * 1000 * (1 + random / 5)) }, abort: false, ask: null };
  }
  return c.failures === 0
    ? asking(next, "probe", at, false)
    : { next: { ...next, askAt: at + pause(c.failures, random) }, abort: false, ask: null };
}

/** The pause before a try after so many failures: half a second, twice that and so on to 15 s, moved by a fifth. */
export function pause(failures: number, random: number): number {
  return Math.round(Math.min(firstWait * 2 ** Math.min(failures - 1, 10), lastWait) * (0.8 + 0.4 * random));
}

function asking(c: Connection, ask: Ask, at: number, abort: boolean): Step {
  return { next: { ...c, open: ask, openSince: at, askAt: 0 }, abort, ask };
}

/** What time alone changes. */
function aged(s: Step, at: number, holdSeconds: number): Step {
  let c = s.next;
  if (c.notStoringSince > 0 && at >= c.notStoringSince + storeDoubt) {
    c = { ...c, notStoringSince: 0 };
  }
  if (c.phase === "catchingUp" && c.open === "retrieve" && at >= c.openSince + settled) {
    c = live(c);
  }
  if (c.phase === "unsure" && at >= c.since + patience) {
    c = { ...c, phase: "reconnecting", missed: true };
  }
  if (c.phase === "reconnecting" && (c.unplugged || at >= c.since + patience + hope)) {
    c = { ...c, phase: "offline" };
  }
  if (c.open !== null && at >= c.openSince + holdSeconds * 1000 + grace) {
    return { ...asking({ ...lose(c, at), failures: Math.max(c.failures, 1) }, "probe", at, true) };
  }
  return { ...s, next: c };
}
