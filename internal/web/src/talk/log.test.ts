import { equal, test } from "../testing";
import { addHappening, fileOf, firstNumber, happened, lastNumber, type Line, markBlocked, markOf, mergePosts, type Post, stillOlder, waitsSince } from "./log";

const post = (more: Partial<Post>): Post => ({
  kind: "post",
  number: 0,
  clientId: 5,
  name: "",
  senderType: "END_USER",
  text: "",
  richText: false,
  offTheRecord: false,
  team: false,
  only: 0,
  messageId: "",
  data: null,
  file: null,
  at: 0,
  blocked: false,
  ...more,
});
const texts = (log: Line[]): string[] => log.map((l) => (l.kind === "post" ? l.text : l.kind));

test("history and stream make one log in the server's order, whichever comes first", () => {
  const history = [1, 2, 3, 4].map((n) => post({ number: n, at: n * 10, text: `p${n}`, messageId: n % 2 ? `m${n}` : "" }));
  const stream = [post({ at: 20, text: "p2" }), post({ at: 30, text: "p3", messageId: "m3" }), post({ at: 50, text: "p5" })];
  const want = ["p1", "p2", "p3", "p4", "p5"];
  equal(texts(mergePosts(mergePosts([], stream), history)), want);
  equal(texts(mergePosts(mergePosts([], history), stream)), want);
  const merged = mergePosts(mergePosts([], stream), history);
  equal(merged.map((l) => (l.kind === "post" ? l.number : -1)), [1, 2, 3, 4, 0]);
  equal([firstNumber(merged), lastNumber(merged)], [1, 4]);
  equal(mergePosts(merged, history), merged);
});

test("one's own post gets its place by the server's time, and is there once", () => {
  const mine = post({ clientId: 9, senderType: "AGENT", messageId: "a", text: "answer", number: 0, at: 99 });
  const log = mergePosts([], [mine, post({ number: 3, at: 60, text: "later" })]);
  const known = mergePosts(log, [{ ...mine, number: 2, at: 40 }]);
  equal(texts(known), ["answer", "later"]);
  // Two that say the same are two, unless they are one.
  equal(mergePosts([], [post({ at: 1, text: "yes" }), post({ at: 2, text: "yes" }), post({ at: 2, text: "yes" })]).length, 2);
  equal(mergePosts([], [post({ messageId: "a", clientId: 1 }), post({ messageId: "a", clientId: 2 })]).length, 2);
});

test("happenings stand where their time is, once", () => {
  const left = happened("left", 15, { clientId: 7, name: "Bea" });
  const log = addHappening(mergePosts([], [post({ at: 10, number: 1, text: "a" }), post({ at: 20, number: 2, text: "b" })]), left);
  equal(texts(log), ["a", "left", "b"]);
  equal(addHappening(log, left).length, 3);
});

test("waiting begins with the oldest post after the last answer that the visitor saw", () => {
  const ask = (at: number): Post => post({ at, number: at });
  const say = (at: number, more: Partial<Post> = {}): Post => post({ at, number: at, clientId: 9, senderType: "AGENT", ...more });
  for (const [name, log, before, want] of [
    ["nobody wrote", [], 0, 0],
    ["two posts", [ask(1), ask(2)], 0, 1],
    ["answered", [ask(1), say(2)], 0, 0],
    ["again", [ask(1), say(2), ask(3), ask(4)], 0, 3],
    ["a whisper is no answer", [ask(1), say(2, { team: true })], 0, 1],
    ["what was held back is no answer", [ask(1), say(2, { blocked: true })], 0, 1],
    ["what is older than the log counts", [ask(5)], 3, 3],
    ["but not behind an answer", [say(4), ask(5)], 3, 5],
  ] as [string, Line[], number, number][]) {
    equal(waitsSince(log, before), want, name);
  }
});

test("a mark says no more than was reported", () => {
  const readers = [
    { clientId: 5, received: 4, seen: 2 },
    { clientId: 6, received: 0, seen: 0 },
  ];
  const marks = [1, 2, 3, 4, 5, 0].map((number) => markOf(post({ number }), readers));
  equal(marks, ["seen", "seen", "delivered", "delivered", "sent", "sent"]);
  equal(markOf(post({ number: 1, blocked: true }), readers), "blocked");
  const blocked = markBlocked([post({ messageId: "a" }), post({ messageId: "b" })], "b");
  equal(blocked.map((l) => l.kind === "post" && l.blocked), [false, true]);
});

test("a post is a file when its pairs say so", () => {
  equal(fileOf({ usherFileName: "a.pdf", usherFileType: "application/pdf", usherFileSize: "12", usherFileUrl: "/f/1" }), { name: "a.pdf", type: "application/pdf", size: 12, url: "/f/1" });
  equal([fileOf(null), fileOf({ page: "/orders" })], [null, null]);
});

test("a page that begins within the log does not say that there are older posts", () => {
  const log = [3, 4].map((number) => post({ number }));
  equal([stillOlder(log, false, 4, true), stillOlder(log, true, 1, false), stillOlder(log, false, 2, true), stillOlder(log, true, 9, null), stillOlder([], false, 5, true)], [false, false, true, true, true]);
});
