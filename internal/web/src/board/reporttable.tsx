import type { Report, ReportRow } from "../talk/wireboard";
import { rowName } from "./chart";
import { figuresOf, totalOf } from "./figures";
import { type Column, Grid } from "./grid";
import { useBoardPage } from "./page";

const heads = { day: "report.day", hour: "report.hour", queue: "report.queue", agent: "report.agent" } as const;

/** A report as a table, with what each figure counts. */
export function ReportTable({ report }: { report: Report }) {
  const { words } = useBoardPage();
  const columns: Column<ReportRow>[] = [
    { key: "name", title: words.say(heads[report.by]), cell: (r) => <bdi>{r === total ? r.name : rowName(words, report, r)}</bdi>, by: (r) => (report.by === "day" || report.by === "hour" ? r.key : r.name) },
    ...figuresOf(words).map((f) => ({
      key: f.key,
      title: f.title,
      about: report.definitions[f.of],
      cell: (r: ReportRow) => {
        const value = f.value(r);
        return <span dir="ltr">{value === null ? words.say("board.none") : f.text(value)}</span>;
      },
      by: (r: ReportRow) => f.value(r) ?? -1,
      looks: "number" as const,
    })),
  ];
  const total = totalOf(report.rows, words.say("report.total"));
  return <Grid label={words.say("report.title")} columns={columns} rows={report.rows} idOf={(r) => r.key} foot={total} />;
}
