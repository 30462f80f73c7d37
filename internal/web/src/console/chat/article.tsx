import type { ComponentChildren } from "preact";
import { agentMark } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import type { Happening, Mark, Post } from "../../talk/log";
import type { Item } from "../../talk/outbox";
import { fileSize } from "../../words/figures";
import { isolate } from "../../words/words";
import { type ConsolePage, usePage } from "../page";
import { Link, linkTo, RichText } from "./rich";
import { authorOf, happeningText, notSentReason, visitorOf } from "./telling";

/** What every line of the log is given: whether it takes the log's one tab stop. */
interface Stop {
  id: string;
  stop: boolean;
}

export interface MessageProps extends Stop {
  state: AgentState;
  chat: Chat;
  /** What the server has, or what it has not confirmed: the same element shows one and then the other. */
  said: Post | Item;
  /** The last of the agent's own, whose mark is always shown. */
  newest: boolean;
  /** A message that was not sent goes back to the composer. */
  onEdit: (item: Item) => void;
}

/** What was said. */
export function MessageArticle({ state, chat, said, newest, id, stop, onEdit }: MessageProps) {
  const page = usePage();
  const { words } = page;
  const post = "kind" in said ? said : null;
  const item = "kind" in said ? null : said;
  const mine = post === null || post.clientId === state.session?.clientId;
  const team = item === null ? post !== null && (post.team || post.only > 0) : item.to.kind !== "all";
  const author = post === null ? words.say("common.you") : authorOf(words, state, chat, post);
  const time = page.moments.time(post === null ? (item?.made ?? 0) : post.at);
  const mark = post !== null && mine ? agentMark(chat, post) : null;
  return (
    <article
      class={`post ${mine ? "mine" : "theirs"} ${team ? "team" : ""} ${item === null ? "" : "pending"}`}
      data-key={id}
      tabIndex={stop ? 0 : -1}
      aria-label={label(page, author, time, team)}
    >
      <Head author={author} time={time} team={team} />
      {post !== null ? <Said post={post} /> : <Said post={{ text: said.text, richText: said.richText, file: null }} />}
      {post?.offTheRecord && <span class="meta">{words.say("common.notKept")}</span>}
      {mark !== null && <MarkWord mark={mark} always={newest || mark === "blocked"} />}
      {item !== null && <Unsent chat={chat} item={item} onEdit={onEdit} />}
    </article>
  );
}

/** How it stands with a message that the server has not confirmed. */
function Unsent({ chat, item, onEdit }: { chat: Chat; item: Item; onEdit: (item: Item) => void }) {
  const { words, agent } = usePage();
  if (item.state !== "notSent") {
    return <span class="mark">{words.say("common.sending")}</span>;
  }
  return (
    <>
      <span class="mark wrong">{words.say("common.notSent", { reason: notSentReason(words, chat, item) })}</span>
      <div class="row">
        <button type="button" onClick={() => void agent.do("tryAgain", item.messageId)}>
          {words.say("common.retry")}
        </button>
        <button type="button" onClick={() => onEdit(item)}>
          {words.say("common.edit")}
        </button>
        <button type="button" onClick={() => void agent.do("removeItem", item.messageId)}>
          {words.say("common.delete")}
        </button>
      </div>
    </>
  );
}

/** What happened. */
export function HappeningArticle({ chat, line, id, stop }: { chat: Chat; line: Happening } & Stop) {
  const { words, moments } = usePage();
  const text = happeningText(words, chat, line);
  return (
    <article class={`happening ${line.kind === "trouble" ? "wrong" : ""}`} data-key={id} tabIndex={stop ? 0 : -1} aria-label={`${text} ${moments.time(line.at)}`}>
      <bdi>{text}</bdi> <time class="meta">{moments.time(line.at)}</time>
    </article>
  );
}

function label({ words }: ConsolePage, author: string, time: string, team: boolean): string {
  const from = words.say("common.from", { name: isolate(author), time });
  return team ? `${words.say("chat.team")}: ${from}` : from;
}

function Head({ author, time, team }: { author: string; time: string; team: boolean }) {
  const { words } = usePage();
  return (
    <header class="meta">
      {team && <strong class="team-label">{words.say("chat.team")}</strong>} <bdi class="author">{author}</bdi> <time dir="ltr">{time}</time>
    </header>
  );
}

/** The words of a post, or the file that it brought. */
export function Said({ post }: { post: Pick<Post, "text" | "richText" | "file"> }) {
  const { words } = usePage();
  const url = post.file === null ? null : linkTo(post.file.url);
  if (post.file !== null && url !== null) {
    return (
      <p class="said">
        <Link href={url}>
          <bdi>{post.file.name}</bdi>
        </Link>
        , {fileSize(words.locale, post.file.size)}
      </p>
    );
  }
  return post.richText ? <RichText html={post.text} /> : <Plain text={post.text} />;
}

function Plain({ text }: { text: string }): ComponentChildren {
  return (
    <p class="said" dir="auto">
      {text}
    </p>
  );
}

const marks = { sending: "common.sending", sent: "common.sent", delivered: "common.delivered", seen: "common.seen", notSent: "common.notSent", blocked: "common.blocked" } as const;

/** The mark of an own message; older ones show it on focus and hover, so that a long log is quiet. */
function MarkWord({ mark, always }: { mark: Mark; always: boolean }) {
  const { words } = usePage();
  return <span class={`mark ${mark === "blocked" ? "wrong" : ""} ${always ? "" : "quiet"}`}>{words.say(marks[mark])}</span>;
}

/** What the visitor types, if the site shows that, or that it does. */
export function TypingLine({ chat }: { chat: Chat }) {
  const { words } = usePage();
  const name = visitorOf(words, chat);
  if (!chat.typing?.preview) {
    return <p class="typing meta">{words.say("chat.typing", { name: isolate(name) })}</p>;
  }
  return (
    <p class="typing meta" dir="auto">
      {words.say("chat.typingText", { name: isolate(name), text: isolate(chat.typing.preview) })} <em>({words.say("chat.preview")})</em>
    </p>
  );
}
