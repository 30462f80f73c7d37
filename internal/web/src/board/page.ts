import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Chime } from "../console/alerts/chime";
import type { Cell } from "../console/cell";
import type { Prefs } from "../console/prefs";
import type { Voice } from "../look/announcer";
import { useWatched } from "../look/watched";
import type { Agent } from "../talk/agent";
import type { Board } from "../talk/board";
import type { BoardState } from "../talk/boardstate";
import type { Desk } from "../talk/wireagent";
import type { Live } from "../talk/wireboard";
import type { agentDesk, boardDesk } from "../words/english";
import type { Moments } from "../words/moments";
import type { Key, Words } from "../words/words";
import type { Route } from "./route";

/** The words of the board. A chat that is watched is shown as in the console, and in its words. */
export type BoardWords = Words<Key<typeof boardDesk> | Key<typeof agentDesk>>;

/** What all parts of the board share. */
export interface BoardPage {
  board: Board;
  words: BoardWords;
  moments: Moments;
  voice: Voice;
  /** The supervisor's own agent session; it is opened by the first who asks for it. */
  agent(): Agent;
  /** The same, if somebody has asked for it; else null. */
  openedAgent(): Agent | null;
  route: Cell<Route>;
  /** The picture that stands still because updates are paused; null while they are not. */
  held: Cell<Live | null>;
  /** Whether something in Set-up is not saved yet. */
  unsaved: Cell<boolean>;
  /** Where somebody wants to go although something is not saved; null for nowhere. */
  leaving: Cell<Route | null>;
  /** What is liked on this device; the console has the same. */
  prefs: Prefs;
  chime: Chime;
  /** Whether a note sounds when the longest wait passes the goal. */
  note: Cell<boolean>;
}

const Shared = createContext<BoardPage | null>(null);

/** Gives a page to all that is inside. */
export const BoardProvider = Shared.Provider;

/** The page that a component is on. */
export function useBoardPage(): BoardPage {
  const page = useContext(Shared);
  if (page === null) {
    throw new Error("a part of the board is shown outside of it");
  }
  return page;
}

/** The board's state; the component is shown anew when it changes. */
export function useBoard(): BoardState {
  const { board } = useBoardPage();
  useWatched(board);
  return board.state();
}

/** What all parts of Now and Chats are shown of. */
export interface Picture {
  live: Live;
  desk: Desk;
  /** The server's time of what is shown: it stands still with it. */
  at: number;
  /** Why nothing can be done about it now; undefined when it can. */
  reason: string | undefined;
}
