import { span } from "../words/spans";
import { spokenSpan } from "../words/spans";
import { useBoardPage } from "./page";

/** For how long something has waited; ▲ and a word when that is longer than the site aims at. */
export function Wait({ since, at, goal }: { since: number; at: number; goal: number }) {
  const { words } = useBoardPage();
  if (since === 0) {
    return <>{words.say("board.none")}</>;
  }
  const seconds = Math.max(Math.floor((at - since) / 1000), 0);
  const late = goal > 0 && seconds > goal;
  return (
    <span class={`span ${late ? "late" : ""}`}>
      <span dir="ltr" aria-hidden="true">
        {span(words, seconds)}
        {late && " ▲"}
      </span>
      <span class="unseen">
        {spokenSpan(words.locale, seconds)}
        {late && `, ${words.say("board.late")}`}
      </span>
    </span>
  );
}
