import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { About } from "./about";
import { useBoardPage } from "./page";

/** A column of a table of which each row is a thing. */
export interface Column<R> {
  key: string;
  title: string;
  /** What its figures count. */
  about?: string | undefined;
  cell: (row: R) => ComponentChildren;
  /** What rows are sorted by; without it the column can't be chosen. */
  by?: (row: R) => number | string;
  looks?: "number" | "wide" | "number wide";
}

export interface GridProps<R> {
  label: string;
  columns: Column<R>[];
  rows: R[];
  idOf: (row: R) => string;
  /** What Enter and a click do; without it a row is only read. */
  open?: (row: R) => void;
  /** The name of a row that is chosen. */
  chosen?: string;
  /** What stands below all rows, whatever they are sorted by. */
  foot?: R;
}

interface Sorting {
  column: string;
  down: boolean;
  /** The names of the rows in the order that they had when the header was pressed. */
  order: string[];
}

/**
 * A table with one tab stop: arrows, Home and End walk through its rows and from the first into the
 * heads, Enter opens. Rows stay where they are while their figures change: they are sorted when a
 * head is pressed, and then only.
 */
export function Grid<R>({ label, columns, rows, idOf, open, chosen, foot }: GridProps<R>) {
  const { words } = useBoardPage();
  const table = useRef<HTMLTableElement>(null);
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [at, setAt] = useState("");

  const shown = sorting === null ? rows : inOrder(rows, idOf, sorting.order);
  const stops = [...columns.map((c) => `head ${c.key}`), ...shown.map((r) => `row ${idOf(r)}`)];
  const heads = columns.length;
  const stop = stops.includes(at) ? at : (stops[heads] ?? stops[0] ?? "");

  const sort = (c: Column<R>): void => {
    const by = c.by;
    if (by === undefined) {
      return;
    }
    const down = sorting?.column === c.key ? !sorting.down : typeof (rows[0] && by(rows[0])) === "number";
    const sorted = [...shown].sort((a, b) => compare(by(a), by(b)) * (down ? -1 : 1));
    setSorting({ column: c.key, down, order: sorted.map(idOf) });
  };

  const go = (i: number): void => {
    const next = stops[Math.min(Math.max(i, 0), stops.length - 1)] ?? "";
    setAt(next);
    const all = table.current?.querySelectorAll<HTMLElement>("[data-stop]") ?? [];
    [...all].find((e) => e.dataset["stop"] === next)?.focus();
  };

  const onKey = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.shiftKey || !(e.target instanceof HTMLElement) || e.target.dataset["stop"] === undefined) {
      return;
    }
    const i = stops.indexOf(e.target.dataset["stop"]);
    const row = shown[i - heads];
    const last = stops.length - 1;
    switch (e.key) {
      case "ArrowDown":
        go(i < heads ? heads : i + 1);
        break;
      case "ArrowUp":
        go(i === heads ? 0 : i < heads ? i : i - 1);
        break;
      case "ArrowLeft":
      case "ArrowRight":
        if (i < heads) {
          const forward = (e.key === "ArrowRight") === (getComputedStyle(e.target).direction === "ltr");
          go(Math.min(Math.max(i + (forward ? 1 : -1), 0), heads - 1));
        }
        break;
      case "Home":
        go(i < heads ? 0 : heads);
        break;
      case "End":
        go(i < heads ? heads - 1 : last);
        break;
      case "Enter":
        if (row === undefined) {
          return;
        }
        if (!e.repeat) {
          open?.(row);
        }
        break;
      default:
        return;
    }
    e.preventDefault();
  };

  return (
    <div class="grid-frame">
      <table ref={table} role="grid" class={`grid ${open ? "opens" : ""}`} aria-label={label} onKeyDown={onKey}>
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.key} scope="col" class={c.looks ?? ""} aria-sort={sorting?.column === c.key ? (sorting.down ? "descending" : "ascending") : undefined}>
                <About text={c.about}>
                  {(describedBy) => (
                    <button
                      type="button"
                      class="bare head"
                      data-stop={`head ${c.key}`}
                      tabIndex={stop === `head ${c.key}` ? 0 : -1}
                      aria-describedby={describedBy}
                      title={c.by && c.about === undefined ? words.say("board.sortBy", { column: c.title }) : undefined}
                      onFocus={() => setAt(`head ${c.key}`)}
                      onClick={() => sort(c)}
                    >
                      {c.title}
                      {sorting?.column === c.key && <span aria-hidden="true">{sorting.down ? " ↓" : " ↑"}</span>}
                    </button>
                  )}
                </About>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((r) => {
            const id = idOf(r);
            return (
              <tr
                key={id}
                data-stop={`row ${id}`}
                tabIndex={stop === `row ${id}` ? 0 : -1}
                aria-selected={chosen === undefined ? undefined : chosen === id}
                onFocus={() => setAt(`row ${id}`)}
                onClick={() => open?.(r)}
              >
                {columns.map((c, i) =>
                  i === 0 ? (
                    <th key={c.key} scope="row" class={c.looks ?? ""}>
                      {c.cell(r)}
                    </th>
                  ) : (
                    <td key={c.key} class={c.looks ?? ""}>
                      {c.cell(r)}
                    </td>
                  ),
                )}
              </tr>
            );
          })}
        </tbody>
        {foot !== undefined && (
          <tfoot>
            <tr>
              {columns.map((c, i) =>
                i === 0 ? (
                  <th key={c.key} scope="row" class={c.looks ?? ""}>
                    {c.cell(foot)}
                  </th>
                ) : (
                  <td key={c.key} class={c.looks ?? ""}>
                    {c.cell(foot)}
                  </td>
                ),
              )}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

/** The rows in an order of names; those that are not in it come last, as they came. */
export function inOrder<R>(rows: readonly R[], idOf: (row: R) => string, order: readonly string[]): R[] {
  const place = new Map(order.map((id, i) => [id, i]));
  return rows
    .map((row, i) => ({ row, place: place.get(idOf(row)) ?? order.length + i }))
    .sort((a, b) => a.place - b.place)
    .map((x) => x.row);
}

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}
