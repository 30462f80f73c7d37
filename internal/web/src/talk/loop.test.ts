import { equal, ok, test } from "../testing";
import type { Phase } from "./connection";
import { type FakeEnv, fakeEnv } from "./faketime";
import type { Outcome } from "./http";
import { type Loop, runLoop } from "./loop";
import { type Position, start } from "./position";

interface M {
  n: number;
}

/** A server with one mailbox, which can be cut off. */
function server(env: FakeEnv) {
  const mailbox: M[] = [];
  const state = { up: true, ended: false, open: 0, most: 0, polls: 0, wake: () => {} };
  const until = (signal: AbortSignal, ms: number): Promise<"woken" | "late" | "gone"> =>
    new Promise((resolve) => {
      const cancel = env.later(ms, () => resolve("late"));
      state.wake = () => (cancel(), resolve("woken"));
      signal.addEventListener("abort", () => (cancel(), resolve("gone")));
    });
  const lost: Outcome<never> = { kind: "lost", aborted: false };
  return {
    state,
    push: (...ms: M[]) => {
      mailbox.push(...ms);
      state.wake();
    },
    cut: () => {
      state.up = false;
      state.wake();
    },
    contract: {
      holdSeconds: 30,
      identity: (m: M) => ({ channel: 0, number: m.n }),
      probe: async () => await Promise.resolve<Outcome<unknown>>(state.up ? { kind: "answer", value: "standing", last: 0, post: 0, postTime: 0 } : lost),
      poll: async (ack: number, signal: AbortSignal): Promise<Outcome<M[]>> => {
        state.polls++;
        state.most = Math.max(state.most, ++state.open);
        try {
          if (state.ended) {
            return { kind: "refused", refusal: { status: 403, code: "ACCESS_DENIED", text: "", retryAfter: 0, body: null } };
          }
          const waiting = (): M[] => mailbox.filter((m) => m.n > ack);
          if (state.up && waiting().length === 0 && (await until(signal, 30_000)) === "gone") {
            return { kind: "lost", aborted: true };
          }
          return state.up ? { kind: "answer", value: waiting(), last: waiting().at(-1)?.n ?? 0, post: 0, postTime: 0 } : lost;
        } finally {
          state.open--;
        }
      },
    },
  };
}

function listen(from: Position = start) {
  const env = fakeEnv(0);
  const s = server(env);
  const got: number[] = [];
  const phases: Phase[] = [];
  let position = from;
  let standings = 0;
  const loop: Loop = runLoop(
    s.contract,
    from,
    {
      batch: (messages, p) => {
        got.push(...messages.map((m) => m.n));
        position = p;
      },
      standing: () => standings++,
      connection: (c) => {
        if (phases.at(-1) !== c.phase) {
          phases.push(c.phase);
        }
      },
    },
    env,
  );
  return { env, s, got, phases, loop, position: () => position, standings: () => standings };
}

test("everything comes once and in order, with one retrieval open", async () => {
  const l = listen();
  for (let n = 1; n <= 5; n++) {
    l.s.push({ n });
    await l.env.pass(2_000);
  }
  await l.env.pass(120_000);
  equal([l.got, l.position().ack, l.s.state.most], [[1, 2, 3, 4, 5], 5, 1]);
  equal(l.phases, ["live"]);
  ok(l.s.state.polls < 15);
});

test("through a cut nothing is missing or double, and it says where it stands on the way", async () => {
  const l = listen();
  l.s.push({ n: 1 });
  await l.env.pass(2_000);
  l.s.cut();
  await l.env.pass(2_900);
  equal(l.phases, ["live", "unsure"]);
  await l.env.pass(200);
  equal(l.phases.at(-1), "reconnecting");
  l.s.push({ n: 2 }, { n: 3 });
  await l.env.pass(35_000);
  equal(l.phases.at(-1), "offline");
  l.s.state.up = true;
  l.loop.hear({ kind: "now" });
  await l.env.pass(10);
  equal([l.got, l.standings()], [[1, 2, 3], 1]);
  await l.env.pass(1_000);
  equal(l.phases.slice(-3), ["offline", "catchingUp", "live"]);
});

test("a tab that goes on from a position gets what came after it", async () => {
  const l = listen({ ack: 2, seen: { 0: 2 } });
  l.s.push({ n: 1 }, { n: 2 }, { n: 3 });
  await l.env.pass(10);
  equal(l.got, [3]);
});

test("403 ends it, and nothing is asked any more", async () => {
  const l = listen();
  await l.env.pass(1_000);
  l.s.state.ended = true;
  l.s.push({ n: 9 });
  await l.env.pass(31_000);
  const { polls } = l.s.state;
  equal(l.phases.at(-1), "stopped");
  await l.env.pass(300_000);
  l.loop.hear({ kind: "online" });
  await l.env.pass(300_000);
  equal(l.s.state.polls, polls);
});

test("a stopped loop breaks off its retrieval", async () => {
  const l = listen();
  await l.env.pass(1_000);
  l.loop.stop();
  await l.env.pass(100_000);
  equal([l.s.state.open, l.s.state.polls], [0, 1]);
});
