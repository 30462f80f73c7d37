import { asThing } from "./specs";
import type { Thing } from "./thing";

/** A site's own texts as lines such as "en widget.title = Ask the bank". */
export function linesOf(texts: Thing): string {
  return Object.entries(texts)
    .flatMap(([language, keys]) => Object.entries(asThing(keys)).map(([key, text]) => `${language} ${key} = ${String(text)}`))
    .join("\n");
}

/** The texts of such lines by language and key. A line that is not finished says nothing yet. */
export function textsOf(lines: string): Thing {
  const texts: Record<string, Record<string, string>> = {};
  for (const line of lines.split("\n")) {
    const [, language, key, text] = /^\s*([\w-]+)\s+([\w.]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (language !== undefined && key !== undefined && text !== undefined && text.trim() !== "") {
      (texts[language] ??= {})[key] = text.trim();
    }
  }
  return texts;
}
