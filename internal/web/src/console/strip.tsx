import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Elapsed } from "../look/elapsed";
import { requeueTime, unsent } from "../talk/agentfigures";
import type { AgentState } from "../talk/agentstate";
import { serverTime } from "../talk/clock";
import { unanswered } from "./bar/statuses";
import { useCell, usePage } from "./page";

/** For how long the server's word about a fault stays, in milliseconds. */
const troubleStays = 30_000;

/** What is wrong, as long as it is: above the conversation, so that no list moves under the hand. */
export function Strip({ state, onLogOut }: { state: AgentState; onLogOut: () => void }) {
  const { agent, chime, words } = usePage();
  const blocked = useCell(chime.blocked) && agent.leads() && state.connection.phase !== "stopped";
  const stopped = state.connection.phase === "stopped";
  return (
    <>
      <Connection state={state} onLogOut={onLogOut} />
      {!stopped && unanswered(state) && <NoAnswer state={state} />}
      {blocked && (
        <Line kind="late" shape="♪">
          <p>{words.say("offer.soundBlocked")}</p>
          <button type="button" onClick={chime.allow}>
            {words.say("offer.allow")}
          </button>
        </Line>
      )}
      <Trouble state={state} />
    </>
  );
}

function Line({ kind, shape, children }: { kind: "late" | "wrong" | "plain"; shape: string; children: ComponentChildren }) {
  return (
    <div class={`strip strip-${kind}`} role="group">
      <span aria-hidden="true">{shape}</span>
      <div>{children}</div>
    </div>
  );
}

/** How the connection stands, in words; nothing while all is well. */
function Connection({ state, onLogOut }: { state: AgentState; onLogOut: () => void }) {
  const { agent, words, moments } = usePage();
  const [busy, setBusy] = useState(false);
  const { phase, lastContact, notStoring, askAt } = state.connection;
  const n = unsent(state);
  const here = async (): Promise<void> => {
    setBusy(true);
    await agent.do("takeOverSession");
    setBusy(false);
  };
  switch (phase) {
    case "reconnecting":
      return (
        <Line kind="late" shape="~">
          <p>{words.say("conn.reconnecting")}</p>
          {n > 0 && <p>{words.say("conn.unsent", { n })}</p>}
        </Line>
      );
    case "offline": {
      const requeue = requeueTime(state);
      return (
        <Line kind="wrong" shape="!">
          <p>
            {words.say("conn.offline", { time: moments.time(serverTime(state.clock, lastContact)) })} {requeue > 0 && words.say("conn.requeue", { time: moments.time(requeue) })}
          </p>
          {n > 0 && <p>{words.say("conn.unsent", { n })}</p>}
          {askAt > 0 && (
            <p class="meta">
              <Elapsed since={askAt} now={Date.now} words={(s) => words.say("conn.retryIn", { s: Math.max(-s, 0) })} />
            </p>
          )}
          <button type="button" onClick={() => void agent.do("tryNow")}>
            {words.say("conn.tryNow")}
          </button>
        </Line>
      );
    }
    case "catchingUp":
      return (
        <Line kind="plain" shape="~">
          <p>{words.say("conn.back")}</p>
        </Line>
      );
    case "stopped":
      return (
        <Line kind="wrong" shape="!">
          <p>{words.say("conn.stopped")}</p>
          {n > 0 && <p>{words.say("list.unsentKept", { n })}</p>}
          <div class="row-of-buttons">
            <button type="button" class="main" aria-disabled={busy || undefined} onClick={() => !busy && void here()}>
              {words.say("conn.here")}
            </button>
            <button type="button" onClick={onLogOut}>
              {words.say("login.logOut")}
            </button>
          </div>
        </Line>
      );
    default:
      return notStoring ? (
        <Line kind="late" shape="!">
          <p>{words.say("conn.notStoring")}</p>
        </Line>
      ) : null;
  }
}

/** Offers ran out without an answer, so none come until somebody says that they are there. */
function NoAnswer({ state }: { state: AgentState }) {
  const { agent, words } = usePage();
  const sub = state.desk?.statusReasons.find((r) => r.status === "AVAILABLE")?.subTypeId ?? 0;
  const pending = state.status.pending !== null;
  return (
    <Line kind="late" shape="!">
      <p>{words.say("status.noAnswerWhy")}</p>
      <button type="button" aria-disabled={pending || undefined} onClick={() => !pending && void agent.do("setStatus", "AVAILABLE", sub)}>
        {words.say(pending ? "status.changing" : "status.again")}
      </button>
    </Line>
  );
}

/** The server's own word that something did not come off; it ends nothing. */
function Trouble({ state }: { state: AgentState }) {
  const { words } = usePage();
  const [seen, setSeen] = useState(0);
  const at = state.trouble?.at ?? 0;
  useEffect(() => {
    if (at === 0) {
      return;
    }
    const timer = setTimeout(() => setSeen(at), Math.max(at + troubleStays - Date.now(), 0));
    return () => clearTimeout(timer);
  }, [at]);
  if (state.trouble === null || seen === at) {
    return null;
  }
  return (
    <Line kind="late" shape="!">
      <p role="status" dir="auto">
        {state.trouble.text}
      </p>
      <button type="button" onClick={() => setSeen(at)}>
        {words.say("common.close")}
      </button>
    </Line>
  );
}
