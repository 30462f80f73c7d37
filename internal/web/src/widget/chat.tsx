/** @jsxImportSource ./view */
import { serverTime } from "../talk/clock";
import { activityNow, returnTime } from "../talk/visitorstate";
import { isolate } from "../words/words";
import { waitText } from "../words/waits";
import { type App, refused } from "./app";
import { Composer } from "./composer";
import { Ended } from "./ended";
import { Log } from "./log";
import { nameOf } from "./names";
import { shown } from "./shown";
import type { Child, View } from "./view/jsx-runtime";

export { openVisitor } from "../talk/visitor";
export { write } from "./composer";
export { hear } from "./hear";

/** A chat that was asked for: in the queue, with an agent, or over. */
export function Chat({ a }: { a: App }): View {
  const over = a.s.phase === "ended";
  const shut = over || a.s.connection.phase === "stopped";
  return (
    <main class="chat">
      <Bar a={a} />
      {a.s.phase === "queued" && <Queue a={a} />}
      <Log a={a} />
      <Doing a={a} />
      {a.s.idleEnds > 0 && !over && <Idle a={a} />}
      {(!shut || a.v.drafts.has(0)) && <Composer a={a} over={shut} />}
      {over ? <Ended a={a} /> : !shut && <More a={a} />}
      {a.ui.asking && <End a={a} />}
    </main>
  );
}

/** How the connection stands, when that is worth a word. */
export function barText(a: App): string {
  const { phase, since, notStoring } = a.s.connection;
  const time = (t: number): string => a.times.time(serverTime(a.s.clock, t));
  switch (phase) {
    case "reconnecting":
      return a.say("conn.reconnecting");
    case "offline":
      return [a.say("conn.offline", { time: time(since) }), a.say("widget.backBy", { time: a.times.time(returnTime(a.s)) }), ...(a.s.outbox.items.length > 0 ? [a.say("conn.unsent", { n: a.s.outbox.items.length })] : [])].join(" ");
    case "catchingUp":
      return a.say("conn.back");
    case "stopped":
      return a.say("conn.stopped");
    default:
      return notStoring ? a.say("conn.notStoring") : "";
  }
}

function Bar({ a }: { a: App }): Child {
  const text = a.s.phase === "ended" ? "" : barText(a);
  const away = a.s.agents.find((g) => g.away);
  const name = away && isolate(nameOf(a, away.clientId));
  return (
    <>
      {text && (
        <div class="bar">
          <p>{text}</p>
          {a.s.connection.phase === "offline" && (
            <button type="button" onClick={() => void a.v.do("tryNow")}>
              {a.say("conn.tryNow")}
            </button>
          )}
          {a.s.connection.phase === "stopped" && <NewChat a={a} />}
        </div>
      )}
      {away && name && (
        <div class="bar">
          <p>
            {shown(a.say("widget.cut", { name }))} {away.awayEnds > 0 && a.say("widget.takesOver", { time: a.times.time(away.awayEnds) })}
          </p>
        </div>
      )}
    </>
  );
}

/** Forgets the chat that is over, and shows the ways in again. */
export function NewChat({ a }: { a: App }): View {
  return (
    <button type="button" class="main" onClick={() => a.afresh()}>
      {a.say("ended.newChat")}
    </button>
  );
}

/** The place and the wait in words, as the last message said them. */
export function queueText(a: App): string {
  const q = a.s.queue;
  if (q === null) {
    return "";
  }
  return [q.place === 1 ? a.say("widget.nextUp") : a.say("widget.place", { n: q.place }), waitText(a.words, q.waitSeconds) ?? ""].join(" ").trim();
}

function Queue({ a }: { a: App }): View {
  return (
    <div class="queue">
      {a.s.queue && (
        <p>
          <b>{queueText(a)}</b> <small dir="auto">{a.say("common.asOf", { time: a.times.time(a.s.queue.at) })}</small>
        </p>
      )}
      <p>{a.say("widget.write")}</p>
    </div>
  );
}

