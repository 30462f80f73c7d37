import { useCell } from "../console/page";
import type { LiveEngagement } from "../talk/wireboard";
import { age } from "../words/spans";
import { type Column, Grid } from "./grid";
import { Wait } from "./late";
import { type Picture, useBoardPage } from "./page";
import { agentName, queueName, visitorName } from "./telling";

/** All chats that run. Enter watches one. */
export function Chats({ picture }: { picture: Picture }) {
  const page = useBoardPage();
  const { words, moments } = page;
  const route = useCell(page.route);
  const { live, desk, at } = picture;
  const queue = Number(route.parts[0] ?? 0);
  const rows = live.engagements.filter((e) => e.state !== "WRAP_UP" && (queue === 0 || e.queueId === queue));
  const seconds = (since: number): number => Math.max(Math.floor((at - since) / 1000), 0);
  const began = (e: LiveEngagement): number => Date.parse(e.createdAt);
  const columns: Column<LiveEngagement>[] = [
    { key: "visitor", title: words.say("board.visitor"), cell: (e) => <bdi>{visitorName(words, e)}</bdi>, by: (e) => visitorName(words, e) },
    {
      key: "agent",
      title: words.say("board.agent"),
      cell: (e) => (e.state === "QUEUED" ? <em>{words.say("board.inQueue")}</em> : <bdi>{e.state === "OFFERED" ? words.say("board.offeredTo", { name: agentName(live, e.accountId) }) : agentName(live, e.accountId)}</bdi>),
      by: (e) => (e.state === "QUEUED" ? "" : agentName(live, e.accountId)),
    },
    { key: "queue", title: words.say("board.queue"), cell: (e) => <bdi>{queueName(live, desk, e.queueId)}</bdi>, by: (e) => queueName(live, desk, e.queueId), looks: "wide" },
    { key: "since", title: words.say("board.since"), cell: (e) => age(words, seconds(began(e))), by: (e) => seconds(began(e)), looks: "wide" },
    { key: "last", title: words.say("board.lastPost"), about: words.say("board.lastPostAbout"), cell: (e) => <time dir="ltr">{moments.time(e.lastPostTime)}</time>, by: (e) => e.lastPostTime, looks: "wide" },
    {
      key: "waits",
      title: words.say("board.waits"),
      about: words.say("board.longestAnswerAbout", { s: live.goalSeconds }),
      cell: (e) => <Wait since={waitsOf(e)} at={at} goal={live.goalSeconds} />,
      by: (e) => (waitsOf(e) === 0 ? 0 : at - waitsOf(e)),
      looks: "number",
    },
    {
      key: "watch",
      title: words.say("board.watch"),
      cell: (e) => (
        <button type="button" class="bare" tabIndex={-1} onClick={(event) => (event.stopPropagation(), watch(e))}>
          {words.say("board.watch")}
        </button>
      ),
    },
  ];
  const watch = (e: LiveEngagement): void => page.route.set({ ...page.route.get(), watch: e.engagementId });
  return (
    <section class="chats" aria-labelledby="chats">
      <h2 id="chats">{words.say("board.chats")}</h2>
      <p class="field filter">
        <label>
          {words.say("board.queue")}{" "}
          <select value={String(queue)} onChange={(e) => page.route.set({ ...route, parts: e.currentTarget.value === "0" ? [] : [e.currentTarget.value] })}>
            <option value="0">{words.say("report.all")}</option>
            {live.queues.map((q) => (
              <option key={q.queueId} value={String(q.queueId)}>
                {q.name}
              </option>
            ))}
          </select>
        </label>
      </p>
      {rows.length === 0 ? (
        <p class="empty">{words.say("board.noChats")}</p>
      ) : (
        <Grid label={words.say("board.chats")} columns={columns} rows={rows} idOf={(e) => String(e.engagementId)} open={watch} chosen={String(route.watch)} />
      )}
      {live.more && <p class="meta">{words.say("board.moreChats", { n: live.engagements.length })}</p>}
    </section>
  );
}

/** Since when the visitor waits: for an agent, or for an answer. */
function waitsOf(e: LiveEngagement): number {
  return e.state === "QUEUED" || e.state === "OFFERED" ? Date.parse(e.createdAt) : e.waitsSince;
}
