import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Outcome } from "../../talk/http";
import { failed } from "../chat/ask";
import { unreachable, usePage } from "../page";
import type { AgentState } from "../../talk/agentstate";

export interface PropertyProps {
  state: AgentState;
  /** What it is called; shown unless plain. */
  label: string;
  value: string;
  /** The label is for ears only: a name or an address says itself what it is. */
  plain?: boolean;
  long?: boolean;
  kind?: "text" | "email" | "number";
  /** Saves a new value; without it the value can only be read. */
  save?: (value: string) => Promise<Outcome<Record<string, boolean>> | null>;
}

/** One thing that is known of a visitor: shown, and edited in its place. Nothing changes on the page before the server has it. */
export function Property({ state, label, value, plain = false, long = false, kind = "text", save }: PropertyProps) {
  const { words } = usePage();
  const [text, setText] = useState<string | null>(null);
  const [standing, setStanding] = useState<"" | "saving" | "saved" | "notSaved">("");
  const [reason, setReason] = useState("");
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const id = useId();
  const editing = text !== null;
  const came = useRef(false);

  useEffect(() => {
    if (editing) {
      field.current?.focus();
      field.current?.select();
    } else if (came.current) {
      opener.current?.focus();
    }
    came.current = editing;
  }, [editing]);

  const store = async (): Promise<void> => {
    if (text === null || save === undefined || standing === "saving") {
      return;
    }
    if (text.trim() === value) {
      setText(null);
      return;
    }
    const offline = unreachable(words, state);
    if (offline !== undefined) {
      setStanding("notSaved");
      setReason(offline);
      return;
    }
    setStanding("saving");
    const o = await save(text.trim());
    const all = o?.kind === "answer" && Object.values(o.value).every((done) => done);
    if (all) {
      setStanding("saved");
      setText(null);
    } else {
      setStanding("notSaved");
      setReason(o?.kind === "answer" ? words.say("visitor.notTaken") : failed(words, o));
    }
  };
  const leave = (): void => {
    setText(null);
    setStanding("");
  };
  const onKey = (e: KeyboardEvent): void => {
    if (e.isComposing || e.keyCode === 229) {
      return;
    }
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      void store();
    } else if (e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation();
      leave();
    }
  };

  const wrong = standing === "notSaved";
  const common = {
    id,
    ref: field,
    value: text ?? "",
    dir: "auto" as const,
    "aria-describedby": `${id}-standing`,
    ...(wrong ? { "aria-invalid": "true" as const } : {}),
    onInput: (e: { currentTarget: { value: string } }) => setText(e.currentTarget.value),
    onKeyDown: onKey,
  };
  return (
    <div class="property">
      {editing ? (
        <>
          <label class="meta" for={id}>
            {label}
          </label>
          {long ? <textarea {...common} rows={3} /> : <input {...common} inputMode={kind === "text" ? "text" : kind === "email" ? "email" : "numeric"} />}
          <div class="row">
            <button type="button" class="main" aria-disabled={standing === "saving"} onClick={() => void store()}>
              {words.say("visitor.save")}
            </button>
            <button type="button" onClick={leave}>
              {words.say("common.cancel")}
            </button>
          </div>
        </>
      ) : (
        <div class="shown">
          <p>
            <span class={plain ? "unseen" : "meta"}>{label} </span>
            {value === "" ? <span class="meta">{words.say("visitor.empty")}</span> : <bdi>{value}</bdi>}
          </p>
          {save !== undefined && (
            <button ref={opener} type="button" class="bare" aria-label={words.say("visitor.editField", { field: label })} onClick={() => setText(value)}>
              {words.say("common.edit")}
            </button>
          )}
        </div>
      )}
      <p class={`meta ${wrong ? "wrong" : ""}`} id={`${id}-standing`} role="status">
        {standing === "saving" ? words.say("common.saving") : standing === "saved" ? words.say("common.saved") : wrong ? words.say("common.notSaved", { reason }) : ""}
      </p>
    </div>
  );
}
