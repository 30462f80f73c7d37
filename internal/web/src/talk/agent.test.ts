import { equal, ok, test } from "../testing";
import type { AgentCommand, AgentCommands } from "./agentcommands";
import { agentMark, longestWaiting, needAnswer, offerSecondsLeft, placesTaken, requeueTime, typing, unsent, waitSeconds } from "./agentfigures";
import { leadAgent } from "./agentleader";
import { type AgentState, firstAgentState, noAnswer } from "./agentstate";
import { stepAgent } from "./agentsteps";
import { type FakeAnswer, type FakeRequest, refuse, serve } from "./fakefetch";
import { type FakeEnv, fakeEnv } from "./faketime";
import { type Keep, memoryKeep } from "./keep";
import type { Post } from "./log";
import { newItem } from "./outbox";
import { keptItems } from "./postman";

const me = 4;
const ann = 5;
const chat = 7001;

/** A site with one agent, as far as a console can tell. */
function site(env: FakeEnv) {
  const posts: Record<string, unknown>[] = [];
  const s = {
    cookie: true,
    elsewhere: false,
    session: "node0a",
    mailbox: [] as { n: number; m: object }[],
    held: [] as object[],
    log: [] as string[],
    requests: [] as FakeRequest[],
    up: true,
    /** What takes the place of the answer of an operation. */
    instead: {} as Record<string, (r: FakeRequest) => FakeAnswer | null | Promise<FakeAnswer | null>>,
    wake: () => {},
  };
  const envelope = () => ({ clientId: me, sessionId: s.session, responseSentMilliseconds: env.now() });
  const push = (m: object): void => {
    s.mailbox.push({ n: s.mailbox.length + 1, m });
    s.wake();
  };
  const header = (n: number) => ({ destinationId: chat, senderId: 0, senderType: "SYSTEM", visibility: "ALL", createdTime: env.now(), sequenceNumber: n });
  const handle = async (r: FakeRequest): Promise<FakeAnswer | null> => {
    if (!s.up) {
      return null;
    }
    s.requests.push(r);
    if (r.operation !== "getMessages") {
      s.log.push(r.operation);
    }
    const special = s.instead[r.operation];
    if (special) {
      return await special(r);
    }
    const known = r.headers["X-JSESSIONID"] === s.session;
    switch (r.operation) {
      case "logIn":
        return s.cookie ? { body: { site: "demo", accountId: 1, name: "Ada", places: 4, offerSeconds: 60, absentSeconds: 120, holdSeconds: 30, wrapUpSeconds: 600, goalSeconds: 60, time: env.now() } } : refuse(401, "wrong");
      case "agentTokens":
        return { body: { sessionToken: "token" } };
      case "createAutomatedAgentSession":
        if (s.elsewhere && r.body["logonOverride"] !== true) {
          return refuse(400, "there is a live session");
        }
        s.session = `node0${s.log.length}`;
        s.mailbox = [];
        return { body: { ...envelope(), chatLogonResult: { clientId: me, accountId: 1, agentInfo: { name: "Ada", status: "NONE", subTypeId: 0 }, poolId: "1:1" } } };
      case "retrieveAgentsAndQueues":
        return { body: { ...envelope(), agents: [{ accountId: 1, name: "Ada", status: "NONE", subTypeId: 0 }], queues: [] } };
    }
    if (!known) {
      return refuse(403, "the session is over");
    }
    switch (r.operation) {
      case "engagements":
        return { body: { ...envelope(), engagements: s.held, lastNumber: s.mailbox.length } };
      case "getMessages": {
        const ack = Number(r.headers["Usher-Ack"]);
        const waiting = () => s.mailbox.filter((m) => m.n > ack);
        if (waiting().length === 0) {
          await new Promise<void>((resolve) => {
            const cancel = env.later(30_000, resolve);
            s.wake = () => (cancel(), resolve());
          });
        }
        if (r.headers["X-JSESSIONID"] !== s.session) {
          return refuse(403, "the session is over");
        }
        const batch = waiting();
        return s.up ? { body: { ...envelope(), getResponseTypes: batch.length > 0 ? batch.map((b) => b.m) : [{ ChatGetTimeout: {} }] }, headers: batch.length > 0 ? { "Usher-Last": String(batch.at(-1)?.n) } : {} } : null;
      }
      case "history":
        return { body: { ...envelope(), engagementId: r.body["engagementId"], posts, complete: true, more: false } };
      case "visitor":
        return { body: { ...envelope(), contact: contact("Ann", "Lee"), verified: false, page: null, earlier: [] } };
      case "assignmentAcknowledgement":
        return { body: { ...envelope(), chatAssignmentAcknowledgementResult: { clientList: [{ clientId: ann, name: "Ann Lee", role: "END_USER", accountId: 0, virtualAgent: false }] } } };
      case "postMessage":
        return store(r);
    }
    return { body: envelope() };
  };
  /** Stores a post once. */
  const store = (r: FakeRequest): FakeAnswer => {
    const id = r.body["messageId"];
    if (!posts.some((p) => p["messageId"] === id)) {
      posts.push({ postNumber: posts.length + 1, clientId: me, name: "Ada", senderType: "AGENT", role: "LEAD", body: r.body["body"], richText: false, offTheRecord: false, messageId: id, messageDataMap: null, visibility: r.body["visibility"], createdTime: env.now() });
    }
    const stored = posts.find((p) => p["messageId"] === id);
    return { body: envelope(), headers: { "Usher-Post": String(stored?.["postNumber"]), "Usher-Post-Time": String(stored?.["createdTime"]) } };
  };
  const offer = (n: number, id = chat) => ({
    ChatEngagementAssignment: { ...header(n), engagementId: id, engagementCreateTime: env.now() - 180_000, queueId: 1, type: "LEAD", note: "", contactInfo: contact("Max", "F.") },
  });
  const says = (n: number, body: string) => ({ ChatPostMessage: { ...header(n), senderId: ann, senderType: "END_USER", body, richText: false, offTheRecord: false, messageDataMap: null, messageId: `v${n}` } });
  const leaves = (n: number, role: string, reason: string, clientId: number) => ({ ChatDisconnectNotification: { ...header(n), engagementId: chat, clientId, role, reason } });
  return { s, posts, handle, store, push, header, offer, says, leaves, count: (operation: string) => s.log.filter((l) => l === operation).length };
}

