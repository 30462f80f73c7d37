/** @jsxImportSource ./view */
import type { Line, Mark, Post } from "../talk/log";
import type { Item } from "../talk/outbox";
import { visitorMark } from "../talk/visitorstate";
import { fileSize } from "../words/figures";
import { isolate } from "../words/words";
import type { App } from "./app";
import { nameOf, senderOf } from "./names";
import { link, showRich } from "./rich";
import { atEnd, log, toEnd } from "./scroll";
import { write } from "./composer";
import { shown } from "./shown";
import type { Child, View } from "./view/jsx-runtime";

/** So many lines are in the page at a time. */
export const most = 80;

/** The lines that are in the page now. */
export function inView(a: App): Line[] {
  const end = Math.min(a.ui.end, a.s.log.length);
  return a.s.log.slice(Math.max(0, end - most), end);
}

/** What was said and what happened, and what is on its way. */
export function Log({ a }: { a: App }): Child {
  const lines = inView(a);
  const newest = a.s.log.findLast((l) => l.kind === "post" && l.senderType === "END_USER");
  const asked = JSON.parse(a.keep.get("asked") ?? "{}") as { chat?: number; question?: string };
  const first = a.s.log.length <= most && !a.s.older;
  const below = a.s.log.slice(a.ui.looked).filter((l) => l.kind === "post" && l.senderType !== "END_USER").length;
  return (
    <>
      <section id="log" class="log" aria-label={a.say("common.messages")} tabindex="0" onScroll={() => scrolled(a)} onKeyDown={walk}>
        {first && asked.question && asked.chat === a.s.session?.engagementId && (
          <article class="mine" tabindex="-1" aria-label={a.say("common.you")}>
            <p dir="auto">{asked.question}</p>
            <Note a={a} text={markText(a, "sent")} />
          </article>
        )}
        {lines.map((l) => (l.kind === "post" ? <Said key={l.messageId || `n${l.number}`} a={a} post={l} newest={l === newest && a.s.outbox.items.length === 0} /> : <Happened key={`${l.kind}${l.at}${l.clientId}`} a={a} line={l} />))}
        {a.s.outbox.items.map((i) => (
          <Pending key={i.messageId} a={a} item={i} />
        ))}
      </section>
      {below > 0 && (
        <button type="button" class="below" onClick={() => down(a)}>
          {`▼ ${a.say("common.newBelow", { n: below })}`}
        </button>
      )}
    </>
  );
}

function Note({ a, text, at, name }: { a: App; text?: string; at?: number; name?: string }): View {
  return (
    <small>
      {name && <bdi>{name}</bdi>}
      {at && <time dir="ltr">{a.times.time(at)}</time>}
      {text && <span class="mark">{text}</span>}
    </small>
  );
}

function Said({ a, post, newest }: { a: App; post: Post; newest: boolean }): View {
  const name = senderOf(a, post);
  if (post.senderType === "SYSTEM") {
    return (
      <p class="meta" dir="auto">
        {post.text}
      </p>
    );
  }
  const own = post.senderType === "END_USER";
  const mark = own ? visitorMark(a.s, post) : null;
  return (
    <article class={own ? (newest || mark === "blocked" ? "mine" : "mine old") : "theirs"} tabindex="-1" aria-label={a.say("common.from", { name: own ? a.say("common.you") : isolate(name), time: a.times.time(post.at) })}>
      <Body a={a} post={post} />
      <Note a={a} at={post.at} name={own ? "" : name} text={mark ? markText(a, mark) : post.offTheRecord ? a.say("common.notKept") : ""} />
    </article>
  );
}

function Body({ a, post }: { a: App; post: Post }): View {
  const file = post.data?.["usherFileName"];
  const url = post.data?.["usherFileUrl"] ?? "";
  if (file && /^https?:/.test(new URL(url, location.href).protocol)) {
    return (
      <p>
        <a class="file" dir="auto" ref={(e: HTMLAnchorElement) => link(e, url)} aria-label={a.say("common.download", { file })}>
          {file}
        </a>
        {` ${fileSize(a.words.locale, Number(post.data?.["usherFileSize"]))}`}
      </p>
    );
  }
  return post.richText ? <div class="rich" dir="auto" ref={(e: Element) => showRich(e, post.text)} /> : <p dir="auto">{post.text}</p>;
}

