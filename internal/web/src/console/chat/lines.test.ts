import { equal, ok, test } from "../../testing";
import type { Line } from "../../talk/log";
import { keyOf, moved, shift, shownAtOnce, stretchOf } from "./lines";

const post = (n: number): Line => ({ kind: "post", number: n, clientId: 5, name: "", senderType: "END_USER", text: `${n}`, richText: false, offTheRecord: false, team: false, only: 0, messageId: `m${n}`, data: null, file: null, at: n, blocked: false });
const log = Array.from({ length: 500 }, (_, i) => post(i + 1));

test("at most so many lines are shown, and the newest unless one has gone up", () => {
  equal(stretchOf(log, "", shownAtOnce), { from: 420, to: 500 });
  equal(stretchOf(log.slice(0, 3), "", shownAtOnce), { from: 0, to: 3 });
});

test("going up to the first line and down again comes by every line, and ends at the newest", () => {
  let last = "";
  const seen = new Set<number>();
  const look = (): void => {
    const s = stretchOf(log, last, shownAtOnce);
    ok(s.to - s.from <= shownAtOnce);
    for (let i = s.from; i < s.to; i++) seen.add(i);
  };
  for (let n = 0; stretchOf(log, last, shownAtOnce).from > 0; n++) {
    look();
    ok(n < 50);
    last = moved(log, stretchOf(log, last, shownAtOnce), -shift, shownAtOnce);
  }
  look();
  equal(seen.size, 500);
  equal(stretchOf(log, last, shownAtOnce), { from: 0, to: shownAtOnce });
  for (let n = 0; last !== ""; n++) {
    ok(n < 50);
    last = moved(log, stretchOf(log, last, shownAtOnce), shift, shownAtOnce);
  }
});

test("the stretch stays on its lines while others come before and after it", () => {
  const last = keyOf(post(200));
  const more = [post(-1), post(0), ...log, post(501)];
  equal(more.slice(stretchOf(more, last, 10).from, stretchOf(more, last, 10).to), log.slice(190, 200));
});

test("an own message keeps its name when its number comes", () => {
  const p = post(7);
  ok(p.kind === "post");
  equal(keyOf({ ...p, number: 0 }), keyOf(p));
});