function contact(firstName: string, lastName: string) {
  return { firstName, lastName, emailAddress: "", question: "Refund?", customFields: [] };
}

/** One tab with the agent's side, over a site. */
function console_(env: FakeEnv, keep: Keep, first: AgentState = firstAgentState) {
  let state = first;
  const leader = leadAgent("demo", keep, env, () => state, (input) => {
    state = stepAgent(state, input);
  });
  return {
    state: () => state,
    stop: () => leader.stop(),
    do: <K extends keyof AgentCommands>(name: K, ...args: Parameters<AgentCommands[K]>) => leader.do({ name, args } satisfies AgentCommand) as ReturnType<AgentCommands[K]>,
  };
}

/** Sets up a site and a console that has accepted a chat, and takes all away afterwards. */
async function withChat(act: (x: { env: FakeEnv; keep: Keep; w: ReturnType<typeof site>; c: ReturnType<typeof console_> }) => Promise<void>): Promise<void> {
  const env = fakeEnv();
  const keep = memoryKeep();
  const w = site(env);
  const away = serve(w.handle);
  const c = console_(env, keep);
  try {
    void c.do("resume");
    await env.pass(10);
    void c.do("setStatus", "AVAILABLE", 0);
    await env.pass(10);
    w.push(w.offer(1));
    await env.pass(10);
    void c.do("accept", chat);
    await env.pass(10);
    await act({ env, keep, w, c });
  } finally {
    c.stop();
    away();
  }
}

const item = (id: string, text = id) => newItem(id, chat, text, false, { kind: "all" }, 1_000_000);
const posted = (s: AgentState): Post[] => (s.chats[0]?.log ?? []).filter((l) => l.kind === "post");

