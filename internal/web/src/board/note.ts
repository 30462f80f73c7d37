import { useEffect, useRef } from "preact/hooks";
import { useCell } from "../console/page";
import { type Picture, useBoardPage } from "./page";

/** The longest wait of all queues began then; 0 when nobody waits. */
export function longestSince(picture: Picture): number {
  return picture.live.queues.reduce((least, q) => (q.longestSince > 0 && (least === 0 || q.longestSince < least) ? q.longestSince : least), 0);
}

/** Sounds once when the longest wait passes the goal, if that is wanted, in the one tab that leads. */
export function useNote(picture: Picture | null): void {
  const { board, chime, note } = useBoardPage();
  const wanted = useCell(note);
  const since = picture === null ? 0 : longestSince(picture);
  const late = picture !== null && picture.live.goalSeconds > 0 && since > 0 && picture.at - since > picture.live.goalSeconds * 1000;
  const before = useRef(late);
  useEffect(() => {
    if (late && !before.current && wanted && board.leads()) {
      chime.test("late");
    }
    before.current = late;
  }, [late, wanted]);
}
