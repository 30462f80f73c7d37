import { equal, test } from "../testing";
import { due, emptyOutbox, type Item, judged, newItem, nextDue, type Outbox, type OutboxInput, stepOutbox } from "./outbox";

const item = (id: string, chat = 1, made = 0): Item => newItem(id, chat, `text of ${id}`, false, { kind: "all" }, made);
const run = (inputs: OutboxInput[], from: Outbox = emptyOutbox): Outbox => inputs.reduce(stepOutbox, from);
const names = (o: Outbox, now: number): string[] => due(o, now).map((w) => (w.kind === "send" ? w.item.messageId : `check ${w.chat}`));
const add = (...items: Item[]): OutboxInput[] => items.map((i) => ({ kind: "add", item: i }));

test("messages go in order, one at a time a chat, and chats do not wait for each other", () => {
  let o = run(add(item("a"), item("b"), item("x", 2)));
  equal(names(o, 0), ["a", "x"]);
  o = run([{ kind: "sending", messageId: "a", at: 0 }], o);
  equal(names(o, 0), ["x"]);
  o = run([{ kind: "sent", messageId: "a" }], o);
  equal(names(o, 0), ["b", "x"]);
});

test("a try without an answer comes again after 1, 2, 4, 8 and 15 seconds", () => {
  let o = run(add(item("a")));
  const pauses: number[] = [];
  for (let i = 0; i < 6; i++) {
    o = run([{ kind: "sending", messageId: "a", at: 0 }, { kind: "failed", messageId: "a", at: 0, retryAfter: 0 }], o);
    pauses.push(nextDue(o) / 1000);
  }
  equal(pauses, [1, 2, 4, 8, 15, 15]);
  equal(nextDue(run([{ kind: "sending", messageId: "a", at: 0 }, { kind: "failed", messageId: "a", at: 0, retryAfter: 7 }], o)), 7_000);
  equal(names(run([{ kind: "resume", at: 3 }], o), 3), ["a"]);
});

test("what comes of an answer", () => {
  const refused = (status: number, retryAfter = 0) =>
    judged("a", { kind: "refused", refusal: { status, code: "C", text: "why", retryAfter, body: null } }, 9);
  equal([429, 503, 500, 408, 502].map((s) => refused(s, 4).kind), ["failed", "failed", "failed", "failed", "failed"]);
  equal(refused(429, 4), { kind: "failed", messageId: "a", at: 9, retryAfter: 4 });
  equal([400, 403, 409, 413].map((s) => refused(s).kind), ["refused", "refused", "refused", "refused"]);
  equal(judged("a", { kind: "lost", aborted: false }, 9).kind, "failed");
});

test("what was refused stays, lets the next one pass, and goes again under its name", () => {
  let o = run([...add(item("a"), item("b")), { kind: "sending", messageId: "a", at: 5 }, { kind: "refused", messageId: "a", reason: { status: 413, code: "", text: "too long" } }]);
  equal(o.items[0]?.state, "notSent");
  equal(names(o, 5), ["b"]);
  o = run([{ kind: "remove", messageId: "b" }, { kind: "again", messageId: "a", at: 6 }], o);
  // It had been tried, so the server is asked first whether it has it.
  equal(names(o, 6), ["check 1"]);
  o = run([{ kind: "checking", chat: 1 }, { kind: "checked", chat: 1, present: [] }], o);
  equal(names(o, 6), ["a"]);
});

test("after a reload the record is read first, and only the rest is sent", () => {
  let o = run([{ kind: "restore", items: [{ ...item("b", 1, 2), state: "flying" }, item("a", 1, 1), item("c", 1, 3)] }]);
  equal(o.items.map((i) => i.messageId), ["a", "b", "c"]);
  equal(names(o, 0), ["check 1"]);
  o = run([{ kind: "checking", chat: 1 }], o);
  equal(names(o, 0), []);
  o = run([{ kind: "checked", chat: 1, present: ["a"] }], o);
  equal(names(o, 0), ["b"]);
});

test("after ten minutes of tries the record is read before the next", () => {
  let o = run([...add(item("a")), { kind: "sending", messageId: "a", at: 1_000 }, { kind: "failed", messageId: "a", at: 1_000, retryAfter: 0 }]);
  equal(names(o, 500_000), ["a"]);
  equal(names(o, 600_000), ["check 1"]);
  o = run([{ kind: "checking", chat: 1 }, { kind: "checkFailed", chat: 1, at: 600_000 }], o);
  equal(names(o, 600_000), []);
  equal(names(o, 620_000), ["check 1"]);
});

test("a tab that takes over doubts what was on its way", () => {
  const o = run([...add(item("a")), { kind: "sending", messageId: "a", at: 0 }, { kind: "restore", items: [item("a")] }]);
  equal(names(o, 1), ["check 1"]);
  equal(run(add(item("a"), item("a"))).items.length, 1);
});
