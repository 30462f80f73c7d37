import { type AdminApi, adminApi, boardApi } from "./boardapi";
import { leadBoard } from "./boardleader";
import { type BoardState, firstBoardState, stepBoard } from "./boardstate";
import { pageChannel } from "./channel";
import { type Env, pageEnv } from "./env";
import type { Outcome } from "./http";
import { newId } from "./ids";
import { byElection, byLock } from "./lead";
import { joinTabs } from "./tabs";

/** What a board asks for, by name. Each is done by the tab that leads. */
export interface BoardCommands {
  /** Goes on with the log-in that the browser has, if any. */
  resume(): Promise<Outcome<unknown>>;
  logIn(login: string, password: string): Promise<Outcome<unknown>>;
  logOut(): Promise<Outcome<unknown>>;
  /** "Try now" of the connection's bar. */
  tryNow(): Promise<Outcome<unknown>>;
}

/** One command with its arguments, as it goes from tab to tab. */
export interface BoardCommand {
  name: keyof BoardCommands;
  args: unknown[];
}

/** The board of a site: one picture of what is live, the same in all tabs of a browser, over one request at a time. */
export interface Board {
  site: string;
  state(): BoardState;
  /** Calls act after each change, and answers how to stop that. */
  watch(act: () => void): () => void;
  /** Whether this tab runs the loop: it alone sounds. */
  leads(): boolean;
  /** Does something; null: the tab that did it has gone, and how it came out is not known. */
  do<K extends keyof BoardCommands>(name: K, ...args: Parameters<BoardCommands[K]>): Promise<Outcome<unknown> | null>;
  /** Administration, which each tab asks for itself. */
  admin: AdminApi;
  /** Takes this tab out; another goes on. */
  leave(): void;
}

/** Joins the boards of this browser at a site, and goes on where they are. */
export function openBoard(site: string, env: Env = pageEnv): Board {
  const name = `usher.board.${site}`;
  const api = boardApi(site);
  const tabs = joinTabs({
    first: firstBoardState,
    step: stepBoard,
    lead: (state, put) => leadBoard(api, env, state, put),
    channel: pageChannel(name),
    // Locks need a secure context; a board in a house network may have none.
    leadership: "locks" in navigator ? byLock(name) : byElection(pageChannel(`${name}.election`), newId(), env),
  });
  window.addEventListener("pagehide", (e) => e.persisted || tabs.leave());
  return {
    site,
    state: tabs.state,
    watch: tabs.watch,
    leads: tabs.leads,
    do: (command, ...args) => tabs.send({ name: command, args }) as Promise<Outcome<unknown> | null>,
    admin: adminApi(site),
    leave: tabs.leave,
  };
}
