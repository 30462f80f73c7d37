import { useEffect, useRef } from "preact/hooks";
import { typing } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import { isolate } from "../../words/words";
import { keyOf } from "./lines";
import { type ConsolePage, useCell } from "../page";
import { authorOf, happeningText, notSentReason, visitorOf } from "./telling";

/** Somebody types for so long before it is said, in milliseconds. */
const typingSaid = 2_000;
/** "Sent" is said only when it took so long, in milliseconds. */
const slow = 3_000;

/** Says aloud what happens in the open chat: each new message once, never the history. */
export function useSpeech(page: ConsolePage, state: AgentState, chat: Chat): void {
  const { words, voice } = page;
  const me = state.session?.clientId;

  // What was there when the chat was opened, or was read of its past, is no news.
  const last = useRef<string | null>(null);
  useEffect(() => {
    if (!chat.read) {
      return;
    }
    const { log } = chat;
    const newest = log[log.length - 1];
    if (last.current === null) {
      voice.say(words.say("chat.opened", { name: isolate(visitorOf(words, chat)), n: log.filter((l) => l.kind === "post").length }));
    } else {
      const from = log.findLastIndex((l) => keyOf(l) === last.current) + 1;
      for (const l of from === 0 ? log.slice(-1) : log.slice(from)) {
        if (l.kind !== "post") {
          voice.say(happeningText(words, chat, l));
        } else if (l.clientId !== me) {
          const text = l.richText ? (new DOMParser().parseFromString(l.text, "text/html").body.textContent ?? "") : l.text;
          voice.say(words.say("common.says", { name: isolate(authorOf(words, state, chat, l)), text }));
        }
      }
    }
    last.current = newest === undefined ? "" : keyOf(newest);
  }, [chat.read, chat.log]);

  const aloud = useCell(page.sayTyping);
  const types = typing(state, chat, Date.now());
  useEffect(() => {
    if (!types || !aloud) {
      return;
    }
    const timer = setTimeout(() => voice.say(words.say("chat.typing", { name: isolate(visitorOf(words, chat)) })), typingSaid);
    return () => clearTimeout(timer);
  }, [types, aloud]);

  const before = useRef(new Map<string, { made: number; refused: boolean }>());
  useEffect(() => {
    const items = state.outbox.items.filter((i) => i.chat === chat.id);
    const here = new Map(items.map((i) => [i.messageId, { made: i.made, refused: i.state === "notSent" }]));
    for (const i of items) {
      if (i.state === "notSent" && before.current.get(i.messageId)?.refused === false) {
        voice.say(words.say("common.notSent", { reason: notSentReason(words, chat, i) }), "urgent");
      }
    }
    for (const [id, was] of before.current) {
      const sent = chat.log.some((l) => l.kind === "post" && l.messageId === id);
      if (!here.has(id) && sent && (was.refused || Date.now() - was.made > slow)) {
        voice.say(words.say("common.sent"));
      }
    }
    before.current = here;
  }, [state.outbox]);
}
