/** A language of the texts, and the region by whose habits numbers and times are written. */
export interface Choice {
  /** A tag for which there is a file, such as "de". */
  readonly language: string;
  /** A tag for Intl, such as "de-CH"; its language is `language`. */
  readonly locale: string;
}

/** The source of all texts: it has every key. */
export const english: Choice = { language: "en", locale: "en" };

/** Languages that are written from right to left. */
const fromTheRight = new Set(["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);

/** The value of `dir` for a language. */
export function direction(language: string): "ltr" | "rtl" {
  return fromTheRight.has(language.split("-")[0] ?? "") ? "rtl" : "ltr";
}

/**
 * The language to speak: the one that is set, unless it is "auto"; then the page's own;
 * then what the browser's user reads, best first; then English. A wish for which there is
 * no file is passed over. Times and numbers follow the user's own region where the browser
 * names one for that language.
 */
export function choose(
  offered: Iterable<string>,
  set: string,
  page: string,
  browser: readonly string[],
): Choice {
  const known = new Set(offered).add(english.language);
  const read = browser.flatMap(canonical);
  const wishes = [...(set === "auto" ? [] : canonical(set)), ...canonical(page), ...read];
  for (const wish of wishes) {
    const language = fileFor(known, wish);
    if (language !== undefined) {
      return { language, locale: read.find((tag) => fileFor(known, tag) === language) ?? wish };
    }
  }
  return english;
}

/** The closest tag that is known: "zh-Hant-TW" is looked for as it is, as "zh-Hant" and as "zh". */
function fileFor(known: ReadonlySet<string>, wish: string): string | undefined {
  for (let tag = wish; tag !== ""; tag = tag.slice(0, Math.max(0, tag.lastIndexOf("-")))) {
    if (known.has(tag)) return tag;
  }
  return undefined;
}

/** The tag as Intl writes it, or nothing: what a page says of its language can be anything. */
function canonical(tag: string): string[] {
  try {
    return tag === "" ? [] : Intl.getCanonicalLocales(tag.replaceAll("_", "-"));
  } catch {
    return [];
  }
}
