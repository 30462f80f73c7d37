import type { ReportRow, Spread } from "../talk/wireboard";
import { percent } from "../words/figures";
import { span } from "../words/spans";
import type { BoardWords } from "./page";

/** One figure of a report's rows. */
export interface Figure {
  key: string;
  title: string;
  /** The name under which the server defines it. */
  of: string;
  /** null: not known. */
  value: (r: ReportRow) => number | null;
  text: (value: number) => string;
  /** Whether it can be drawn. */
  chart: boolean;
  looks: "number" | "number wide";
}

/** The figures in the order in which a table has them. */
export function figuresOf(words: BoardWords): Figure[] {
  const number = new Intl.NumberFormat(words.locale);
  const count = (key: string, title: string, of: string, value: (r: ReportRow) => number, looks: Figure["looks"] = "number wide", chart = true): Figure => ({ key, title, of, value, text: (n) => number.format(n), chart, looks });
  const time = (key: string, title: string, value: (r: ReportRow) => Spread): Figure => ({
    key,
    title,
    of: key,
    value: (r) => (value(r).count === 0 ? null : value(r).meanSeconds),
    text: (seconds) => span(words, seconds),
    chart: true,
    looks: "number wide",
  });
  return [
    count("requested", words.say("report.requested"), "engagements", (r) => r.engagements, "number"),
    count("answered", words.say("report.answered"), "firstAnswer", (r) => r.firstAnswer.count, "number"),
    { key: "inTime", title: words.say("report.inTime"), of: "inTimePercent", value: (r) => r.inTimePercent, text: (p) => percent(words.locale, p / 100), chart: true, looks: "number" },
    count("abandoned", words.say("report.abandoned"), "abandoned", (r) => r.abandoned, "number"),
    count("offered", words.say("report.offered"), "offered", (r) => r.offered),
    count("accepted", words.say("report.accepted"), "accepted", (r) => r.accepted),
    count("declined", words.say("report.declined"), "declined", (r) => r.declined),
    count("missed", words.say("report.missed"), "expired", (r) => r.expired),
    time("wait", words.say("report.wait"), (r) => r.wait),
    time("firstAnswer", words.say("report.firstAnswer"), (r) => r.firstAnswer),
    time("handling", words.say("report.handling"), (r) => r.handling),
    {
      key: "rating",
      title: words.say("report.rating"),
      of: "rating",
      value: (r) => (r.ratings === 0 ? null : r.rating),
      text: (stars) => new Intl.NumberFormat(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(stars),
      chart: true,
      looks: "number wide",
    },
    count("ratings", words.say("report.ratingCount"), "ratings", (r) => r.ratings, "number wide", false),
    count("spam", words.say("report.spam"), "blocked", (r) => r.blocked),
  ];
}

/** All rows as one. Shares and means are made of what they are shares and means of. */
export function totalOf(rows: readonly ReportRow[], name: string): ReportRow {
  const sum = (of: (r: ReportRow) => number): number => rows.reduce((n, r) => n + of(r), 0);
  const spread = (of: (r: ReportRow) => Spread): Spread => {
    const count = sum((r) => of(r).count);
    return { count, meanSeconds: count === 0 ? 0 : sum((r) => of(r).count * of(r).meanSeconds) / count, medianSeconds: 0, p90Seconds: 0 };
  };
  const ratings = sum((r) => r.ratings);
  const inTime = sum((r) => r.inTime);
  const firstAnswer = spread((r) => r.firstAnswer);
  const unanswered = sum((r) => r.unanswered);
  const judged = firstAnswer.count + unanswered;
  return {
    key: name,
    id: 0,
    name,
    offered: sum((r) => r.offered),
    accepted: sum((r) => r.accepted),
    declined: sum((r) => r.declined),
    expired: sum((r) => r.expired),
    engagements: sum((r) => r.engagements),
    abandoned: sum((r) => r.abandoned),
    wait: spread((r) => r.wait),
    firstAnswer,
    handling: spread((r) => r.handling),
    wrapUp: spread((r) => r.wrapUp),
    ratings,
    rating: ratings === 0 ? 0 : sum((r) => r.rating * r.ratings) / ratings,
    blocked: sum((r) => r.blocked),
    inTime,
    unanswered,
    inTimePercent: judged === 0 ? null : (100 * inTime) / judged,
  };
}
