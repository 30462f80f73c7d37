import type { Report, ReportRow } from "../talk/wireboard";
import { dayName, daysBetween } from "./days";
import type { Figure } from "./figures";
import { type BoardWords, useBoardPage } from "./page";
import type { Asked } from "./reports";

/** So many columns are drawn side by side at the most. */
const mostColumns = 800;

/** A row's name: the day or the hour as it is written, or whose it is. */
export function rowName(words: BoardWords, report: Pick<Report, "by">, r: Pick<ReportRow, "key" | "name">): string {
  switch (report.by) {
    case "day":
      return dayName(words.locale, r.key);
    case "hour":
      return `${dayName(words.locale, r.key.slice(0, 10))} ${r.key.slice(11, 16)}`;
    default:
      return r.name || r.key;
  }
}

interface Bar {
  key: string;
  name: string;
  /** What stands below a column; "" for nothing. */
  mark: string;
  value: number | null;
}

/** One figure, drawn: by time as columns, else as bars. The same stands in the table. */
export function Chart({ report, asked, figure }: { report: Report; asked: Asked; figure: Figure }) {
  const { words } = useBoardPage();
  const group = words.say(({ day: "report.byDay", hour: "report.byHour", queue: "report.byQueue", agent: "report.byAgent" } as const)[report.by]);
  const bars = report.by === "day" || report.by === "hour" ? inTime(words, report, asked, figure) : report.rows.map((r) => ({ key: r.key, name: rowName(words, report, r), mark: "", value: figure.value(r) }));
  const most = Math.max(...bars.map((b) => b.value ?? 0), 0);
  const share = (b: Bar): string => `${most === 0 ? 0 : Math.round((1000 * (b.value ?? 0)) / most) / 10}%`;
  const text = (b: Bar): string => (b.value === null ? words.say("board.none") : figure.text(b.value));
  const columns = report.by === "day" || report.by === "hour";
  return (
    <figure class="chart">
      <figcaption>
        {words.say("report.chartOf", { figure: figure.title, group })}
        {columns && <span class="meta"> {words.say("report.highest", { value: figure.text(most) })}</span>}
      </figcaption>
      <Patterns />
      {columns ? (
        <ol class="columns">
          {bars.map((b) => (
            <li key={b.key} title={`${b.name}: ${text(b)}`}>
              <svg aria-hidden="true" focusable="false">
                <rect class="bar" x="0" width="100%" height={share(b)} y={`${100 - Number.parseFloat(share(b))}%`} fill="url(#hatched)" />
              </svg>
              <span class="unseen">
                {b.name}: {text(b)}
              </span>
              <span class="mark meta" aria-hidden="true">
                {b.mark}
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <ol class="bars">
          {bars.map((b) => (
            <li key={b.key}>
              <bdi>{b.name}</bdi>
              <svg aria-hidden="true" focusable="false">
                <rect class="bar" height="100%" width={share(b)} fill="url(#hatched)" />
              </svg>
              <span dir="ltr">{text(b)}</span>
            </li>
          ))}
        </ol>
      )}
    </figure>
  );
}

/** The pattern of the bars: they can be told from their ground without colour. */
function Patterns() {
  return (
    <svg class="unseen" aria-hidden="true" focusable="false">
      <defs>
        <pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="pattern-ground" width="6" height="6" />
          <rect class="pattern-line" width="3" height="6" />
        </pattern>
      </defs>
    </svg>
  );
}

/** The columns of all days or hours, also of those in which nothing was. */
function inTime(words: BoardWords, report: Report, asked: Asked, figure: Figure): Bar[] {
  const days = daysBetween(asked.from, asked.till, mostColumns);
  const slots = report.by === "day" ? days : days.flatMap((d) => Array.from({ length: 24 }, (_, h) => `${d}T${String(h).padStart(2, "0")}`)).slice(0, mostColumns);
  const every = Math.ceil(slots.length / 8);
  return slots.flatMap((slot, i): Bar[] => {
    // An hour comes twice when summer time ends.
    const rows = report.rows.filter((r) => r.key.startsWith(slot));
    const short = report.by === "day" ? dayName(words.locale, slot) : `${slot.slice(11)}:00`;
    const mark = i % every === 0 ? short : "";
    const empty = { key: slot, name: report.by === "day" ? short : `${dayName(words.locale, slot.slice(0, 10))} ${short}` };
    return rows.length === 0 ? [{ ...empty, mark, value: 0 }] : rows.map((r, n) => ({ key: r.key, name: rowName(words, report, r), mark: n === 0 ? mark : "", value: figure.value(r) }));
  });
}
