import { equal, test } from "../testing";
import type { ReportRow } from "../talk/wireboard";
import { addDays, dayIn, daysBetween } from "./days";
import { totalOf } from "./figures";
import { inOrder } from "./grid";

const nothing = { count: 0, meanSeconds: 0, medianSeconds: 0, p90Seconds: 0 };

function row(more: Partial<ReportRow>): ReportRow {
  const zero = { offered: 0, accepted: 0, declined: 0, expired: 0, engagements: 0, abandoned: 0, ratings: 0, rating: 0, blocked: 0, inTime: 0, unanswered: 0, inTimePercent: null };
  return { key: "1", id: 1, name: "Ada", ...zero, wait: nothing, firstAnswer: nothing, handling: nothing, wrapUp: nothing, ...more };
}

test("a total is made of what shares and means are made of", () => {
  const a = row({ engagements: 10, firstAnswer: { ...nothing, count: 8, meanSeconds: 10 }, inTime: 8, unanswered: 2, inTimePercent: 80, ratings: 1, rating: 5 });
  const b = row({ engagements: 2, firstAnswer: { ...nothing, count: 2, meanSeconds: 60 }, inTime: 0, unanswered: 0, inTimePercent: 0, ratings: 3, rating: 1 });
  const total = totalOf([a, b], "Total");
  equal([total.engagements, total.firstAnswer.count, total.firstAnswer.meanSeconds, total.inTimePercent, total.rating], [12, 10, 20, (100 * 8) / 12, 2]);
  equal([totalOf([], "Total").inTimePercent, totalOf([], "Total").rating], [null, 0]);
});

test("days are those of the site's zone, and are counted over changes of the clock", () => {
  const late = Date.parse("2026-03-28T23:30:00Z");
  equal([dayIn("UTC", late), dayIn("Europe/Vienna", late), dayIn("Pacific/Honolulu", late)], ["2026-03-28", "2026-03-29", "2026-03-28"]);
  equal([addDays("2026-03-28", 1), addDays("2026-03-29", 1), addDays("2026-12-31", 1), addDays("x", 1)], ["2026-03-29", "2026-03-30", "2027-01-01", "x"]);
  equal(daysBetween("2026-03-28", "2026-03-30", 800).length, 3);
  equal(daysBetween("2026-01-01", "2036-01-01", 800).length, 800);
});

test("rows stay in their order, and new ones come last", () => {
  equal(inOrder(["a", "b", "c", "d"], (x) => x, ["d", "b", "gone"]), ["d", "b", "a", "c"]);
});
