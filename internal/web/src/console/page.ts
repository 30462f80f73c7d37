import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Voice } from "../look/announcer";
import { useWatched } from "../look/watched";
import type { Agent } from "../talk/agent";
import type { AgentState } from "../talk/agentstate";
import type { RepliesAnswer } from "../talk/wireagent";
import type { agentDesk } from "../words/english";
import type { Moments } from "../words/moments";
import type { Key, Words } from "../words/words";
import type { Chime } from "./alerts/chime";
import type { Cell } from "./cell";
import type { Prefs } from "./prefs";

/** The words of the console. */
export type DeskWords = Words<Key<typeof agentDesk>>;

/** What lies over the page because somebody asked for it; the pane that it belongs to shows it. */
export type Layer = { kind: "transfer" | "invite" | "end"; chat: number };

/** What all parts of the console share. */
export interface ConsolePage {
  agent: Agent;
  words: DeskWords;
  moments: Moments;
  voice: Voice;
  /** The server's time now, in epoch milliseconds. */
  now(): number;
  layer: Cell<Layer | null>;
  /** True: Enter sends. False: Ctrl Enter sends, and Enter is a new line. */
  enterSends: Cell<boolean>;
  /** Whether it is said aloud that a visitor types. */
  sayTyping: Cell<boolean>;
  prefs: Prefs;
  chime: Chime;
  /** The replies, when they were read. */
  replies: Cell<RepliesAnswer | null>;
}

const Shared = createContext<ConsolePage | null>(null);

/** Gives a page to all that is inside. */
export const PageProvider = Shared.Provider;

/** The page that a component is on. */
export function usePage(): ConsolePage {
  const page = useContext(Shared);
  if (page === null) {
    throw new Error("a part of the console is shown outside of it");
  }
  return page;
}

/** A cell's value; the component is shown anew when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  useWatched(cell);
  return cell.get();
}

/** Shows a component anew at a moment of this device's time; 0 for never. */
export function useMoment(at: number): void {
  const [, again] = useState(0);
  useEffect(() => {
    if (at === 0) {
      return;
    }
    const timer = setTimeout(() => again((n) => n + 1), Math.max(at - Date.now(), 0) + 1);
    return () => clearTimeout(timer);
  }, [at]);
}

/** Why nothing can be asked of the server now, in words; undefined when it can. */
export function unreachable(words: DeskWords, state: AgentState): string | undefined {
  return ["reconnecting", "offline", "stopped"].includes(state.connection.phase) ? words.say("reason.needConn") : undefined;
}
