import { answerTime, serverTime } from "./clock";
import { viewOf } from "./connection";
import type { Env } from "./env";
import { hearing } from "./hearing";
import { answer, type Outcome } from "./http";
import { getJSON, type Keep } from "./keep";
import { firstNumber, lastNumber } from "./log";
import { type Loop, runLoop } from "./loop";
import { forgetItem, keepItem, keptItems, postman } from "./postman";
import { start } from "./position";
import type { Leader } from "./tabs";
import { type Typist, typist } from "./typist";
import { visitorApi, visitorContract } from "./visitorapi";
import type { VisitorCommand, VisitorCommands } from "./visitorcommands";
import type { VisitorInput } from "./visitorinput";
import type { VisitorSession, VisitorState } from "./visitorstate";
import type { VisitorEnvelope } from "./wire";
import type { Rating, StandingAnswer, VisitorMessage } from "./wirevisitor";

/** What is kept of a chat between pages. */
interface Kept extends VisitorSession {
  /** When the end was heard, by this device; 0 while it goes on. */
  endedAt: number;
  ended: VisitorState["ended"];
}

const sessionKey = "session";
/** For how long a chat that is over is kept on the device, in milliseconds. */
const keptAfterEnd = 600_000;
const page = 200;
const typingEvery = 3_000;

