import { Agents } from "./agents";
import { useDefinitions } from "./definitions";
import { type Picture, useBoardPage } from "./page";
import { Queues } from "./queues";
import { isAvailable } from "./telling";
import { Tiles } from "./tiles";

/** Does anybody wait too long, why, and where can one step in. */
export function Now({ picture }: { picture: Picture }) {
  const definitions = useDefinitions();
  return (
    <>
      <Tiles picture={picture} />
      <Calm picture={picture} />
      <Queues picture={picture} definitions={definitions} />
      <Agents picture={picture} definitions={definitions} />
    </>
  );
}

/** Nobody waits: what there is to know then. */
function Calm({ picture: { live } }: { picture: Picture }) {
  const { words } = useBoardPage();
  if (live.queues.some((q) => q.waiting > 0)) {
    return null;
  }
  const available = live.agents.filter(isAvailable);
  const free = available.reduce((n, a) => n + Math.max(a.places - a.holds, 0), 0);
  return (
    <p class="calm">
      <strong>{words.say("board.nobody")}</strong> {available.length === 0 ? words.say("board.noAgents") : `${words.say("board.availableNow", { n: available.length })} ${words.say("board.freeNow", { n: free })}`}{" "}
      {live.figuresPosition > 0 && words.say("board.today", { n: live.today.requested })}
    </p>
  );
}
