/** Writes times in the visitor's own zone. Times are milliseconds since 1970, server time. */
export interface Times {
  /** "12:04" */
  time(t: number): string;
  /** "Monday", and from a week on "2 May". */
  day(t: number): string;
}

const week = 6 * 86_400_000;

/** Times as the locale writes them. */
export function times(locale: string): Times {
  const format = (options: Intl.DateTimeFormatOptions): ((t: number) => string) => {
    const f = new Intl.DateTimeFormat(locale, options);
    return (t) => f.format(t);
  };
  const weekday = format({ weekday: "long" });
  const date = format({ day: "numeric", month: "short" });
  return {
    time: format({ hour: "numeric", minute: "2-digit" }),
    day: (t) => (t - Date.now() < week ? weekday(t) : date(t)),
  };
}
