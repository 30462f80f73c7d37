import { equal, ok, test } from "../testing";
import type { Channel } from "./channel";
import { arrive, elect, type Standing, type Word } from "./election";
import { fakeEnv, settle } from "./faketime";
import { byElection, type Leadership } from "./lead";
import { joinTabs, type Tabs } from "./tabs";

/** A browser's channels without a browser: what is said is heard by the others a moment later, as a copy. */
function ether(): { join(): Channel; leave(c: Channel): void } {
  const all = new Map<Channel, (m: unknown) => void>();
  const gone = new Set<Channel>();
  return {
    join: () => {
      const channel: Channel = {
        say: (m) => {
          if (gone.has(channel)) {
            return;
          }
          const copy = structuredClone(m);
          const others = [...all].filter(([c]) => c !== channel);
          void Promise.resolve().then(() => others.forEach(([c, hear]) => all.has(c) && hear(copy)));
        },
        hear: (act) => all.set(channel, act),
        close: () => all.delete(channel),
      };
      return channel;
    },
    leave: (c) => {
      gone.add(c);
      all.delete(c);
    },
  };
}

interface Count {
  sum: number;
  by: string[];
}

/** A tab whose lock the test hands out. */
function tab(name: string, channel: Channel, slow = false): { tabs: Tabs<Count, number>; lead(): void; lost(): void } {
  let lead = () => {};
  let lost = () => {};
  const leadership: Leadership = (l, x) => {
    lead = l;
    lost = x;
    return () => {};
  };
  const tabs = joinTabs<Count, { add: number; who: string }, number>({
    first: { sum: 0, by: [] },
    step: (s, i) => ({ sum: s.sum + i.add, by: [...s.by, i.who] }),
    lead: (_, put) => ({
      do: async (n) => {
        if (slow) {
          await new Promise(() => {});
        }
        put({ add: n, who: name });
        return await Promise.resolve(`${name} did ${n}`);
      },
      stop: () => {},
    }),
    channel,
    leadership,
  });
  return { tabs, lead: () => lead(), lost: () => lost() };
}

test("every tab has the leader's state, and commands go through the leader", async () => {
  const air = ether();
  const a = tab("a", air.join());
  a.lead();
  equal(await a.tabs.send(1), "a did 1");
  const b = tab("b", air.join());
  await settle();
  equal(b.tabs.state(), { sum: 1, by: ["a"] });
  equal(await b.tabs.send(2), "a did 2");
  await settle();
  equal([b.tabs.state(), b.tabs.leads(), a.tabs.leads()], [{ sum: 3, by: ["a", "a"] }, false, true]);
});

test("when the leader goes another has the last state, and does what nobody had begun", async () => {
  const air = ether();
  const channel = air.join();
  const a = tab("a", channel);
  a.lead();
  await a.tabs.send(5);
  const b = tab("b", air.join());
  const c = tab("c", air.join());
  await settle();
  air.leave(channel);
  const waits = c.tabs.send(7);
  await settle();
  b.lead();
  equal(await waits, "b did 7");
  await settle();
  equal([b.tabs.state().sum, c.tabs.state()], [12, { sum: 12, by: ["a", "b"] }]);
});

test("what a leader had begun when it went is not done twice", async () => {
  const air = ether();
  const channel = air.join();
  const a = tab("a", channel, true);
  a.lead();
  const b = tab("b", air.join());
  await settle();
  const unknown = b.tabs.send(3);
  await settle();
  air.leave(channel);
  b.lead();
  equal(await unknown, null);
  equal(b.tabs.state().sum, 0);
});

test("a tab that missed an input asks for the whole", async () => {
  const air = ether();
  const a = tab("a", air.join());
  a.lead();
  const good = air.join();
  let drop = 0;
  const lossy: Channel = { ...good, hear: (act) => good.hear((m) => (drop > 0 ? drop-- : act(m))) };
  const b = tab("b", lossy);
  await settle();
  drop = 1;
  await a.tabs.send(1);
  await settle();
  equal(b.tabs.state().sum, 0);
  await a.tabs.send(2);
  await settle();
  equal(b.tabs.state(), { sum: 3, by: ["a", "a"] });
});

test("a leader that is put aside hears the new one", async () => {
  const air = ether();
  const a = tab("a", air.join());
  const b = tab("b", air.join());
  a.lead();
  await a.tabs.send(1);
  b.lead();
  a.lost();
  await settle();
  equal(await a.tabs.send(4), "b did 4");
  await settle();
  equal([a.tabs.state(), a.tabs.leads(), b.tabs.leads()], [{ sum: 5, by: ["a", "b"] }, false, true]);
});

/** Tabs that elect by messages, over one air and one time. */
function voters(n: number): { run(ms: number): Promise<void>; leaders(): string[]; close(name: string, politely: boolean): void; open(name: string): void } {
  const env = fakeEnv(0);
  const air = ether();
  const leading = new Set<string>();
  const open = new Map<string, { channel: Channel; resign(): void }>();
  const add = (name: string): void => {
    const channel = air.join();
    const resign = byElection(channel, name, env)(
      () => leading.add(name),
      () => leading.delete(name),
    );
    open.set(name, { channel, resign });
  };
  Array.from({ length: n }, (_, i) => add(`tab${i}`));
  return {
    run: (ms) => env.pass(ms),
    leaders: () => [...leading],
    open: add,
    close: (name, politely) => {
      const t = open.get(name);
      leading.delete(name);
      if (t !== undefined && politely) {
        t.resign();
      } else if (t !== undefined) {
        air.leave(t.channel);
      }
    },
  };
}

test("without locks, one of three tabs leads, and another within two seconds of its going", async () => {
  for (const politely of [true, false]) {
    const v = voters(3);
    await v.run(1_000);
    const first = v.leaders();
    equal(first.length, 1);
    v.close(first[0] ?? "", politely);
    await v.run(2_000);
    const second = v.leaders();
    equal([second.length, second[0] === first[0]], [1, false]);
    v.open("late");
    await v.run(60_000);
    equal(v.leaders(), second);
  }
});

test("of two that lead the newer term stays, and of one term the first by name", () => {
  const leads = (me: string, term: number): Standing => ({ ...arrive(me, 0).next, role: "lead", term, leader: me });
  const word = (from: string, term: number): Word => ({ word: "lead", from, term });
  equal(elect(leads("a", 1), word("b", 2), 5).next.role, "follow");
  equal(elect(leads("b", 1), word("a", 1), 5).next.role, "follow");
  const right = elect(leads("a", 2), word("b", 1), 5);
  equal([right.next.role, right.say], ["lead", [{ word: "lead", from: "a", term: 2 }]]);
  ok(elect(leads("a", 1), { word: "who", from: "z" }, 5).say.length === 1);
});
