import { render } from "preact";
import "../look/tokens.css";
import "../look/base.css";
import "../look/parts.css";
import "./board.css";
import "./watch.css";
import "./report.css";
import "./setup.css";
import { makeChime } from "../console/alerts/chime";
import { cell } from "../console/cell";
import { openPrefs } from "../console/prefs";
import { followTheme } from "../console/theme";
import { makeVoice } from "../look/announcer";
import { type Agent, openAgent } from "../talk/agent";
import { openBoard } from "../talk/board";
import { serverTime } from "../talk/clock";
import { deviceKeep } from "../talk/keep";
import { agentDesk, boardDesk } from "../words/english";
import { choose } from "../words/language";
import { moments } from "../words/moments";
import { words } from "../words/words";
import { App } from "./app";
import { type BoardPage, BoardProvider } from "./page";
import { type Route, windowRoute } from "./route";

/** Makes the one page of this window. */
function makePage(site: string): BoardPage {
  const board = openBoard(site);
  const choice = choose([], "en", "en", navigator.languages);
  const prefs = openPrefs(deviceKeep(() => localStorage, `usher.agent.${site}.`));
  const keep = deviceKeep(() => localStorage, "usher.board.");
  const note = cell(keep.get("note") === "on");
  note.watch(() => keep.set("note", note.get() ? "on" : "off"));
  let agent: Agent | null = null;
  const unsaved = cell(false);
  const leaving = cell<Route | null>(null);
  followTheme(prefs.theme);
  return {
    board,
    words: words({ ...agentDesk, ...boardDesk }, choice),
    moments: moments(choice.locale, () => serverTime(board.state().clock, Date.now())),
    voice: makeVoice(),
    agent: () => (agent ??= openAgent(site)),
    openedAgent: () => agent,
    route: windowRoute(unsaved, leaving),
    held: cell(null),
    unsaved,
    leaving,
    prefs,
    chime: makeChime(prefs),
    note,
  };
}

const root = document.getElementById("page");
const site = document.querySelector<HTMLMetaElement>('meta[name="usher-site"]')?.content ?? "";
if (root) {
  const page = makePage(site);
  void page.board.do("resume");
  render(
    <BoardProvider value={page}>
      <App />
    </BoardProvider>,
    root,
  );
}
