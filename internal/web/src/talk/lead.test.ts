import { equal, test } from "../testing";
import { pageChannel } from "./channel";
import { newId } from "./ids";
import { byLock } from "./lead";
import { joinTabs, type Tabs } from "./tabs";

/** A tab as in a real page, with the browser's locks and channels. */
function tab(name: string, who: string): Tabs<string[], string> {
  return joinTabs<string[], string, string>({
    first: [],
    step: (s, i) => [...s, i],
    lead: (_, put) => ({
      do: (word) => {
        put(`${who} ${word}`);
        return Promise.resolve(who);
      },
      stop: () => {},
    }),
    channel: pageChannel(name),
    leadership: byLock(name),
  });
}

/** Waits for what another tab does: for a change, and not for a time. */
function until<S>(t: Tabs<S, string>, good: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = t.watch(() => {
      if (good()) {
        stop();
        resolve();
      }
    });
    if (good()) {
      stop();
      resolve();
    }
  });
}

test("with the browser's own locks one tab leads, and the next goes on from its state", async () => {
  const name = `test.${newId()}`;
  const a = tab(name, "a");
  await until(a, a.leads);
  const b = tab(name, "b");
  equal(await a.send("one"), "a");
  equal(await b.send("two"), "a");
  await until(b, () => b.state().length === 2);
  equal(b.leads(), false);
  a.leave();
  await until(b, b.leads);
  equal(await b.send("three"), "b");
  equal(b.state(), ["a one", "a two", "b three"]);
  b.leave();
});

test("who leaves before it led never leads", async () => {
  const name = `test.${newId()}`;
  const a = tab(name, "a");
  await until(a, a.leads);
  const b = tab(name, "b");
  b.leave();
  a.leave();
  const c = tab(name, "c");
  await until(c, c.leads);
  equal([b.leads(), c.leads()], [false, true]);
  c.leave();
});
