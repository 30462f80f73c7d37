import { useEffect, useState } from "preact/hooks";
import { useCell } from "../console/page";
import { Announcer } from "../look/announcer";
import { Dialog } from "../look/dialog";
import { Bar } from "./bar";
import { Chats } from "./chats";
import { Commands } from "./commands";
import { ConnectionBar } from "./connection";
import { useKeys } from "./keys";
import { LogIn } from "./login";
import { Now } from "./now";
import { useNote } from "./note";
import { useBoard, useBoardPage } from "./page";
import { usePicture } from "./picture";
import { Reports } from "./reports";
import { SetUp } from "./setup/setup";
import { Watch } from "./watch";

/** The whole board, or what there is before it. */
export function App() {
  const page = useBoardPage();
  const { phase } = useBoard();
  return (
    <>
      <Announcer voice={page.voice} />
      {phase === "in" ? <Desk /> : phase === "out" ? <LogIn /> : <Loading />}
    </>
  );
}

/** The board of somebody who is logged in. */
function Desk() {
  const page = useBoardPage();
  const route = useCell(page.route);
  const picture = usePicture();
  const [commands, setCommands] = useState(false);
  useKeys(() => setCommands(true));
  useNote(picture);
  useEffect(() => {
    document.title = `${page.words.say(titles[route.view])} · ${page.words.say("board.title")}`;
  }, [route.view]);

  return (
    <div class={`board ${route.watch > 0 ? "watching" : ""}`}>
      <Bar />
      <ConnectionBar />
      <main id="view" tabIndex={-1} class={picture !== null && picture.reason !== undefined && (route.view === "now" || route.view === "chats") ? "old" : ""}>
        {route.view === "reports" ? <Reports /> : route.view === "set-up" ? <SetUp /> : picture === null ? <Loading inside /> : route.view === "now" ? <Now picture={picture} /> : <Chats picture={picture} />}
      </main>
      {route.watch > 0 && <Watch key={route.watch} id={route.watch} picture={picture} />}
      <Leaving />
      {commands && <Commands picture={picture} onClose={() => setCommands(false)} />}
    </div>
  );
}

/** Asks before something that is not saved is left. */
function Leaving() {
  const { words, route, leaving, unsaved } = useBoardPage();
  const to = useCell(leaving);
  if (to === null) {
    return null;
  }
  const close = (): void => leaving.set(null);
  return (
    <Dialog title={words.say("setup.leaveAsk")} question onClose={close}>
      <div class="row">
        <button
          type="button"
          class="risky"
          onClick={() => {
            close();
            unsaved.set(false);
            route.set(to);
          }}
        >
          {words.say("setup.leave")}
        </button>
        <button type="button" onClick={close}>
          {words.say("setup.stay")}
        </button>
      </div>
    </Dialog>
  );
}

/** The names of the views. */
export const titles = { now: "board.now", chats: "board.chats", reports: "board.reports", "set-up": "board.setUp" } as const;

/** Words while something comes: none for a moment, so that nothing flickers. */
function Loading({ inside = false }: { inside?: boolean }) {
  const { words } = useBoardPage();
  const [said, setSaid] = useState<"" | "loading" | "slow">("");
  useEffect(() => {
    const timers = [setTimeout(() => setSaid("loading"), 300), setTimeout(() => setSaid("slow"), 10_000)];
    return () => timers.forEach(clearTimeout);
  }, []);
  const text = (
    <p class="empty" role="status">
      {said !== "" && words.say(said === "slow" ? "common.slow" : "common.loading")}
    </p>
  );
  return inside ? text : <main>{text}</main>;
}
