/**
 * What is kept on the device. It never throws: a browser may refuse storage, and then a page works
 * without memory.
 */
export interface Keep {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** All keys that begin so. */
  keys(prefix: string): string[];
}

/** Keeps in the browser's own storage, under keys that begin with prefix. */
export function deviceKeep(storage: () => Storage, prefix: string): Keep {
  // Reading the property localStorage itself may throw.
  const attempt = <T>(act: (s: Storage) => T, otherwise: T): T => {
    try {
      return act(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    get: (key) => attempt((s) => s.getItem(prefix + key), null),
    set: (key, value) => attempt((s) => s.setItem(prefix + key, value), undefined),
    remove: (key) => attempt((s) => s.removeItem(prefix + key), undefined),
    keys: (start) =>
      attempt(
        (s) =>
          Array.from({ length: s.length }, (_, i) => s.key(i) ?? "")
            .filter((k) => k.startsWith(prefix + start))
            .map((k) => k.slice(prefix.length)),
        [],
      ),
  };
}

/**
 * Keeps in memory, and tells each change: for a frame whose page keeps for it, for pages that keep
 * nothing, and for tests.
 */
export function memoryKeep(first: Record<string, string> = {}, changed: (key: string, value: string | null) => void = () => {}): Keep {
  const all = new Map(Object.entries(first));
  return {
    get: (key) => all.get(key) ?? null,
    set: (key, value) => {
      all.set(key, value);
      changed(key, value);
    },
    remove: (key) => {
      if (all.delete(key)) {
        changed(key, null);
      }
    },
    keys: (prefix) => [...all.keys()].filter((k) => k.startsWith(prefix)),
  };
}

/** Reads JSON that was kept; undefined when there is none, or it is broken. */
export function getJSON(keep: Keep, key: string): unknown {
  try {
    return JSON.parse(keep.get(key) ?? "") as unknown;
  } catch {
    return undefined;
  }
}
