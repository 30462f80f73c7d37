import { render } from "preact";
import "../look/tokens.css";
import "../look/base.css";
import "../look/parts.css";
import { makeVoice } from "../look/announcer";
import { openAgent } from "../talk/agent";
import { serverTime } from "../talk/clock";
import { deviceKeep } from "../talk/keep";
import { agentDesk } from "../words/english";
import { choose } from "../words/language";
import { moments } from "../words/moments";
import { words } from "../words/words";
import { startAlerts } from "./alerts/alerts";
import { startAnnouncing } from "./alerts/announce";
import { makeChime } from "./alerts/chime";
import { startTitle } from "./alerts/title";
import { App } from "./app";
import { cell } from "./cell";
import { type ConsolePage, PageProvider } from "./page";
import { openPrefs } from "./prefs";
import { followTheme } from "./theme";

const site = document.querySelector<HTMLMetaElement>("meta[name=usher-site]")?.content ?? "";
const agent = openAgent(site);
const choice = choose([], "en", "en", navigator.languages);
const now = (): number => serverTime(agent.state().clock, Date.now());
const prefs = openPrefs(deviceKeep(() => localStorage, `usher.agent.${site}.`));

const page: ConsolePage = {
  agent,
  words: words(agentDesk, choice),
  moments: moments(choice.locale, now),
  voice: makeVoice(),
  now,
  layer: cell(null),
  enterSends: prefs.enterSends,
  sayTyping: prefs.sayTyping,
  prefs,
  chime: makeChime(prefs),
  replies: cell(null),
};

const root = document.getElementById("page");
if (root) {
  render(
    <PageProvider value={page}>
      <App />
    </PageProvider>,
    root,
  );
}
followTheme(prefs.theme);
startTitle(page);
startAlerts(page);
startAnnouncing(page);
void agent.do("resume");
