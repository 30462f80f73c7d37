import { late, typing, unsent, waitSeconds, hasRefused, watchers } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import { listed } from "../../words/figures";
import { span, spokenSpan } from "../../words/spans";
import { isolate } from "../../words/words";
import { visitorOf } from "../chat/telling";
import type { DeskWords } from "../page";

/** The one thing that a row says of a chat: what the agent should know first. */
export type RowState = "notSent" | "over" | "away" | "waits" | "typing" | "draft" | "watched" | "quiet";

/** What the row of a chat shows. */
export interface RowFigures {
  state: RowState;
  text: string;
  late: boolean;
  /** The whole row as a sentence. */
  label: string;
}

/** Spoken times below a minute go by tens: a name that changes with every second would be read again and again. */
const spokenStep = 10;

/** What the row of a chat shows at a local time; draft: something is typed there. */
export function rowFigures(words: DeskWords, s: AgentState, c: Chat, draft: boolean, local: number, now: number): RowFigures {
  const refused = hasRefused(s, c.id);
  const waited = waitSeconds(s, c, local);
  const isLate = late(s, c, local);
  const away = c.awaySince > 0 ? Math.max(Math.floor((now - c.awaySince) / 1000), 0) : 0;
  const watcher = watchers(c)[0];
  const state: RowState = refused
    ? "notSent"
    : c.state !== "active"
      ? "over"
      : c.awaySince > 0
        ? "away"
        : c.waitsSince > 0 && c.role !== "MONITOR"
          ? "waits"
          : typing(s, c, local)
            ? "typing"
            : draft
              ? "draft"
              : watcher !== undefined
                ? "watched"
                : "quiet";
  const over = c.state === "wrapUp" ? words.say("list.wrapUp") : words.say("list.gone");
  const text = {
    notSent: words.say("list.notSent"),
    over,
    away: words.say("list.away", { time: span(words, away) }),
    waits: words.say("list.waits", { time: span(words, waited) }),
    typing: words.say("list.typing"),
    draft: words.say("common.draft"),
    watched: words.say("list.watched", { name: isolate(watcher?.name ?? "") }),
    quiet: "",
  }[state];

  const spoken = (seconds: number): string => spokenSpan(words.locale, seconds < 60 ? Math.max(Math.floor(seconds / spokenStep) * spokenStep, 1) : seconds);
  const parts = [
    isolate(visitorOf(words, c)),
    ...(refused ? [words.say("list.notSent")] : []),
    ...(!refused && unsent(s, c.id) > 0 ? [words.say("common.sending")] : []),
    ...(c.state === "active" ? [] : [over]),
    ...(c.state === "active" && c.waitsSince > 0 && c.role !== "MONITOR" ? [words.say("chat.needs", { time: spoken(waited) })] : []),
    ...(c.unread > 0 ? [words.say("list.unread", { n: c.unread })] : []),
    ...(isLate ? [words.say("chat.late")] : []),
    ...(c.awaySince > 0 ? [words.say("list.away", { time: spoken(away) })] : []),
    ...(typing(s, c, local) ? [words.say("list.typing")] : []),
    ...(draft ? [words.say("common.draft")] : []),
    ...(watcher === undefined ? [] : [words.say("list.watched", { name: isolate(watcher.name) })]),
  ];
  return { state, text, late: isLate, label: listed(words.locale, parts) };
}

/** What was said last in a chat, in one line; "" for nothing. */
export function lastWords(c: Chat): string {
  const last = c.log.findLast((l) => l.kind === "post");
  if (last?.kind !== "post") {
    return "";
  }
  if (last.file !== null) {
    return last.file.name;
  }
  return last.richText ? (new DOMParser().parseFromString(last.text, "text/html").body.textContent ?? "") : last.text;
}
