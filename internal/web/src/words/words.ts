import { direction, english as source, type Choice } from "./language";

/** A text, or one for each plural class of its language; the field `n` chooses. */
export type Text = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

/** Texts by section and key. */
export type Catalogue = Readonly<Record<string, Readonly<Record<string, Text>>>>;

/** The keys of a catalogue, such as "widget.nextUp". */
export type Key<C extends Catalogue> = {
  [S in keyof C & string]: `${S}.${keyof C[S] & string}`;
}[keyof C & string];

/** What stands for the `{name}`s of a text. It is text, never markup; numbers are written as the language does. */
export type Fields = Readonly<Record<string, string | number>>;

/** A stretch of a text; `field` is the name of the field that it was filled in from. */
export interface Piece {
  readonly text: string;
  readonly field?: string;
}

/** A text in pieces, and the language it is in: the page's, or English where that has no such text. */
export interface Sentence {
  readonly language: string;
  readonly pieces: readonly Piece[];
}

/** The texts of a page in one language. */
export interface Words<K extends string> extends Choice {
  readonly direction: "ltr" | "rtl";
  /** The text with its fields filled in. A name in it is best passed through `isolate`. */
  say(key: K, fields?: Fields): string;
  /**
   * The same in pieces, for an element: the caller puts names into `<bdi>`, and says
   * `lang` when the language is not the page's.
   */
  sentence(key: K, fields?: Fields): Sentence;
}

/** Texts of a language by key; what it lacks is said in English. */
export type Translation = ReadonlyMap<string, Text>;

/** A site's own texts by key, such as `{"widget.title": "Ask the bank"}`. They go before all others. */
export type OwnTexts = Readonly<Record<string, string>>;

/**
 * The words of a page: the English catalogue says which keys there are, the translation
 * what they are in the chosen language.
 */
export function words<C extends Catalogue>(
  english: C,
  choice: Choice = source,
  translation: Translation = new Map(),
  own: OwnTexts = {},
): Words<Key<C>> {
  const original = flat(english);
  const here = speaker(choice);
  const there = choice.language === source.language ? here : speaker(source);

  function sentence(key: Key<C>, fields: Fields = {}): Sentence {
    const text = (Object.hasOwn(own, key) ? own[key] : undefined) ?? translation.get(key);
    if (text !== undefined) return here(text, fields);
    return there(original.get(key) ?? key, fields);
  }
  return {
    ...choice,
    direction: direction(choice.language),
    sentence,
    say: (key, fields) => sentence(key, fields).pieces.map((piece) => piece.text).join(""),
  };
}

/**
 * What a language's file for the widget holds: a list of the texts in the order of the
 * English ones, null where there is none. The keys stand in the script already. A list of
 * another length belongs to another version, and none of it is used.
 */
export function translation(english: Catalogue, list: unknown): Translation {
  const keys = [...flat(english).keys()];
  if (!Array.isArray(list) || list.length !== keys.length) return new Map();
  const found = new Map<string, Text>();
  keys.forEach((key, i) => {
    const text: unknown = list[i];
    if (isText(text)) found.set(key, text);
  });
  return found;
}

/**
 * A name, or anything else that somebody typed, for use inside a text that is not an
 * element's own, such as a label: its direction changes nothing around it, and what it
 * brings along to change directions is dropped.
 */
export function isolate(name: string): string {
  return `\u2068${name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069`;
}

/** Makes sentences in one language. */
function speaker(choice: Choice): (text: Text, fields: Fields) => Sentence {
  const plurals = new Intl.PluralRules(choice.locale);
  const numbers = new Intl.NumberFormat(choice.locale);
  return (text, fields) => ({
    language: choice.language,
    pieces: pieces(typeof text === "string" ? text : form(text, plurals.select(Number(fields["n"]))), fields, numbers),
  });
}

/** A class that a file lacks is said as the one that every language has. */
function form(text: Exclude<Text, string>, chosen: Intl.LDMLPluralRule): string {
  return text[chosen] ?? text.other ?? "";
}

/** Fills in all fields in one go: braces within a field are text. One that is missing stays to be seen. */
function pieces(text: string, fields: Fields, numbers: Intl.NumberFormat): Piece[] {
  const found: Piece[] = [];
  // Every second part is the name of a field.
  text.split(/\{(\w+)\}/).forEach((part, i) => {
    if (i % 2 === 0) {
      if (part !== "") found.push({ text: part });
      return;
    }
    const value = Object.hasOwn(fields, part) ? fields[part] : undefined;
    found.push({ field: part, text: typeof value === "number" ? numbers.format(value) : value ?? `{${part}}` });
  });
  return found;
}

function flat(catalogue: Catalogue): Map<string, Text> {
  const all = new Map<string, Text>();
  for (const [section, texts] of Object.entries(catalogue)) {
    for (const [key, text] of Object.entries(texts)) all.set(`${section}.${key}`, text);
  }
  return all;
}

function isText(value: unknown): value is Text {
  return typeof value === "string" || (typeof value === "object" && value !== null && "other" in value);
}
