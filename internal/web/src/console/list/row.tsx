import { useEffect, useMemo, useState } from "preact/hooks";
import { hasRefused, typing, unsent } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import { isolate } from "../../words/words";
import { visitorOf } from "../chat/telling";
import { usePage } from "../page";
import { lastWords, rowFigures } from "./rowstate";

export interface RowProps {
  state: AgentState;
  chat: Chat;
  /** Something is typed there and not sent. */
  draft: boolean;
  /** It is the chat that is shown. */
  open: boolean;
  /** The Tab key stops here. */
  stop: boolean;
  onOpen: (chat: number) => void;
}

/** One chat in the list. It is drawn anew when something in it changes, not with every message of the others. */
export function Row(p: RowProps) {
  const { state, chat } = p;
  const mine = `${hasRefused(state, chat.id)} ${unsent(state, chat.id)} ${typing(state, chat, Date.now())} ${state.connection.phase}`;
  return useMemo(() => <RowBody {...p} />, [chat, mine, p.draft, p.open, p.stop, state.clock.length > 0, state.desk]);
}

function RowBody({ state, chat, draft, open, stop, onOpen }: RowProps) {
  const { words, agent, now } = usePage();
  const runs = chat.state === "active" && (chat.waitsSince > 0 || chat.awaySince > 0 || chat.typing !== null);
  useSeconds(runs);
  // The seconds go on though the row was last drawn with an older state.
  const figures = rowFigures(words, { ...state, clock: agent.state().clock }, chat, draft, Date.now(), now());
  const last = useMemo(() => lastWords(chat), [chat.log]);
  const shape = { notSent: "! ", over: "", away: "", waits: "", typing: "", draft: "", watched: "", quiet: "" }[figures.state];
  const tone = { notSent: "wrong", over: "", away: "late", waits: figures.late ? "late" : "", typing: "good", draft: "", watched: "", quiet: "" }[figures.state];
  return (
    <li>
      <button type="button" class="chat-row" aria-current={open || undefined} tabIndex={stop ? 0 : -1} onClick={() => onOpen(chat.id)}>
        <span class="unseen">{figures.label}</span>
        <span class="row-name" aria-hidden="true">
          <bdi>{visitorOf(words, chat)}</bdi>
        </span>
        <span class={`row-state ${tone}`} aria-hidden="true">
          {shape}
          {figures.text}
          {figures.late && figures.state === "waits" && " ▲"}
        </span>
        {chat.unread > 0 && (
          <span class="row-unread" aria-hidden="true">
            {new Intl.NumberFormat(words.locale).format(chat.unread)}
          </span>
        )}
        <span class="row-last" dir="auto" aria-hidden="true">
          {isolate(last)}
        </span>
      </button>
    </li>
  );
}

/** Draws a component anew with every second, while something in it runs. */
function useSeconds(runs: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!runs) {
      return;
    }
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [runs]);
}
