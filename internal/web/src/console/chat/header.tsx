import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Elapsed } from "../../look/elapsed";
import { Menu } from "../../look/menu";
import { watchers } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import { age } from "../../words/spans";
import { isolate } from "../../words/words";
import { type DeskWords, usePage } from "../page";
import { type Action, chatActions } from "./actions";
import { conversationId } from "./focus";
import { leadOf, visitorOf } from "./telling";

export interface ChatHeaderProps {
  state: AgentState;
  chat: Chat;
  onBack?: (() => void) | undefined;
  under?: ComponentChildren;
}

/** Whose chat it is, how long it goes on, who leads, and what can be done with it. */
export function ChatHeader({ state, chat, onBack, under }: ChatHeaderProps) {
  const page = usePage();
  const { words } = page;
  const actions = chatActions(page, state, chat);
  const queue = state.desk?.queues.find((q) => q.queueId === chat.queueId)?.name;
  const lead = leadOf(chat);
  return (
    <header class="chat-header">
      {onBack && (
        <button type="button" class="bare back" aria-label={words.say("bar.back")} onClick={onBack}>
          <span class="mirrored" aria-hidden="true">
            ‹
          </span>
        </button>
      )}
      <h1 id={conversationId} tabIndex={-1}>
        <bdi>{visitorOf(words, chat)}</bdi>
        {queue !== undefined && (
          <span class="of">
            {" "}
            · <bdi>{queue}</bdi>
          </span>
        )}
      </h1>
      <p class="about meta">
        <Elapsed since={chat.since} now={page.now} words={(s) => age(words, s)} />
        {chat.state === "active" && <> · {chat.role === "LEAD" ? words.say("chat.youLead") : lead !== "" && words.say("chat.nameLeads", { name: isolate(lead) })}</>}
      </p>
      {chat.state === "active" && actions.length > 0 && (onBack ? <ActionMenu actions={actions} /> : <ActionRow actions={actions} />)}
      {under}
      <Standing state={state} chat={chat} />
    </header>
  );
}

function ActionRow({ actions }: { actions: Action[] }) {
  return (
    <div class="actions">
      {actions.map((a) => (
        <button key={a.key} type="button" aria-disabled={a.reason !== undefined || undefined} aria-description={a.reason} title={a.reason} onClick={() => a.reason === undefined && a.run()}>
          {a.name}
        </button>
      ))}
    </div>
  );
}

function ActionMenu({ actions }: { actions: Action[] }) {
  const { words } = usePage();
  return (
    <Menu
      label={
        <>
          <span aria-hidden="true">⋯</span>
          <span class="unseen">{words.say("chat.actions")}</span>
        </>
      }
      choices={actions.map((a) => ({ key: a.key, text: a.name, reason: a.reason }))}
      onChoose={(key) => actions.find((a) => a.key === key)?.run()}
    />
  );
}

/** What stands above the log while it is so: who was asked, who watches, whether the visitor is away. */
function Standing({ chat }: { state: AgentState; chat: Chat }) {
  const page = usePage();
  const { words, moments } = page;
  if (chat.state !== "active") {
    return null;
  }
  const name = isolate(visitorOf(words, chat));
  const lines: ComponentChildren[] = watchers(chat).map((w) => <p key={w.clientId}>{words.say("chat.watches", { name: isolate(w.name) })}</p>);
  if (chat.awaySince > 0) {
    lines.push(
      <p key="away" class="late">
        {words.say("chat.away", { name })} {chat.awayEnds > 0 && words.say("chat.awayEnds", { time: moments.time(chat.awayEnds) })}
      </p>,
    );
  }
  if (chat.idleEnds > 0) {
    lines.push(
      <p key="idle" class="late">
        {words.say("chat.idleEnds", { time: moments.time(chat.idleEnds) })}
      </p>,
    );
  }
  return (
    <div class="standing">
      {chat.asked !== null && <AskedLine asked={chat.asked} />}
      {lines}
    </div>
  );
}

/** Who was asked to take the chat or to join, and what came of it. */
function AskedLine({ asked }: { asked: NonNullable<Chat["asked"]> }) {
  const { words, voice, now } = usePage();
  const [, tick] = useState(0);
  const open = asked.outcome === "";
  useEffect(() => {
    if (!open) {
      return;
    }
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [open]);
  const said = askedText(words, asked, now());
  const first = useRef(asked.outcome);
  useEffect(() => {
    if (first.current !== asked.outcome) {
      first.current = asked.outcome;
      voice.say(said);
    }
  }, [asked.outcome]);
  return <p class={asked.outcome === "" || asked.outcome === "taken" ? "" : "late"}>{said}</p>;
}

function askedText(words: DeskWords, asked: NonNullable<Chat["asked"]>, now: number): string {
  const seconds = Math.ceil((asked.ends - now) / 1000);
  // Each pair of words has the same fields, whichever it is about.
  const say = (key: "asked" | "ok" | "no" | "late"): string => words.say(`${asked.kind}.${key}`, { name: isolate(asked.name), s: seconds });
  switch (asked.outcome) {
    case "":
      return seconds > 0 ? say("asked") : words.say("offer.zero");
    case "taken":
      return say("ok");
    case "declined":
      return say("no");
    default:
      return say("late");
  }
}
