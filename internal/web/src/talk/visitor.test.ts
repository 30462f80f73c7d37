import { equal, ok, test } from "../testing";
import { type FakeAnswer, type FakeRequest, refuse, serve } from "./fakefetch";
import { type FakeEnv, fakeEnv } from "./faketime";
import { type Keep, memoryKeep } from "./keep";
import type { Post } from "./log";
import { newItem } from "./outbox";
import { keptItems } from "./postman";
import type { VisitorCommands } from "./visitorcommands";
import { leadVisitor } from "./visitorleader";
import { firstVisitorState } from "./visitorfirst";
import { activityNow, leadOf, returnTime, visitorMark, type VisitorState } from "./visitorstate";
import { stepVisitor } from "./visitorsteps";

const me = 5;
const ada = 4;

/** A site with one visitor, as far as a panel can tell. */
function site(env: FakeEnv) {
  const s = { up: true, session: "v1", polls: 0, ended: false, mailbox: [] as { n: number; m: object }[], received: 0, instead: {} as Record<string, (r: FakeRequest) => FakeAnswer | null>, wake: () => {} };
  const posts: Record<string, unknown>[] = [];
  const iso = () => new Date(env.now()).toISOString();
  const envelope = () => ({ clientId: me, serviceFinishTime: iso() });
  const push = (messageName: string, more: object = {}): void => {
    const n = s.mailbox.length + 1;
    s.mailbox.push({ n, m: { messageName, createdTime: iso(), sequenceNumber: n, ...more } });
    s.wake();
  };
  const handle = async (r: FakeRequest): Promise<FakeAnswer | null> => {
    if (!s.up) {
      return null;
    }
    const special = s.instead[r.operation];
    if (special) {
      return special(r);
    }
    switch (r.operation) {
      case "start":
        return { body: { siteName: "demo", channelToken: "t", domain: "d", pool: "1:1" } };
      case "requestEngagement":
        return { body: { ...envelope(), sessionId: s.session, engagementId: 9, resultType: "SUCCESS", queueId: 1, sneakPreviewState: "DISABLED", sneakPreviewInterval: 500 } };
    }
    if (r.headers["SessionId"] !== s.session) {
      return refuse(403, "unknown");
    }
    switch (r.operation) {
      case "session":
        return {
          body: {
            ...envelope(), engagementId: 9, state: s.ended ? "CONCLUDED" : "QUEUED", queueId: 1, position: 3, expectedWaitTimeSeconds: 240, averageWaitTimeSeconds: 200, agents: [],
            lastNumber: s.mailbox.length, receivedNumber: s.received, posts, complete: true, more: false, sneakPreviewState: "DISABLED", files: { allowed: true, maxBytes: 9, types: [] }, rating: null, absentSeconds: 120,
          },
        };
      case "getMessages": {
        s.polls++;
        const ack = Number(r.headers["Usher-Ack"]);
        s.received = Math.max(s.received, ack);
        const waiting = () => s.mailbox.filter((m) => m.n > ack);
        if (waiting().length === 0) {
          await new Promise<void>((resolve) => {
            const cancel = env.later(30_000, resolve);
            s.wake = () => (cancel(), resolve());
          });
        }
        const batch = waiting();
        return s.up ? { body: { ...envelope(), systemMessages: batch.map((b) => b.m) }, headers: batch.length > 0 ? { "Usher-Last": String(batch.at(-1)?.n) } : {} } : null;
      }
      case "postMessage": {
        if (!posts.some((p) => p["messageId"] === r.body["messageId"])) {
          posts.push({ postNumber: posts.length + 1, clientId: me, name: "Ann", senderType: "END_USER", body: r.body["body"], richText: false, offTheRecord: false, messageId: r.body["messageId"], messageDataMap: null, createdTime: iso() });
        }
        return { body: envelope(), headers: { "Usher-Post": String(posts.length), "Usher-Post-Time": String(env.now()) } };
      }
      case "rating":
        return { body: { ...envelope(), rating: { stars: r.body["stars"], comment: r.body["comment"] } } };
    }
    return { body: envelope() };
  };
  return { s, posts, push, handle };
}

function panel(env: FakeEnv, keep: Keep, first: VisitorState = firstVisitorState) {
  let state = first;
  const leader = leadVisitor("demo", "key", keep, env, () => state, (input) => {
    state = stepVisitor(state, input);
  });
  return {
    state: () => state,
    stop: () => leader.stop(),
    do: <K extends keyof VisitorCommands>(name: K, ...args: Parameters<VisitorCommands[K]>) => leader.do({ name, args }) as ReturnType<VisitorCommands[K]>,
  };
}

