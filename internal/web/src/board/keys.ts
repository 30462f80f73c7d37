import { useEffect } from "preact/hooks";

/** The regions of the board, in their order. */
const regions = ["header.bar", "main#view", "aside.watch"];

/** F6 goes from region to region, past the last it belongs to the browser; Ctrl K opens the command list. */
export function useKeys(commands: () => void): void {
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (e.isComposing || e.defaultPrevented) {
        return;
      }
      if (e.key === "k" && (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey) {
        e.preventDefault();
        commands();
      } else if (e.key === "F6" && !e.ctrlKey && !e.altKey && !e.metaKey && document.querySelector("dialog[open]") === null) {
        const all = regions.flatMap((r) => [...document.querySelectorAll<HTMLElement>(r)]);
        const here = all.findIndex((r) => r.contains(document.activeElement));
        const next = all[here === -1 ? (e.shiftKey ? all.length - 1 : 0) : here + (e.shiftKey ? -1 : 1)];
        if (next !== undefined) {
          e.preventDefault();
          enter(next);
        }
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** The first thing in a region that can have the focus, else the region itself. */
function enter(region: HTMLElement): void {
  const first = region.querySelector<HTMLElement>("textarea, [tabindex='0'], a[href], button:not(:disabled), input, select");
  (first ?? region).focus();
}
