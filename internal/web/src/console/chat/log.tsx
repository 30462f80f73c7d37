import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { typing } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import type { Line } from "../../talk/log";
import type { Item } from "../../talk/outbox";
import { useMoment, usePage } from "../page";
import { HappeningArticle, MessageArticle, TypingLine } from "./article";
import { focusComposer } from "./focus";
import { keyOf, otherDay, shownAtOnce } from "./lines";
import { useRead } from "./read";
import { useView, type View } from "./view";

/** A signal of typing is good for so long, in milliseconds. */
const typingLasts = 10_000;

export interface LogProps {
  state: AgentState;
  chat: Chat;
  /** A message that was not sent goes back to the composer. */
  onEdit: (item: Item) => void;
  /** Focus is to go to the newest message; a new number each time. */
  enter: number;
}

/** The conversation, oldest first: at most 80 of its messages are in the page. */
export function Log({ state, chat, onEdit, enter }: LogProps) {
  const { agent, words, moments } = usePage();
  const items = state.outbox.items.filter((i) => i.chat === chat.id);
  const asking = useRef(false);
  const older = chat.older && chat.read ? () => {
    if (!asking.current) {
      asking.current = true;
      void agent.do("older", chat.id).then(() => (asking.current = false));
    }
  } : null;
  const view = useView(chat.log, Math.max(shownAtOnce - items.length, 1), older);
  const lines = chat.log.slice(view.from, view.to);
  const newSince = useRead(state, chat, view);
  const me = state.session?.clientId ?? 0;

  const keys = [...lines.map(keyOf), ...(view.newest ? items.map((i) => keyOfItem(me, i)) : [])];
  const [chosen, setChosen] = useState("");
  const stop = keys.includes(chosen) ? chosen : (keys[keys.length - 1] ?? "");
  const walk = useWalk(view, keys, setChosen);
  useLayoutEffect(() => {
    if (enter > 0) {
      walk.to(keys.length - 1);
    }
  }, [enter]);

  const newestOwn = items.length > 0 ? "" : keyOfNewest(chat.log, me);
  const kept = useRef(new Map<string, { of: unknown[]; node: VNode }>());
  /** Lines that did not change keep their nodes, so that nothing is done for them. */
  const keep = (key: string, of: unknown[], make: () => VNode): VNode => {
    const old = kept.current.get(key);
    if (old?.of.length === of.length && old.of.every((x, i) => Object.is(x, of[i]))) {
      return old.node;
    }
    const node = make();
    kept.current.set(key, { of, node });
    return node;
  };
  useLayoutEffect(() => {
    const here = new Set(keys);
    for (const key of kept.current.keys()) {
      if (!here.has(key)) {
        kept.current.delete(key);
      }
    }
  });

  const shown: ComponentChildren[] = [];
  let divided = false;
  lines.forEach((line, i) => {
    const before = chat.log[view.from + i - 1];
    const key = keyOf(line);
    if (before === undefined ? !older || view.from === 0 : otherDay(before.at, line.at)) {
      shown.push(
        <li key={`day ${line.at}`} class="day">
          <span>{moments.heading(line.at)}</span>
        </li>,
      );
    }
    if (!divided && newSince > 0 && line.kind === "post" && line.at >= newSince && line.clientId !== me) {
      divided = true;
      shown.push(
        <li key="new" class="new" data-new>
          <span>{words.say("common.newSince")}</span>
        </li>,
      );
    }
    const newest = key === newestOwn;
    const of = line.kind === "post" ? [line, chat.participants, newest, key === stop] : [line, chat.visitorName, key === stop];
    shown.push(
      keep(key, of, () => (
        <li key={key}>
          {line.kind === "post" ? (
            <MessageArticle state={state} chat={chat} said={line} newest={newest} id={key} stop={key === stop} onEdit={onEdit} />
          ) : (
            <HappeningArticle chat={chat} line={line} id={key} stop={key === stop} />
          )}
        </li>
      )),
    );
  });
  for (const item of view.newest ? items : []) {
    const key = keyOfItem(me, item);
    shown.push(
      keep(key, [item, chat.state, key === stop], () => (
        <li key={key}>
          <MessageArticle state={state} chat={chat} said={item} newest={false} id={key} stop={key === stop} onEdit={onEdit} />
        </li>
      )),
    );
  }

  const types = typing(state, chat, Date.now());
  useMoment(types ? (chat.typing?.at ?? 0) + typingLasts : 0);

  return (
    <div class="log-frame">
      <div class="log" ref={view.scroller} onScroll={view.onScroll} onKeyDown={walk.onKey} onFocusIn={walk.onFocus}>
        {!chat.read && <p class="meta center">{words.say("common.loading")}</p>}
        {chat.read && view.from === 0 && <p class="meta center">{chat.older ? words.say("chat.older") : words.say("chat.begin")}</p>}
        <ol role="list" aria-label={words.say("common.messages")}>
          {shown}
        </ol>
        {types && <TypingLine chat={chat} />}
      </div>
      {!view.bottom && (
        <button type="button" class="below" onClick={view.toEnd}>
          <span aria-hidden="true">▼ </span>
          {chat.unread > 0 ? words.say("common.newBelow", { n: chat.unread }) : words.say("chat.newest")}
        </button>
      )}
    </div>
  );
}

/** The same that the message has when the server has it. */
function keyOfItem(me: number, item: Item): string {
  return `${me} ${item.messageId}`;
}

function keyOfNewest(log: readonly Line[], me: number): string {
  const line = log.findLast((l) => l.kind === "post" && l.clientId === me);
  return line === undefined ? "" : keyOf(line);
}

interface Walk {
  to: (i: number) => void;
  onKey: (e: KeyboardEvent) => void;
  onFocus: (e: FocusEvent) => void;
}

/** One tab stop, and arrows inside; Esc goes back to where one writes. */
function useWalk({ scroller, bring, note, toEnd }: View, keys: string[], choose: (key: string) => void): Walk {
  const articles = (): HTMLElement[] => [...(scroller.current?.querySelectorAll<HTMLElement>("article[data-key]") ?? [])];
  const to = (i: number): void => {
    const all = articles();
    const next = all[Math.min(Math.max(i, 0), all.length - 1)];
    choose(next?.dataset["key"] ?? "");
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    note();
  };
  return {
    to,
    onFocus: (e) => {
      const key = e.target instanceof HTMLElement ? e.target.closest<HTMLElement>("article[data-key]")?.dataset["key"] : undefined;
      if (key !== undefined) {
        choose(key);
      }
    },
    onKey: (e) => {
      if (!(e.target instanceof HTMLElement) || e.target.tagName !== "ARTICLE" || e.ctrlKey || e.altKey || e.metaKey || e.shiftKey) {
        return;
      }
      const at = keys.indexOf(e.target.dataset["key"] ?? "");
      switch (e.key) {
        case "ArrowUp":
          if (at <= 1) {
            bring("older");
          }
          to(at - 1);
          break;
        case "ArrowDown":
          if (at >= keys.length - 2) {
            bring("newer");
          }
          to(at + 1);
          break;
        case "Home":
          to(0);
          break;
        case "End":
          toEnd();
          to(keys.length - 1);
          break;
        case "Escape":
          focusComposer();
          break;
        default:
          return;
      }
      e.preventDefault();
    },
  };
}
