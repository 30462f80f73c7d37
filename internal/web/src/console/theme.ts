import type { Cell } from "./cell";
import type { Theme } from "./prefs";

/** Gives the page the looks that are chosen, now and after each change. */
export function followTheme(theme: Cell<Theme>): void {
  const show = (): void => {
    const chosen = theme.get();
    if (chosen === "auto") {
      delete document.documentElement.dataset["theme"];
    } else {
      document.documentElement.dataset["theme"] = chosen;
    }
  };
  theme.watch(show);
  show();
}