async function withChat(act: (x: { env: FakeEnv; keep: Keep; w: ReturnType<typeof site>; p: ReturnType<typeof panel> }) => Promise<void>): Promise<void> {
  const env = fakeEnv(1_700_000_000_000);
  const keep = memoryKeep();
  const w = site(env);
  const away = serve(w.handle);
  const p = panel(env, keep);
  try {
    void p.do("start", { question: "My card was refused" });
    await env.pass(10);
    await act({ env, keep, w, p });
  } finally {
    p.stop();
    away();
  }
}

const said = (s: VisitorState): string[] => s.log.filter((l): l is Post => l.kind === "post").map((l) => l.text);
const item = (id: string, made = 0) => newItem(id, 9, id, false, { kind: "all" }, made);
const joins = (more: object = {}) => ({ clientId: ada, name: "Ada", greeting: "Hello", role: "LEAD", virtualAgent: false, ...more });
const says = (body: string, more: object = {}) => ({ body, clientId: ada, richText: false, offTheRecord: false, messageId: null, messageDataMap: null, senderType: "AGENT", ...more });

test("from the form to the end: queue, agent, posts, end, rating", async () => {
  await withChat(async ({ env, w, p }) => {
    equal([p.state().phase, p.state().queue?.place, p.state().files.allowed], ["queued", 3, true]);
    w.push("RNEngagementWaitInformationChangedMessage", { position: 1, expectedWaitTimeSeconds: 0, averageWaitTimeSeconds: 0 });
    await env.pass(10);
    equal([p.state().queue?.place, p.state().queue?.waitSeconds], [1, 0]);
    void p.do("post", item("m1"));
    await env.pass(10);
    equal([said(p.state()), p.state().outbox.items.length], [["m1"], 0]);
    w.push("RNEngagementParticipantAddedMessage", joins());
    w.push("RNEngagementMessagePostedMessage", says("How can I help?"));
    w.push("RNEngagementActivityChangedMessage", { clientId: ada, mode: "RESPONDING", sneakPreview: null });
    await env.pass(10);
    const s = p.state();
    equal([s.phase, s.queue, leadOf(s)?.name, said(s), s.unread, activityNow(s, env.now())?.mode], ["chatting", null, "Ada", ["m1", "How can I help?"], 1, "RESPONDING"]);
    equal(activityNow(s, env.now() + 10_000), null);
    w.push("RNEngagementConcludedMessage", { reason: "AGENT_CONCLUDED", role: "LEAD" });
    await env.pass(10);
    const { polls } = w.s;
    await env.pass(100_000);
    equal([p.state().phase, p.state().ended?.reason, w.s.polls], ["ended", "AGENT_CONCLUDED", polls]);
    void p.do("rate", { stars: 5, comment: "quick" });
    await env.pass(10);
    equal(p.state().rating, { stars: 5, comment: "quick" });
  });
});

test("an agent that is lost: back in the queue, with the words kept", async () => {
  await withChat(async ({ env, w, p }) => {
    w.push("RNEngagementParticipantAddedMessage", joins());
    w.push("RNEngagementParticipantConnectionStateChangedMessage", { clientId: ada, connectionState: "ABSENT", secondsToDisconnect: 120 });
    await env.pass(10);
    ok(leadOf(p.state())?.away);
    equal(leadOf(p.state())?.awayEnds, 1_700_000_000_010 + 120_000);
    w.push("RNEngagementParticipantLeftMessage", { clientId: ada, role: "LEAD", disconnectReason: "TRANSFERRED_TO_QUEUE", name: "Ada" });
    await env.pass(10);
    equal([p.state().phase, p.state().agents, p.state().log.at(-1)?.kind], ["queued", [], "left"]);
  });
});

test("a take-over: the new lead is told, the old one stays beside", async () => {
  await withChat(async ({ env, w, p }) => {
    w.push("RNEngagementParticipantAddedMessage", joins());
    w.push("RNEngagementParticipantAddedMessage", joins({ clientId: 8, name: "Sam", role: "CONFEREE", greeting: "" }));
    w.push("RNEngagementRoleChangedMessage", { clientId: 8, role: "LEAD", leadClientId: 8 });
    w.push("RNEngagementRoleChangedMessage", { clientId: ada, role: "CONFEREE", leadClientId: 8 });
    await env.pass(10);
    equal([p.state().agents.map((a) => [a.name, a.role]), p.state().log.map((l) => l.kind)], [[["Ada", "CONFEREE"], ["Sam", "LEAD"]], ["joined", "joined", "leads"]]);
  });
});

