import { equal, test } from "../testing";
import { type AgentState, type Asked, firstAgentState, newChat } from "./agentstate";
import { stepAgent } from "./agentsteps";
import { newItem } from "./outbox";
import { start } from "./position";
import { firstVisitorState } from "./visitorfirst";
import { stepVisitor } from "./visitorsteps";
import type { VisitorState } from "./visitorstate";
import type { AgentMessage } from "./wireagent";
import type { VisitorMessage } from "./wirevisitor";

const asked: Asked = { clientId: 9, name: "Bea", kind: "invite", ends: 60_000, outcome: "" };
const header = { destinationId: 1, senderId: 0, senderType: "SYSTEM", visibility: "ALL", createdTime: 1_000, sequenceNumber: 1 } as const;

function told(s: AgentState, message: AgentMessage): AgentState {
  return stepAgent(s, { kind: "batch", messages: [message], position: start, at: 1_000 });
}

test("an answer counts although it came before it was known who was asked", () => {
  const one: AgentState = { ...firstAgentState, chats: [newChat(1, 0, {})] };
  for (const [message, outcome] of [
    [{ ChatEngagementParticipantAdded: { ...header, name: "Bea", greeting: "", engagementId: 1, clientId: 9, role: "CONFEREE", accountId: 3, virtualAgent: false } }, "taken"],
    [{ ChatDisconnectNotification: { ...header, engagementId: 1, clientId: 9, reason: "PARTICIPANT_LEFT", role: "TRANSIENT" } }, "declined"],
    [{ ChatDisconnectNotification: { ...header, engagementId: 1, clientId: 9, reason: "IDLE_TIMEOUT", role: "TRANSIENT" } }, "late"],
    // Somebody else's answer is none of this one's.
    [{ ChatDisconnectNotification: { ...header, engagementId: 1, clientId: 8, reason: "PARTICIPANT_LEFT", role: "TRANSIENT" } }, ""],
  ] as const) {
    const early = stepAgent(told(one, message), { kind: "asked", chat: 1, asked });
    equal(early.chats[0]?.asked?.outcome, outcome);
    const late = told(stepAgent(one, { kind: "asked", chat: 1, asked }), message);
    equal(late.chats[0]?.asked?.outcome, outcome);
    // What was answered once says nothing of the next time.
    const next = stepAgent(early, { kind: "asked", chat: 1, asked: { ...asked, clientId: 10 } });
    equal(next.chats[0]?.asked?.outcome, "");
  }
});

test("a message that was held back says so, whichever comes first: the word of that, or the answer", () => {
  const item = newItem("m1", 1, "links", false, { kind: "all" }, 1);
  const notice: AgentMessage = { ChatPostMessage: { ...header, body: "held back", offTheRecord: false, richText: false, messageDataMap: { blockedMessageId: "m1" }, messageId: "" } };
  const one: AgentState = { ...firstAgentState, chats: [newChat(1, 0, {})] };
  const sent = { kind: "sent", item, number: 0, serverTime: 2 } as const;
  for (const s of [told(stepAgent(one, sent), notice), stepAgent(told(one, notice), sent)]) {
    equal(
      s.chats[0]?.log.map((l) => l.kind === "post" && [l.messageId, l.blocked]),
      [["m1", true]],
    );
  }
});

test("the same for a visitor", () => {
  const item = newItem("m1", 0, "links", false, { kind: "all" }, 1);
  const notice: VisitorMessage = {
    messageName: "RNEngagementMessagePostedMessage", createdTime: "2026-01-01T00:00:00Z", sequenceNumber: 1, body: "held back", clientId: 0, richText: false, offTheRecord: false,
    messageId: null, messageDataMap: { blockedMessageId: "m1" }, senderType: "SYSTEM",
  };
  const sent = { kind: "sent", item, number: 0, serverTime: 2 } as const;
  const hears = (s: VisitorState): VisitorState => stepVisitor(s, { kind: "batch", messages: [notice], position: start, at: 1_000 });
  for (const s of [hears(stepVisitor(firstVisitorState, sent)), stepVisitor(hears(firstVisitorState), sent)]) {
    equal(
      s.log.map((l) => l.kind === "post" && [l.messageId, l.blocked]),
      [["m1", true]],
    );
  }
});