function Happened({ a, line }: { a: App; line: Exclude<Line, Post> }): Child {
  const name = isolate(nameOf(a, line.clientId, line.name));
  const text = {
    joined: () => a.say("widget.joined", { name }),
    left: () => a.say(line.role === "LEAD" && line.reason === "TRANSFERRED_TO_QUEUE" ? "widget.requeued" : "widget.left", { name }),
    leads: () => a.say("widget.leads", { name }),
    ended: () => "",
    trouble: () => line.text,
  }[line.kind]();
  return (
    <>
      {text && (
        <p class="meta" dir="auto">
          {shown(text)} <time dir="ltr">{a.times.time(line.at)}</time>
        </p>
      )}
      {line.kind === "joined" && line.text && (
        <article class="theirs" tabindex="-1" aria-label={a.say("common.from", { name, time: a.times.time(line.at) })}>
          <p dir="auto">{line.text}</p>
          <Note a={a} name={line.name} />
        </article>
      )}
    </>
  );
}

/** A message that only this device has. */
function Pending({ a, item }: { a: App; item: Item }): View {
  const wait = Math.ceil((item.nextTry - Date.now()) / 1000);
  const gone = (): void => void a.v.do("removeItem", item.messageId);
  return (
    <article class="mine pending" tabindex="-1" aria-label={a.say("common.you")}>
      <p dir="auto">{item.text}</p>
      {item.state === "notSent" ? (
        <>
          <small class="wrong">{a.say("common.notSent", { reason: whyNot(a, item) })}</small>
          <div class="row">
            <button type="button" onClick={() => void a.v.do("tryAgain", item.messageId)}>
              {a.say("common.retry")}
            </button>
            <button
              type="button"
              onClick={() => {
                write(a, item.text);
                gone();
              }}
            >
              {a.say("common.edit")}
            </button>
            <button type="button" onClick={gone}>
              {a.say("common.delete")}
            </button>
          </div>
        </>
      ) : (
        <Note a={a} text={item.tries > 0 && item.state === "waiting" && wait > 1 && a.s.connection.phase === "live" ? a.say("conn.retryIn", { s: wait }) : a.say("common.sending")} />
      )}
    </article>
  );
}

/** The longest post that the server takes, in bytes; the words say characters. */
const longest = 16_384;

/** Why a message was not sent, in words. */
export function whyNot(a: App, item: Item): string {
  const { status = 0, text = "" } = item.reason ?? {};
  if (status === 413) {
    return a.say("reason.tooLong", { n: item.text.length, max: longest });
  }
  return status === 409 ? a.say("reason.ended") : a.say("reason.refused", { text: text || String(status) });
}

function markText(a: App, mark: Mark): string {
  switch (mark) {
    case "sent":
      return a.say(a.s.phase === "queued" ? "widget.sentQueue" : "common.sent");
    case "delivered":
    case "seen":
    case "blocked":
      return a.say(`common.${mark}`);
    default:
      return a.say("common.sending");
  }
}

function down(a: App): void {
  a.set({ end: Infinity, looked: a.s.log.length });
  requestAnimationFrame(toEnd);
}

/** At the top older lines come, at the bottom the newer ones again, and what is read stays where it is. */
function scrolled(a: App): void {
  const e = log();
  if (e === null) {
    return;
  }
  const end = Math.min(a.ui.end, a.s.log.length);
  if (atEnd()) {
    if (end < a.s.log.length) {
      hold(a, { end: end + most / 2 < a.s.log.length ? end + most / 2 : Infinity });
    } else if (a.ui.looked < a.s.log.length) {
      a.set({ looked: a.s.log.length, end: Infinity });
    }
  } else if (e.scrollTop < 24) {
    if (end > most) {
      hold(a, { end: Math.max(most, end - most / 2) });
    } else if (a.s.older && a.ui.busy === "") {
      const had = a.s.log.length;
      a.set({ busy: "older" });
      void a.v.do("older").then(() => hold(a, { busy: "", end: most + a.v.state().log.length - had - 1, looked: a.ui.looked + a.v.state().log.length - had }));
    }
  }
}

/** Changes which lines there are; the one at the top of the view stays there. */
function hold(a: App, part: Parameters<App["set"]>[0]): void {
  const e = log();
  const top = e?.getBoundingClientRect().top ?? 0;
  const kept = [...(e?.children ?? [])].find((c) => c.getBoundingClientRect().bottom > top);
  const before = kept?.getBoundingClientRect().top ?? 0;
  a.set(part);
  requestAnimationFrame(() => kept?.isConnected && e?.scrollBy(0, kept.getBoundingClientRect().top - before));
}

/** One stop of Tab for the whole log, and arrows inside. */
function walk(e: KeyboardEvent): void {
  const all = [...(log()?.querySelectorAll<HTMLElement>("article") ?? [])];
  const step = { ArrowUp: -1, ArrowDown: 1 }[e.key];
  if (step && all.length > 0) {
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[at < 0 ? all.length - 1 : Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
    e.preventDefault();
  }
}
