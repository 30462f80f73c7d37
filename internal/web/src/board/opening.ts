import type { Hours, Span } from "./setup/wire";

const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;
/** So far ahead the next change is looked for, in days. */
const ahead = 14;

/** The next time at which hours open or close, on the wall clock of their zone. */
export interface Change {
  /** In how many days; 0 is today. */
  days: number;
  /** "17:00" */
  time: string;
  /** Noon of that day in epoch milliseconds, by which its weekday can be named. */
  noon: number;
}

/** When hours that are open close next, or open when they are closed; null when that is not soon. */
export function nextChange(hours: Hours, open: boolean, at: number): Change | null {
  const now = wallClock(hours.zone, at);
  const noonOf = (i: number): number => Date.UTC(now.year, now.month - 1, now.day + i, 12);
  for (let i = 0; i <= ahead; i++) {
    const spans = spansOf(hours, new Date(noonOf(i)));
    if (!open) {
      const next = spans.find((s) => i > 0 || s.from > now.time);
      if (next !== undefined) {
        return { days: i, time: next.from, noon: noonOf(i) };
      }
      continue;
    }
    const here = spans.find((s) => (i === 0 ? s.from <= now.time && now.time < s.to : s.from === "00:00"));
    if (here === undefined) {
      // What ends at midnight goes on only where the next day begins with it.
      return i === 0 ? null : { days: i - 1, time: "24:00", noon: noonOf(i - 1) };
    }
    if (here.to !== "24:00") {
      return { days: i, time: here.to, noon: noonOf(i) };
    }
  }
  return null;
}

/** The open spans of a day, in their order. */
function spansOf(hours: Hours, day: Date): Span[] {
  const two = (n: number): string => String(n).padStart(2, "0");
  const short = `${two(day.getUTCMonth() + 1)}-${two(day.getUTCDate())}`;
  const holiday = hours.holidays.find((h) => h.date === `${day.getUTCFullYear()}-${short}`) ?? hours.holidays.find((h) => h.date === short);
  const spans = holiday ? holiday.open : hours.week.filter((s) => s.day === days[day.getUTCDay()]);
  return [...spans].sort((a, b) => a.from.localeCompare(b.from));
}

function wallClock(zone: string, at: number): { year: number; month: number; day: number; time: string } {
  const parts = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const value = (type: string): string => parts.find((p) => p.type === type)?.value ?? "0";
  return { year: Number(value("year")), month: Number(value("month")), day: Number(value("day")), time: `${value("hour")}:${value("minute")}` };
}
