import { useEffect, useState } from "preact/hooks";
import { useCell } from "../console/page";
import { isLive } from "../talk/boardstate";
import { serverTime } from "../talk/clock";
import { type Picture, useBoard, useBoardPage } from "./page";

/**
 * What is shown of the site now; null before the first answer. It runs on by the second while it is
 * live, stands still while updates are paused, and keeps the time of what was known last otherwise.
 */
export function usePicture(): Picture | null {
  const { held, words } = useBoardPage();
  const state = useBoard();
  const still = useCell(held);
  const live = still ?? state.live;
  const runs = still === null && isLive(state);
  const at = live === null ? 0 : runs ? Math.max(serverTime(state.clock, Date.now()), live.time) : live.time;
  useTick(runs && live !== null, at);
  return live === null || state.desk === null ? null : { live, desk: state.desk, at, reason: isLive(state) ? undefined : words.say("reason.needConn") };
}

/** Shows a component anew with each whole second. */
function useTick(runs: boolean, at: number): void {
  const [, again] = useState({});
  useEffect(() => {
    if (!runs) {
      return;
    }
    const timer = setTimeout(() => again({}), 1000 - (at % 1000));
    return () => clearTimeout(timer);
  });
}
