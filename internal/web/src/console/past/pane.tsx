import { useRef, useState } from "preact/hooks";
import { Field } from "../../look/field";
import type { AgentState } from "../../talk/agentstate";
import type { SearchHit } from "../../talk/wireagent";
import { failed } from "../chat/ask";
import { usePage } from "../page";
import "./past.css";
import { RecordView } from "./record";

/** Past chats: words that were said are searched for, and a chat is read. */
export function PastChats({ state, onClose }: { state: AgentState; onClose: () => void }) {
  const { words } = usePage();
  const [open, setOpen] = useState<SearchHit | null>(null);
  const hits = useRef<HTMLElement>(null);
  return (
    <main class="past" aria-label={words.say("search.title")}>
      <div class="row">
        <h1>{words.say("search.title")}</h1>
        <button type="button" onClick={onClose}>
          {words.say("common.close")}
        </button>
      </div>
      <section hidden={open !== null} ref={hits}>
        <Search state={state} onOpen={setOpen} />
      </section>
      {open !== null && (
        <RecordView
          engagement={open.engagementId}
          back={words.say("search.back")}
          onBack={() => {
            setOpen(null);
            requestAnimationFrame(() => hits.current?.querySelector<HTMLElement>(`[data-hit="${open.cursor}"]`)?.focus());
          }}
        />
      )}
    </main>
  );
}

/** One search: what was asked for, and what was found so far. */
interface Found {
  hits: SearchHit[];
  more: boolean;
}

function Search({ state, onOpen }: { state: AgentState; onOpen: (hit: SearchHit) => void }) {
  const { agent, words, moments, voice } = usePage();
  const [text, setText] = useState("");
  const [from, setFrom] = useState("");
  const [till, setTill] = useState("");
  const [queue, setQueue] = useState(0);
  const [found, setFound] = useState<Found | null>(null);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");

  const search = async (after: number, before: SearchHit[]): Promise<void> => {
    setBusy(true);
    const o = await agent.search({
      text,
      ...(after > 0 ? { after } : {}),
      ...(queue > 0 ? { queueId: queue } : {}),
      ...(from === "" ? {} : { from: startOf(from, 0) }),
      ...(till === "" ? {} : { to: startOf(till, 1) }),
    });
    setBusy(false);
    if (o.kind !== "answer") {
      setWrong(words.say("search.failed", { reason: failed(words, o) }));
      return;
    }
    setWrong("");
    const hits = [...before, ...o.value.hits];
    setFound({ hits, more: o.value.more });
    voice.say(hits.length === 0 ? words.say("search.none") : words.say("search.found", { n: hits.length }));
  };

  return (
    <>
      <form
        role="search"
        class="search"
        onSubmit={(e) => {
          e.preventDefault();
          if (!busy) {
            void search(0, []);
          }
        }}
      >
        <Field label={words.say("search.words")} kind="search" value={text} onInput={setText} hint={words.say("search.hint")} />
        <label>
          {words.say("search.from")}
          <input type="date" value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
        </label>
        <label>
          {words.say("search.till")}
          <input type="date" value={till} onInput={(e) => setTill(e.currentTarget.value)} />
        </label>
        <label>
          {words.say("search.queue")}
          <select value={String(queue)} onChange={(e) => setQueue(Number(e.currentTarget.value))}>
            <option value="0">{words.say("search.allQueues")}</option>
            {state.desk?.queues.map((q) => (
              <option key={q.queueId} value={String(q.queueId)}>
                {q.name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="main" aria-disabled={busy}>
          {words.say(busy ? "search.going" : "search.go")}
        </button>
      </form>
      {wrong !== "" && (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      )}
      {found !== null && found.hits.length === 0 && <p>{words.say("search.none")}</p>}
      {found !== null && found.hits.length > 0 && (
        <ol class="hits" role="list">
          {found.hits.map((hit) => (
            <li key={hit.cursor}>
              <button type="button" data-hit={hit.cursor} onClick={() => onOpen(hit)}>
                <span>
                  <bdi>{hit.visitor || words.say("visitor.noName")}</bdi> <span class="meta">{`${hit.queueName} · ${moments.dayAndTime(hit.startedTime)}`}</span>
                </span>
                <span class="snippet" dir="auto">
                  {hit.snippet.map((s) => (s.hit ? <mark>{s.text}</mark> : s.text))}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
      {found?.more && (
        <button type="button" aria-disabled={busy} onClick={() => !busy && void search(found.hits[found.hits.length - 1]?.cursor ?? 0, found.hits)}>
          {words.say("search.further")}
        </button>
      )}
    </>
  );
}

/** The moment at which a day begins where the page is looked at, or the day so many days later. */
function startOf(day: string, later: number): number {
  const [y = 1970, m = 1, d = 1] = day.split("-").map(Number);
  return new Date(y, m - 1, d + later).getTime();
}
