import { useState } from "preact/hooks";
import { Dialog } from "../look/dialog";
import { Menu } from "../look/menu";
import type { ActivityStatus } from "../talk/wireagent";
import type { LiveAgent } from "../talk/wireboard";
import { Status } from "./agents";
import { Wait } from "./late";
import { type Picture, useBoardPage } from "./page";
import { failureOf, queueName, statusOf, visitorName } from "./telling";

interface Wanted {
  status: ActivityStatus;
  subTypeId: number;
  name: string;
}

/** One agent: its status, which a supervisor may set, and its chats. */
export function AgentDialog({ agent, picture, onClose }: { agent: LiveAgent; picture: Picture; onClose: () => void }) {
  const { board, words, route } = useBoardPage();
  const { live, desk, at, reason } = picture;
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [going, setGoing] = useState(false);
  const [error, setError] = useState("");

  const own: Wanted[] = desk.statusReasons.filter((r) => r.status === "UNAVAILABLE").map((r) => ({ status: r.status, subTypeId: r.subTypeId, name: r.name }));
  const available = desk.statusReasons.find((r) => r.status === "AVAILABLE")?.subTypeId ?? 0;
  const choices: Wanted[] = [{ status: "AVAILABLE", subTypeId: available, name: words.say("status.available") }, ...(own.length > 0 ? own : [{ status: "UNAVAILABLE" as const, subTypeId: 0, name: words.say("status.unavailable") }])];

  const set = async (w: Wanted): Promise<void> => {
    setWanted(null);
    setGoing(true);
    setError(failureOf(words, await board.admin.post(`/accounts/${agent.accountId}/status`, { status: w.status, subTypeId: w.subTypeId })));
    setGoing(false);
  };

  const chats = live.engagements.filter((e) => e.accountId === agent.accountId || e.guests.includes(agent.accountId));
  return (
    <Dialog title={agent.name} onClose={onClose} close={words.say("common.close")}>
      <p>
        <Status agent={agent} text={statusOf(words, desk, agent)} />{" "}
        <Menu
          label={words.say(going ? "status.changing" : "board.setStatus")}
          choices={choices.map((c) => ({ key: `${c.status} ${c.subTypeId}`, text: c.name, chosen: c.status === agent.status && (c.status === "AVAILABLE" || c.subTypeId === agent.subTypeId), reason }))}
          onChoose={(key) => setWanted(choices.find((c) => `${c.status} ${c.subTypeId}` === key) ?? null)}
        />
      </p>
      {error !== "" && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      <h3>{words.say("board.chats")}</h3>
      {chats.length === 0 ? (
        <p>{words.say("board.noChats")}</p>
      ) : (
        <ul class="plain">
          {chats.map((e) => (
            <li key={e.engagementId} class="row">
              <bdi>{visitorName(words, e)}</bdi> <span class="meta">{queueName(live, desk, e.queueId)}</span> <Wait since={e.waitsSince} at={at} goal={live.goalSeconds} />
              <button
                type="button"
                onClick={() => {
                  onClose();
                  route.set({ ...route.get(), watch: e.engagementId });
                }}
              >
                {words.say("board.watch")}
              </button>
            </li>
          ))}
        </ul>
      )}
      {wanted !== null && (
        <Dialog title={words.say("board.setStatusAsk", { name: agent.name, status: wanted.name })} question onClose={() => setWanted(null)}>
          <div class="row">
            <button type="button" class="main" onClick={() => void set(wanted)}>
              {words.say("board.setGo")}
            </button>
            <button type="button" onClick={() => setWanted(null)}>
              {words.say("common.cancel")}
            </button>
          </div>
        </Dialog>
      )}
    </Dialog>
  );
}
