import { offerSecondsLeft } from "../../talk/agentfigures";
import type { AgentState } from "../../talk/agentstate";
import { serverTime } from "../../talk/clock";
import { spokenSpan } from "../../words/spans";
import { isolate } from "../../words/words";
import { placeOf } from "../address";
import { notSentReason } from "../chat/telling";
import { offerKind, offerName, queueName } from "../offers/words";
import type { ConsolePage } from "../page";
import { newMessages, openOffers } from "./news";

/** When it is said again how long there is to answer, in seconds before the end. */
const saidAgain = [30, 10];
/** Messages of other chats are summed up at most so often, in milliseconds. */
const othersEvery = 15_000;

/** Says aloud what happens around the open chat: offers, the connection, other chats. */
export function startAnnouncing(page: ConsolePage): void {
  const { agent, words, voice } = page;
  let before = agent.state();
  const timers = new Map<number, ReturnType<typeof setTimeout>[]>();
  const others = new Map<number, number>();
  let lastOthers = -Infinity;
  let pending: ReturnType<typeof setTimeout> | undefined;

  const openChat = (): number => {
    const place = placeOf(location.hash);
    return place.kind === "chat" ? place.chat : 0;
  };

  const offers = (s: AgentState): void => {
    const open = openOffers(s);
    const ids = new Set(open.map((o) => o.engagementId));
    for (const [id, all] of timers) {
      if (!ids.has(id)) {
        all.forEach(clearTimeout);
        timers.delete(id);
      }
    }
    for (const o of open) {
      if (timers.has(o.engagementId)) {
        continue;
      }
      const left = offerSecondsLeft(s, o, Date.now());
      const time = spokenSpan(words.locale, left);
      voice.say(words.say("offer.announce", { kind: offerKind(words, o), name: isolate(offerName(words, o)), queue: isolate(queueName(s, o)), time }), "urgent");
      const again = saidAgain.filter((n) => n < left);
      timers.set(o.engagementId, again.map((n) => setTimeout(() => voice.say(words.say("offer.leftToAnswer", { time: spokenSpan(words.locale, n) }), "urgent"), (left - n) * 1000)));
    }
  };

  const connection = (s: AgentState): void => {
    if (s.connection.phase === before.connection.phase || s.phase !== "in") {
      return;
    }
    const lines = { reconnecting: "conn.reconnecting", stopped: "conn.stopped" } as const;
    const { phase, lastContact } = s.connection;
    if (phase === "reconnecting" || phase === "stopped") {
      voice.say(words.say(lines[phase]), "urgent");
    } else if (phase === "offline") {
      voice.say(words.say("conn.offline", { time: page.moments.time(serverTime(s.clock, lastContact)) }), "urgent");
    } else if (phase === "catchingUp") {
      voice.say(words.say("conn.back"));
    }
  };

  const refused = (s: AgentState): void => {
    for (const item of s.outbox.items) {
      const was = before.outbox.items.find((i) => i.messageId === item.messageId);
      const chat = s.chats.find((c) => c.id === item.chat);
      if (item.state === "notSent" && was !== undefined && was.state !== "notSent" && chat !== undefined && chat.id !== openChat()) {
        voice.say(words.say("common.says", { name: isolate(chat.visitorName), text: words.say("common.notSent", { reason: notSentReason(words, chat, item) }) }), "urgent");
      }
    }
  };

  const sumUp = (): void => {
    pending = undefined;
    const n = [...others.values()].reduce((a, b) => a + b, 0);
    const m = others.size;
    others.clear();
    if (n > 0) {
      lastOthers = Date.now();
      voice.say(m === 1 ? words.say("chat.other", { n }) : words.say("chat.others", { n, m }));
    }
  };

  const messages = (s: AgentState): void => {
    for (const c of newMessages(before, s)) {
      if (c.id !== openChat() || document.visibilityState !== "visible") {
        const was = before.chats.find((b) => b.id === c.id)?.unread ?? 0;
        others.set(c.id, (others.get(c.id) ?? 0) + c.unread - was);
      }
    }
    if (others.size > 0 && pending === undefined) {
      pending = setTimeout(sumUp, Math.max(lastOthers + othersEvery - Date.now(), 0));
    }
  };

  agent.watch(() => {
    const s = agent.state();
    offers(s);
    connection(s);
    refused(s);
    messages(s);
    before = s;
  });
  offers(before);
}
