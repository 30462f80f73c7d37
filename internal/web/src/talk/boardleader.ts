import type { BoardApi } from "./boardapi";
import type { BoardCommand, BoardCommands } from "./board";
import type { BoardInput, BoardState } from "./boardstate";
import { viewOf } from "./connection";
import type { Env } from "./env";
import { answer, type Outcome, passing } from "./http";
import { type Contract, type Loop, runLoop } from "./loop";
import { start } from "./position";
import type { Leader } from "./tabs";
import type { Desk } from "./wireagent";
import type { Live } from "./wireboard";

/** For how long the server holds a look, in seconds. */
const holdSeconds = 30;
/** The pause before a log-in that had no answer is tried again, in milliseconds. */
const again = 3_000;

/** Leads: runs the loop over what is live, and does the commands of all tabs. */
export function leadBoard(api: BoardApi, env: Env, state: () => BoardState, tell: (input: BoardInput) => void): Leader<BoardCommand> {
  let loop: Loop | null = null;
  let stopped = false;

  const put = (input: BoardInput): void => {
    if (!stopped) {
      tell(input);
    }
  };

  const look = (): void => {
    loop?.stop();
    loop = runLoop(liveContract(api, (live) => put({ kind: "live", live, at: env.now() })), { ...start, ack: state().live?.position ?? 0 }, {
      batch: () => {},
      standing: () => {},
      connection: (c) => {
        put({ kind: "connection", view: viewOf(c) });
        if (c.phase === "stopped") {
          put({ kind: "out", failure: "ended" });
        }
      },
    }, env);
  };

  const enter = (o: Outcome<Desk>, silent: boolean): Outcome<unknown> => {
    if (o.kind === "answer" && o.value.supervisor) {
      put({ kind: "in", desk: o.value, at: env.now() });
      look();
    } else if (o.kind === "answer") {
      put({ kind: "out", failure: "noSupervisor" });
    } else if (silent && passing(o)) {
      // Nobody pressed anything, so nobody has to press anything again.
      env.later(again, () => void (state().phase === "entering" && !stopped && commands.resume()));
    } else if (o.kind === "lost") {
      put({ kind: "out", failure: "lost" });
    } else if (o.refusal.status === 401) {
      put({ kind: "out", failure: silent ? "" : "wrong" });
    } else {
      put({ kind: "out", failure: passing(o) ? "busy" : "refused", text: o.refusal.text, retryAfter: o.refusal.retryAfter });
    }
    return o;
  };

  const commands: BoardCommands = {
    resume: async () => {
      if (state().phase === "in") {
        return answer(null);
      }
      put({ kind: "phase", phase: "entering" });
      return enter(await api.whoAmI(), true);
    },
    logIn: async (login, password) => enter(await api.logIn(login, password), false),
    logOut: async () => {
      const o = await api.logOut();
      if (o.kind === "answer" || (o.kind === "refused" && o.refusal.status === 401)) {
        loop?.stop();
        loop = null;
        put({ kind: "out", failure: "" });
      }
      return o;
    },
    tryNow: () => {
      loop?.hear({ kind: "now" });
      return Promise.resolve(answer(null));
    },
  };

  const told = (kind: "online" | "offline" | "now") => (): void => {
    if (kind !== "now" || document.visibilityState === "visible") {
      loop?.hear({ kind });
    }
  };
  const listeners: [EventTarget, string, () => void][] = [
    [window, "online", told("online")],
    [window, "offline", told("offline")],
    [document, "visibilitychange", told("now")],
  ];
  listeners.forEach(([target, name, act]) => target.addEventListener(name, act));

  // Another tab has led, and this one goes on from its last position.
  if (state().phase === "in") {
    look();
  } else if (state().phase === "entering") {
    void commands.resume();
  }

  return {
    do: (c) => (commands[c.name] as (...args: unknown[]) => Promise<unknown>)(...c.args),
    stop: () => {
      stopped = true;
      loop?.stop();
      listeners.forEach(([target, name, act]) => target.removeEventListener(name, act));
    },
  };
}

/** What is live, as the loop needs it: a picture is not a stream, so each answer is told at once, and the newest counts. */
function liveContract(api: BoardApi, seen: (live: Live) => void): Contract<Live> {
  const look = async (after: number, signal: AbortSignal): Promise<Outcome<Live>> => {
    const o = await api.live(after, signal);
    if (o.kind === "answer" && !signal.aborted) {
      seen(o.value);
    }
    // Here a log-in that is no more is what the end of a session is elsewhere.
    return o.kind === "refused" && o.refusal.status === 401 ? { kind: "refused", refusal: { ...o.refusal, status: 403 } } : o;
  };
  return {
    holdSeconds,
    identity: () => null,
    poll: async (ack, signal) => {
      const o = await look(ack, signal);
      return o.kind === "answer" ? { ...o, value: o.value.position > ack ? [o.value] : [], last: o.value.position } : o;
    },
    probe: (signal) => look(0, signal),
  };
}
