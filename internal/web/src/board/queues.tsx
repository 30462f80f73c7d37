import type { LiveQueue } from "../talk/wireboard";
import { percent } from "../words/figures";
import { type Definitions, isBot, serves } from "./definitions";
import { type Column, Grid } from "./grid";
import { Wait } from "./late";
import { nextChange } from "./opening";
import { type BoardPage, type Picture, useBoardPage } from "./page";
import { isAvailable } from "./telling";
import { BelowGoal } from "./tiles";

/** The queues, and how each stands. Enter shows its chats. */
export function Queues({ picture, definitions }: { picture: Picture; definitions: Definitions | null }) {
  const page = useBoardPage();
  const { words, route } = page;
  const { live } = picture;
  const none = words.say("board.none");
  const known = live.figuresPosition > 0;
  const columns: Column<LiveQueue>[] = [
    { key: "name", title: words.say("board.queue"), cell: (q) => <bdi>{q.name}</bdi>, by: (q) => q.name },
    { key: "waiting", title: words.say("board.waiting"), about: words.say("board.waitingAbout"), cell: (q) => q.waiting, by: (q) => q.waiting, looks: "number" },
    {
      key: "longest",
      title: words.say("board.longest"),
      about: words.say("board.longestAbout", { s: live.goalSeconds }),
      cell: (q) => <Wait since={q.longestSince} at={picture.at} goal={live.goalSeconds} />,
      by: (q) => (q.longestSince === 0 ? 0 : picture.at - q.longestSince),
      looks: "number",
    },
    {
      key: "inTime",
      title: words.say("board.inTimeShort"),
      about: live.definitions["inTimePercent"],
      cell: ({ today }) =>
        known && today.inTimePercent !== null ? (
          <span class={today.inTimePercent < live.goalPercent ? "late" : ""}>
            {percent(words.locale, today.inTimePercent / 100)}
            {today.inTimePercent < live.goalPercent && <BelowGoal />}
          </span>
        ) : (
          none
        ),
      by: (q) => q.today.inTimePercent ?? -1,
      looks: "number wide",
    },
    { key: "left", title: words.say("board.leftShort"), about: live.definitions["abandoned"], cell: (q) => (known ? q.today.abandoned : none), by: (q) => q.today.abandoned, looks: "number wide" },
    { key: "agents", title: words.say("board.available"), about: words.say("board.servesAbout"), cell: (q) => availableOf(page, picture, definitions, q), by: (q) => q.agents, looks: "number wide" },
    { key: "free", title: words.say("board.free"), about: words.say("board.freeAbout"), cell: (q) => q.freePlaces, by: (q) => q.freePlaces, looks: "number wide" },
    { key: "open", title: words.say("board.open"), cell: (q) => openOf(page, picture, definitions, q), looks: "wide" },
  ];
  return (
    <section class="queues" aria-labelledby="queues">
      <h2 id="queues">{words.say("board.queues")}</h2>
      {live.queues.length === 0 ? (
        <p class="empty">{words.say("board.noQueues")}</p>
      ) : (
        <Grid label={words.say("board.queues")} columns={columns} rows={live.queues} idOf={(q) => String(q.queueId)} open={(q) => route.set({ ...route.get(), view: "chats", parts: [String(q.queueId)] })} />
      )}
    </section>
  );
}

/** How many agents serve a queue now; programs are called so. */
function availableOf({ words }: BoardPage, { live }: Picture, d: Definitions | null, q: LiveQueue): string | number {
  if (d === null || q.agents === 0) {
    return q.agents;
  }
  const bots = live.agents.filter((a) => isAvailable(a) && isBot(d, a.accountId) && serves(d, a.accountId, q.queueId)).length;
  return bots === 0 ? q.agents : bots >= q.agents ? words.say("board.bots", { n: q.agents }) : words.say("board.withBots", { people: q.agents - bots, bots: words.say("board.bots", { n: bots }) });
}

/** Until when a queue takes visitors, or when it does again. */
function openOf({ words, moments }: BoardPage, { at }: Picture, d: Definitions | null, q: LiveQueue): string {
  const open = q.opening === "OPEN";
  const id = d?.queues.find((x) => x.queueId === q.queueId)?.hours ?? 0;
  const hours = d?.hours.find((h) => h.hoursId === id);
  if (hours === undefined) {
    return open ? (d !== null && id === 0 ? words.say("board.openAlways") : words.say("board.openNow")) : words.say("board.closed");
  }
  const change = nextChange(hours, open, at);
  if (change === null) {
    return words.say(open ? "board.openAlways" : "board.closed");
  }
  // The day is named as it is there; noon is the same day in most zones.
  const time = change.days === 0 ? change.time : `${moments.day(change.noon)} ${change.time}`;
  return words.say(open ? "board.openTill" : "board.closedTill", { time });
}
