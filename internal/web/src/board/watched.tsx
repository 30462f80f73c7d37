import { useEffect, useState } from "preact/hooks";
import { AskDialog } from "../console/chat/ask";
import { Composer } from "../console/chat/composer";
import { EndDialog } from "../console/chat/end";
import { Log } from "../console/chat/log";
import { useSpeech } from "../console/chat/speak";
import { visitorOf } from "../console/chat/telling";
import { WrapUp } from "../console/chat/wrapup";
import { unreachable, useCell, usePage } from "../console/page";
import type { AgentCommands } from "../talk/agentcommands";
import type { AgentState, Chat, Participant } from "../talk/agentstate";
import type { Outcome } from "../talk/http";
import type { Item } from "../talk/outbox";
import { isolate } from "../words/words";
import { type Act, ActDialog } from "./act";
import { type Picture, useBoardPage } from "./page";
import { agentName, failureOf } from "./telling";
import { Whisper } from "./whisper";

export interface WatchedChatProps {
  state: AgentState;
  chat: Chat;
  picture: Picture | null;
  onClose: () => void;
}

/** A chat that is watched: what is said in it, a word to the agent alone, and the ways to step in. */
export function WatchedChat({ state, chat, picture, onClose }: WatchedChatProps) {
  const page = useBoardPage();
  const desk = usePage();
  const { words, route } = page;
  const layer = useCell(desk.layer);
  const [edit, setEdit] = useState<Item | null>(null);
  const [enter, setEnter] = useState(0);
  const [act, setAct] = useState<Act | null>(null);
  const [failure, setFailure] = useState("");
  const [stopping, setStopping] = useState(false);
  useSpeech(desk, state, chat);
  // Focus goes to what was opened, as it would with a dialog.
  useEffect(() => document.getElementById("conversation")?.focus(), []);

  const visitor = isolate(visitorOf(words, chat));
  const lead = leadOf(chat, picture);
  const agent = isolate(lead?.name ?? words.say("visitor.agent"));
  const watches = chat.role === "MONITOR";
  const reason = unreachable(words, state) ?? picture?.reason;

  const run = async <K extends keyof AgentCommands>(name: K, ...args: Parameters<AgentCommands[K]>): Promise<string> => failureOf(words, (await desk.agent.do(name, ...args)) as Outcome<unknown> | null);
  const eject = async (): Promise<string> => failureOf(words, await page.board.admin.post(`/engagements/${chat.id}/eject`, {}));
  const acts: Record<"join" | "takeOver" | "eject", Act> = {
    join: { title: words.say("board.join"), effect: words.say("board.joinAsk", { visitor }), go: words.say("board.join"), going: words.say("board.joining"), run: () => run("join", chat.id) },
    takeOver: {
      title: words.say("board.takeGo"),
      effect: words.say("board.takeAsk", { agent, visitor }),
      go: words.say("board.takeGo"),
      going: words.say("board.taking"),
      run: () => run("takeOver", chat.id),
    },
    eject: { title: words.say("board.ejectGo"), effect: words.say("board.ejectAsk", { name: visitor }), go: words.say("board.ejectGo"), going: words.say("board.ejecting"), risky: true, run: eject },
  };

  const stop = async (): Promise<void> => {
    setStopping(true);
    const failed = await run("leave", chat.id);
    setStopping(false);
    setFailure(failed);
    if (failed === "") {
      onClose();
    }
  };
  const over = layer?.chat === chat.id && chat.state === "active" ? layer.kind : null;
  const button = (key: keyof typeof acts, text: string, looks = "") => (
    <button type="button" class={looks} aria-disabled={reason !== undefined || undefined} aria-description={reason} title={reason} onClick={() => reason === undefined && setAct(acts[key])}>
      {text}
    </button>
  );

  return (
    <aside class="watch chat" aria-labelledby="conversation">
      <header class="watch-head">
        <h2 id="conversation" tabIndex={-1}>
          {watches ? words.say("board.watching", { visitor, agent }) : words.say("board.inChat", { visitor })}
        </h2>
        {chat.state === "active" && <p class="meta">{watches ? words.say("board.watchNote", { name: agent }) : chat.role === "LEAD" ? words.say("chat.leadsYou") : words.say("board.joined", { visitor })}</p>}
        {state.connection.phase === "stopped" && <p class="wrong">{words.say("conn.stopped")}</p>}
      </header>
      <Log state={state} chat={chat} onEdit={setEdit} enter={enter} />
      {chat.state !== "active" ? (
        <WrapUp state={state} chat={chat} onOpen={(id) => route.set({ ...route.get(), watch: id })} />
      ) : watches ? (
        lead !== null && <Whisper key={lead.clientId} chat={chat} to={lead} edit={edit} onEdited={() => setEdit(null)} />
      ) : (
        <Composer state={state} chat={chat} edit={edit} onEdited={() => setEdit(null)} onUp={() => setEnter((n) => n + 1)} onAction={(kind) => desk.layer.set({ kind, chat: chat.id })} />
      )}
      {failure !== "" && (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
      <footer class="row watch-acts">
        {chat.state === "active" && (
          <>
            {watches && button("join", words.say("board.join"))}
            {chat.role !== "LEAD" && button("takeOver", words.say("board.takeOver"))}
            {chat.role === "LEAD" && (
              <button type="button" aria-disabled={reason !== undefined || undefined} title={reason} onClick={() => reason === undefined && desk.layer.set({ kind: "end", chat: chat.id })}>
                {words.say("board.endChat")}
              </button>
            )}
            {button("eject", words.say("board.eject"), "risky")}
            <button type="button" aria-disabled={reason !== undefined || stopping || undefined} title={reason} onClick={() => reason === undefined && !stopping && void stop()}>
              {words.say(watches ? "board.stop" : "chat.leave")}
            </button>
          </>
        )}
        {!watches && chat.state === "active" && (
          <button type="button" class="bare" onClick={onClose}>
            {words.say("board.hide")}
          </button>
        )}
      </footer>
      {act !== null && <ActDialog act={act} onClose={() => setAct(null)} />}
      {(over === "transfer" || over === "invite") && <AskDialog state={state} chat={chat} kind={over} onClose={() => desk.layer.set(null)} />}
      {over === "end" && <EndDialog state={state} chat={chat} onClose={() => desk.layer.set(null)} />}
    </aside>
  );
}

/** Who leads a chat. Who has just come to it knows the others a moment later than the board does. */
function leadOf(chat: Chat, picture: Picture | null): Participant | null {
  const lead = chat.participants.find((p) => p.role === "LEAD");
  const found = picture?.live.engagements.find((e) => e.engagementId === chat.id);
  const agent = picture?.live.agents.find((a) => a.accountId === found?.accountId);
  if (lead !== undefined || picture === null || agent === undefined || chat.role === "LEAD") {
    return lead ?? null;
  }
  return { clientId: agent.clientId, name: agentName(picture.live, agent.accountId), role: "LEAD", accountId: agent.accountId, virtualAgent: false, received: 0, seen: 0, away: agent.absent };
}
