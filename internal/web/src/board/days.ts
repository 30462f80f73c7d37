/** Days as "2026-05-25", without a zone. */

/** The day in a zone at a moment in epoch milliseconds. */
export function dayIn(zone: string, at: number): string {
  return new Intl.DateTimeFormat("en-CA-u-ca-gregory-nu-latn", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** A day so many days later. */
export function addDays(day: string, n: number): string {
  const at = Date.parse(`${day}T12:00:00Z`);
  return Number.isNaN(at) ? day : new Date(at + n * 86_400_000).toISOString().slice(0, 10);
}

/** All days from one to another, both in it; at most so many. */
export function daysBetween(from: string, till: string, most: number): string[] {
  const all: string[] = [];
  for (let day = from; day <= till && all.length < most; day = addDays(day, 1)) {
    all.push(day);
  }
  return all;
}

/** "25 May", as the language does it. */
export function dayName(locale: string, day: string): string {
  const at = Date.parse(`${day}T12:00:00Z`);
  return Number.isNaN(at) ? day : new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(at);
}
