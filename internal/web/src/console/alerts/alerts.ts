import { offerSecondsLeft } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import { goTo } from "../address";
import { visitorOf } from "../chat/telling";
import { lastWords } from "../list/rowstate";
import { offerKind, offerName, queueName } from "../offers/words";
import type { ConsolePage } from "../page";
import { lateWaits, newMessages, nextLate, openOffers } from "./news";
import { makeNotices } from "./notices";

/** A message that is looked at within this time was in view, in whichever tab; in milliseconds. */
const lookedWithin = 600;
/** The sound of a message is made at most so often, in milliseconds. */
const messageEvery = 3_000;

/** Rings, plays and notifies for what happens; only in the tab that holds the connection. */
export function startAlerts(page: ConsolePage): void {
  const { agent, chime, prefs, words } = page;
  const notices = makeNotices();
  let before = agent.state();
  let led = false;
  let known = new Set<string>();
  let lastNote = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const inView = (): boolean => document.visibilityState === "visible" && document.hasFocus();

  const told = (subject: string, title: string, body: string, chat: number | null): void => {
    if (prefs.notices.get() && !inView()) {
      notices.show(subject, title, body, () => chat !== null && goTo({ kind: "chat", chat }));
    }
  };

  const offers = (s: AgentState): void => {
    const open = openOffers(s);
    chime.ring(open.length > 0, Math.max(0, ...open.map((o) => offerSecondsLeft(s, o, Date.now()))));
    for (const o of open) {
      if (!openOffers(before).some((b) => b.engagementId === o.engagementId && b.offered === o.offered)) {
        told(`offer ${o.engagementId}`, offerKind(words, o), words.say("offer.notice", { queue: queueName(s, o), name: offerName(words, o) }), null);
      }
    }
  };

  /** A message makes a sound if nobody has looked at it after a moment. */
  const messages = (chats: Chat[]): void => {
    for (const { id } of chats) {
      setTimeout(() => {
        const s = agent.state();
        const chat = s.chats.find((c) => c.id === id);
        if (!agent.leads() || chat === undefined || chat.unread === 0) {
          return;
        }
        if (Date.now() - lastNote >= messageEvery) {
          lastNote = Date.now();
          chime.play("message");
        }
        const name = visitorOf(words, chat);
        told(`chat ${id}`, name, s.desk?.noticeText ? lastWords(chat) : words.say("list.unread", { n: chat.unread }), id);
      }, lookedWithin);
    }
  };

  /** Each wait is late once; those that were late before this tab listened are not told. */
  const waits = (s: AgentState, first: boolean): void => {
    const now = lateWaits(s, Date.now());
    if (!first && [...now].some((k) => !known.has(k))) {
      chime.play("late");
    }
    known = now;
    clearTimeout(timer);
    const next = nextLate(s, Date.now());
    if (next > 0) {
      timer = setTimeout(changed, next - Date.now() + 50);
    }
  };

  const changed = (): void => {
    const s = agent.state();
    if (!agent.leads() || s.phase !== "in") {
      if (led) {
        chime.ring(false, 0);
        notices.keep(new Set());
        clearTimeout(timer);
      }
      led = false;
      before = s;
      return;
    }
    if (!led || before.status.status !== s.status.status) {
      if (s.status.status === "AVAILABLE" && prefs.sounds.offer.get()) {
        chime.ready();
      }
    }
    offers(s);
    messages(newMessages(before, s));
    waits(s, !led || !before.loaded);
    notices.keep(new Set([...openOffers(s).map((o) => `offer ${o.engagementId}`), ...s.chats.filter((c) => c.unread > 0).map((c) => `chat ${c.id}`)]));
    led = true;
    before = s;
  };
  agent.watch(changed);
  prefs.sounds.offer.watch(changed);
  changed();
}
