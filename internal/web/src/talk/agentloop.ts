import type { AgentApi } from "./agentapi";
import { answerTime } from "./clock";
import type { Contract } from "./loop";
import type { Identity } from "./position";
import type { AgentBatch, AgentMessage } from "./wireagent";

/** The agent contract, as the loop needs it. dated is told the server's time of each answer. */
export function agentContract(api: AgentApi, holdSeconds: number, dated: (server: number) => void): Contract<AgentMessage> {
  return {
    holdSeconds,
    identity,
    poll: async (ack, signal) => {
      const timeout = (holdSeconds + 15) * 1000;
      const o = await api.contract<AgentBatch>("getMessages", {}, { signal, timeout, headers: { "Usher-Events": "1", "Usher-Ack": String(ack) } });
      if (o.kind !== "answer") {
        return o;
      }
      dated(answerTime(o.value));
      return { ...o, value: o.value.getResponseTypes.filter((m) => !m.ChatGetTimeout) };
    },
    probe: (signal) => api.own("engagements", {}, { signal }),
  };
}

/** The durable messages have a number of their own in their engagement; other types are fleeting or unknown. */
function identity(m: AgentMessage): Identity | null {
  const held = m.ChatDisconnectNotification ?? m.ChatEngagementAssignment ?? m.ChatEngagementParticipantAdded;
  if (held) {
    return { channel: held.engagementId, number: held.sequenceNumber };
  }
  return m.ChatPostMessage ? { channel: m.ChatPostMessage.destinationId, number: m.ChatPostMessage.sequenceNumber } : null;
}
