import { equal, test } from "../testing";
import { answerTime, type Clock, observe, offset, serverTime } from "./clock";
import { openDrafts } from "./drafts";
import { fakeEnv } from "./faketime";
import { call, passing, read } from "./http";
import { newId } from "./ids";
import { deviceKeep, getJSON, memoryKeep } from "./keep";
import { start, take } from "./position";
import { typist } from "./typist";

test("the clock takes the median of the last five answers", () => {
  const clock = [1_000, 5_000, 900, 1_100, 1_050, 950].reduce<Clock>((c, o) => observe(c, 100_000 + o, 100_000), []);
  equal(clock, [5_000, 900, 1_100, 1_050, 950]);
  equal([offset(clock), serverTime(clock, 7), offset([]), offset([10, 20])], [1_050, 1_057, 0, 15]);
  equal(observe([1], 0, 5), [1]);
  equal([answerTime({ responseSentMilliseconds: 7 }), answerTime({ serviceFinishTime: "1970-01-01T00:00:01.000Z" }), answerTime(null)], [7, 1_000, 0]);
});

test("an answer, a refusal and a loss are told apart", () => {
  const headers = (h: Record<string, string>) => (name: string) => h[name] ?? null;
  equal(read(200, headers({ "Usher-Last": "7", "Usher-Post": "3", "Usher-Post-Time": "99" }), `{"a":1}`), { kind: "answer", value: { a: 1 }, last: 7, post: 3, postTime: 99 });
  equal(read(200, headers({}), "<html>please log in to our network</html>"), { kind: "lost", aborted: false });
  equal(read(429, headers({ "Retry-After": "4" }), `{"exceptionCode":"BAD_REQUEST","message":"slow"}`), {
    kind: "refused",
    refusal: { status: 429, code: "BAD_REQUEST", text: "slow", retryAfter: 4, body: { exceptionCode: "BAD_REQUEST", message: "slow" } },
  });
  const proxy = read(502, headers({ "Retry-After": "soon" }), "<html>bad gateway</html>");
  equal(proxy, { kind: "refused", refusal: { status: 502, code: "", text: "", retryAfter: 0, body: undefined } });
  equal(proxy.kind === "refused" && passing(proxy), true);
  const bootstrap = read(401, headers({}), `{"o:errorCode":"OSC-CREST-00014","detail":"wrong"}`);
  equal(bootstrap.kind === "refused" && [bootstrap.refusal.code, bootstrap.refusal.text, passing(bootstrap)], ["OSC-CREST-00014", "wrong", false]);
});

test("a request that nobody answers is lost, and one that was broken off says so", async () => {
  // Nothing listens on the discard port, and browsers refuse it outright.
  equal(await call({ url: "http://127.0.0.1:9/" }), { kind: "lost", aborted: false });
  const gone = new AbortController();
  gone.abort();
  equal(await call({ url: "http://127.0.0.1:9/", signal: gone.signal }), { kind: "lost", aborted: true });
});

test("a storage that throws is no memory, and no error", () => {
  const broken = deviceKeep(() => {
    throw new Error("storage is switched off");
  }, "x.");
  broken.set("a", "1");
  broken.remove("a");
  equal([broken.get("a"), broken.keys("")], [null, []]);
  equal(getJSON(memoryKeep({ a: "{" }), "a"), undefined);
});

test("drafts belong to their chats, with their receiver", () => {
  const keep = memoryKeep();
  const drafts = openDrafts(keep);
  drafts.set(1, { text: "half a sen", team: true });
  drafts.set(2, { text: "  ", team: false });
  equal([drafts.get(1), drafts.has(1), drafts.has(2), drafts.get(3)], [{ text: "half a sen", team: true }, true, false, { text: "", team: false }]);
  // Another page of the same device finds them.
  equal(openDrafts(keep).get(1).text, "half a sen");
  drafts.set(1, { text: "", team: false });
  equal(keep.keys("draft."), ["draft.2"]);
});

test("a message that comes again is left out; fleeting ones pass", () => {
  type M = { e: number; n: number } | null;
  const identity = (m: M) => (m === null ? null : { channel: m.e, number: m.n });
  const first = take<M>(start, [{ e: 1, n: 1 }, { e: 2, n: 1 }, null], 2, identity);
  equal(first.messages.length, 3);
  const again = take<M>(first.position, [{ e: 1, n: 1 }, { e: 2, n: 1 }, { e: 1, n: 2 }, null], 3, identity);
  equal(again.messages, [{ e: 1, n: 2 }, null]);
  equal(again.position, { ack: 3, seen: { 1: 2, 2: 1 } });
  equal(take(again.position, [null], 0, identity).position.ack, 3);
});

test("typing is told every three seconds, and rests after five", async () => {
  const env = fakeEnv(0);
  const told: [number, string | null][] = [];
  const t = typist((text) => told.push([env.now(), text]), 3_000, false, env);
  for (let i = 0; i < 8; i++) {
    t.typed(`k${i}`);
    await env.pass(500);
  }
  await env.pass(10_000);
  equal(told, [[0, "k0"], [3_000, "k6"], [8_500, null]]);
  t.typed("again");
  t.rest();
  t.rest();
  equal(told.slice(3), [[14_000, "again"], [14_000, null]]);
});

test("a preview follows at its interval, and the last text is told too", async () => {
  const env = fakeEnv(0);
  const told: [number, string | null][] = [];
  const t = typist((text) => told.push([env.now(), text]), 500, true, env);
  t.typed("a");
  await env.pass(100);
  t.typed("ab");
  await env.pass(100);
  t.typed("abc");
  await env.pass(1_000);
  equal(told, [[0, "a"], [500, "abc"]]);
});

test("names are long, and none like another", () => {
  const names = new Set(Array.from({ length: 1_000 }, newId));
  equal([names.size, [...names].every((n) => /^[a-z2-7]{26}$/.test(n))], [1_000, true]);
});
