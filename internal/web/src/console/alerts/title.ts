import { needAnswer } from "../../talk/agentfigures";
import type { ConsolePage } from "../page";
import { openOffers } from "./news";

/** The title of the window: "(7) 2 offers · usher". */
export function startTitle(page: ConsolePage): void {
  const { agent, words } = page;
  const name = document.title;
  const show = (): void => {
    const s = agent.state();
    const needs = needAnswer(s);
    const n = openOffers(s).length;
    const parts = [...(n > 0 ? [words.say("bar.titleOffers", { n })] : []), name];
    const title = `${needs > 0 ? `(${needs}) ` : ""}${parts.join(" · ")}`;
    if (document.title !== title) {
      document.title = title;
    }
  };
  agent.watch(show);
  show();
}
