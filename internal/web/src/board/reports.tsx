import { useEffect, useState } from "preact/hooks";
import { useCell } from "../console/page";
import type { Report, ReportBy } from "../talk/wireboard";
import { Chart } from "./chart";
import { useBoard, useBoardPage } from "./page";
import { failureOf } from "./telling";
import { ReportTable } from "./reporttable";
import { addDays, dayIn } from "./days";
import { figuresOf } from "./figures";

const groups = { day: "report.byDay", hour: "report.byHour", queue: "report.byQueue", agent: "report.byAgent" } as const;
const order: ReportBy[] = ["day", "hour", "queue", "agent"];

/** What is asked for; days are those of the site's zone, both of them in it. */
export interface Asked {
  by: ReportBy;
  from: string;
  till: string;
}

/** How the site did: today by the hour, and any days by day, hour, queue or agent. */
export function Reports() {
  const page = useBoardPage();
  const { words } = page;
  const { live } = useBoard();
  const route = useCell(page.route);
  const zone = live?.zone;
  if (zone === undefined || live === null) {
    return <p class="empty">{words.say("common.loading")}</p>;
  }
  const today = dayIn(zone, live.time);
  const [by, from, till] = route.parts;
  const asked: Asked = { by: order.find((b) => b === by) ?? "queue", from: dayOr(from, today), till: dayOr(till, dayOr(from, today)) };
  const ask = (more: Partial<Asked>): void => {
    const next = { ...asked, ...more };
    if (next.from !== "" && next.till !== "") {
      page.route.set({ ...route, parts: [next.by, next.from, next.till] });
    }
  };
  return (
    <div class="reports">
      <Today zone={zone} day={today} />
      <section aria-labelledby="reports">
        <h2 id="reports">{words.say("report.title")}</h2>
        <form class="row ask" onSubmit={(e) => e.preventDefault()}>
          <label>
            {words.say("report.from")} <input type="date" required value={asked.from} onChange={(e) => ask({ from: e.currentTarget.value })} />
          </label>
          <label>
            {words.say("report.till")} <input type="date" required value={asked.till} onChange={(e) => ask({ till: e.currentTarget.value })} />
          </label>
          <label>
            {words.say("report.by")}{" "}
            <select value={asked.by} onChange={(e) => ask({ by: e.currentTarget.value as ReportBy })}>
              {order.map((b) => (
                <option key={b} value={b}>
                  {words.say(groups[b])}
                </option>
              ))}
            </select>
          </label>
          <a class="button" href={page.board.admin.address(path(asked, zone, "csv"))} download>
            {words.say("board.csv")}
          </a>
        </form>
        <p class="meta">{words.say("report.siteTime", { zone })}</p>
        <Shown asked={asked} zone={zone} />
      </section>
    </div>
  );
}

function dayOr(text: string | undefined, day: string): string {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? text : day;
}

/** The report's path below the site's; the API's `to` is not in it. */
function path(a: Asked, zone: string, format: "json" | "csv"): string {
  return `/reports?${new URLSearchParams({ by: a.by, from: a.from, to: addDays(a.till, 1), zone, format }).toString()}`;
}

/** The chats of today by the hour. */
function Today({ zone, day }: { zone: string; day: string }) {
  const { words } = useBoardPage();
  const { report } = useReport({ by: "hour", from: day, till: day }, zone);
  const [requested] = figuresOf(words);
  return (
    <section aria-labelledby="today">
      <h2 id="today">{words.say("report.perHour")}</h2>
      {report === null ? <p class="empty">{words.say("common.loading")}</p> : report.rows.length === 0 ? <p class="empty">{words.say("board.noData")}</p> : requested && <Chart report={report} asked={{ by: "hour", from: day, till: day }} figure={requested} />}
    </section>
  );
}

function Shown({ asked, zone }: { asked: Asked; zone: string }) {
  const { words } = useBoardPage();
  const { report, failure, again } = useReport(asked, zone);
  const figures = figuresOf(words);
  const [chosen, setChosen] = useState("requested");
  const figure = figures.find((f) => f.key === chosen) ?? figures[0];
  if (failure !== "") {
    return (
      <p class="field-error" role="alert">
        {words.say("report.failed", { reason: failure })}{" "}
        <button type="button" onClick={again}>
          {words.say("common.retry")}
        </button>
      </p>
    );
  }
  if (report === null) {
    return (
      <p class="empty" role="status">
        {words.say("common.loading")}
      </p>
    );
  }
  if (report.rows.length === 0) {
    return (
      <p class="empty" role="status">
        {words.say("board.noData")}
      </p>
    );
  }
  return (
    <>
      <h3>{words.say("report.table")}</h3>
      <ReportTable report={report} />
      <h3>{words.say("report.chart")}</h3>
      <p>
        <label>
          {words.say("report.figure")}{" "}
          <select value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>
            {figures
              .filter((f) => f.chart)
              .map((f) => (
                <option key={f.key} value={f.key}>
                  {f.title}
                </option>
              ))}
          </select>
        </label>
      </p>
      {figure && <Chart report={report} asked={asked} figure={figure} />}
    </>
  );
}

/** Reads a report; null while it comes, or when it did not. */
function useReport(asked: Asked, zone: string): { report: Report | null; failure: string; again: () => void } {
  const { board, words } = useBoardPage();
  const [report, setReport] = useState<Report | null>(null);
  const [failure, setFailure] = useState("");
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const gone = new AbortController();
    setReport(null);
    setFailure("");
    void board.admin.get<Report>(path(asked, zone, "json"), gone.signal).then((o) => {
      if (gone.signal.aborted) {
        return;
      }
      setReport(o.kind === "answer" ? o.value : null);
      setFailure(failureOf(words, o));
    });
    return () => gone.abort();
  }, [asked.by, asked.from, asked.till, zone, tries]);
  return { report, failure, again: () => setTries((n) => n + 1) };
}
