import { useEffect, useRef, useState } from "preact/hooks";
import { Said } from "../chat/article";
import { failed } from "../chat/ask";
import { happeningText } from "../chat/telling";
import { happened } from "../../talk/log";
import { newChat } from "../../talk/agentstate";
import type { Reason } from "../../talk/wire";
import type { RecordAnswer, RecordLine } from "../../talk/wireagent";
import { isolate } from "../../words/words";
import { usePage } from "../page";
import "./past.css";

export interface RecordViewProps {
  engagement: number;
  /** What the button says that leads back. */
  back: string;
  onBack: () => void;
}

/** A past chat, to be read. */
export function RecordView({ engagement, back, onBack }: RecordViewProps) {
  const { agent, words, moments } = usePage();
  const [record, setRecord] = useState<RecordAnswer | null>(null);
  const [wrong, setWrong] = useState("");
  const [loading, setLoading] = useState(false);
  const button = useRef<HTMLButtonElement>(null);

  const load = async (after: number, before: RecordLine[]): Promise<void> => {
    setLoading(true);
    const o = await agent.record(engagement, after);
    setLoading(false);
    if (o.kind === "answer") {
      setWrong("");
      setRecord({ ...o.value, lines: [...before, ...o.value.lines] });
    } else {
      setWrong(failed(words, o));
    }
  };
  useEffect(() => {
    button.current?.focus();
    void load(0, []);
  }, [engagement]);

  const name = record?.visitor || words.say("visitor.noName");
  return (
    <section class="record" aria-label={words.say("search.record", { name: isolate(name) })}>
      <button ref={button} type="button" onClick={onBack}>
        {back}
      </button>
      {record !== null && (
        <>
          <h2>
            <bdi>{name}</bdi>
          </h2>
          <p class="meta">
            <bdi>{record.queueName}</bdi> · {moments.dayAndTime(record.startedTime)} · {words.say("visitor.readOnly")}
          </p>
          <ol role="list">
            {record.lines.map((l) => (
              <li key={l.number}>
                <RecordedLine line={l} />
              </li>
            ))}
          </ol>
          {record.more && (
            <button type="button" aria-disabled={loading} onClick={() => !loading && void load(record.lastLine, record.lines)}>
              {words.say("search.further")}
            </button>
          )}
        </>
      )}
      {loading && <p class="meta">{words.say("common.loading")}</p>}
      {wrong !== "" && (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      )}
    </section>
  );
}

function RecordedLine({ line }: { line: RecordLine }) {
  const { words, moments } = usePage();
  const at = Date.parse(line.at);
  const time = moments.time(at);
  const name = line.who?.name || (line.who?.role === "END_USER" ? words.say("visitor.noName") : words.say("visitor.agent"));
  if (line.kind === "POST" && line.post) {
    const { post } = line;
    const team = post.visibility === "NOT_ENDUSER";
    const mine = line.who?.role !== "END_USER" && !post.system;
    const file = post.file ? { ...post.file, url: post.file.url ?? "" } : null;
    return (
      <article class={`post ${mine ? "mine" : "theirs"} ${team ? "team" : ""}`} aria-label={words.say("common.from", { name: isolate(name), time })}>
        <header class="meta">
          {team && <strong class="team-label">{words.say("chat.team")}</strong>} {!post.system && <bdi class="author">{name}</bdi>} <time>{time}</time>
        </header>
        {post.offTheRecord ? <p class="meta">{words.say("common.notKept")}</p> : <Said post={{ text: post.text ?? "", richText: post.richText ?? false, file }} />}
      </article>
    );
  }
  if (line.kind === "WRAP_UP_NOTED") {
    return (
      <p class="happening">
        {words.say("end.note")}: <bdi>{[line.result, line.text].filter((x) => x).join(" · ")}</bdi> <time class="meta">{time}</time>
      </p>
    );
  }
  const kind = ({ JOINED: "joined", LEFT: "left", ENDED: "ended" } as const)[line.kind as "JOINED"];
  if (kind === undefined) {
    return null;
  }
  const chat = newChat(0, 0, { visitorName: line.who?.role === "END_USER" ? name : "" });
  return (
    <p class="happening">
      <bdi>{happeningText(words, chat, happened(kind, at, { name, role: line.who?.role ?? "NONE", reason: (line.cause ?? "NONE") as Reason }))}</bdi> <time class="meta">{time}</time>
    </p>
  );
}
