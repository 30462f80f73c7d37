import { useState } from "preact/hooks";
import { useCell } from "../console/page";
import { Dialog } from "../look/dialog";
import { Menu } from "../look/menu";
import { isLive } from "../talk/boardstate";
import { titles } from "./app";
import { useBoard, useBoardPage } from "./page";
import { views } from "./route";
import { Settings } from "./settings";

/** The head of the board: its views, how old the picture is, and who looks. */
export function Bar() {
  const page = useBoardPage();
  const { board, words, moments, route, unsaved } = page;
  const state = useBoard();
  const here = useCell(route);
  const still = useCell(page.held);
  const [settings, setSettings] = useState(false);
  const [asking, setAsking] = useState(false);
  const [going, setGoing] = useState(false);
  const shown = still ?? state.live;

  /** The chats that the supervisor is in, which go on without it. */
  const held = (): number => page.openedAgent()?.state().chats.filter((c) => c.state === "active" && c.role === "LEAD").length ?? 0;
  const logOut = async (): Promise<void> => {
    setAsking(false);
    setGoing(true);
    const agent = page.openedAgent();
    if (agent !== null && agent.state().phase === "in") {
      await agent.do("logOut", true);
    }
    await board.do("logOut");
    setGoing(false);
  };

  return (
    <header class="bar">
      <h1>{words.say("board.title")}</h1>
      <nav aria-label={words.say("board.views")}>
        {views.map((view) => (
          <a
            key={view}
            href={`#/${view}`}
            aria-current={here.view === view ? "page" : undefined}
            onClick={(e) => {
              e.preventDefault();
              // On narrow windows the chat has the place of the view.
              route.set({ view, parts: [], watch: matchMedia("(max-width: 1099px)").matches ? 0 : here.watch });
            }}
          >
            {words.say(titles[view])}
          </a>
        ))}
      </nav>
      <p class="asof">
        {shown !== null && (
          <>
            {still === null && isLive(state) && <span class="good">{words.say("board.live")}, </span>}
            {still !== null && <strong>{words.say("board.paused", { time: moments.time(still.time) })} </strong>}
            <span class="meta">{words.say("common.asOf", { time: moments.exactTime(shown.time) })}</span>
          </>
        )}
      </p>
      <button type="button" aria-pressed={still !== null} disabled={shown === null} onClick={() => page.held.set(still === null ? state.live : null)}>
        {words.say(still === null ? "board.pause" : "board.resume")}
      </button>
      <Menu
        label={going ? words.say("login.loggingOut") : (state.desk?.name ?? "")}
        choices={[
          { key: "settings", text: words.say("settings.title") },
          { key: "console", text: words.say("board.toConsole") },
          { key: "out", text: words.say("login.logOut") },
        ]}
        onChoose={(key) => {
          if (key === "settings") {
            setSettings(true);
          } else if (key === "console") {
            window.open(`/console/?site=${encodeURIComponent(board.site)}`, "_blank", "noopener");
          } else if (unsaved.get() || held() > 0) {
            setAsking(true);
          } else {
            void logOut();
          }
        }}
      />
      {settings && <Settings onClose={() => setSettings(false)} />}
      {asking && (
        <Dialog title={held() > 0 ? words.say("login.logOutAsk", { n: held() }) : words.say("setup.leaveAsk")} question onClose={() => setAsking(false)}>
          <div class="row">
            <button
              type="button"
              class="risky"
              onClick={() => {
                unsaved.set(false);
                void logOut();
              }}
            >
              {words.say("login.logOut")}
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              {words.say("setup.stay")}
            </button>
          </div>
        </Dialog>
      )}
    </header>
  );
}
