import { type Cell, cell } from "../console/cell";

/** The views of the board. */
export const views = ["now", "chats", "reports", "set-up"] as const;
export type ViewName = (typeof views)[number];

/** Where somebody is on the board. It stands in the address, so that going back and loading again work. */
export interface Route {
  view: ViewName;
  /** Of Chats the queue that they are of, of Set-up its part and the number in it. */
  parts: string[];
  /** The chat that is watched; 0 for none. */
  watch: number;
}

/** Reads what follows the # of an address, such as "#/set-up/queues/7" or "#/now/watch/7001". */
export function readRoute(hash: string): Route {
  const [view = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
  const known = views.find((v) => v === view) ?? "now";
  const at = rest.indexOf("watch");
  const watch = at === -1 ? 0 : Number(rest[at + 1]);
  return { view: known, parts: (at === -1 ? rest : rest.slice(0, at)).filter((p) => p !== ""), watch: Number.isSafeInteger(watch) && watch > 0 ? watch : 0 };
}

/** Writes it. */
export function writeRoute(r: Route): string {
  return ["#", r.view, ...r.parts, ...(r.watch > 0 ? ["watch", String(r.watch)] : [])].join("/");
}

/**
 * The route of this window: setting it goes there, and the browser's own ways back set it. While
 * something is not saved, where somebody wants to go is put into `leaving` instead, and asked about.
 */
export function windowRoute(unsaved: Cell<boolean>, leaving: Cell<Route | null>): Cell<Route> {
  const here = cell(readRoute(location.hash));
  const go = (next: Route): boolean => {
    if (unsaved.get() && (next.view !== here.get().view || next.parts.join("/") !== here.get().parts.join("/"))) {
      leaving.set(next);
      return false;
    }
    here.set(next);
    return true;
  };
  window.addEventListener("hashchange", () => {
    if (location.hash !== writeRoute(here.get()) && !go(readRoute(location.hash))) {
      history.pushState(null, "", writeRoute(here.get()));
    }
  });
  window.addEventListener("beforeunload", (e) => unsaved.get() && e.preventDefault());
  return {
    ...here,
    set: (next) => {
      if (go(next) && location.hash !== writeRoute(next)) {
        location.hash = writeRoute(next);
      }
    },
  };
}
