/** Writes times of day and days, in a language's way and one time zone. Times are milliseconds since 1970, server time. */
export interface Moments {
  /** "12:04" */
  time(t: number): string;
  /** "12:04:31", for figures that change often. */
  exactTime(t: number): string;
  /** "today", "tomorrow", "Monday" within six days, else "2 May", with the year when it is another. As it stands within a sentence. */
  day(t: number): string;
  /** The same as a heading: "Today". */
  heading(t: number): string;
  /** "Monday 9:00"; further away than six days "2 May, 9:00", with the year when it is another. */
  dayAndTime(t: number): string;
}

const dayLength = 86_400_000;

/**
 * Moments in the zone, or in the one of whoever looks at the page. `now` gives the time
 * that "today" is measured by.
 */
export function moments(locale: string, now: () => number, zone?: string): Moments {
  const inZone = zone === undefined ? {} : { timeZone: zone };
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, ...inZone });
  const clock = { hour: "numeric", minute: "2-digit" } as const;
  const time = format(clock);
  const exact = format({ ...clock, second: "2-digit" });
  const weekday = format({ weekday: "long" });
  const date = format({ day: "numeric", month: "short" });
  const fullDate = format({ day: "numeric", month: "short", year: "numeric" });
  const weekdayTime = format({ weekday: "long", ...clock });
  const dateTime = format({ day: "numeric", month: "short", ...clock });
  const fullDateTime = format({ day: "numeric", month: "short", year: "numeric", ...clock });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  // The calendar's own numbers, whatever calendar and digits the language prefers.
  const calendar = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    ...inZone,
  });

  /** The date as a number of days, so that days can be counted where hours can't: one may have 23. */
  function dayNumber(t: number): { days: number; year: number } {
    const parts = new Map(calendar.formatToParts(t).map((part) => [part.type, Number(part.value)]));
    const year = parts.get("year") ?? 0;
    return { days: Date.UTC(year, (parts.get("month") ?? 1) - 1, parts.get("day") ?? 1) / dayLength, year };
  }

  /** One of three ways to write, by how far away the day is. */
  function near(t: number, within: Intl.DateTimeFormat, beyond: Intl.DateTimeFormat, otherYear: Intl.DateTimeFormat) {
    const then = dayNumber(t);
    const today = dayNumber(now());
    if (Math.abs(then.days - today.days) <= 6) return within.format(t);
    return (then.year === today.year ? beyond : otherYear).format(t);
  }

  function day(t: number): string {
    const distance = dayNumber(t).days - dayNumber(now()).days;
    return Math.abs(distance) <= 1 ? relative.format(distance, "day") : near(t, weekday, date, fullDate);
  }

  return {
    time: (t) => time.format(t),
    exactTime: (t) => exact.format(t),
    day,
    heading: (t) => capital(day(t), locale),
    dayAndTime: (t) => near(t, weekdayTime, dateTime, fullDateTime),
  };
}

function capital(text: string, locale: string): string {
  const [first = ""] = text;
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}
