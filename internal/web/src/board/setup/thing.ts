/** What is edited: plain JSON, as the API has it. */
export type Value = string | number | boolean | null | Value[] | Thing;
export interface Thing {
  [name: string]: Value;
}

/** One step of a path: a member's name, or a place in a list. */
type Step = string | number;

/** The steps of a path such as "week[2].from". */
export function stepsOf(path: string): Step[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map((m) => (m[1] === undefined ? m[0] : Number(m[1])));
}

/** What stands at a path; undefined where there is nothing. */
export function valueAt(thing: Value, path: string): Value | undefined {
  let here: Value | undefined = thing;
  for (const step of stepsOf(path)) {
    if (typeof here !== "object" || here === null) {
      return undefined;
    }
    here = Array.isArray(here) ? here[Number(step)] : here[step];
  }
  return here;
}

/** The same with another value at a path. */
export function withAt(thing: Thing, path: string, value: Value): Thing {
  return put(thing, stepsOf(path), value) as Thing; // the first step of a path is a member's name
}

function put(here: Value | undefined, steps: Step[], value: Value): Value {
  const [step, ...rest] = steps;
  if (step === undefined) {
    return value;
  }
  if (typeof step === "number") {
    const list = Array.isArray(here) ? [...here] : [];
    list[step] = put(list[step], rest, value);
    return list;
  }
  const members = typeof here === "object" && here !== null && !Array.isArray(here) ? here : {};
  return { ...members, [step]: put(members[step], rest, value) };
}

/** Whether two values say the same, whatever the order of their members. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(v: Value | undefined): string {
  if (typeof v !== "object" || v === null) {
    return JSON.stringify(v) ?? "";
  }
  if (Array.isArray(v)) {
    return `[${v.map(canonical).join()}]`;
  }
  return `{${Object.keys(v)
    .sort()
    .map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`)
    .join()}}`;
}

/** Where two things differ, by path. */
export function differences(a: Value | undefined, b: Value | undefined, path = ""): string[] {
  if (same(a, b)) {
    return [];
  }
  const open = (v: Value | undefined): v is Thing => typeof v === "object" && v !== null && !Array.isArray(v);
  if (open(a) && open(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((k) => differences(a[k], b[k], path === "" ? k : `${path}.${k}`));
  }
  return [path];
}

/** Only what was changed of a thing, for operations that leave the rest alone. Lists go whole. */
export function changesOf(before: Thing, after: Thing): Thing {
  let changes: Thing = {};
  for (const path of differences(before, after)) {
    const value = valueAt(after, path);
    // A map of texts is replaced whole, so a member that is gone is no change of its own.
    const map = path.startsWith("widget.texts") ? "widget.texts" : path;
    changes = withAt(changes, map, map === path ? (value ?? null) : (valueAt(after, map) ?? {}));
  }
  return changes;
}
