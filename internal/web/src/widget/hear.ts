import { serverTime } from "../talk/clock";
import type { VisitorState } from "../talk/visitorstate";
import { isolate } from "../words/words";
import type { App } from "./app";
import { barText, doing, queueText } from "./chat";
import { endText } from "./ended";
import { whyNot } from "./log";
import { senderOf } from "./names";
import { note } from "./sound";

/** The place in the queue is told to ears at most so often. */
const placeEvery = 30_000;
let placeTold = 0;

/** Says to ears what has changed in the chat, and tells the host page of it. */
export function hear(a: App, before: VisitorState, s: VisitorState): void {
  if (s.log !== before.log && before.session?.sessionId === s.session?.sessionId && before.log.length > 0) {
    for (const l of s.log.slice(before.log.length - s.log.length < 0 ? before.log.length - s.log.length : s.log.length)) {
      if (before.log.includes(l)) {
        continue;
      }
      if (l.kind === "post" && l.senderType === "AGENT") {
        a.voice(a.say("common.says", { name: isolate(senderOf(a, l)), text: l.richText ? (new DOMParser().parseFromString(l.text, "text/html").body.textContent ?? "") : l.text }));
      } else if (l.kind === "joined" || l.kind === "leads") {
        a.voice(a.say(l.kind === "joined" ? "widget.joined" : "widget.leads", { name: isolate(l.name) }));
      }
    }
  }
  if (s.unread > before.unread) {
    const l = s.log.findLast((x) => x.kind === "post" && x.senderType !== "END_USER");
    if (l?.kind === "post") {
      a.emit("message", { id: l.messageId || String(l.number), from: senderOf(a, l), at: l.at, ...(a.settings["events"] === "text" && { text: l.text }) });
    }
    if (a.ui.sound && a.v.leads() && !a.inSight()) {
      note();
    }
  }
  if (s.phase === "ended" && before.phase !== "ended") {
    a.voice(endText(a), true);
    a.emit("ended", s.ended?.reason ?? "NONE");
  }
  if (s.idleEnds > 0 && before.idleEnds === 0) {
    a.voice(`${a.say("widget.still")} ${a.say("widget.idleIn", { s: Math.ceil((s.idleEnds - serverTime(s.clock, Date.now())) / 1000) })}`, true);
  }
  if (s.connection.phase !== before.connection.phase && /reconnecting|offline|stopped/.test(s.connection.phase)) {
    a.voice(barText(a), true);
  }
  const failed = s.outbox.items.find((i) => i.state === "notSent" && before.outbox.items.find((b) => b.messageId === i.messageId)?.state !== "notSent");
  if (failed) {
    a.voice(a.say("common.notSent", { reason: whyNot(a, failed) }), true);
  }
  if (s.queue && s.queue.place !== before.queue?.place && Date.now() - placeTold > placeEvery) {
    placeTold = Date.now();
    a.voice(queueText(a));
  }
  if (s.activity && !before.activity) {
    setTimeout(() => a.inSight() && a.s.activity && a.voice(doing(a)), 2_000);
  }
}
