import { useLayoutEffect, useState } from "preact/hooks";

/** Something that changes, and tells of it. */
export interface Watchable {
  /** Calls act after each change, and answers how to stop that. */
  watch(act: () => void): () => void;
}

/** Shows a component anew after each change of what it looks at. */
export function useWatched(of: Watchable): void {
  const [, again] = useState({});
  // In the same step as the render: a change in between would be lost.
  useLayoutEffect(() => of.watch(() => again({})), [of]);
}
