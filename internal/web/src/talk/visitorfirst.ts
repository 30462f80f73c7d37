import type { VisitorState } from "./visitorstate";

/** No chat. It stands alone, so that a page can have it before all that makes a chat. */
export const firstVisitorState: VisitorState = {
  phase: "none",
  session: null,
  position: { ack: 0, seen: {} },
  clock: [],
  connection: { phase: "live", since: 0, lastContact: 0, notStoring: false, askAt: 0 },
  queue: null,
  agents: [],
  log: [],
  heldBack: [],
  older: false,
  unread: 0,
  activity: null,
  idleEnds: 0,
  queueEnds: 0,
  absentSeconds: 120,
  preview: { enabled: false, every: 500 },
  files: { allowed: false, maxBytes: 0, types: [] },
  ended: null,
  rating: null,
  letters: [],
  outbox: { items: [], checking: [] },
  trouble: "",
};
