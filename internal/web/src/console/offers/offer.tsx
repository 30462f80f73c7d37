import { Elapsed } from "../../look/elapsed";
import type { AgentState, Offer } from "../../talk/agentstate";
import { age, span } from "../../words/spans";
import { chordLabel, chordOf } from "../keys/chords";
import { useCell, usePage } from "../page";
import type { Shown } from "./shown";
import { offerKind, offerName, queueName } from "./words";
import "./offers.css";

/** The fixed place of offers: it is there without one too, so that nothing moves when one comes. */
export function OfferPlace({ state, shown }: { state: AgentState; shown: Shown | null }) {
  const { words } = usePage();
  return (
    <section class="offers" aria-label={words.say("offer.offers")} tabIndex={-1}>
      <h2>{words.say("offer.offers")}</h2>
      <div class="offer-place">{shown === null ? <NoOffer state={state} /> : <OfferCard key={shown.offer.engagementId} state={state} shown={shown} />}</div>
    </section>
  );
}

/** The place without an offer. Who asks for chats one by one does it here. */
function NoOffer({ state }: { state: AgentState }) {
  const { agent, words } = usePage();
  const asks = state.requests === "one" && state.status.status === "AVAILABLE";
  return (
    <>
      <p class="meta">{words.say(asks && state.asked ? "status.asked" : "offer.empty")}</p>
      {asks && !state.asked && (
        <button type="button" class="main" onClick={() => void agent.do("askForOne")}>
          {words.say("status.next")}
        </button>
      )}
    </>
  );
}

/** Who asks for a chat, how long there is to answer, and the answer. */
export function OfferCard({ state, shown }: { state: AgentState; shown: Shown }) {
  const { words } = usePage();
  const { offer, more } = shown;
  const waited = Math.max(Math.floor((offer.offered - offer.created) / 1000), 0);
  const queue = queueName(state, offer);
  return (
    <div class={`offer ${offer.gone === "" ? "" : "offer-gone"}`}>
      <p class="offer-kind">
        <strong>
          {offerKind(words, offer)}
          {queue !== "" && (
            <>
              {" "}
              · <bdi>{queue}</bdi>
            </>
          )}
        </strong>
        <TimeLeft offer={offer} />
      </p>
      <p class="offer-who">
        <bdi>{offerName(words, offer)}</bdi>
        {waited >= 60 && <> · {words.say("offer.waited", { time: age(words, waited) })}</>}
        {more > 0 && <> · {words.say("offer.more", { n: more })}</>}
        {offer.away && <span class="late"> · {words.say("offer.away")}</span>}
      </p>
      <p class="offer-text" dir="auto" title={offer.note || offer.contact.question}>
        {offer.note !== "" ? words.say("offer.note", { text: offer.note }) : offer.contact.question !== "" && `“${offer.contact.question}”`}
      </p>
      <OfferAnswer shown={shown} />
    </div>
  );
}

/** An offer in one line and two buttons, for the chat's header on phones. */
export function OfferLine({ state, shown }: { state: AgentState; shown: Shown }) {
  const { words } = usePage();
  const queue = queueName(state, shown.offer);
  return (
    <section class="offer-line" aria-label={words.say("offer.offers")}>
      <p class="offer-kind">
        <strong>
          <bdi>{offerName(words, shown.offer)}</bdi>
          {queue !== "" && (
            <>
              {" "}
              · <bdi>{queue}</bdi>
            </>
          )}
        </strong>
        <TimeLeft offer={shown.offer} />
      </p>
      <OfferAnswer shown={shown} />
    </section>
  );
}

/** Never an outcome by this clock: at zero it is the server's turn. */
function TimeLeft({ offer }: { offer: Offer }) {
  const { words, now } = usePage();
  if (offer.gone !== "") {
    return null;
  }
  // The clocks of two machines differ by a moment: more than the whole time is never left.
  const whole = Math.round((offer.ends - offer.offered) / 1000);
  return (
    <Elapsed
      class="offer-left"
      since={offer.ends}
      now={now}
      words={(s) => (s >= 0 ? words.say("offer.zero") : words.say("offer.left", { time: span(words, Math.min(-s, whole)) }))}
    />
  );
}

function OfferAnswer({ shown: { offer, reason, accept, decline } }: { shown: Shown }) {
  const { words, prefs } = usePage();
  const keys = chordOf(useCell(prefs.chords), "accept");
  if (offer.gone !== "") {
    return <p role="status">{words.say(offer.gone === "visitorLeft" ? "offer.visitorLeft" : "offer.gone")}</p>;
  }
  const busy = offer.answering !== "";
  const blocked = reason !== undefined || busy;
  // A key that is held down was meant for something else.
  const noRepeat = (e: KeyboardEvent): void => void (e.repeat && e.preventDefault());
  return (
    <div class="row-of-buttons" onKeyDown={noRepeat}>
      <button type="button" class="main" aria-disabled={blocked || undefined} aria-description={reason} title={reason} aria-keyshortcuts={keys ? chordLabel(keys) : undefined} onClick={accept}>
        {words.say(offer.answering === "accept" ? "offer.accepting" : "offer.accept")}
      </button>
      {decline && (
        <button type="button" aria-disabled={blocked || undefined} aria-description={reason} title={reason} onClick={decline}>
          {words.say(offer.answering === "decline" ? "offer.declining" : "offer.decline")}
        </button>
      )}
    </div>
  );
}
