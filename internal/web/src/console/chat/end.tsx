import { useState } from "preact/hooks";
import { Dialog } from "../../look/dialog";
import type { AgentState, Chat } from "../../talk/agentstate";
import { isolate } from "../../words/words";
import { unreachable, usePage } from "../page";
import { failed } from "./ask";
import { conversationId } from "./focus";
import { visitorOf } from "./telling";

/** Asks once whether a chat is to end; Enter confirms. */
export function EndDialog({ state, chat, onClose }: { state: AgentState; chat: Chat; onClose: () => void }) {
  const { agent, words } = usePage();
  const [going, setGoing] = useState(false);
  const [wrong, setWrong] = useState("");
  const offline = unreachable(words, state);
  const end = async (): Promise<void> => {
    if (going || offline !== undefined) {
      return;
    }
    setGoing(true);
    const o = await agent.do("conclude", chat.id);
    setGoing(false);
    if (o?.kind === "answer") {
      onClose();
    } else {
      setWrong(failed(words, o));
    }
  };
  return (
    <Dialog title={words.say("end.ask", { name: isolate(visitorOf(words, chat)) })} question onClose={onClose} fallback={`#${conversationId}`}>
      {wrong !== "" && (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      )}
      <div class="row">
        <button type="button" class="risky" data-first aria-disabled={going || offline !== undefined} onClick={() => void end()}>
          {words.say(going ? "end.ending" : "end.go")}
        </button>
        <button type="button" onClick={onClose}>
          {words.say("common.cancel")}
        </button>
      </div>
      {offline !== undefined && <p class="meta">{offline}</p>}
    </Dialog>
  );
}