/** Leads: runs the loop and the outbox, and does the commands of all tabs. */
export function leadVisitor(site: string, key: string, keep: Keep, env: Env, state: () => VisitorState, tell: (input: VisitorInput) => void): Leader<VisitorCommand> {
  const api = visitorApi(site, key, () => state().session, () => state().position.ack);
  let loop: Loop | null = null;
  let stopped = false;
  let reported = 0;
  let types: Typist | null = null;
  let cancelReset = () => {};

  const put = (input: VisitorInput): void => {
    if (!stopped) {
      tell(input);
      post.go();
    }
  };
  const heard = hearing({
    loop: () => loop,
    notStoring: () => state().connection.notStoring,
    answered: (value) => put({ kind: "clock", server: answerTime(value as VisitorEnvelope | null), at: env.now() }),
  });
  const done = (): Promise<Outcome<unknown>> => Promise.resolve(answer(null));

  /** Reads posts: the newest, those before a number, or those after it. */
  const read = async (where: Record<string, string>): Promise<StandingAnswer | null> => {
    const o = heard("session", await api.standing(where));
    if (o.kind !== "answer") {
      return null;
    }
    put({ kind: "posts", posts: o.value.posts, older: "afterPost" in where ? null : o.value.more });
    return o.value;
  };
  const after = (): Promise<StandingAnswer | null> => read({ afterPost: String(lastNumber(state().log)) });

  const post = postman(
    {
      outbox: () => state().outbox,
      put: (input) => put({ kind: "outbox", input }),
      open: () => state().session !== null && (state().phase === "ended" || state().connection.phase !== "stopped"),
      send: async (item) => {
        const o = heard("postMessage", await api.contract<VisitorEnvelope>("postMessage", { body: item.text, messageId: item.messageId, richText: item.richText }));
        if (o.kind === "answer") {
          put({ kind: "sent", item, number: o.post, serverTime: o.postTime || answerTime(o.value) || env.now() });
        }
        return o;
      },
      present: async () => {
        const ids: string[] = [];
        const oldest = serverTime(state().clock, Math.min(...state().outbox.items.map((i) => i.made)));
        for (let a = await read({ newest: "true" }); a !== null; a = await read({ beforePost: String(a.posts[0]?.postNumber ?? 0) })) {
          ids.push(...a.posts.filter((p) => p.clientId === state().session?.clientId).map((p) => p.messageId ?? ""));
          if (a.posts.length < page || Date.parse(a.posts[0]?.createdTime ?? "") < oldest) {
            return ids;
          }
        }
        return null;
      },
    },
    keep,
    env,
  );

  const run = (): void => {
    loop?.stop();
    const { preview } = state();
    types = typist(
      (text) => void api.contract("activity", { mode: text === null ? "LISTENING" : "RESPONDING", ...(preview.enabled ? { sneakPreviewText: text ?? "", sneakPreviewFocus: text !== null } : {}) }).then((o) => heard("activity", o)),
      preview.enabled ? preview.every : typingEvery,
      preview.enabled,
      env,
    );
    loop = runLoop<VisitorMessage>(
      visitorContract(api, (server) => put({ kind: "clock", server, at: env.now() })),
      state().position,
      {
        batch: (messages, position) => {
          put({ kind: "batch", messages, position, at: env.now() });
          if (messages.some((m) => m.messageName === "RNEngagementConcludedMessage")) {
            over();
          }
        },
        standing: (value) => put({ kind: "standing", answer: value as StandingAnswer, position: null }),
        connection: (c) => {
          const before = state().connection.phase;
          put({ kind: "connection", view: viewOf(c) });
          if (before !== c.phase && (c.phase === "live" || c.phase === "catchingUp")) {
            put({ kind: "outbox", input: { kind: "resume", at: env.now() } });
          }
          if (c.phase === "stopped") {
            void ended();
          }
        },
      },
      env,
    );
  };

  /** Empties the device when its time has come. */
  const expire = (ms: number): void => {
    cancelReset();
    cancelReset = env.later(ms, () => void commands.reset());
  };

  /** Forgets the chat, and not what is typed for the next one. */
  const forget = (): void => {
    loop?.stop();
    loop = null;
    types = null;
    reported = 0;
    cancelReset();
    [sessionKey, ...keep.keys("outbox.")].forEach((name) => keep.remove(name));
    put({ kind: "reset" });
  };

  /** The last word was heard: the server is told so, and nothing more will come. */
  const over = (): void => {
    loop?.stop();
    loop = null;
    types = null;
    const s = state().session;
    if (s !== null) {
      keep.set(sessionKey, JSON.stringify({ ...s, endedAt: env.now(), ended: state().ended } satisfies Kept));
      expire(keptAfterEnd);
    }
    // Concluding what is concluded changes nothing, and carries the position.
    void api.contract("concludeEngagement", {});
  };

  /** A retrieval was refused: the chat may have ended while nobody was here to hear of it. */
  const ended = async (): Promise<void> => {
    const o = await api.standing({ newest: "true" });
    if (o.kind === "answer" && o.value.state === "CONCLUDED") {
      put({ kind: "standing", answer: o.value, position: null });
      over();
    }
  };

  const commands: VisitorCommands = {
    resume: async () => {
      if (state().session !== null) {
        return await done();
      }
      const kept = getJSON(keep, sessionKey) as Partial<Kept> | null | undefined;
      if (!kept?.sessionId) {
        put({ kind: "phase", phase: "none" });
        return await done();
      }
      const rest = kept.endedAt ? kept.endedAt + keptAfterEnd - env.now() : keptAfterEnd;
      if (rest <= 0) {
        return await commands.reset();
      }
      const session: VisitorSession = { sessionId: kept.sessionId, engagementId: kept.engagementId ?? 0, clientId: kept.clientId ?? 0, pool: kept.pool ?? "" };
      put({ kind: "phase", phase: "opening" });
      const o = await visitorApi(site, key, () => session, () => 0).standing({ newest: "true" });
      if (o.kind === "refused" && o.refusal.status === 403) {
        forget();
        return o;
      }
      if (o.kind !== "answer") {
        // Without an answer nothing is known of the chat: it is looked for until something is.
        env.later(typingEvery, () => void (state().phase === "opening" && !stopped && commands.resume()));
        return o;
      }
      put({ kind: "entered", session, previewEvery: 0 });
      // What was not received comes again, and finds its place by its number.
      put({ kind: "standing", answer: o.value, position: { ack: o.value.receivedNumber, seen: {} } });
      put({ kind: "posts", posts: o.value.posts, older: o.value.more });
      put({ kind: "outbox", input: { kind: "restore", items: keptItems(keep) } });
      if (kept.endedAt) {
        put({ kind: "ended", ended: kept.ended ?? null });
        expire(rest);
      } else {
        run();
      }
      return o;
    },
    start: async (attributes) => {
      put({ kind: "phase", phase: "opening" });
      const o = await api.start(attributes);
      if (o.kind !== "answer") {
        put({ kind: "phase", phase: "none" });
        return o;
      }
      const v = o.value;
      const session: VisitorSession = { sessionId: v.sessionId, engagementId: v.engagementId, clientId: v.clientId, pool: v.pool };
      keep.set(sessionKey, JSON.stringify({ ...session, endedAt: 0, ended: null } satisfies Kept));
      put({ kind: "entered", session, previewEvery: v.sneakPreviewInterval });
      const standing = await api.standing({ newest: "true" });
      if (standing.kind === "answer") {
        put({ kind: "standing", answer: standing.value, position: start });
      }
      run();
      return o;
    },
    tryNow: () => {
      loop?.hear({ kind: "now" });
      return done();
    },
    post: (item) => {
      keepItem(keep, item);
      put({ kind: "outbox", input: { kind: "add", item } });
      return done();
    },
    tryAgain: (messageId) => {
      put({ kind: "outbox", input: { kind: "again", messageId, at: env.now() } });
      return done();
    },
    removeItem: (messageId) => {
      forgetItem(keep, messageId);
      put({ kind: "outbox", input: { kind: "remove", messageId } });
      return done();
    },
    typed: (text) => {
      types?.typed(text);
      return done();
    },
    rest: () => {
      types?.rest();
      return done();
    },
    looked: () => {
      if (state().unread > 0) {
        put({ kind: "looked" });
      }
      return done();
    },
    seen: async () => {
      const last = state().log.findLast((l) => l.kind === "post" && l.senderType !== "END_USER");
      if (last?.kind === "post" && last.number === 0 && (await after()) === null) {
        return { kind: "lost", aborted: false };
      }
      const number = lastNumber(state().log);
      if (number <= reported) {
        return answer(null);
      }
      reported = number;
      return heard("seen", await api.own("seen", { postNumber: number }));
    },
    stay: async () => heard("activity", await api.contract("activity", { mode: "LISTENING" })),
    older: async () => ((await read({ beforePost: String(firstNumber(state().log)) })) === null ? { kind: "lost", aborted: false } : answer(null)),
    fileSent: async () => ((await after()) === null ? { kind: "lost", aborted: false } : answer(null)),
    end: async () => heard("concludeEngagement", await api.contract("concludeEngagement", {})),
    rate: async (rating) => {
      const o = heard("rating", await api.own<{ rating: Rating }>("rating", rating));
      if (o.kind === "answer") {
        put({ kind: "rated", rating: o.value.rating });
      }
      return o;
    },
    mailTranscript: async (emailAddress) => {
      const o = heard("transcript", await api.own("transcript", emailAddress === "" ? {} : { emailAddress }));
      await ended();
      return o;
    },
    letters: async () => {
      await ended();
      return answer(null);
    },
    page: async (url, title) => heard("page", await api.own("page", { url, title })),
    facts: async (facts) => heard("facts", await api.own("facts", facts)),
    reset: () => {
      forget();
      keep.keys("").forEach((name) => keep.remove(name));
      return done();
    },
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
  if (state().session !== null && state().phase !== "ended" && state().connection.phase !== "stopped") {
    put({ kind: "outbox", input: { kind: "restore", items: keptItems(keep) } });
    run();
  } else if (state().phase === "ended") {
    expire(keptAfterEnd);
  } else if (state().phase === "opening") {
    void commands.resume();
  }

  return {
    do: (c) => (commands[c.name] as (...args: unknown[]) => Promise<unknown>)(...c.args),
    stop: () => {
      stopped = true;
      loop?.stop();
      post.stop();
      cancelReset();
      listeners.forEach(([target, name, act]) => target.removeEventListener(name, act));
    },
  };
}