test("from the log-in to a chat: status, requests, offer, acceptance", async () => {
  await withChat(async ({ env, w, c }) => {
    const s = c.state();
    equal([s.phase, s.loaded, s.status.status, s.desk?.name, s.session?.accountId], ["in", true, "AVAILABLE", "Ada", 1]);
    equal([s.offers.length, s.chats.map((x) => [x.id, x.state, x.role, x.visitorName, x.read])], [0, [[chat, "active", "LEAD", "Ann Lee", true]]]);
    equal(placesTaken(s), 1);
    const asked = w.s.requests.filter((r) => r.operation === "requestAssignment").map((r) => [r.body["assignmentRequested"], r.body["idleSessionCount"], r.body["maxSessionCount"]]);
    equal(asked.at(-1), [true, 3, 4]);
    equal(asked[0], [false, 0, 0]);
    w.push(w.says(2, "My card was refused."));
    await env.pass(40_000);
    const t = c.state();
    equal([needAnswer(t), t.chats[0]?.unread, longestWaiting(t)?.id, waitSeconds(t, t.chats[0]!, env.now())], [1, 1, chat, 40]);
    void c.do("looked", chat);
    await env.pass(1);
    equal(c.state().chats[0]?.unread, 0);
  });
});

test("a post is sending until the answer, then sent, delivered and seen as reported", async () => {
  await withChat(async ({ env, keep, w, c }) => {
    w.push(w.says(2, "hello"));
    let release = () => {};
    w.s.instead["postMessage"] = (r) => new Promise((resolve) => (release = () => resolve(w.store(r))));
    void c.do("post", item("m1", "Which shop?"));
    await env.pass(5_000);
    equal([unsent(c.state(), chat), posted(c.state()).length, keptItems(keep).length], [1, 1, 1]);
    ok(needAnswer(c.state()) === 1);
    release();
    await env.pass(10);
    const own = posted(c.state()).at(-1)!;
    equal([unsent(c.state()), own.text, own.number, keptItems(keep).length, needAnswer(c.state())], [0, "Which shop?", 1, 0, 0]);
    const mark = () => agentMark(c.state().chats[0]!, posted(c.state()).at(-1)!);
    equal(mark(), "sent");
    w.push({ UsherReceipt: { ...w.header(2), engagementId: chat, clientId: ann, receivedPost: 1, seenPost: 0 } });
    await env.pass(10);
    equal(mark(), "delivered");
    w.push({ UsherReceipt: { ...w.header(2), engagementId: chat, clientId: ann, receivedPost: 1, seenPost: 1 } });
    await env.pass(10);
    equal(mark(), "seen");
    w.push({ ChatPostMessage: { ...w.says(3, "").ChatPostMessage, senderId: 0, senderType: "SYSTEM", messageDataMap: { blockedMessageId: "m1" } } });
    await env.pass(10);
    equal([mark(), posted(c.state()).length], ["blocked", 2]);
  });
});

test("a connection that breaks between request and answer leaves one copy, and it is sent", async () => {
  await withChat(async ({ env, w, c }) => {
    w.s.instead["postMessage"] = (r) => {
      w.store(r);
      return null;
    };
    void c.do("post", item("m1"));
    void c.do("post", item("m2"));
    await env.pass(500);
    equal([w.posts.length, unsent(c.state())], [1, 2]);
    delete w.s.instead["postMessage"];
    await env.pass(10_000);
    equal([w.posts.map((p) => p["messageId"]), unsent(c.state()), posted(c.state()).map((p) => p.messageId)], [["m1", "m2"], 0, ["m1", "m2"]]);
  });
});

test("after a reload what the server has is marked, and only the rest is sent, in order", async () => {
  await withChat(async ({ env, keep, w, c }) => {
    w.s.instead["postMessage"] = (r) => {
      if (r.body["messageId"] === "m1") {
        w.store(r);
      }
      return null;
    };
    void c.do("post", item("m1"));
    await env.pass(10);
    void c.do("post", { ...item("m2"), made: 1_000_001 });
    void c.do("post", { ...item("m3"), made: 1_000_002 });
    await env.pass(10);
    c.stop();
    delete w.s.instead["postMessage"];
    w.s.held = [{ engagementId: chat, state: "ACTIVE", role: "LEAD", since: env.now(), queueId: 1, offerExpires: 0, wrapUpEnds: 0, participants: [], lastPost: 1, waitsSince: 0, idleEnds: 0, visitorName: "Ann Lee", result: 0, note: "", offer: null }];
    const sends = w.count("postMessage");
    const again = console_(env, keep);
    void again.do("resume");
    await env.pass(5_000);
    equal([w.count("postMessage") - sends, w.posts.map((p) => p["messageId"])], [2, ["m1", "m2", "m3"]]);
    equal([posted(again.state()).map((p) => p.messageId), unsent(again.state()), w.count("createAutomatedAgentSession")], [["m1", "m2", "m3"], 0, 1]);
    equal(again.state().chats[0]?.visitorName, "Ann Lee");
    again.stop();
  });
});

