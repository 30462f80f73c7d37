import { useEffect, useRef, useState } from "preact/hooks";
import { step } from "../../look/menu";
import { needAnswer } from "../../talk/agentfigures";
import type { AgentState } from "../../talk/agentstate";
import { StatusChoices } from "../bar/status";
import { statusName, unanswered } from "../bar/statuses";
import { LoadingRows } from "../loading";
import { usePage } from "../page";
import { Row } from "./row";
import "./list.css";

/** From so many chats on the rows are low, so that twenty fit. */
const denseFrom = 13;

/** The chats in the order in which they were accepted: nothing that happens moves a row. */
export function ChatList({ state, open, onOpen }: { state: AgentState; open: number; onOpen: (chat: number) => void }) {
  const { words } = usePage();
  const { chats } = state;
  const drafts = useDrafts(state, open);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const needs = needAnswer(state);

  // One stop for the Tab key: the row that the arrows are at, else the open chat's.
  const stop = chats.some((c) => c.id === at) ? at : chats.some((c) => c.id === open) ? open : (chats[0]?.id ?? 0);
  const onKey = (e: KeyboardEvent): void => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || e.isComposing) {
      return;
    }
    const i = chats.findIndex((c) => c.id === stop);
    const next = step(e.key, i, chats.length);
    const chat = chats[next];
    if (["ArrowDown", "ArrowUp", "Home", "End"].includes(e.key) && chat !== undefined) {
      e.preventDefault();
      setAt(chat.id);
      list.current?.querySelectorAll<HTMLElement>("button")[next]?.focus();
    }
  };

  return (
    <nav class="list" aria-label={words.say("list.title")}>
      <h2>
        {words.say("list.title")} {state.loaded && chats.length}
        {needs > 0 && <> · {words.say("list.need", { n: needs })}</>}
      </h2>
      {!state.loaded && chats.length === 0 ? (
        <LoadingRows />
      ) : chats.length === 0 ? (
        <NoChats state={state} />
      ) : (
        <ul ref={list} class={chats.length >= denseFrom ? "rows dense" : "rows"} onKeyDown={onKey}>
          {chats.map((c) => (
            <Row key={c.id} state={state} chat={c} draft={c.id !== open && drafts.has(c.id)} open={c.id === open} stop={c.id === stop} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </nav>
  );
}

/** What comes next when there is nothing. */
function NoChats({ state }: { state: AgentState }) {
  const { words } = usePage();
  const { status } = state;
  if (status.status === "AVAILABLE") {
    return (
      <div class="no-chats">
        <p>{words.say("status.none")}</p>
        <StatusChoices
          state={state}
          away
          label={
            <>
              {words.say("status.takeBreak")}<span aria-hidden="true"> ▾</span>
            </>
          }
        />
      </div>
    );
  }
  if (unanswered(state)) {
    return null; // the strip says it
  }
  const name = statusName(words, state.desk, status);
  const reason = /^\p{Lu}\p{Ll}/u.test(name) ? name.charAt(0).toLocaleLowerCase(words.locale) + name.slice(1) : name;
  return (
    <div class="no-chats">
      <p>{words.say("status.paused", { reason })}</p>
    </div>
  );
}

/** The chats in which something is typed, looked up when it may have changed: not with every key in the open one. */
function useDrafts(state: AgentState, open: number): ReadonlySet<number> {
  const { agent } = usePage();
  const [drafts, set] = useState<ReadonlySet<number>>(new Set());
  const ids = state.chats.map((c) => c.id).join();
  useEffect(() => {
    const look = (): void => set(new Set(agent.state().chats.map((c) => c.id).filter((id) => agent.drafts.has(id))));
    look();
    window.addEventListener("storage", look);
    return () => window.removeEventListener("storage", look);
  }, [ids, open, agent]);
  return drafts;
}
