import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { Dialog } from "../../look/dialog";
import { Field } from "../../look/field";
import { step } from "../../look/menu";
import type { AgentState, Chat } from "../../talk/agentstate";
import type { Outcome } from "../../talk/http";
import type { DirectoryAnswer } from "../../talk/wireagent";
import { span } from "../../words/spans";
import { isolate } from "../../words/words";
import { type DeskWords, unreachable, usePage } from "../page";
import { conversationId } from "./focus";
import { visitorOf } from "./telling";

export interface AskDialogProps {
  state: AgentState;
  chat: Chat;
  kind: "transfer" | "invite";
  onClose: () => void;
}

/** Somebody, or a queue, that a chat can go to. */
interface Target {
  key: string;
  name: string;
  /** How it stands: "available", "3 wait, about 5:00". */
  standing: string;
  /** Why it can't be asked; "" when it can. */
  reason: string;
  to: { accountId: number; name: string } | { queueId: number };
}

/** How often the directory is read again while the dialog is open, in milliseconds. */
const every = 5_000;

/** Asks who is to take the chat, or to join it. Who can't stays in the list, with why. */
export function AskDialog({ state, chat, kind, onClose }: AskDialogProps) {
  const { agent, words } = usePage();
  const [text, setText] = useState("");
  const [note, setNote] = useState("");
  const [at, setAt] = useState("");
  const [going, setGoing] = useState(false);
  const [wrong, setWrong] = useState("");
  const [directory, setDirectory] = useState<DirectoryAnswer | null>(null);
  const id = useId();

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const read = async (): Promise<void> => {
      const o = await agent.directory();
      if (gone) {
        return;
      }
      if (o.kind === "answer") {
        setDirectory(o.value);
      }
      timer = setTimeout(() => void read(), every);
    };
    void read();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);

  const all = useMemo(() => (directory === null ? [] : targetsOf(words, state, chat, kind, directory)), [directory, chat.participants, kind]);
  const low = text.trim().toLocaleLowerCase();
  const found = all.filter((t) => t.name.toLocaleLowerCase().includes(low));
  const i = Math.max(found.findIndex((t) => t.key === at), 0);
  const target = found[i];
  const offline = unreachable(words, state);
  const why = offline ?? (target === undefined || target.reason === "" ? undefined : target.reason);

  const go = async (): Promise<void> => {
    if (target === undefined || why !== undefined || going) {
      return;
    }
    setGoing(true);
    setWrong("");
    const o = kind === "transfer" ? await agent.do("transfer", chat.id, target.to, note, false) : "accountId" in target.to ? await agent.do("invite", chat.id, target.to, note) : null;
    setGoing(false);
    if (o?.kind === "answer") {
      onClose();
      return;
    }
    setWrong(failed(words, o));
  };

  const escalate = async (): Promise<void> => {
    if (offline !== undefined || going) {
      return;
    }
    setGoing(true);
    const o = await agent.do("reroute", chat.id);
    setGoing(false);
    if (o?.kind === "answer") {
      onClose();
    } else {
      setWrong(failed(words, o));
    }
  };

  const title = words.say(`${kind}.title`, { name: isolate(visitorOf(words, chat)) });
  const optionId = (n: number): string => `${id}-${n}`;
  return (
    <Dialog title={title} onClose={onClose} fallback={`#${conversationId}`}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void go();
        }}
      >
        <div class="field">
          <label for={`${id}-to`}>{words.say("transfer.to")}</label>
          <input
            id={`${id}-to`}
            role="combobox"
            autocomplete="off"
            aria-expanded="true"
            aria-autocomplete="list"
            aria-controls={`${id}-list`}
            aria-activedescendant={target === undefined ? undefined : optionId(i)}
            value={text}
            dir="auto"
            onInput={(e) => {
              setText(e.currentTarget.value);
              setAt("");
            }}
            onKeyDown={(e) => {
              if (!e.isComposing && (e.key === "ArrowDown" || e.key === "ArrowUp") && found.length > 0) {
                e.preventDefault();
                setAt(found[step(e.key, i, found.length)]?.key ?? "");
              }
            }}
          />
        </div>
        <div class="options targets" role="listbox" id={`${id}-list`} aria-label={words.say("transfer.to")}>
          {found.map((t, n) => (
            <div
              key={t.key}
              id={optionId(n)}
              role="option"
              aria-selected={n === i}
              aria-disabled={t.reason !== ""}
              onPointerDown={(e) => e.preventDefault()}
              onClick={() => setAt(t.key)}
            >
              <span aria-hidden="true">{"queueId" in t.to ? "▦" : t.reason === "" ? "●" : "○"} </span>
              <bdi>{t.name}</bdi> <span class="meta">{t.reason === "" ? t.standing : t.standing === "" ? t.reason : `${t.reason}, ${t.standing}`}</span>
            </div>
          ))}
        </div>
        {directory === null && <p class="meta">{words.say("common.loading")}</p>}
        {directory !== null && found.length === 0 && <p class="meta">{words.say("transfer.none", { text: isolate(text) })}</p>}
        <Field label={words.say("transfer.note")} kind="long" rows={2} value={note} onInput={setNote} />
        {wrong !== "" && (
          <p class="field-error" role="alert">
            {wrong}
          </p>
        )}
        <div class="row">
          <button type="submit" class="main" aria-disabled={why !== undefined || target === undefined || going} aria-describedby={`${id}-why`}>
            {words.say(going ? `${kind}.going` : `${kind}.go`)}
          </button>
          <button type="button" onClick={onClose}>
            {words.say("common.cancel")}
          </button>
          {kind === "transfer" && (
            <button type="button" class="bare" aria-disabled={offline !== undefined || going} onClick={() => void escalate()}>
              {words.say("transfer.escalate")}
            </button>
          )}
        </div>
        <p class="meta" id={`${id}-why`}>
          {why !== undefined && (offline ?? (target && `${target.name}: ${why}`))}
        </p>
      </form>
    </Dialog>
  );
}