test("what is refused stays with its reason, and can be tried again or given up", async () => {
  await withChat(async ({ env, keep, w, c }) => {
    w.s.instead["postMessage"] = () => refuse(413, "the text is too long");
    void c.do("post", item("m1"));
    await env.pass(10);
    const refused = c.state().outbox.items[0];
    equal([refused?.state, refused?.reason?.status, refused?.reason?.text, keptItems(keep)[0]?.state], ["notSent", 413, "the text is too long", "notSent"]);
    delete w.s.instead["postMessage"];
    void c.do("tryAgain", "m1");
    await env.pass(1_000);
    equal([unsent(c.state()), w.posts.length], [0, 1]);
    w.s.instead["postMessage"] = () => refuse(409, "concluded");
    void c.do("post", item("m2"));
    await env.pass(10);
    void c.do("removeItem", "m2");
    await env.pass(10);
    equal([unsent(c.state()), keptItems(keep)], [0, []]);
  });
});

test("429 is waited for as the server asks", async () => {
  await withChat(async ({ env, w, c }) => {
    w.s.instead["postMessage"] = () => refuse(429, "slow", { "Retry-After": "7" });
    void c.do("post", item("m1"));
    await env.pass(6_900);
    equal(w.count("postMessage"), 1);
    await env.pass(200);
    equal(w.count("postMessage"), 2);
  });
});

test("a server that is killed and comes back: live again, nothing missing or double", async () => {
  await withChat(async ({ env, w, c }) => {
    const before = c.state().connection.lastContact;
    await env.pass(1_000);
    w.s.up = false;
    w.s.wake();
    void c.do("post", item("m1"));
    await env.pass(4_000);
    equal(c.state().connection.phase, "reconnecting");
    await env.pass(31_000);
    equal([c.state().connection.phase, c.state().connection.lastContact, requeueTime(c.state())], ["offline", before, before + 240_000]);
    w.s.held = [{ engagementId: chat, state: "ACTIVE", role: "LEAD", since: 0, queueId: 1, offerExpires: 0, wrapUpEnds: 0, participants: [{ clientId: ann, name: "Ann Lee", role: "END_USER", accountId: 0, virtualAgent: false, receivedPost: 0, seenPost: 0, connectionState: "ABSENT" }], lastPost: 0, waitsSince: 0, idleEnds: 0, visitorName: "Ann Lee", result: 0, note: "", offer: null }];
    w.push(w.says(2, "are you there?"));
    w.s.up = true;
    await env.pass(20_000);
    const s = c.state();
    equal([s.connection.phase, posted(s).map((p) => p.text).sort(), s.chats[0]!.awaySince > 0, unsent(s)], ["live", ["are you there?", "m1"], true, 0]);
  });
});

test("a session that was taken over stops, keeps what is unsent, and goes on here", async () => {
  await withChat(async ({ env, keep, w, c }) => {
    w.s.session = "node0somewhere";
    w.s.elsewhere = true;
    w.s.wake();
    await env.pass(1_000);
    equal(c.state().connection.phase, "stopped");
    const polls = w.s.requests.length;
    void c.do("post", item("m1"));
    await env.pass(300_000);
    equal([w.s.requests.length, unsent(c.state()), keptItems(keep).length], [polls, 1, 1]);
    w.s.held = [{ engagementId: chat, state: "ACTIVE", role: "LEAD", since: 0, queueId: 1, offerExpires: 0, wrapUpEnds: 0, participants: [], lastPost: 0, waitsSince: 0, idleEnds: 0, visitorName: "Ann Lee", result: 0, note: "", offer: null }];
    void c.do("takeOverSession");
    await env.pass(2_000);
    const s = c.state();
    equal([s.phase, s.connection.phase, s.chats.map((x) => [x.id, x.state]), unsent(s), w.posts.length], ["in", "live", [[chat, "active"]], 0, 1]);
  });
});

