import type { ComponentChildren } from "preact";
import { Elapsed } from "../../look/elapsed";
import { Menu } from "../../look/menu";
import type { AgentState } from "../../talk/agentstate";
import { age } from "../../words/spans";
import { unreachable, usePage } from "../page";
import { statusChoices, statusName } from "./statuses";

/** Whether the agent takes chats, and why not; since when, if not. */
export function StatusMenu({ state }: { state: AgentState }) {
  const { words, now } = usePage();
  const { status, subTypeId, since, pending } = state.status;
  const available = status === "AVAILABLE";
  // A session that is over has no status; what it was is greyed.
  const stopped = state.connection.phase === "stopped";
  return (
    <StatusChoices
      state={state}
      class="status"
      label={
        <>
          <span class="unseen">{words.say("bar.status")}: </span>
          <span aria-hidden="true" class={stopped ? "meta" : available ? "good" : "late"}>
            {available && !stopped ? "●" : "○"}
          </span>{" "}
          <span class={stopped ? "meta" : ""}>{statusName(words, state.desk, { status, subTypeId })}</span>
          {!available && since > 0 && pending === null && (
            <>
              {" "}
              <Elapsed class="meta" since={since} now={now} words={(s) => age(words, s)} />
            </>
          )}
          {pending !== null && <span class="meta"> {words.say("status.changing")}</span>}<span aria-hidden="true"> ▾</span>
        </>
      }
    />
  );
}

/** The statuses to choose from, behind a button. */
export function StatusChoices({ state, label, away = false, class: looks }: { state: AgentState; label: ComponentChildren; away?: boolean; class?: string }) {
  const { agent, words, chime } = usePage();
  const { desk, status } = state;
  const reason = unreachable(words, state);
  const all = desk === null ? [] : statusChoices(words, desk);
  const shown = away ? all.filter((c) => c.status !== "AVAILABLE") : all;
  const now = all.find((c) => c.status === status.status && c.subTypeId === status.subTypeId) ?? all.find((c) => c.status === status.status);
  const choose = (key: string): void => {
    const c = all.find((x) => x.key === key);
    if (c === undefined) {
      return;
    }
    if (c.status === "AVAILABLE") {
      chime.ready(); // a press of the agent's own: browsers allow sound from now on
    }
    void agent.do("setStatus", c.status, c.subTypeId);
  };
  return (
    <Menu
      label={label}
      class={looks ?? ""}
      choices={shown.map((c) => ({ key: c.key, text: c.name, reason, ...(away ? {} : { chosen: c === now }) }))}
      onChoose={choose}
    />
  );
}