/** What the agent is doing, in words; "" for nothing. */
export function doing(a: App): string {
  const now = activityNow(a.s, Date.now());
  const key = now && { RESPONDING: "widget.typing" as const, RESEARCHING: "widget.research" as const, AWAY: "widget.away" as const }[now.mode as "RESPONDING"];
  return now && key ? a.say(key, { name: isolate(nameOf(a, now.agent?.clientId ?? 0)) }) : "";
}

function Doing({ a }: { a: App }): Child {
  return <p class="doing meta">{shown(doing(a))}</p>;
}

/** The chat ends soon because nothing was written: one press keeps it. */
function Idle({ a }: { a: App }): View {
  const s = Math.ceil((a.s.idleEnds - serverTime(a.s.clock, Date.now())) / 1000);
  return (
    <section class="idle" aria-labelledby="idle">
      <h2 id="idle">{a.say("widget.still")}</h2>
      <p>{s > 0 ? a.say("widget.idleIn", { s }) : a.say("common.zero")}</p>
      <div class="row">
        <button type="button" class="main" onClick={() => void a.v.do("stay")}>
          {a.say("widget.here")}
        </button>
        <button type="button" onClick={() => void a.ask()}>
          {a.say("widget.end")}
        </button>
      </div>
    </section>
  );
}

function More({ a }: { a: App }): View {
  return (
    <div class="row more" role="group" aria-label={a.say("common.more")}>
      <button type="button" class="bare" aria-pressed={String(a.ui.sound)} onClick={() => a.set({ sound: !a.ui.sound })}>
        {a.say("common.sound")}
      </button>
      <button type="button" class="bare" onClick={() => void a.ask()}>
        {a.say(a.s.phase === "queued" ? "widget.leave" : "widget.end")}
      </button>
    </div>
  );
}

/** How long a question is deaf: whoever was typing has not read it yet. */
const deafFor = 300;

/** Asks before the end, and offers what most people mean by it: to go on later. */
function End({ a }: { a: App }): View {
  const queued = a.s.phase === "queued";
  const able = a.s.connection.phase === "live" || a.s.connection.phase === "unsure";
  let born = 0;
  const close = (): void => {
    a.set({ asking: false, busy: "", errors: {} });
    a.asked(false);
  };
  const end = async (): Promise<void> => {
    a.set({ busy: "end", errors: {} });
    const o = await a.v.do("end");
    if (o?.kind !== "answer") {
      a.set({ busy: "", errors: { end: refused(a, o) } });
      return;
    }
    a.asked(true);
  };
  return (
    <dialog
      class="dialog"
      aria-labelledby="ask"
      ref={(e: HTMLDialogElement) => {
        born = e.ownerDocument.defaultView?.performance.now() ?? 0;
        for (const kind of ["keydown", "click", "cancel"]) {
          e.addEventListener(kind, (event) => (performance.now() - born < deafFor || (event as KeyboardEvent).repeat) && (event.preventDefault(), event.stopImmediatePropagation()), true);
        }
        e.showModal();
      }}
      onCancel={(e: Event) => {
        e.preventDefault();
        close();
      }}
    >
      <h2 id="ask">{a.say(queued ? "widget.leaveAsk" : "widget.endAsk")}</h2>
      {a.ui.errors["end"] && (
        <p class="field-error" role="alert">
          {a.ui.errors["end"]}
        </p>
      )}
      {!able && (
        <p id="need" class="meta">
          {a.say("reason.needConn")}
        </p>
      )}
      <div class="row">
        <button type="button" class="risky" aria-describedby="need" disabled={!able || a.ui.busy === "end"} onClick={() => void end()}>
          {a.say(a.ui.busy === "end" ? "widget.ending" : queued ? "widget.leave" : "widget.end")}
        </button>
        <button
          type="button"
          onClick={() => {
            close();
            if (!queued) {
              a.hide();
            }
          }}
        >
          {a.say(queued ? "common.cancel" : "widget.keep")}
        </button>
      </div>
    </dialog>
  );
}