test("an account that is logged in elsewhere asks first", async () => {
  const env = fakeEnv();
  const w = site(env);
  const away = serve(w.handle);
  w.s.elsewhere = true;
  const c = console_(env, memoryKeep());
  void c.do("resume");
  await env.pass(10);
  equal(c.state().phase, "elsewhere");
  void c.do("takeOverSession");
  await env.pass(10);
  equal(c.state().phase, "in");
  w.s.cookie = false;
  c.stop();
  const out = console_(env, memoryKeep());
  void out.do("resume");
  await env.pass(10);
  equal([out.state().phase, out.state().failure], ["out", ""]);
  void out.do("logIn", "ada", "wrong");
  await env.pass(10);
  equal([out.state().phase, out.state().failure], ["out", "wrong"]);
  out.stop();
  away();
});

test("another tab goes on from the last position", async () => {
  await withChat(async ({ env, keep, w, c }) => {
    w.push(w.says(2, "one"));
    await env.pass(10);
    c.stop();
    w.push(w.says(3, "two"));
    const next = console_(env, keep, c.state());
    await env.pass(1_500);
    equal([posted(next.state()).map((p) => p.text), w.count("createAutomatedAgentSession"), next.state().position.ack], [["one", "two"], 1, 3]);
    next.stop();
  });
});

test("an offer counts down to nothing, and only the server says what became of it", async () => {
  await withChat(async ({ env, w, c }) => {
    w.push(w.offer(1, 7002));
    await env.pass(10);
    const offer = () => c.state().offers.find((o) => o.engagementId === 7002);
    equal([offer()?.gone, offerSecondsLeft(c.state(), offer()!, env.now())], ["", 60]);
    await env.pass(61_000);
    equal([offer()?.gone, offerSecondsLeft(c.state(), offer()!, env.now())], ["", 0]);
    w.s.instead["assignmentAcknowledgement"] = () => refuse(400, "not offered any more");
    void c.do("accept", 7002);
    await env.pass(10);
    equal(offer()?.gone, "taken");
    await env.pass(12_000);
    equal(offer(), undefined);
  });
});

test("two offers that run out in a row make the agent unavailable; one that was withdrawn does not count", async () => {
  await withChat(async ({ env, w, c }) => {
    const gone = (id: number) => ({ ChatDisconnectNotification: { ...w.header(2), engagementId: id, clientId: me, role: "NONE", reason: "TRANSFERRED_TO_QUEUE" } });
    const lives = async (id: number, seconds: number): Promise<void> => {
      w.push(w.offer(1, id));
      await env.pass(seconds * 1_000);
      w.push(gone(id));
      await env.pass(10);
    };
    await lives(7002, 5);
    await lives(7003, 60);
    equal([c.state().missed, c.state().status.status], [1, "AVAILABLE"]);
    await lives(7004, 60);
    equal([c.state().status.status, c.state().status.subTypeId], ["UNAVAILABLE", noAnswer]);
    void c.do("setStatus", "AVAILABLE", 0);
    await env.pass(10);
    equal([c.state().status.status, c.state().missed], ["AVAILABLE", 0]);
  });
});

test("typing is seen while it is fresh and the connection is live; away and back", async () => {
  await withChat(async ({ env, w, c }) => {
    const signal = (mode: string) => ({ ChatActivitySignal: { ...w.header(1), engagementId: chat, clientId: ann, mode, sneakPreviewState: "ENABLED", sneakPreview: "it was the o", sneakPreviewFocus: true } });
    w.push(signal("RESPONDING"));
    await env.pass(10);
    const t = () => typing(c.state(), c.state().chats[0]!, env.now());
    equal([t(), c.state().chats[0]?.typing?.preview], [true, "it was the o"]);
    await env.pass(10_000);
    equal(t(), false);
    w.push(signal("NONE"));
    await env.pass(10);
    ok((c.state().chats[0]?.awaySince ?? 0) > 0);
    w.push(signal("LISTENING"));
    await env.pass(10);
    equal(c.state().chats[0]?.awaySince, 0);
  });
});

