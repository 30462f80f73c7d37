import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { cell } from "../console/cell";
import "../console/chat/chat.css";
import { type ConsolePage, PageProvider } from "../console/page";
import { useWatched } from "../look/watched";
import type { AgentState } from "../talk/agentstate";
import { serverTime } from "../talk/clock";
import { isolate } from "../words/words";
import { ActDialog } from "./act";
import { type Picture, useBoardPage } from "./page";
import { agentName, failureOf, visitorName } from "./telling";
import { WatchedChat } from "./watched";

/** The panel beside the figures: one chat, which the supervisor watches, or is in. */
export function Watch({ id, picture }: { id: number; picture: Picture | null }) {
  const page = useBoardPage();
  const { words, route } = page;
  const agent = page.agent();
  const state = useAgent();
  const [failure, setFailure] = useState("");
  const [going, setGoing] = useState(false);
  const [asking, setAsking] = useState(false);
  const chat = state.chats.find((c) => c.id === id);
  const found = picture?.live.engagements.find((e) => e.engagementId === id);
  const shared = useMemo<ConsolePage>(
    () => ({
      agent,
      words,
      moments: page.moments,
      voice: page.voice,
      now: () => serverTime(agent.state().clock, Date.now()),
      layer: cell(null),
      enterSends: page.prefs.enterSends,
      sayTyping: page.prefs.sayTyping,
      prefs: page.prefs,
      chime: page.chime,
      replies: cell(null),
    }),
    [page],
  );

  useEffect(() => {
    if (state.phase === "unknown" || (state.phase === "out" && state.failure === "")) {
      void agent.do("resume");
    }
  }, [state.phase]);

  const ready = state.phase === "in" && state.loaded && state.connection.phase !== "stopped";
  const watch = async (): Promise<void> => {
    setFailure("");
    setGoing(true);
    setFailure(failureOf(words, await agent.do("monitor", id)));
    setGoing(false);
  };
  // Who is asked to watch does so once; a refusal stays to be read.
  const absent = chat === undefined || chat.state === "gone";
  const led = found !== undefined && found.state === "ACTIVE";
  useEffect(() => {
    if (ready && absent && led && !going) {
      void watch();
    }
  }, [ready, led]);

  // Who no longer sees the chat no longer watches it; who is in it stays in it.
  useEffect(
    () => () => {
      const left = agent.state().chats.find((c) => c.id === id);
      if (left?.state === "active" && left.role === "MONITOR") {
        void agent.do("leave", id);
      }
    },
    [],
  );

  const close = (): void => route.set({ ...route.get(), watch: 0 });
  // What is finished, or put away, is no longer shown.
  const had = useRef(false);
  useEffect(() => {
    if (chat !== undefined) {
      had.current = true;
    } else if (had.current && state.phase === "in") {
      close();
    }
  }, [chat === undefined]);
  if (chat !== undefined) {
    return (
      <PageProvider value={shared}>
        <WatchedChat state={state} chat={chat} picture={picture} onClose={close} />
      </PageProvider>
    );
  }
  const name = found === undefined || picture === null ? "" : visitorName(words, found);
  return (
    <aside class="watch" aria-labelledby="conversation">
      <h2 id="conversation" tabIndex={-1}>
        {found !== undefined && picture !== null && found.accountId > 0 ? words.say("board.watching", { visitor: isolate(name), agent: isolate(agentName(picture.live, found.accountId)) }) : name || words.say("board.watch")}
      </h2>
      <Before state={state} failure={failure} onAgain={() => void watch()} />
      {failure === "" && picture !== null && (found === undefined ? <p>{words.say("end.none")}</p> : !led && <p>{words.say("board.notLed")}</p>)}
      <p class="row">
        {found !== undefined && !led && (
          <button type="button" aria-disabled={!ready || picture?.reason !== undefined || undefined} title={picture?.reason} onClick={() => ready && picture?.reason === undefined && setAsking(true)}>
            {words.say("board.takeOver")}
          </button>
        )}
        <button type="button" onClick={close}>
          {words.say("common.close")}
        </button>
      </p>
      {asking && (
        <ActDialog
          act={{
            title: words.say("board.takeGo"),
            effect: words.say("board.takeWaitingAsk", { visitor: isolate(name) }),
            go: words.say("board.takeGo"),
            going: words.say("board.taking"),
            run: async () => failureOf(words, await agent.do("takeOver", id)),
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </aside>
  );
}

/** What stands there while the supervisor's own session, or the chat, is not there yet. */
function Before({ state, failure, onAgain }: { state: AgentState; failure: string; onAgain: () => void }) {
  const { words } = useBoardPage();
  const agent = useBoardPage().agent();
  if (state.phase === "elsewhere" || state.connection.phase === "stopped") {
    return (
      <>
        <p>{words.say(state.phase === "elsewhere" ? "login.elsewhere" : "conn.stopped")}</p>
        <button type="button" class="main" onClick={() => void agent.do("takeOverSession")}>
          {words.say(state.phase === "elsewhere" ? "login.takeOver" : "conn.here")}
        </button>
      </>
    );
  }
  const trouble = failure || (state.phase === "out" && state.failure !== "" ? state.failureText || words.say("login.noAnswer") : "");
  if (trouble !== "") {
    return (
      <>
        <p class="field-error" role="alert">
          {trouble}
        </p>
        <button type="button" onClick={() => (failure === "" ? void agent.do("resume") : onAgain())}>
          {words.say("common.retry")}
        </button>
      </>
    );
  }
  return <p role="status">{words.say("common.loading")}</p>;
}

/** The supervisor's own agent session; the component is shown anew when it changes. */
function useAgent(): AgentState {
  const agent = useBoardPage().agent();
  useWatched(agent);
  return agent.state();
}
