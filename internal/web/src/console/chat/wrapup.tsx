import { useId, useState } from "preact/hooks";
import { Elapsed } from "../../look/elapsed";
import { longestWaiting, waitSeconds } from "../../talk/agentfigures";
import type { AgentState, Chat } from "../../talk/agentstate";
import { span } from "../../words/spans";
import { isolate } from "../../words/words";
import { unreachable, usePage } from "../page";
import { failed } from "./ask";
import { composerId } from "./focus";
import { useWrapUp } from "./note";
import { SavingWord } from "./saving";
import { happeningText, visitorOf } from "./telling";
import { saveTranscript } from "./transcript";

export interface WrapUpProps {
  state: AgentState;
  chat: Chat;
  onOpen: (chat: number) => void;
}

/** What is left to do when a chat has ended, or has gone on without the agent. */
export function WrapUp({ state, chat, onOpen }: WrapUpProps) {
  const page = usePage();
  const { agent, words, moments } = page;
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const offline = unreachable(words, state);
  const gone = chat.state === "gone";
  const next = longestWaiting(state);
  const ended = chat.ended;

  const act = async (what: "release" | "dismiss"): Promise<void> => {
    if (busy || (what === "release" && offline !== undefined)) {
      return;
    }
    setBusy(true);
    const o = await agent.do(what, chat.id);
    // When it went well, this chat is no longer shown.
    setBusy(false);
    if (o?.kind === "answer") {
      agent.drafts.forget(chat.id);
    } else {
      setWrong(failed(words, o));
    }
  };

  return (
    <section class="wrap-up" aria-label={words.say("end.wrap")}>
      <TooLate chat={chat} />
      {/* After a reload the log no longer tells. */}
      {!chat.log.some((l) => l.kind === "ended") && (
        <p>
          <bdi>{ended === null ? words.say("end.none") : happeningText(words, chat, { kind: "ended", clientId: 0, text: "", ...ended })}</bdi>
        </p>
      )}
      {!gone && (
        <>
          <h2>
            {words.say("end.wrap")} {ended !== null && <Elapsed since={ended.at} now={page.now} words={(s) => span(words, s)} class="meta" />}
          </h2>
          <Outcome state={state} chat={chat} />
        </>
      )}
      {wrong !== "" && (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      )}
      <div class="row">
        {gone ? (
          <button type="button" class="main" onClick={() => void act("dismiss")}>
            {words.say("common.close")}
          </button>
        ) : (
          <button type="button" class="main" aria-disabled={busy || offline !== undefined} title={offline} onClick={() => void act("release")}>
            {words.say(busy ? "end.finishing" : "end.finish")}
          </button>
        )}
        <SaveTranscript state={state} chat={chat} />
      </div>
      {!gone && (
        <p class="meta">
          {offline ?? words.say("end.holds", { max: state.places })} {chat.wrapUpEnds > 0 && words.say("end.wrapEnds", { time: moments.time(chat.wrapUpEnds) })}
        </p>
      )}
      {next !== null && next.id !== chat.id && (
        <button type="button" class="bare next" onClick={() => onOpen(next.id)}>
          {words.say("list.next", { name: isolate(visitorOf(words, next)), time: span(words, waitSeconds(state, next, Date.now())) })}
        </button>
      )}
    </section>
  );
}

/** What was typed and not sent stays to be copied. */
function TooLate({ chat }: { chat: Chat }) {
  const { agent, words } = usePage();
  const [text] = useState(() => agent.drafts.get(chat.id).text);
  const why = useId();
  if (text === "") {
    return null;
  }
  return (
    <div class="field">
      <textarea id={composerId} readOnly rows={2} dir="auto" value={text} aria-label={words.say("common.message")} aria-describedby={why} />
      <p class="meta" id={why}>
        {words.say("end.readOnly")}
      </p>
    </div>
  );
}

function Outcome({ state, chat }: { state: AgentState; chat: Chat }) {
  const { words } = usePage();
  const w = useWrapUp(chat);
  const result = useId();
  const note = useId();
  const results = state.desk?.results ?? [];
  return (
    <>
      {results.length > 0 && (
        <div class="field">
          <label for={result}>{words.say("end.result")}</label>
          <select id={result} value={String(w.result)} onChange={(e) => w.setResult(Number(e.currentTarget.value))}>
            <option value="0">{words.say("end.chooseResult")}</option>
            {results.map((r) => (
              <option key={r.id} value={String(r.id)}>
                {r.name}
              </option>
            ))}
          </select>
        </div>
      )}
      <div class="field">
        <label for={note}>{words.say("end.note")}</label>
        <textarea id={note} rows={2} dir="auto" value={w.note} onInput={(e) => w.setNote(e.currentTarget.value)} onBlur={w.now} />
      </div>
      <SavingWord saving={w.saving} />
    </>
  );
}

function SaveTranscript({ state, chat }: { state: AgentState; chat: Chat }) {
  const page = usePage();
  const { words } = page;
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  return (
    <>
      <button
        type="button"
        aria-disabled={busy}
        onClick={() => {
          if (!busy) {
            setBusy(true);
            void saveTranscript(page, state, chat).then((reason) => {
              setBusy(false);
              setWrong(reason);
            });
          }
        }}
      >
        {words.say("end.saveTranscript")}
      </button>
      {wrong !== "" && (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      )}
    </>
  );
}