test("how a chat ends decides whether it wraps up", async () => {
  for (const [role, reason, clientId, want] of [
    ["END_USER", "END_USER_CONCLUDED", ann, "wrapUp"],
    ["END_USER", "IDLE_TIMEOUT", ann, "wrapUp"],
    ["LEAD", "TRANSFERRED_TO_QUEUE", me, "gone"],
    ["LEAD", "AGENT_CONCLUDED", 9, "gone"],
    ["LEAD", "PARTICIPANT_LEFT", me, "gone"],
    ["CONFEREE", "PARTICIPANT_LEFT", 9, "active"],
  ] as const) {
    await withChat(async ({ env, w, c }) => {
      w.push(w.leaves(2, role, reason, clientId));
      await env.pass(10);
      equal([c.state().chats[0]?.state, c.state().chats[0]?.ended?.reason ?? ""], [want, want === "active" ? "" : reason], `${role} ${reason}`);
    });
  }
});

test("the asker hears what became of a transfer, and still leads until then", async () => {
  await withChat(async ({ env, w, c }) => {
    w.s.instead["transfer"] = () => ({ body: { clientId: me, responseSentMilliseconds: env.now(), askedClientId: 9, expires: env.now() + 60_000 } });
    void c.do("transfer", chat, { accountId: 2, name: "Bea" }, "card refused twice", false);
    await env.pass(10);
    equal([c.state().chats[0]?.asked?.name, c.state().chats[0]?.asked?.outcome, c.state().chats[0]?.role], ["Bea", "", "LEAD"]);
    w.push(w.leaves(2, "TRANSIENT", "PARTICIPANT_LEFT", 9));
    await env.pass(10);
    equal([c.state().chats[0]?.asked?.outcome, c.state().chats[0]?.state], ["declined", "active"]);
  });
});

test("ending and finishing: the place stays taken until the release", async () => {
  await withChat(async ({ env, c }) => {
    void c.do("conclude", chat);
    await env.pass(10);
    equal([c.state().chats[0]?.state, c.state().chats[0]?.ended?.mine, placesTaken(c.state())], ["wrapUp", true, 1]);
    void c.do("setWrapUp", chat, 3, "limit raised");
    await env.pass(10);
    equal([c.state().chats[0]?.result, c.state().chats[0]?.wrapUpNote], [3, "limit raised"]);
    void c.do("release", chat);
    await env.pass(10);
    equal([c.state().chats.length, placesTaken(c.state())], [0, 0]);
  });
});

test("rows keep the order of acceptance, whatever arrives", async () => {
  await withChat(async ({ env, w, c }) => {
    for (const id of [7005, 7003, 7004]) {
      w.push(w.offer(1, id));
      await env.pass(10);
      void c.do("accept", id);
      await env.pass(10);
    }
    const order = () => c.state().chats.map((x) => x.id);
    const before = order();
    for (let i = 0; i < 50; i++) {
      const to = before[(i * 7) % 4] ?? chat;
      w.push({ ChatPostMessage: { ...w.says(10 + i, `post ${i}`).ChatPostMessage, destinationId: to } });
    }
    await env.pass(1_000);
    equal([order(), before], [before, [chat, 7005, 7003, 7004]]);
    equal(c.state().chats.reduce((n, x) => n + x.unread, 0), 50);
  });
});

test("the end for want of words is shown only when it is near, and taken back", async () => {
  await withChat(async ({ env, w, c }) => {
    const idle = (ends: number) => ({ UsherIdle: { ...w.header(1), engagementId: chat, ends } });
    w.push(idle(env.now() + 60_000));
    await env.pass(10);
    ok((c.state().chats[0]?.idleEnds ?? 0) > env.now());
    w.push(idle(0));
    await env.pass(10);
    equal(c.state().chats[0]?.idleEnds, 0);
  });
});
