/** @jsxImportSource ./view */
import type { Child } from "./view/jsx-runtime";

/** A sentence for an element: what isolate() set apart in it stands in an element of its own. */
export function shown(sentence: string): Child {
  return sentence.split(/[\u2068\u2069]/).map((part, i) => (i % 2 === 1 ? <bdi>{part}</bdi> : part));
}
