import { useState } from "preact/hooks";
import type { LiveAgent } from "../talk/wireboard";
import { age } from "../words/spans";
import { AgentDialog } from "./agent";
import { type Definitions, isBot } from "./definitions";
import { type Column, Grid } from "./grid";
import { Wait } from "./late";
import { type Picture, useBoardPage } from "./page";
import { isAvailable, statusOf } from "./telling";

/** Who is logged on, and how each stands. Enter opens one. */
export function Agents({ picture, definitions }: { picture: Picture; definitions: Definitions | null }) {
  const { words, moments } = useBoardPage();
  const { live, desk, at } = picture;
  const [open, setOpen] = useState(0);
  const seconds = (since: number): number => Math.max(Math.floor((at - since) / 1000), 0);
  const columns: Column<LiveAgent>[] = [
    {
      key: "name",
      title: words.say("board.agent"),
      cell: (a) => <bdi>{isBot(definitions, a.accountId) ? words.say("chat.bot", { name: a.name }) : a.name}</bdi>,
      by: (a) => a.name,
    },
    { key: "status", title: words.say("board.status"), cell: (a) => <Status agent={a} text={statusOf(words, desk, a)} />, by: (a) => (a.absent ? "" : statusOf(words, desk, a)) },
    { key: "since", title: words.say("board.since"), cell: (a) => age(words, seconds(a.statusSince)), by: (a) => seconds(a.statusSince), looks: "wide" },
    {
      key: "chats",
      title: words.say("board.chats"),
      about: words.say("board.heldAbout"),
      cell: (a) => (
        <>
          {words.say("board.held", { n: a.holds, max: a.places })}
          {a.absent && a.goesAt > 0 && a.holds > 0 && <span class="meta"> ({words.say("board.toQueueAt", { time: moments.time(a.goesAt) })})</span>}
        </>
      ),
      by: (a) => a.holds,
      looks: "wide",
    },
    { key: "needs", title: words.say("board.needs"), about: words.say("board.needsAbout"), cell: (a) => a.needsAnswer, by: (a) => a.needsAnswer, looks: "number wide" },
    {
      key: "longest",
      title: words.say("board.longest"),
      about: words.say("board.longestAnswerAbout", { s: live.goalSeconds }),
      cell: (a) => <Wait since={a.longestSince} at={at} goal={live.goalSeconds} />,
      by: (a) => (a.longestSince === 0 ? 0 : at - a.longestSince),
      looks: "number",
    },
  ];
  const chosen = live.agents.find((a) => a.accountId === open);
  return (
    <section class="agents" aria-labelledby="agents">
      <h2 id="agents">{words.say("board.agents")}</h2>
      {live.agents.length === 0 ? (
        <p class="empty">{words.say("board.nobodyOn")}</p>
      ) : (
        <Grid label={words.say("board.agents")} columns={columns} rows={live.agents} idOf={(a) => String(a.accountId)} open={(a) => setOpen(a.accountId)} />
      )}
      {live.agents.length > 0 && !live.agents.some(isAvailable) && <p class="late">{words.say("board.noAgents")}</p>}
      {chosen !== undefined && <AgentDialog agent={chosen} picture={picture} onClose={() => setOpen(0)} />}
    </section>
  );
}

/** A status by its shape and its word. */
export function Status({ agent, text }: { agent: LiveAgent; text: string }) {
  const { words } = useBoardPage();
  if (agent.absent) {
    return (
      <span class="wrong">
        <span aria-hidden="true">○ </span>
        {words.say("board.lost")}
      </span>
    );
  }
  return (
    <>
      <span aria-hidden="true" class={agent.status === "AVAILABLE" ? "good" : "meta"}>
        {agent.status === "AVAILABLE" ? "● " : "◐ "}
      </span>
      {text}
    </>
  );
}
