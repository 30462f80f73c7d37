import { useState } from "preact/hooks";
import { Dialog } from "../look/dialog";
import type { AgentState } from "../talk/agentstate";
import { unreachable, usePage } from "./page";

/** Asks before chats go back to the queue. */
export function LogOutDialog({ state, onClose }: { state: AgentState; onClose: () => void }) {
  const { agent, words } = usePage();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const n = state.chats.filter((c) => c.state !== "gone").length;
  const reason = state.connection.phase === "stopped" ? undefined : unreachable(words, state);
  const go = async (): Promise<void> => {
    setBusy(true);
    const o = await agent.do("logOut", true);
    setBusy(false);
    if (o?.kind !== "answer") {
      setWrong(o?.kind === "refused" ? words.say("reason.refused", { text: o.refusal.text || String(o.refusal.status) }) : words.say("login.noAnswer"));
    }
  };
  return (
    <Dialog title={words.say("login.logOut")} onClose={onClose} question fallback="#conversation">
      <p>{words.say("login.logOutAsk", { n })}</p>
      <div role="alert">{wrong !== "" && <p class="wrong">{wrong}</p>}</div>
      <div class="row-of-buttons">
        <button type="button" class="main" data-first aria-disabled={busy || reason !== undefined || undefined} aria-description={reason} onClick={() => !busy && reason === undefined && void go()}>
          {words.say(busy ? "login.loggingOut" : "login.logOut")}
        </button>
        <button type="button" onClick={onClose}>
          {words.say("common.cancel")}
        </button>
        {reason !== undefined && <span class="meta">{reason}</span>}
      </div>
    </Dialog>
  );
}
