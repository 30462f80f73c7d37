import { isolate } from "../words/words";
import type { App } from "./app";
import type { ToHost } from "./host";
import { leadOf, nameOf } from "./names";

/** Where the widget stands, and how its button looks then, for the host page. */
export function standingOf(a: App, color: string): ToHost {
  const { s } = a;
  const { door } = a.ui;
  const lead = leadOf(a);
  const open = door === null || door.state === "OPEN" || door.mayWait;
  const { phase } = s.connection;
  const text = a.say(open ? "widget.chat" : "widget.message");
  const label = (): string => {
    if (s.unread > 0) {
      return a.say("widget.chatNew", { n: s.unread });
    }
    if (s.phase === "queued") {
      return a.say("widget.chatQueued");
    }
    return s.phase === "chatting" && lead ? a.say("widget.chatWith", { name: isolate(nameOf(a, lead.clientId)) }) : text;
  };
  return {
    say: "standing",
    standing: {
      state: s.phase === "queued" || s.phase === "chatting" || s.phase === "ended" ? s.phase : door?.state === "OPEN" ? "form" : "closed",
      unread: s.unread,
      queue: s.queue && { place: s.queue.place, waitSeconds: s.queue.waitSeconds },
      agent: lead ? { name: lead.name, bot: lead.bot } : null,
      connection: phase === "reconnecting" || phase === "offline" || phase === "stopped" ? phase : "live",
      language: a.words.language,
    },
    face: {
      label: label(),
      title: a.title(),
      text: s.unread > 0 ? `${a.say("widget.chat")} (${s.unread})` : text,
      shown: open || s.session !== null || door?.widget.whenClosed !== "HIDE",
      color,
      position: door?.widget.position ?? "",
    },
  };
}
