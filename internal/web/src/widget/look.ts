import type { App } from "./app";
import { inkOn, isColor, readable } from "./color";

/** Gives the document its language, direction, theme and accent, as the page and the site want them; answers the accent, "" for the usual one. */
export function look(a: App): string {
  const e = document.documentElement;
  const site = a.ui.door?.widget;
  e.lang = a.words.language;
  e.dir = a.words.direction;
  const theme = a.facts.theme ?? a.settings["theme"] ?? site?.theme;
  if (theme === "light" || theme === "dark") {
    e.dataset["theme"] = theme;
  } else {
    delete e.dataset["theme"];
  }
  e.removeAttribute("style");
  const color = a.facts.color ?? a.settings["color"] ?? site?.color ?? "";
  const ground = getComputedStyle(e).getPropertyValue("--raised").trim();
  // Forced colours are the person's own, and have no figures.
  if (!isColor(color) || !isColor(ground)) {
    return "";
  }
  const fit = readable(color, ground);
  e.style.setProperty("--accent", fit);
  e.style.setProperty("--on-accent", inkOn(fit));
  return fit;
}
