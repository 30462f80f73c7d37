import type { Keep } from "../talk/keep";
import { memoryKeep } from "../talk/keep";

/** A Keep in the storage of the host page: browsers drop or share what a frame keeps by itself. */
export interface HostKeep extends Keep {
  /** Another tab changed it: nobody is told. */
  hear(key: string, value: string | null): void;
}

/** Begins with what the host page has; tell is called with each change. */
export function hostKeep(first: Record<string, string>, tell: (key: string, value: string | null) => void): HostKeep {
  let quiet = false;
  const keep = memoryKeep(first, (key, value) => {
    if (!quiet) {
      tell(key, value);
    }
  });
  return {
    ...keep,
    hear: (key, value) => {
      quiet = true;
      value === null ? keep.remove(key) : keep.set(key, value);
      quiet = false;
    },
  };
}
