import { equal, ok, test } from "../testing";
import { boardApi } from "./boardapi";
import { leadBoard } from "./boardleader";
import { type BoardInput, type BoardState, firstBoardState, isLive, stepBoard } from "./boardstate";
import { type FakeAnswer, type FakeRequest, refuse, serve } from "./fakefetch";
import { fakeEnv, settle } from "./faketime";
import type { Desk } from "./wireagent";
import type { Live } from "./wireboard";

const desk = (more: Partial<Desk> = {}): Partial<Desk> => ({ site: "demo", name: "Sam", supervisor: true, statusReasons: [], time: 1_000_000, ...more });
const live = (position: number, time: number): Partial<Live> => ({ position, time, zone: "UTC", queues: [], agents: [], engagements: [] });

/** A board that leads, and what it is told. */
function stage(handle: (r: FakeRequest) => FakeAnswer | null | Promise<FakeAnswer | null>) {
  const env = fakeEnv();
  const end = serve(handle);
  let state: BoardState = firstBoardState;
  const put = (input: BoardInput): void => {
    state = stepBoard(state, input);
  };
  const leader = leadBoard(boardApi("demo"), env, () => state, put);
  return {
    env,
    state: () => state,
    do: (name: "resume" | "logIn" | "logOut" | "tryNow", ...args: unknown[]) => leader.do({ name, args }),
    end: () => {
      leader.stop();
      end();
    },
  };
}

/** Never answers. */
const held = new Promise<null>(() => {});

test("a board asks again from the position that it has, and shows the newest picture", async () => {
  const asked: string[] = [];
  const s = stage((r) => {
    if (r.operation === "logIn") {
      return { body: desk() };
    }
    asked.push(r.query.get("after") ?? "");
    return asked.length === 1 ? { body: live(7, 1_000_500) } : asked.length === 2 ? { body: live(9, 1_001_000) } : held;
  });
  try {
    await s.do("resume");
    await settle();
    equal(asked, ["", "7", "9"]);
    equal([s.state().phase, s.state().live?.position, isLive(s.state())], ["in", 9, true]);
  } finally {
    s.end();
  }
});

test("a look that ends without anything new tells the time, and does not spin", async () => {
  let looks = 0;
  const s = stage((r) => (r.operation === "logIn" ? { body: desk() } : { body: live(7, 1_000_000 + ++looks) }));
  try {
    await s.do("resume");
    await settle();
    equal([looks, s.state().live?.time], [2, 1_000_002]);
    await s.env.pass(900);
    equal(looks, 2);
    await s.env.pass(200);
    equal(looks, 3);
  } finally {
    s.end();
  }
});

test("an answer that was overtaken by a newer one shows nothing", () => {
  const entered = stepBoard(firstBoardState, { kind: "in", desk: desk() as Desk, at: 0 });
  const newer = stepBoard(entered, { kind: "live", live: live(9, 2_000) as Live, at: 0 });
  equal(stepBoard(newer, { kind: "live", live: live(8, 1_000) as Live, at: 0 }).live?.position, 9);
  equal(stepBoard(firstBoardState, { kind: "live", live: live(9, 2_000) as Live, at: 0 }).live, null);
});

test("a loss is shown after three seconds, with the last picture, and goes by itself", async () => {
  let there = true;
  let looks = 0;
  const s = stage((r) => {
    if (r.operation === "logIn") {
      return { body: desk() };
    }
    looks++;
    return !there ? null : looks === 1 ? { body: live(7, 1_000_000) } : r.query.get("after") === null ? { body: live(8, 1_050_000) } : held;
  });
  try {
    await s.do("resume");
    await settle();
    there = false;
    await s.env.pass(41_000); // the open look is older than any may be
    equal([s.state().connection.phase, isLive(s.state())], ["unsure", true]);
    await s.env.pass(3_000);
    equal([s.state().connection.phase, isLive(s.state()), s.state().live?.position], ["reconnecting", false, 7]);
    there = true;
    await s.env.pass(20_000);
    equal([s.state().connection.phase, s.state().live?.position], ["live", 8]);
  } finally {
    s.end();
  }
});

test("a log-in that has ended leads to the log-in, and says so", async () => {
  let looks = 0;
  const s = stage((r) => (r.operation === "logIn" ? { body: desk() } : ++looks === 1 ? { body: live(7, 1_000_000) } : refuse(401, "log in")));
  try {
    await s.do("resume");
    await settle();
    equal([s.state().phase, s.state().failure, s.state().live], ["out", "ended", null]);
    await s.env.pass(60_000);
    equal(looks, 2);
  } finally {
    s.end();
  }
});

test("why nobody was let in is told apart", async () => {
  const cases: [FakeAnswer | null, BoardState["failure"]][] = [
    [refuse(401, "wrong"), "wrong"],
    [refuse(429, "too many", { "Retry-After": "7" }), "busy"],
    [null, "lost"],
    [refuse(403, "not from there"), "refused"],
    [{ body: desk({ supervisor: false }) }, "noSupervisor"],
  ];
  for (const [answer, failure] of cases) {
    const s = stage(() => answer);
    try {
      await s.do("logIn", "sam", "secret");
      equal([s.state().phase, s.state().failure, s.state().retryAfter], ["out", failure, failure === "busy" ? 7 : 0]);
      ok(s.state().desk === null);
    } finally {
      s.end();
    }
  }
});

test("a page that has just come tries until there is an answer, and nobody logged in is no failure", async () => {
  let tries = 0;
  const s = stage(() => (++tries < 3 ? null : refuse(401, "log in")));
  try {
    await s.do("resume");
    equal([s.state().phase, tries], ["entering", 1]);
    await s.env.pass(6_000);
    equal([s.state().phase, s.state().failure, tries], ["out", "", 3]);
  } finally {
    s.end();
  }
});
