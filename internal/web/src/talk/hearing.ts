import type { Loop } from "./loop";
import type { Outcome } from "./http";

/** What a command's outcome tells of the connection, and whom. */
export interface Hearing {
  loop(): Loop | null;
  notStoring(): boolean;
  /** The server's answer: it tells the time. */
  answered(value: unknown): void;
}

/** Hears how each command came out, by the operation that it was. */
export function hearing(of: Hearing): <T>(operation: string, o: Outcome<T>) => Outcome<T> {
  /** The operation that was last refused because nothing can be stored. */
  let notStored = "";
  return (operation, o) => {
    if (o.kind === "answer") {
      of.answered(o.value);
      // While nothing can be stored, what stores nothing is answered as ever, and tells nothing.
      if (!of.notStoring() || operation === notStored) {
        of.loop()?.hear({ kind: "stored" });
      }
    } else if (o.kind === "lost" && !o.aborted) {
      of.loop()?.hear({ kind: "failed", ask: "command", retryAfter: 0 });
    } else if (o.kind === "refused" && o.refusal.status === 503 && o.refusal.code !== "") {
      notStored = operation;
      of.loop()?.hear({ kind: "notStoring", ask: "command", retryAfter: o.refusal.retryAfter });
    }
    return o;
  };
}
