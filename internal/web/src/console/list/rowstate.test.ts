import { equal, ok, test } from "../../testing";
import { type AgentState, type Chat, firstAgentState, newChat } from "../../talk/agentstate";
import type { Item } from "../../talk/outbox";
import { agentDesk } from "../../words/english";
import { words } from "../../words/words";
import { lastWords, rowFigures } from "./rowstate";

const desk = words(agentDesk);
const now = 1_000_000;

function figures(more: Partial<Chat>, draft = false, items: Item[] = []) {
  const chat = newChat(1, 0, { visitorName: "Bo Dean", ...more });
  const s: AgentState = { ...firstAgentState, phase: "in", desk: { goalSeconds: 60 } as AgentState["desk"], chats: [chat], outbox: { ...firstAgentState.outbox, items } };
  return rowFigures(desk, s, chat, draft, now, now);
}

test("a row says first what matters most", () => {
  const watcher = { clientId: 9, name: "Sam", role: "MONITOR", accountId: 1, virtualAgent: false, received: 0, seen: 0, away: false } as const;
  const refused = { messageId: "m", chat: 1, text: "x", richText: false, to: { kind: "all" }, made: 0, state: "notSent" } as unknown as Item;
  const typing = { at: now, preview: "" };
  const all = { participants: [watcher], typing, waitsSince: now - 42_000, awaySince: now - 80_000 };
  equal(figures({ ...all }, true, [refused]).state, "notSent");
  equal(figures({ ...all }, true).state, "away");
  equal(figures({ ...all, awaySince: 0 }, true).state, "waits");
  equal(figures({ ...all, awaySince: 0, waitsSince: 0 }, true).state, "typing");
  equal(figures({ participants: [watcher] }, true).state, "draft");
  equal(figures({ participants: [watcher] }).state, "watched");
  equal(figures({}).state, "quiet");
  equal(figures({ ...all, state: "wrapUp" }).state, "over");
});

test("a row's name is the whole sentence", () => {
  const row = figures({ waitsSince: now - 250_000, unread: 3 });
  equal([row.text, row.late, row.label], ["waits 4:10", true, "\u2068Bo Dean\u2069, needs an answer for 4 minutes, 3 unread, late"]);
  equal(figures({ waitsSince: now - 42_000 }).label, "\u2068Bo Dean\u2069, needs an answer for 40 seconds");
  equal(figures({ awaySince: now - 80_000 }).text, "away 1:20");
  ok(!figures({ waitsSince: now - 42_000 }).late);
});

test("the last words are text, whatever they were sent as", () => {
  const post = { kind: "post", number: 1, clientId: 2, name: "", senderType: "END_USER", offTheRecord: false, team: false, only: 0, messageId: "", data: null, file: null, at: 0, blocked: false } as const;
  equal(lastWords(newChat(1, 0, {})), "");
  equal(lastWords(newChat(1, 0, { log: [{ ...post, text: "<b>no</b>", richText: false }] })), "<b>no</b>");
  equal(lastWords(newChat(1, 0, { log: [{ ...post, text: "<b>yes</b> &amp; no", richText: true }] })), "yes & no");
});
