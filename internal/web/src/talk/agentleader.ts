import { agentApi } from "./agentapi";
import type { AgentCommand, AgentCommands } from "./agentcommands";
import { chatCommands } from "./agentchats";
import { placesTaken, wanted } from "./agentfigures";
import type { AgentInput } from "./agentinput";
import { agentContract } from "./agentloop";
import { agentPosts } from "./agentposts";
import { type AgentSession, type AgentState, noAnswer } from "./agentstate";
import type { AgentWork } from "./agentwork";
import { answerTime } from "./clock";
import { viewOf } from "./connection";
import type { Env } from "./env";
import { hearing } from "./hearing";
import { answer, type Outcome, passing } from "./http";
import { getJSON, type Keep } from "./keep";
import { firstNumber } from "./log";
import { type Loop, runLoop } from "./loop";
import { forgetItem, keepItem, keptItems, postman } from "./postman";
import type { Leader } from "./tabs";
import type { AgentEnvelope } from "./wire";
import type { DirectoryAnswer, EngagementsAnswer, SessionAnswer, VisitorAnswer } from "./wireagent";

const sessionKey = "session";
/** The pause before something in the background is tried again, in milliseconds. */
const again = 3_000;

/** Leads: runs the loop and the outbox, and does the commands of all tabs. */
export function leadAgent(site: string, keep: Keep, env: Env, state: () => AgentState, tell: (input: AgentInput) => void): Leader<AgentCommand> {
  const api = agentApi(site, () => state().session, () => state().position.ack);
  const busy = new Set<string>();
  let loop: Loop | null = null;
  let stopped = false;
  let requested = "";
  let cancelTidy = () => {};

  const put = (input: AgentInput): void => {
    if (!stopped) {
      tell(input);
      tend();
    }
  };

  const heard = hearing({
    loop: () => loop,
    notStoring: () => state().connection.notStoring,
    answered: (value) => put({ kind: "clock", server: answerTime(value as AgentEnvelope | null), at: env.now() }),
  });
  const work: AgentWork = {
    state,
    put,
    env,
    contract: async (operation, body) => heard(operation, await api.contract(operation, body)),
    own: async (operation, body) => heard(operation, await api.own(operation, body)),
  };

  const posts = agentPosts(work);

  const post = postman(
    {
      outbox: () => state().outbox,
      put: (input) => put({ kind: "outbox", input }),
      open: () => state().loaded && state().connection.phase !== "stopped",
      send: posts.send,
      present: posts.present,
    },
    keep,
    env,
  );

  /** Does once at a time what the state asks for; a failure is tried again after a while. */
  const once = (name: string, act: () => Promise<boolean>): void => {
    if (busy.has(name)) {
      return;
    }
    busy.add(name);
    void act().then((good) => {
      if (good) {
        busy.delete(name);
        return;
      }
      env.later(again, () => {
        busy.delete(name);
        tend();
      });
    });
  };

  /** Brings about what the state asks for. */
  const tend = (): void => {
    const s = state();
    if (stopped || s.phase !== "in" || s.session === null) {
      return;
    }
    post.go();
    if (s.connection.phase === "stopped") {
      return;
    }
    for (const c of s.chats) {
      if (c.state === "gone") {
        continue;
      }
      if (!c.read) {
        once(`history ${c.id}`, async () => (await posts.newest(c.id)) !== null);
      }
      if (c.stale) {
        once(`visitor ${c.id}`, async () => {
          const o = await work.own<VisitorAnswer>("visitor", { engagementId: c.id });
          if (o.kind === "answer") {
            put({ kind: "visitor", chat: c.id, answer: o.value });
          }
          return o.kind === "answer";
        });
      }
    }
    if (s.loaded && s.missed >= 2 && s.status.status === "AVAILABLE" && s.status.pending === null) {
      once("no answer", async () => (await commands.setStatus("UNAVAILABLE", noAnswer)).kind === "answer");
    }
    const want = wanted(s);
    const key = JSON.stringify([want, placesTaken(s)]);
    if (s.loaded && key !== requested && s.status.pending === null) {
      once("request", async () => {
        const o = await work.contract("requestAssignment", want);
        if (o.kind === "answer") {
          requested = key;
          env.later(0, tend);
        }
        return o.kind === "answer";
      });
    }
    cancelTidy();
    if (s.offers.some((o) => o.gone !== "")) {
      cancelTidy = env.later(1_000, () => put({ kind: "tidy", at: env.now() }));
    }
  };

  /** Reads what the session holds, and runs its loop from there. */
  const begin = async (session: AgentSession): Promise<Outcome<EngagementsAnswer>> => {
    loop?.stop();
    loop = null;
    const bare = agentApi(site, () => session, () => state().position.ack);
    const held = await bare.own<EngagementsAnswer>("engagements", {});
    if (held.kind !== "answer" || stopped) {
      return held;
    }
    const me = await bare.contract<DirectoryAnswer>("retrieveAgentsAndQueues", { id: session.accountId, type: "AGENT", includeAgentInformation: true, includeQueueInformation: false, includeQueueStatistics: false });
    const info = me.kind === "answer" ? me.value.agents.find((a) => a.accountId === session.accountId) : undefined;
    keep.set(sessionKey, JSON.stringify(session));
    requested = "";
    put({ kind: "entered", session: { ...session, name: info?.name ?? session.name }, status: info?.status ?? "NONE", subTypeId: info?.subTypeId ?? 0, position: { ack: held.value.lastNumber, seen: {} } });
    put({ kind: "standing", answer: held.value });
    put({ kind: "outbox", input: { kind: "restore", items: keptItems(keep) } });
    run();
    put({ kind: "loaded" });
    return held;
  };

  const run = (): void => {
    loop?.stop();
    loop = runLoop(
      agentContract(api, state().desk?.holdSeconds ?? 30, (server) => put({ kind: "clock", server, at: env.now() })),
      state().position,
      {
        batch: (messages, position) => put({ kind: "batch", messages, position, at: env.now() }),
        standing: (value) => put({ kind: "standing", answer: value as EngagementsAnswer }),
        connection: (c) => {
          const before = state().connection.phase;
          put({ kind: "connection", view: viewOf(c) });
          if (before !== c.phase && (c.phase === "live" || c.phase === "catchingUp")) {
            put({ kind: "outbox", input: { kind: "resume", at: env.now() } });
          }
        },
      },
      env,
    );
  };

  const enter = async (override: boolean): Promise<Outcome<unknown>> => {
    const held = state().phase === "in";
    put({ kind: "phase", phase: "entering" });
    const kept = override ? undefined : (getJSON(keep, sessionKey) as AgentSession | null | undefined);
    if (kept?.sessionId && kept.accountId === state().desk?.accountId) {
      const o = await begin(kept);
      if (o.kind === "answer" || (o.kind === "refused" && o.refusal.status !== 403) || o.kind === "lost") {
        return entered(o, held);
      }
      keep.remove(sessionKey);
    }
    const o = await api.enter(override);
    if (o.kind !== "answer") {
      return entered(o, held);
    }
    return entered(await begin(toSession(o.value)), held);
  };

  /** held: a session was there before, and what it showed stays while the server can't be asked. */
  const entered = (o: Outcome<unknown>, held: boolean): Outcome<unknown> => {
    if (o.kind !== "answer" && held && passing(o)) {
      put({ kind: "phase", phase: "in" });
    } else if (o.kind === "refused" && o.refusal.status === 400) {
      put({ kind: "phase", phase: "elsewhere" });
    } else if (o.kind === "refused") {
      put({ kind: "phase", phase: "out", failure: passing(o) ? "busy" : "refused", text: o.refusal.text });
    } else if (o.kind === "lost") {
      put({ kind: "phase", phase: "out", failure: "lost" });
    }
    return o;
  };

  const desk = async (o: ReturnType<typeof api.whoAmI>, silent: boolean): Promise<Outcome<unknown>> => {
    const got = await o;
    if (got.kind === "answer") {
      put({ kind: "desk", desk: got.value, at: env.now() });
    }
    const came = got.kind === "answer" ? await enter(false) : got;
    if (silent && came.kind !== "answer" && passing(came)) {
      // Nobody pressed anything, so nobody has to press anything again.
      put({ kind: "phase", phase: "entering", failure: "lost" });
      env.later(again, () => void (state().phase === "entering" && !stopped && commands.resume()));
      return came;
    }
    if (got.kind === "answer") {
      return came;
    }
    const wrong = got.kind === "refused" && got.refusal.status === 401;
    const failure = got.kind === "lost" ? "lost" : wrong ? (silent ? "" : "wrong") : "busy";
    put({ kind: "phase", phase: "out", failure, text: got.kind === "refused" ? got.refusal.text : "" });
    return got;
  };

  const commands: AgentCommands = {
    resume: () => (state().phase === "in" ? Promise.resolve(answer(null)) : desk(api.whoAmI(), true)),
    logIn: (login, password) => desk(api.logIn(login, password), false),
    takeOverSession: () => enter(true),
    logOut: async (force) => {
      const o = state().connection.phase === "stopped" ? answer(null) : await work.contract("logoff", { forceLogoff: force });
      if (o.kind === "answer" || (o.kind === "refused" && o.refusal.status === 403)) {
        loop?.stop();
        loop = null;
        keep.remove(sessionKey);
        await api.logOut();
        put({ kind: "phase", phase: "out" });
      }
      return o;
    },
    tryNow: () => {
      loop?.hear({ kind: "now" });
      return Promise.resolve(answer(null));
    },
    setStatus: async (status, subTypeId) => {
      put({ kind: "statusAsked", pending: { status, subTypeId } });
      const o = await work.contract<AgentEnvelope>("setActivityStatus", { status, subTypeId });
      put(o.kind === "answer" ? { kind: "status", status, subTypeId, since: o.value.responseSentMilliseconds } : { kind: "statusAsked", pending: null });
      return o;
    },
    setRequests: (requests, places) => {
      put({ kind: "requests", requests, asked: false, places });
      return Promise.resolve(answer(null));
    },
    askForOne: () => {
      put({ kind: "requests", requests: "one", asked: true, places: state().places });
      return Promise.resolve(answer(null));
    },
    post: (item) => {
      keepItem(keep, item);
      put({ kind: "outbox", input: { kind: "add", item } });
      return Promise.resolve(answer(null));
    },
    tryAgain: (messageId) => {
      put({ kind: "outbox", input: { kind: "again", messageId, at: env.now() } });
      return Promise.resolve(answer(null));
    },
    removeItem: (messageId) => {
      forgetItem(keep, messageId);
      put({ kind: "outbox", input: { kind: "remove", messageId } });
      return Promise.resolve(answer(null));
    },
    older: async (chat) => {
      const first = firstNumber(state().chats.find((c) => c.id === chat)?.log ?? []);
      return (await posts.read(chat, { beforePost: first })) === null ? { kind: "lost", aborted: false } : answer(null);
    },
    fileSent: async (chat) => ((await posts.after(chat)) === null ? { kind: "lost", aborted: false } : answer(null)),
    ...chatCommands(work, posts.after),
  };

  const told = (kind: "online" | "offline" | "now") => (): void => {
    if (kind !== "now" || document.visibilityState === "visible") {
      loop?.hear({ kind });
    }
  };
  const listeners: [EventTarget, string, () => void][] =
    typeof window === "undefined" ? [] : [[window, "online", told("online")], [window, "offline", told("offline")], [document, "visibilitychange", told("now")]];
  listeners.forEach(([target, name, act]) => target.addEventListener(name, act));

  // Another tab has led, and this one goes on from its last position.
  if (state().phase === "in" && state().session !== null && state().connection.phase !== "stopped") {
    put({ kind: "outbox", input: { kind: "restore", items: keptItems(keep) } });
    run();
    tend();
  } else if (state().phase === "entering") {
    void commands.resume();
  }

  return {
    do: (c) => (commands[c.name] as (...args: unknown[]) => Promise<unknown>)(...c.args),
    stop: () => {
      stopped = true;
      loop?.stop();
      post.stop();
      cancelTidy();
      listeners.forEach(([target, name, act]) => target.removeEventListener(name, act));
    },
  };
}

function toSession(a: SessionAnswer): AgentSession {
  const logon = a.chatLogonResult;
  return { sessionId: a.sessionId, clientId: a.clientId, accountId: logon?.accountId ?? 0, name: logon?.agentInfo.name ?? "", pool: logon?.poolId ?? "" };
}
