import { useRef } from "preact/hooks";
import { offerShown } from "../../talk/agentfigures";
import type { AgentState, Offer } from "../../talk/agentstate";
import { type ConsolePage, unreachable } from "../page";

/** How long an offer is deaf after it took the place of another, in milliseconds: whoever pressed meant that one. */
const deafFor = 300;

/** The offer that is shown, and how it is answered. */
export interface Shown {
  offer: Offer;
  /** How many more there are. */
  more: number;
  /** Why it can't be answered now. */
  reason: string | undefined;
  accept: () => void;
  /** Undefined where the site does not let agents decline. */
  decline: (() => void) | undefined;
}

/** The offer to show; null when there is none. opened is told of a chat that was accepted here. */
export function useShownOffer(page: ConsolePage, state: AgentState, opened: (chat: number) => void): Shown | null {
  const born = useRef({ key: "", at: 0 });
  const offer = offerShown(state);
  const key = offer === null ? "" : `${offer.engagementId} ${offer.offered}`;
  if (born.current.key !== key) {
    born.current = { key, at: performance.now() };
  }
  if (offer === null) {
    return null;
  }
  const reason = unreachable(page.words, state);
  const answer = (what: "accept" | "decline"): void => {
    if (reason !== undefined || offer.gone !== "" || offer.answering !== "" || performance.now() - born.current.at < deafFor) {
      return;
    }
    void page.agent.do(what, offer.engagementId).then((o) => {
      if (what === "accept" && o?.kind === "answer") {
        opened(offer.engagementId);
      }
    });
  };
  return {
    offer,
    more: state.offers.filter((o) => o.gone === "" && o !== offer).length,
    reason,
    accept: () => answer("accept"),
    decline: state.desk?.noDecline ? undefined : () => answer("decline"),
  };
}
