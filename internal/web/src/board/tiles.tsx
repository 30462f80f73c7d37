import type { ComponentChildren } from "preact";
import { percent } from "../words/figures";
import { Term } from "./about";
import { Wait } from "./late";
import { longestSince } from "./note";
import { type Picture, useBoardPage } from "./page";
import { isAvailable } from "./telling";

/** What matters first: who waits, for how long, and how the day went so far. */
export function Tiles({ picture }: { picture: Picture }) {
  const { words } = useBoardPage();
  const { live } = picture;
  const { today, definitions: about } = live;
  const known = live.figuresPosition > 0;
  const none = words.say("board.none");
  const available = live.agents.filter(isAvailable).length;
  const below = today.inTimePercent !== null && today.inTimePercent < live.goalPercent;
  return (
    <section class="tiles" aria-label={words.say("board.now")}>
      <dl>
        <Tile name={words.say("board.waiting")} about={words.say("board.waitingAbout")}>
          {live.queues.reduce((n, q) => n + q.waiting, 0)}
        </Tile>
        <Tile name={words.say("board.longest")} about={words.say("board.longestAbout", { s: live.goalSeconds })}>
          <Wait since={longestSince(picture)} at={picture.at} goal={live.goalSeconds} />
        </Tile>
        <Tile name={words.say("board.inTimeToday", { s: live.goalSeconds })} about={about["inTimePercent"]} aside={words.say("board.goal", { percent: percent(words.locale, live.goalPercent / 100) })}>
          {known && today.inTimePercent !== null ? (
            <span class={below ? "late" : ""}>
              {percent(words.locale, today.inTimePercent / 100)}
              {below && <BelowGoal />}
            </span>
          ) : (
            none
          )}
        </Tile>
        <Tile name={words.say("board.leftToday")} about={about["abandoned"]} aside={known && today.requested > 0 ? percent(words.locale, today.abandoned / today.requested) : ""}>
          {known ? today.abandoned : none}
        </Tile>
        <Tile name={words.say("board.agents")} about={words.say("board.availableAbout")}>
          <span class="words">{words.say("board.agentsAvailable", { n: available, max: live.agents.length })}</span>
        </Tile>
      </dl>
      {live.trouble !== undefined && <p class="wrong">{words.say("board.noFigures", { reason: live.trouble })}</p>}
    </section>
  );
}

function Tile({ name, about, aside = "", children }: { name: string; about: string | undefined; aside?: string; children: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{about ? <Term text={about}>{name}</Term> : name}</dt>
      <dd>
        <span class="figure">{children}</span> {aside !== "" && <span class="meta">({aside})</span>}
      </dd>
    </div>
  );
}

/** ▼ and a word: a share is under what the site aims at. */
export function BelowGoal() {
  const { words } = useBoardPage();
  return (
    <>
      <span aria-hidden="true"> ▼</span>
      <span class="unseen">, {words.say("board.belowGoal")}</span>
    </>
  );
}
