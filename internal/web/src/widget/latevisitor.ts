import { openDrafts } from "../talk/drafts";
import type { Visitor, VisitorOptions } from "../talk/visitor";
import { visitorApi } from "../talk/visitorapi";
import { firstVisitorState } from "../talk/visitorfirst";

/** How long it is until what did not come is asked for again, in milliseconds. */
const pause = 2_000;

type Part = typeof import("./chat");

/** A visitor's side that comes when there is a chat, or one is asked for: most who open a panel only read. */
export interface LateVisitor extends Visitor {
  /** Has it come now. */
  need(): Promise<Visitor>;
  /** What shows a chat comes with it; null while it has not. */
  part(): Part | null;
}

/** Makes it. What needs no chat is asked for at once. */
export function lateVisitor(o: VisitorOptions): LateVisitor {
  const api = visitorApi(o.site, o.key, () => null, () => 0);
  const watchers: (() => void)[] = [];
  let here: Visitor | null = null;
  let part: Part | null = null;
  let coming: Promise<Visitor> | null = null;

  const fetch = async (): Promise<Visitor> => {
    for (;;) {
      try {
        part = await import("./chat");
        here = part.openVisitor(o);
        watchers.forEach((act) => here?.watch(act));
        return here;
      } catch {
        await new Promise((done) => setTimeout(done, pause));
      }
    }
  };
  const need = (): Promise<Visitor> => (coming ??= fetch());
  const now = (): Visitor => {
    if (here === null) {
      throw new Error("there is no chat yet");
    }
    return here;
  };

  return {
    need,
    part: () => part,
    state: () => here?.state() ?? firstVisitorState,
    watch: (act) => {
      watchers.push(act);
      return here?.watch(act) ?? (() => {});
    },
    leads: () => here?.leads() ?? false,
    do: (command, ...args) => need().then((real) => real.do(command, ...args)),
    post: (text, rich) => now().post(text, rich),
    drafts: openDrafts(o.keep),
    sendFile: (file, progress) => now().sendFile(file, progress),
    open: api.open,
    leaveMessage: api.message,
    transcript: (after) => now().transcript(after),
    leave: () => here?.leave(),
  };
}