function targetsOf(words: DeskWords, state: AgentState, chat: Chat, kind: AskDialogProps["kind"], d: DirectoryAnswer): Target[] {
  const inside = new Set(chat.participants.map((p) => p.accountId).filter((n) => n > 0));
  const people = d.agents
    .filter((a) => a.accountId !== state.session?.accountId)
    .map((a): Target => {
      const reasonName = state.desk?.statusReasons.find((r) => r.subTypeId === a.subTypeId && r.status === a.status)?.name;
      const there = a.status === "AVAILABLE";
      return {
        key: `a${a.accountId}`,
        name: a.name,
        standing: inside.has(a.accountId) || !there ? "" : words.say("status.available"),
        reason: inside.has(a.accountId) ? words.say("transfer.inChat") : there ? "" : (reasonName ?? words.say("transfer.notThere")),
        to: { accountId: a.accountId, name: a.name },
      };
    });
  const queues = d.queues.map((q): Target => {
    const s = q.queueStatistics;
    const waits = s === null ? "" : words.say("transfer.waiting", { n: s.engagementsInQueue });
    const about = s !== null && s.expectedWaitSeconds > 0 ? words.say("transfer.about", { time: span(words, s.expectedWaitSeconds) }) : "";
    return {
      key: `q${q.queueId}`,
      name: q.name,
      standing: [waits, about].filter((x) => x !== "").join(", "),
      reason: s !== null && s.totalAvailableAgents === 0 ? words.say("transfer.nobodyThere") : "",
      to: { queueId: q.queueId },
    };
  });
  const all = kind === "transfer" ? [...people, ...queues] : people;
  return [...all.filter((t) => t.reason === ""), ...all.filter((t) => t.reason !== "")];
}

/** Why something was not done. */
export function failed(words: DeskWords, o: Outcome<unknown> | null): string {
  if (o?.kind === "refused") {
    return words.say("reason.refused", { text: o.refusal.text || String(o.refusal.status) });
  }
  return words.say("reason.broken");
}
