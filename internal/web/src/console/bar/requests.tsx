import { Menu } from "../../look/menu";
import type { AgentState } from "../../talk/agentstate";
import { usePage } from "../page";

/** Whether chats are asked for: as many as places are free, one when asked for, or none. */
export function RequestsMenu({ state }: { state: AgentState }) {
  const { agent, words } = usePage();
  const names = { on: words.say("bar.requestsOn"), one: words.say("bar.requestsOne"), off: words.say("bar.requestsOff") };
  return (
    <Menu
      label={
        <>
          {words.say("bar.requests")} ({names[state.requests]}<span aria-hidden="true"> ▾</span>)
        </>
      }
      class="bare"
      choices={(["on", "one", "off"] as const).map((key) => ({ key, text: names[key], chosen: state.requests === key }))}
      onChoose={(key) => {
        if (key === "on" || key === "one" || key === "off") {
          void agent.do("setRequests", key, state.places);
        }
      }}
    />
  );
}
