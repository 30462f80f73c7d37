import type { Thing } from "./thing";

/** One of several things to choose. */
export interface Option {
  value: string | number;
  text: string;
}

interface Common {
  /** The path of what it is about, below whatever it stands in. */
  at: string;
  label: string;
  hint?: string;
  /** Whether it counts for a thing that is so; without it, always. */
  when?: (thing: Thing) => boolean;
}

/** How one part of a thing is edited. */
export type Spec =
  | (Common & { kind: "text" | "long" | "password" | "number" | "color" | "flag"; required?: boolean })
  | (Common & { kind: "choice"; options: Option[] })
  /** Several of the options, as a list of their values. */
  | (Common & { kind: "many"; options: Option[] })
  /** A list of words, or of numbers, in one line. */
  | (Common & { kind: "words"; numbers?: boolean })
  /** Texts by language and key, one a line. */
  | (Common & { kind: "texts" })
  | (Common & { kind: "group"; of: Spec[] })
  | (Common & { kind: "list"; of: Spec[]; make: (count: number) => Thing; add: string; ordered?: boolean });

/** Every path that a form has a place for, with the entries that its lists have now. */
export function placesOf(specs: Spec[], thing: Thing, prefix = ""): string[] {
  return specs.flatMap((s) => {
    const at = prefix + s.at;
    const value = thing[s.at];
    if (s.kind === "group") {
      return [at, ...placesOf(s.of, asThing(value), `${at}.`)];
    }
    if (s.kind === "list") {
      const entries = Array.isArray(value) ? value : [];
      return [at, ...entries.flatMap((e, i) => [`${at}[${i}]`, ...placesOf(s.of, asThing(e), `${at}[${i}].`)])];
    }
    return [at];
  });
}

/** A value that is to be an object. */
export function asThing(value: unknown): Thing {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Thing) : {};
}

/** A sentence of the server, and the place of the form that it is about; "" for the whole. */
export interface Fault {
  place: string;
  text: string;
}

/** Finds the place that a refusal is about: its sentences begin with the path of what is wrong. */
export function faultOf(text: string, places: readonly string[]): Fault {
  const path = /^[\w.[\]]+/.exec(text)?.[0].replace(/\.$/, "") ?? "";
  const around = (p: string): boolean => path === p || path.startsWith(`${p}.`) || path.startsWith(`${p}[`);
  const place = places.filter(around).reduce((a, b) => (b.length > a.length ? b : a), "");
  return { place, text };
}
