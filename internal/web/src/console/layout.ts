import { useEffect, useState } from "preact/hooks";

/** How much there is room for: three columns, two and a drawer, or one pane at a time. */
export type Layout = "wide" | "middle" | "phone";

const wide = matchMedia("(min-width: 1100px)");
const phone = matchMedia("(max-width: 699.98px)");

function layout(): Layout {
  return wide.matches ? "wide" : phone.matches ? "phone" : "middle";
}

/** The layout; the component is shown anew when it changes. */
export function useLayout(): Layout {
  const [now, set] = useState(layout);
  useEffect(() => {
    const changed = (): void => set(layout());
    const all = [wide, phone];
    all.forEach((q) => q.addEventListener("change", changed));
    return () => all.forEach((q) => q.removeEventListener("change", changed));
  }, []);
  return now;
}

/** Whether the page is used with fingers: a field that gets the focus brings up a keyboard. */
export function byFinger(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}
