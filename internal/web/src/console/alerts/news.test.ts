import { equal, test } from "../../testing";
import { type AgentState, type Chat, firstAgentState, newChat, type Offer } from "../../talk/agentstate";
import { lateWaits, newMessages, nextLate, openOffers } from "./news";

const desk = { goalSeconds: 60 } as AgentState["desk"];
const session = { sessionId: "a", clientId: 1, accountId: 1, name: "Ada", pool: "" };

function state(chats: Chat[], more: Partial<AgentState> = {}): AgentState {
  return { ...firstAgentState, phase: "in", loaded: true, desk, session, chats, ...more };
}

test("a chat has news when its unread grew, and not by a reload", () => {
  const one = state([newChat(1, 0, { unread: 1 }), newChat(2, 0, {})]);
  const two = state([newChat(1, 0, { unread: 1 }), newChat(2, 0, { unread: 1 }), newChat(3, 0, { unread: 4 })]);
  equal(newMessages(one, two).map((c) => c.id), [2]);
  equal(newMessages({ ...one, loaded: false }, two), []);
  equal(newMessages({ ...one, session: { ...session, sessionId: "b" } }, two), []);
  equal(newMessages(two, one), []);
});

test("a wait is late after the goal, and each wait for itself", () => {
  const s = state([newChat(1, 0, { waitsSince: 1_000 }), newChat(2, 0, { waitsSince: 30_000 }), newChat(3, 0, {})]);
  equal(nextLate(s, 31_000), 62_000);
  equal([...lateWaits(s, 61_999)], []);
  equal([...lateWaits(s, 62_000)], ["1 1000"]);
  equal(nextLate(s, 62_000), 91_000);
  equal([...lateWaits(s, 91_000)], ["1 1000", "2 30000"]);
  equal(nextLate(s, 91_000), 0);
  equal(nextLate({ ...s, desk: { goalSeconds: 0 } as AgentState["desk"] }, 31_000), 0);
});

test("the server's clock decides what is late", () => {
  const s = state([newChat(1, 0, { waitsSince: 1_000 })], { clock: [500_000] });
  equal(nextLate(s, -450_000), -438_000);
});

test("an offer rings until it is answered or gone", () => {
  const offer = (id: number, more: Partial<Offer>): Offer => ({ engagementId: id, type: "LEAD", queueId: 1, contact: {} as Offer["contact"], note: "", offered: 0, created: 0, ends: 0, away: false, answering: "", gone: "", goneAt: 0, ...more });
  const s = state([], { offers: [offer(1, {}), offer(2, { answering: "accept" }), offer(3, { gone: "taken" })] });
  equal(openOffers(s).map((o) => o.engagementId), [1]);
  equal(openOffers({ ...s, connection: { ...s.connection, phase: "stopped" } }), []);
  equal(openOffers({ ...s, phase: "out" }), []);
});
