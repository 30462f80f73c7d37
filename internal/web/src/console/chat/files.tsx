import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AgentState, Chat } from "../../talk/agentstate";
import type { Outcome } from "../../talk/http";
import type { Upload } from "../../talk/upload";
import { fileKinds, fileSize, percent } from "../../words/figures";
import { isolate } from "../../words/words";
import { type ConsolePage, unreachable, usePage } from "../page";
import { visitorOf } from "./telling";

/** A file on its way, or one that was not sent. */
interface Sending {
  key: number;
  file: File;
  part: number;
  reason: string;
}

/** The files of one chat. */
export interface Files {
  /** What may be sent, in words; "" where no files may be sent. */
  limits: string;
  /** For the browser's own dialog. */
  accept: string;
  /** Why no file can be sent now. */
  reason: string | undefined;
  all: readonly Sending[];
  send: (files: readonly File[]) => void;
  cancel: (key: number) => void;
  again: (key: number) => void;
  forget: (key: number) => void;
}

/**
 * Sends files, and knows how far they are. What is not allowed is not even begun; nor is one that
 * the visitor would get though team says that the agent speaks to the team.
 */
export function useFiles(state: AgentState, chat: Chat, team: boolean): Files {
  const page = usePage();
  const { words, agent } = page;
  const allowed = state.desk?.files;
  const [all, setAll] = useState<Sending[]>([]);
  const ways = useRef(new Map<number, Upload<unknown>>());
  const last = useRef(0);
  useEffect(() => () => ways.current.forEach((way) => way.cancel()), []);

  const change = (key: number, more: Partial<Sending>): void => setAll((list) => list.map((s) => (s.key === key ? { ...s, ...more } : s)));
  const forget = (key: number): void => {
    ways.current.delete(key);
    setAll((list) => list.filter((s) => s.key !== key));
  };
  const start = (key: number, file: File): void => {
    const way = agent.sendFile(chat.id, file, (part) => change(key, { part }));
    ways.current.set(key, way);
    void way.done.then((o) => {
      ways.current.delete(key);
      if (o.kind === "answer") {
        forget(key);
        return;
      }
      const reason = refusal(page, state, o);
      change(key, { reason });
      page.voice.say(words.say("common.notSent", { reason }), "urgent");
    });
  };

  // The composer is drawn with every key, and this takes longer than all else in it.
  const [kinds, max] = useMemo(() => [fileKinds(words, allowed?.types ?? []), fileSize(words.locale, allowed?.maxBytes ?? 0)] as const, [words, allowed]);
  const open = allowed?.allowed === true;
  // What is sent by who only watches goes to the agents alone.
  const apart = team && chat.role !== "MONITOR" ? words.say("chat.fileForAll", { name: isolate(visitorOf(words, chat)) }) : undefined;
  const barred = apart ?? unreachable(words, state);
  return {
    limits: open ? words.say("common.files", { kinds, max }) : "",
    accept: (allowed?.types ?? []).join(","),
    reason: barred,
    all,
    send: (files) => {
      if (!open) {
        return;
      }
      for (const file of files) {
        const key = ++last.current;
        const reason =
          file.size > allowed.maxBytes
            ? words.say("reason.fileSize", { max })
            : !fits(allowed.types, file.type)
              ? words.say("reason.fileKind", { kinds })
              : (barred ?? "");
        setAll((list) => [...list, { key, file, part: 0, reason }]);
        if (reason === "") {
          start(key, file);
        }
      }
    },
    cancel: (key) => {
      ways.current.get(key)?.cancel();
    },
    again: (key) => {
      const s = all.find((x) => x.key === key);
      if (s && barred !== undefined) {
        change(key, { reason: barred });
      } else if (s) {
        change(key, { reason: "", part: 0 });
        start(key, s.file);
      }
    },
    forget,
  };
}

/** Whether a kind is among those that are allowed. A browser that does not know the kind leaves it to the server. */
function fits(types: readonly string[], type: string): boolean {
  return type === "" || types.length === 0 || types.some((t) => t === type || (t.endsWith("/*") && type.startsWith(t.slice(0, -1))));
}

function refusal({ words }: ConsolePage, state: AgentState, o: Exclude<Outcome<unknown>, { kind: "answer" }>): string {
  if (o.kind === "lost") {
    return words.say(o.aborted ? "reason.cancelled" : "reason.broken");
  }
  const files = state.desk?.files;
  switch (o.refusal.status) {
    case 413:
      return words.say("reason.fileSize", { max: fileSize(words.locale, files?.maxBytes ?? 0) });
    case 415:
      return words.say("reason.fileKind", { kinds: fileKinds(words, files?.types ?? []) });
    case 429:
      return words.say("reason.tooMany");
  }
  return words.say("reason.refused", { text: o.refusal.text || String(o.refusal.status) });
}

/** The files on their way and those that were not sent, above the composer. */
export function FileRows({ files }: { files: Files }) {
  const { words } = usePage();
  if (files.all.length === 0) {
    return null;
  }
  return (
    <ul class="files" aria-label={words.say("common.file")}>
      {files.all.map((s) => (
        <li key={s.key} class={s.reason === "" ? "pending" : "pending wrong"}>
          {s.reason === "" ? (
            <>
              <span>{words.say("common.sendingFile", { file: isolate(s.file.name), percent: percent(words.locale, s.part) })}</span>
              <progress value={s.part} max={1} aria-label={s.file.name} />
              <button type="button" onClick={() => files.cancel(s.key)}>
                {words.say("common.cancel")}
              </button>
            </>
          ) : (
            <>
              <span>
                <bdi>{s.file.name}</bdi>: {words.say("common.notSent", { reason: s.reason })}
              </span>
              <button type="button" onClick={() => files.again(s.key)}>
                {words.say("common.retry")}
              </button>
              <button type="button" onClick={() => files.forget(s.key)}>
                {words.say("common.delete")}
              </button>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
