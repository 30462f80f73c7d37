import { Announcer } from "../look/announcer";
import { useWatched } from "../look/watched";
import type { AgentState } from "../talk/agentstate";
import "./console.css";
import { Desk } from "./desk";
import { Loading } from "./loading";
import { Elsewhere, LogIn } from "./login";
import { usePage } from "./page";

/** The state of the agent; the component is shown anew when it changes. */
function useAgent(): AgentState {
  const { agent } = usePage();
  useWatched(agent);
  return agent.state();
}

/** The console, from the log-in on. */
export function App() {
  const { voice } = usePage();
  const state = useAgent();
  return (
    <>
      <Announcer voice={voice} />
      <Phase state={state} />
    </>
  );
}

function Phase({ state }: { state: AgentState }) {
  switch (state.phase) {
    case "unknown":
      return <Loading />;
    case "out":
      return <LogIn state={state} />;
    case "elsewhere":
      return <Elsewhere />;
    case "entering":
      // A session that is taken up again keeps what it showed.
      return state.session === null ? <Loading /> : <Desk state={state} />;
    case "in":
      return <Desk state={state} />;
  }
}
