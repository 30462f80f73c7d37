import { useEffect, useState } from "preact/hooks";
import { useBoardPage } from "../page";
import { failureOf } from "../telling";
import type { Lists } from "./lists";
import type { LeftMessage } from "./wire";

/** What visitors wrote while nobody was there, oldest first, until somebody is done with it. */
export function Inbox({ lists }: { lists: Lists }) {
  const { board, words } = useBoardPage();
  const [messages, setMessages] = useState<LeftMessage[] | null>(null);
  const [failure, setFailure] = useState("");
  const [more, setMore] = useState(false);
  const load = async (after: number): Promise<void> => {
    const o = await board.admin.get<{ messages: LeftMessage[]; more: boolean }>(`/messages?after=${after}&limit=100`);
    setFailure(failureOf(words, o));
    if (o.kind === "answer") {
      setMessages((known) => [...(after === 0 ? [] : (known ?? [])), ...o.value.messages]);
      setMore(o.value.more);
    }
  };
  useEffect(() => void load(0), [board]);
  const done = async (m: LeftMessage): Promise<void> => {
    const o = await board.admin.post(`/messages/${m.number}/done`, {});
    setFailure(failureOf(words, o));
    if (o.kind === "answer") {
      setMessages((known) => (known ?? []).filter((x) => x.number !== m.number));
    }
  };
  return (
    <>
      {failure !== "" && (
        <p class="field-error" role="alert">
          {failure}{" "}
          <button type="button" onClick={() => void load(0)}>
            {words.say("common.retry")}
          </button>
        </p>
      )}
      {messages === null ? failure === "" && <p class="empty">{words.say("common.loading")}</p> : messages.length === 0 ? <p class="empty">{words.say("inbox.none")}</p> : null}
      <ol class="plain inbox">
        {(messages ?? []).map((m) => (
          <Message key={m.number} message={m} queue={String(lists.queues.find((q) => q["queueId"] === m.queueId)?.["name"] ?? "")} onDone={() => done(m)} />
        ))}
      </ol>
      {more && (
        <button type="button" onClick={() => void load(messages?.at(-1)?.number ?? 0)}>
          {words.say("common.more")}
        </button>
      )}
    </>
  );
}

function Message({ message: m, queue, onDone }: { message: LeftMessage; queue: string; onDone: () => Promise<void> }) {
  const { words, moments } = useBoardPage();
  const [going, setGoing] = useState(false);
  const at = Date.parse(m.at);
  return (
    <li>
      <article aria-label={`${m.name || m.emailAddress}, ${moments.heading(at)} ${moments.time(at)}`}>
        <p class="meta">
          <bdi>{m.name}</bdi> <bdi dir="ltr">{m.emailAddress}</bdi> · {words.say("inbox.at", { day: moments.heading(at), time: moments.time(at) })}
          {queue !== "" && (
            <>
              {" "}
              · <bdi>{queue}</bdi>
            </>
          )}
        </p>
        <p class="said" dir="auto">
          {m.message}
        </p>
        {(m.page !== "" || m.fields.length > 0) && (
          <p class="meta" dir="auto">
            {[m.page, ...m.fields.map((f) => `${f.name} ${f.value}`)].filter((x) => x !== "").join(" · ")}
          </p>
        )}
        <p class="row">
          {m.emailAddress !== "" && (
            <a class="button" href={`mailto:${encodeURIComponent(m.emailAddress)}`}>
              {words.say("inbox.answer")}
            </a>
          )}
          <button
            type="button"
            aria-disabled={going || undefined}
            onClick={() => {
              if (!going) {
                setGoing(true);
                void onDone().then(() => setGoing(false));
              }
            }}
          >
            {words.say(going ? "common.saving" : "inbox.done")}
          </button>
        </p>
      </article>
    </li>
  );
}
