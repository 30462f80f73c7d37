import { longestWaiting } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import { isolate } from "../../words/words";
import type { Place } from "../address";
import { statusChoices } from "../bar/statuses";
import { chatActions } from "../chat/actions";
import { visitorOf } from "../chat/telling";
import { chordOf, chordText, type KeyAction } from "../keys/chords";
import type { Shown } from "../offers/shown";
import { type ConsolePage, unreachable } from "../page";

/** One line of the command list. */
export interface Command {
  key: string;
  text: string;
  /** The keys beside it; "" for none. */
  keys: string;
  /** Why it can't be done now. */
  reason: string | undefined;
  run: () => void;
}

/** What the frame does for its commands. */
export interface Frame {
  go: (p: Place) => void;
  open: (chat: number) => void;
  keys: () => void;
  logOut: () => void;
}

/** Everything that can be done now, and every chat by name. */
export function commands(page: ConsolePage, state: AgentState, shown: Shown | null, chat: Chat | undefined, frame: Frame): Command[] {
  const { words, agent, prefs, chime } = page;
  const own = prefs.chords.get();
  const reason = unreachable(words, state);
  const line = (key: string, text: string, run: () => void, why?: string, action?: KeyAction): Command => {
    const keys = action === undefined ? null : chordOf(own, action);
    return { key, text, keys: keys === null ? "" : chordText(keys), reason: why, run };
  };

  const noOffer = shown === null || shown.offer.gone !== "" ? words.say("keys.noOffer") : shown.reason;
  const offers = [
    line("accept", words.say("keys.accept"), () => shown?.accept(), noOffer, "accept"),
    ...(shown?.decline ? [line("decline", words.say("offer.decline"), shown.decline, noOffer)] : []),
  ];
  const longest = longestWaiting(state);
  const walk = [
    line("longest", words.say("keys.longest"), () => longest && frame.open(longest.id), longest === null ? words.say("keys.noneWaits") : undefined, "longest"),
    ...([["previous", -1], ["next", 1]] as const).map(([key, by]) => {
      const to = neighbour(state, chat?.id ?? 0, by);
      return line(key, words.say(`keys.${key}`), () => to && frame.open(to), to === 0 ? words.say("keys.onlyChat") : undefined, key);
    }),
  ];
  const here = chat === undefined ? [] : chatActions(page, state, chat).map((a) => line(`chat ${a.key}`, words.say("common.says", { name: isolate(visitorOf(words, chat)), text: a.name }), a.run, a.reason));
  const chats = state.chats.map((c) => line(`open ${c.id}`, words.say("list.open", { name: isolate(visitorOf(words, c)) }), () => frame.open(c.id)));
  const statuses = (state.desk === null ? [] : statusChoices(words, state.desk)).map((c) =>
    line(`status ${c.key}`, words.say("common.says", { name: words.say("bar.status"), text: c.name }), () => {
      if (c.status === "AVAILABLE") {
        chime.ready();
      }
      void agent.do("setStatus", c.status, c.subTypeId);
    }, reason),
  );
  const names = { on: words.say("bar.requestsOn"), one: words.say("bar.requestsOne"), off: words.say("bar.requestsOff") };
  const requests = (["on", "one", "off"] as const).map((r) => line(`requests ${r}`, words.say("common.says", { name: words.say("bar.requests"), text: names[r] }), () => void agent.do("setRequests", r, state.places)));
  const next = state.requests === "one" && state.status.status === "AVAILABLE" && !state.asked ? [line("one", words.say("status.next"), () => void agent.do("askForOne"), reason)] : [];
  return [
    ...offers,
    ...next,
    ...here,
    ...walk,
    ...chats,
    ...statuses,
    ...requests,
    line("past", words.say("bar.pastChats"), () => frame.go({ kind: "past" })),
    line("settings", words.say("bar.settings"), () => frame.go({ kind: "settings" })),
    line("keys", words.say("keys.all"), frame.keys, undefined, "all"),
    line("logOut", words.say("login.logOut"), frame.logOut, state.connection.phase === "stopped" ? undefined : reason),
  ];
}

/** The chat above or below another in the list; 0 when there is none. */
export function neighbour(state: AgentState, id: number, by: 1 | -1): number {
  const { chats } = state;
  const at = chats.findIndex((c) => c.id === id);
  const next = at === -1 ? (by === 1 ? 0 : chats.length - 1) : (at + by + chats.length) % chats.length;
  const to = chats[next]?.id ?? 0;
  return to === id ? 0 : to;
}

/** The lines in which all typed words occur. */
export function matching(all: readonly Command[], typed: string): Command[] {
  const parts = typed.toLocaleLowerCase().split(/\s+/).filter((p) => p !== "");
  return all.filter((c) => parts.every((p) => c.text.toLocaleLowerCase().includes(p)));
}
