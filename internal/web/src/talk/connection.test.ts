import { equal, ok, test } from "../testing";
import { connect, type Connection, type ConnectionInput, deadline, pause, type Phase, step, wake } from "./connection";

const hold = 30;

/** Runs inputs, with every tick that the machine asks for in between; answers what is shown at the times asked. */
function play(inputs: ConnectionInput[], until: number): { phases: [number, Phase][]; asks: [number, string][]; c: Connection } {
  let c = connect(0);
  const phases: [number, Phase][] = [[0, c.phase]];
  const asks: [number, string][] = [];
  const hear = (input: ConnectionInput): void => {
    const s = step(c, input, hold, 0.5);
    if (s.next.phase !== c.phase) {
      phases.push([input.at, s.next.phase]);
    }
    if (s.ask !== null) {
      asks.push([input.at, s.ask]);
    }
    c = s.next;
  };
  for (const input of [...inputs, { kind: "tick" as const, at: until }]) {
    // A device that sleeps does not tick.
    const asleep = input.at - c.heard > 3_600_000;
    while (!asleep && wake(c, hold) < input.at && c.phase !== "stopped") {
      hear({ kind: "tick", at: wake(c, hold) });
    }
    hear(input);
  }
  return { phases, asks, c };
}

const lost = (at: number, ask: "retrieve" | "probe" | "command" = "retrieve"): ConnectionInput => ({ kind: "failed", at, ask, retryAfter: 0 });
const good = (at: number, ask: "retrieve" | "probe", empty = false): ConnectionInput => ({ kind: "answered", at, ask, empty });

test("a loss of a second shows nothing", () => {
  const { phases, c } = play([lost(5_000), lost(5_100, "probe"), good(6_000, "probe")], 7_000);
  equal(phases, [[0, "live"], [5_000, "unsure"], [6_000, "live"]]);
  equal(c.open, "retrieve");
});

test("the bar comes after 3 s, offline after 30 s more, and the first good answer ends it", () => {
  // Each probe is lost at once, so the machine tries by its pauses.
  let c = connect(0);
  const phases: [number, Phase][] = [];
  let asks = 0;
  let at = 5_000;
  let s = step(c, lost(at), hold, 0.5);
  for (;;) {
    if (s.next.phase !== c.phase) {
      phases.push([at, s.next.phase]);
    }
    c = s.next;
    if (at >= 45_000) {
      break;
    }
    if (s.ask !== null) {
      asks++;
      s = step(c, lost(at, s.ask), hold, 0.5);
    } else {
      at = wake(c, hold);
      s = step(c, { kind: "tick", at }, hold, 0.5);
    }
  }
  equal(phases, [[5_000, "unsure"], [8_000, "reconnecting"], [38_000, "offline"]]);
  // At once, then 0.5 + 1 + 2 + 4 + 8 + 15 s apart.
  equal(asks, 7);
  equal(c.lastContact, 0);
  equal(deadline(c, 120), 240_000);
  s = step({ ...c, open: "probe", openSince: at, askAt: 0 }, good(at + 10, "probe"), hold, 0.5);
  equal(s.next.phase, "catchingUp");
  equal(s.ask, "retrieve");
  s = step(s.next, { kind: "tick", at: wake(s.next, hold) }, hold, 0.5);
  equal([s.next.phase, s.next.heard - at - 10 <= 1_000], ["live", true]);
});

