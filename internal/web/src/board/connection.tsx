import { useEffect, useState } from "preact/hooks";
import { serverTime } from "../talk/clock";
import { useBoard, useBoardPage } from "./page";

/** The bar that says how the connection stands, while there is something to say. */
export function ConnectionBar() {
  const { board, words, moments } = useBoardPage();
  const state = useBoard();
  const { phase, since, askAt, notStoring } = state.connection;
  const time = (local: number): string => moments.time(serverTime(state.clock, local));
  const left = useSecondsTo(phase === "offline" || phase === "reconnecting" ? askAt : 0);
  const stale = state.live === null ? "" : words.say("board.stale", { time: moments.exactTime(state.live.time) });

  if (phase === "reconnecting") {
    return (
      <p class="conn" role="status">
        <span aria-hidden="true">~ </span>
        {words.say("board.reconnecting")} {stale}
      </p>
    );
  }
  if (phase === "offline") {
    return (
      <p class="conn wrong" role="status">
        <span aria-hidden="true">! </span>
        {words.say("conn.offline", { time: time(since) })} {stale}{" "}
        <button type="button" onClick={() => void board.do("tryNow")}>
          {words.say("conn.tryNow")}
        </button>{" "}
        <span class="meta" aria-live="off">
          {left > 0 && words.say("conn.retryIn", { s: left })}
        </span>
      </p>
    );
  }
  return notStoring ? (
    <p class="conn wrong" role="status">
      {words.say("conn.notStoring")}
    </p>
  ) : null;
}

/** The whole seconds until a moment of this device's time; 0 when it is past, or there is none. */
function useSecondsTo(at: number): number {
  const [, again] = useState({});
  const left = at === 0 ? 0 : Math.max(Math.ceil((at - Date.now()) / 1000), 0);
  useEffect(() => {
    if (left === 0) {
      return;
    }
    const timer = setTimeout(() => again({}), 1000);
    return () => clearTimeout(timer);
  });
  return left;
}
