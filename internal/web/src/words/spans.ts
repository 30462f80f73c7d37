import type { Words } from "./words";

type SpanKey = "time.under" | "time.minutes" | "time.hours" | "time.hoursMinutes";

/** A span that is looked at while it runs: "0:42", "4:10", from an hour on "1 h 12 min". */
export function span(words: Words<SpanKey>, seconds: number): string {
  const whole = wholeSeconds(seconds);
  if (whole >= 3600) return age(words, whole);
  const twoDigits = new Intl.NumberFormat(words.locale, { minimumIntegerDigits: 2 });
  return `${new Intl.NumberFormat(words.locale).format(Math.floor(whole / 60))}:${twoDigits.format(whole % 60)}`;
}

/** A span of which the seconds do not matter: "under 1 min", "14 min", "2 h", "1 h 12 min". */
export function age(words: Words<SpanKey>, seconds: number): string {
  const minutes = Math.floor(wholeSeconds(seconds) / 60);
  if (minutes === 0) return words.say("time.under");
  if (minutes < 60) return words.say("time.minutes", { n: minutes });
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  return m === 0 ? words.say("time.hours", { n: h }) : words.say("time.hoursMinutes", { h, m });
}

/** A span for ears: "42 seconds", "4 minutes", "1 hour, 12 minutes". From a minute on without seconds. */
export function spokenSpan(locale: string, seconds: number): string {
  const whole = wholeSeconds(seconds);
  if (whole < 60) return unit(locale, "second", whole);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const parts = [
    ...(h > 0 ? [unit(locale, "hour", h)] : []),
    ...(m > 0 ? [unit(locale, "minute", m)] : []),
  ];
  return new Intl.ListFormat(locale, { type: "unit", style: "long" }).format(parts);
}

/** Clocks of two machines may differ by a little: what has not begun yet lasts for nothing. */
function wholeSeconds(seconds: number): number {
  return Math.max(0, Math.floor(seconds));
}

function unit(locale: string, name: "second" | "minute" | "hour", n: number): string {
  return new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "long" }).format(n);
}