test("marks of the visitor's own posts come from the agents' reports", async () => {
  await withChat(async ({ env, w, p }) => {
    w.push("RNEngagementParticipantAddedMessage", joins());
    void p.do("post", item("m1"));
    await env.pass(10);
    const mark = () => visitorMark(p.state(), p.state().log.find((l): l is Post => l.kind === "post" && l.messageId === "m1")!);
    equal(mark(), "sent");
    w.push("UsherReceiptMessage", { clientId: ada, receivedPost: 1, seenPost: 0 });
    await env.pass(10);
    equal(mark(), "delivered");
    w.push("RNEngagementMessagePostedMessage", says("was not delivered", { clientId: 0, senderType: "SYSTEM", messageDataMap: { blockedMessageId: "m1" } }));
    await env.pass(10);
    equal(mark(), "blocked");
  });
});

test("a reload goes on where it was, with what was not sent", async () => {
  await withChat(async ({ env, keep, w, p }) => {
    w.s.up = false;
    w.s.wake();
    void p.do("post", item("m1", 1));
    void p.do("post", item("m2", 2));
    await env.pass(5_000);
    p.stop();
    equal([p.state().outbox.items.length, keptItems(keep).length, returnTime(p.state()) > env.now()], [2, 2, true]);
    const again = panel(env, keep);
    void again.do("resume");
    await env.pass(5_000);
    equal(again.state().phase, "opening");
    w.s.up = true;
    w.push("RNEngagementParticipantAddedMessage", joins());
    await env.pass(10_000);
    equal([again.state().phase, said(again.state()), w.posts.map((x) => x["messageId"]), keptItems(keep)], ["chatting", ["m1", "m2"], ["m1", "m2"], []]);
    again.stop();
  });
});

test("what was said while nobody was here, up to the end, comes after a reload", async () => {
  await withChat(async ({ env, keep, w, p }) => {
    p.stop();
    w.push("RNEngagementParticipantAddedMessage", joins());
    w.push("RNEngagementMessagePostedMessage", says("bye"));
    w.push("RNEngagementConcludedMessage", { reason: "IDLE_TIMEOUT", role: "END_USER" });
    w.s.ended = true;
    const again = panel(env, keep);
    void again.do("resume");
    await env.pass(100);
    equal([again.state().phase, again.state().ended?.reason, said(again.state())], ["ended", "IDLE_TIMEOUT", ["bye"]]);
    again.stop();
    const third = panel(env, keep);
    void third.do("resume");
    await env.pass(100);
    equal([third.state().phase, third.state().ended?.reason], ["ended", "IDLE_TIMEOUT"]);
    third.stop();
    // Ten minutes after the end nothing of it is left.
    await env.pass(600_000);
    const late = panel(env, keep);
    void late.do("resume");
    await env.pass(100);
    equal([late.state().phase, keep.keys("")], ["none", []]);
    late.stop();
  });
});

test("what is typed before a chat survives a page change, and reset leaves no key", async () => {
  const env = fakeEnv();
  const w = site(env);
  const away = serve(w.handle);
  const keep = memoryKeep({ "draft.0": `{"text":"half","team":false}` });
  const p = panel(env, keep);
  void p.do("resume");
  await env.pass(10);
  equal([p.state().phase, keep.keys("")], ["none", ["draft.0"]]);
  void p.do("start", {});
  await env.pass(10);
  void p.do("reset");
  await env.pass(10);
  equal([p.state().phase, keep.keys("")], ["none", []]);
  p.stop();
  away();
});

test("who is not let in has no chat, and is told why", async () => {
  const env = fakeEnv();
  const w = site(env);
  w.s.instead["requestEngagement"] = () => ({ status: 409, body: { exceptionCode: "CONFLICT", message: "closed", resultType: "FAIL_OUT_OF_HOURS" } });
  const away = serve(w.handle);
  const keep = memoryKeep();
  const p = panel(env, keep);
  const result = p.do("start", {});
  await env.pass(10);
  const o = await result;
  equal([p.state().phase, o.kind === "refused" && o.refusal.status, o.kind === "refused" && (o.refusal.body as { resultType: string }).resultType, keep.keys("")], ["none", 409, "FAIL_OUT_OF_HOURS", []]);
  p.stop();
  away();
});
