/** A small frame for tests: a file names its tests with `test`, and the runner in
 * test/pages carries them out one after the other in a real browser. */

/** How long a test may take, in milliseconds, before it counts as stuck. */
const patience = 20_000;

interface Unit {
  name: string;
  run: () => void | Promise<void>;
}

/** How a test ended; the runner reads it. */
interface Outcome {
  Name: string;
  Error: string;
}

declare global {
  /** Runs the file's tests; called by the runner. */
  var usherUnits: (() => Promise<Outcome[]>) | undefined;
}

const units: Unit[] = [];

/** Names a test. It fails when run throws or its promise is rejected. */
export function test(name: string, run: () => void | Promise<void>): void {
  units.push({ name, run });
}

/** Fails unless something is true. */
export function ok(value: unknown, message = "expected something true"): asserts value {
  if (!value) throw new Error(`${message}: got ${show(value)}`);
}

/** Fails unless two values have the same content, however deep. */
export function equal<T>(got: T, want: T, message = ""): void {
  if (!same(got, want)) throw new Error(`${message && message + ": "}\n     got ${show(got)}\nexpected ${show(want)}`);
}

/** Fails unless a call throws an error, whose text matches if a pattern is given. */
export function throws(run: () => unknown, matching?: RegExp): void {
  try {
    run();
  } catch (error) {
    return judge(error, matching);
  }
  throw new Error("expected an error, and there was none");
}

/** Fails unless a promise is rejected, with an error whose text matches if a pattern is given. */
export async function rejects(promise: Promise<unknown>, matching?: RegExp): Promise<void> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return judge(error, matching);
  }
  throw new Error(`expected an error, got ${show(value)}`);
}

function judge(error: unknown, matching: RegExp | undefined): void {
  if (matching && !matching.test(String(error))) throw new Error(`expected an error like ${matching}, got ${String(error)}`);
}

/** Whether two values have the same content. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof Map && b instanceof Map) return same([...a], [...b]);
  if (a instanceof Set && b instanceof Set) return same([...a], [...b]);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((k) => Object.hasOwn(b, k) && same(Reflect.get(a, k), Reflect.get(b, k)));
}

function show(value: unknown): string {
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name} ${show([...value])}`;
  if (value instanceof Error) return String(value);
  const text = JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v === undefined ? "(undefined)" : v), 1);
  return text ?? String(value);
}

globalThis.usherUnits = async () => {
  const outcomes: Outcome[] = [];
  for (const unit of units) outcomes.push({ Name: unit.name, Error: await carryOut(unit) });
  return outcomes;
};

async function carryOut(unit: Unit): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stuck = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`stuck: it did not end within ${patience / 1000} s`)), patience);
  });
  try {
    await Promise.race([(async () => unit.run())(), stuck]);
    return "";
  } catch (error) {
    return error instanceof Error ? (error.stack ?? String(error)) : String(error);
  } finally {
    clearTimeout(timer);
  }
}