test("pauses double from half a second to fifteen, moved by a fifth", () => {
  equal([1, 2, 3, 4, 5, 6, 7, 50].map((n) => pause(n, 0.5)), [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  equal([pause(1, 0), pause(1, 1)], [400, 600]);
});

test("catching up ends with a retrieval that has nothing", () => {
  const gap: ConnectionInput[] = [lost(1_000), lost(1_100, "probe"), lost(5_000, "probe"), good(6_500, "probe"), good(6_600, "retrieve"), good(6_700, "retrieve")];
  equal(play(gap, 6_800).phases.at(-1), [6_500, "catchingUp"]);
  equal(play([...gap, good(6_800, "retrieve", true)], 6_900).phases.at(-1), [6_800, "live"]);
  equal(play(gap, 8_000).phases.at(-1), [7_200, "live"]);
});

test("a browser without a network is offline after 3 s, and tries at once when it is back", () => {
  const gone = play([{ kind: "offline", at: 2_000 }], 5_500);
  equal(gone.phases.slice(0, 2), [[0, "live"], [2_000, "unsure"]]);
  ok(gone.phases.some(([at, p]) => p === "offline" && at === 5_000));
  const back = play([{ kind: "offline", at: 2_000 }, { kind: "online", at: 2_300 }, good(2_400, "probe")], 3_000);
  equal(back.phases.at(-1), [2_400, "live"]);
  equal(back.asks, [[2_300, "probe"], [2_400, "retrieve"]]);
});

test("a poll that is older than hold and ten seconds is broken off and asked again", () => {
  const { phases, asks } = play([], 41_000);
  equal(phases, [[0, "live"], [40_000, "unsure"]]);
  equal(asks, [[40_000, "probe"]]);
  let s = step(connect(0), { kind: "tick", at: 9_000 }, hold, 0.5);
  for (let at = 19_000; at <= 39_000; at += 10_000) {
    s = step(s.next, { kind: "tick", at }, hold, 0.5);
    ok(!s.abort);
  }
  s = step(s.next, { kind: "tick", at: 40_000 }, hold, 0.5);
  ok(s.abort);
});

test("a failed command makes a live loop ask anew", () => {
  const { asks, phases } = play([lost(4_000, "command"), good(4_050, "probe")], 4_060);
  equal(asks, [[4_000, "probe"], [4_050, "retrieve"]]);
  equal(phases, [[0, "live"], [4_000, "unsure"], [4_050, "live"]]);
});

test("after sleep it catches up, and is never live before an answer", () => {
  const { phases, asks } = play([{ kind: "now", at: 7_200_000 }, good(7_200_200, "probe"), good(7_200_300, "retrieve", true)], 7_200_400);
  equal(phases, [[0, "live"], [7_200_000, "catchingUp"], [7_200_300, "live"]]);
  equal(asks[0], [7_200_000, "probe"]);
});

test("a hidden tab whose timers come once a minute does not take that for sleep", () => {
  let c = connect(0);
  for (let at = 60_000; at <= 600_000; at += 60_000) {
    c = step(c, good(at - 30_000, "retrieve", true), hold, 0.5).next;
    const s = step(c, { kind: "tick", at }, hold, 0.5);
    c = s.next;
    equal([c.phase, s.ask], ["live", null]);
  }
});

test("not storing is told while polls are held, and ends with a command that is stored", () => {
  let c = step(connect(0), { kind: "notStoring", at: 1_000, ask: "command" }, hold, 0.5).next;
  equal([c.phase, c.notStoringSince], ["live", 1_000]);
  equal(step(c, { kind: "stored", at: 2_000 }, hold, 0.5).next.notStoringSince, 0);
  c = play([{ kind: "notStoring", at: 1_000, ask: "command" }], 31_500).c;
  equal(c.notStoringSince, 0);
});

test("403 on a retrieval stops it for good", () => {
  const { phases, asks, c } = play([{ kind: "ended", at: 3_000 }, { kind: "online", at: 4_000 }, { kind: "now", at: 200_000 }], 900_000);
  equal([phases.at(-1), asks, c.open], [[3_000, "stopped"], [], null]);
});

test("Retry-After is waited for, and an early empty answer does not spin", () => {
  const busy = step(connect(0), { kind: "failed", at: 0, ask: "retrieve", retryAfter: 7 }, hold, 0.5);
  equal([busy.ask, busy.next.askAt], [null, 7_700]);
  const early = step(connect(0), good(100, "retrieve", true), hold, 0.5);
  equal([early.ask, early.next.askAt, early.next.phase], [null, 1_100, "live"]);
});
