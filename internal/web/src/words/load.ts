import type { Choice } from "./language";
import { translation, type Catalogue, type Translation } from "./words";

/** Where the files of the languages are, as the page's own head says: the address by language. */
export function wordFiles(page: Document): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const meta of page.querySelectorAll<HTMLMetaElement>('meta[name="usher-words"]')) {
    const language = meta.dataset["language"];
    if (language !== undefined) files.set(language, meta.content);
  }
  return files;
}

/**
 * The texts of the chosen language, got as `fetch` does it. When its file does not come,
 * there are none: the page speaks English.
 */
export async function load(
  english: Catalogue,
  choice: Choice,
  files: ReadonlyMap<string, string>,
  get: (address: string) => Promise<Response> = (address) => fetch(address),
): Promise<Translation> {
  const address = files.get(choice.language);
  if (address === undefined) return new Map();
  try {
    const answer = await get(address);
    return translation(english, answer.ok ? await answer.json() : null);
  } catch {
    return new Map();
  }
}
