import { nameOf } from "../../talk/agentfigures";
import type { AgentState, Offer } from "../../talk/agentstate";
import type { DeskWords } from "../page";

/** What an offer asks for. */
export function offerKind(words: DeskWords, o: Offer): string {
  switch (o.type) {
    case "TRANSFER":
      return words.say("offer.passedOn");
    case "CONFERENCE":
      return words.say("offer.join");
    default:
      return words.say("offer.new");
  }
}

/** Who waits. */
export function offerName(words: DeskWords, o: Offer): string {
  return nameOf(o.contact) || words.say("visitor.noName");
}

/** The queue of an offer; "" when the site does not name it. */
export function queueName(s: AgentState, o: Pick<Offer, "queueId">): string {
  return s.desk?.queues.find((q) => q.queueId === o.queueId)?.name ?? "";
}
