/** One value of a page that several parts look at. */
export interface Cell<T> {
  get(): T;
  set(value: T): void;
  /** Calls act after each change, and answers how to stop that. */
  watch(act: () => void): () => void;
}

/** Makes a cell. */
export function cell<T>(first: T): Cell<T> {
  const watchers = new Set<() => void>();
  let value = first;
  return {
    get: () => value,
    set: (next) => {
      if (!Object.is(next, value)) {
        value = next;
        watchers.forEach((act) => act());
      }
    },
    watch: (act) => {
      watchers.add(act);
      return () => watchers.delete(act);
    },
  };
}
