import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AgentState, Chat } from "../../talk/agentstate";
import type { Draft } from "../../talk/drafts";
import type { Item } from "../../talk/outbox";
import { Dialog } from "../../look/dialog";
import { isolate } from "../../words/words";
import { useCell, usePage } from "../page";
import { FileRows, useFiles } from "./files";
import { fill, gap, slashAt, valuesOf } from "./fill";
import { composerId } from "./focus";
import { fromRich, linked, type Mark, mark, type Stretch, toRich } from "./format";
import { LinkDialog } from "./link";
import { type Pick, SlashList, useSlash } from "./slash";
import { ToolBar } from "./tools";
import { visitorOf } from "./telling";

export interface ComposerProps {
  state: AgentState;
  chat: Chat;
  /** A message that goes back to be edited; it is taken out of the outbox once its words are here. */
  edit: Item | null;
  onEdited: () => void;
  /** Focus goes to the newest message. */
  onUp: () => void;
  /** An action of the "/" list. */
  onAction: (action: "transfer" | "end" | "invite") => void;
}

/** Where an agent writes: the draft and its receiver are the chat's own, and stay on this device. */
export function Composer({ state, chat, edit, onEdited, onUp, onAction }: ComposerProps) {
  const page = usePage();
  const { agent, words } = page;
  const enterSends = useCell(page.enterSends);
  const watches = chat.role === "MONITOR";
  const [draft, setDraft] = useState<Draft>(() => agent.drafts.get(chat.id));
  const team = draft.team || watches;
  const field = useRef<HTMLTextAreaElement>(null);
  const [asking, setAsking] = useState(false);
  const [linking, setLinking] = useState<Stretch | null>(null);
  /** What follows a dialog: when it has given the focus back, and before the next key. */
  const afterDialog = useRef<(() => void) | null>(null);
  const files = useFiles(state, chat, team);
  const [dropping, setDropping] = useState(false);
  const hint = useId();
  const name = isolate(visitorOf(words, chat));

  const put = (next: Draft): void => {
    setDraft(next);
    agent.drafts.set(chat.id, next);
  };
  /** Puts a text and the cursor into the field at once, so that the next key goes where it belongs. */
  const place = (s: Stretch, rich: boolean): void => {
    put({ ...draft, text: s.text, ...(rich || draft.rich ? { rich: true } : {}) });
    const f = field.current;
    if (f !== null) {
      f.value = s.text;
      f.focus();
      f.setSelectionRange(s.from, s.to);
    }
  };
  const chosen = (): Stretch => {
    const f = field.current;
    return { text: draft.text, from: f?.selectionStart ?? draft.text.length, to: f?.selectionEnd ?? draft.text.length };
  };

  const slash = useSlash(state, chat);
  const typed = (f: HTMLTextAreaElement): void => {
    put(f.value === "" ? { text: "", team: draft.team } : { ...draft, text: f.value });
    slash.look(slashAt(f.value, f.selectionStart));
    void agent.do("typed", chat.id, team);
  };

  const choose = (pick: Pick): void => {
    const s = chosen();
    const at = slash.at?.at ?? s.from;
    slash.close();
    if (pick.kind === "reply") {
      const made = fill(pick.reply.text, valuesOf(words, state, chat));
      const text = s.text.slice(0, at) + made + s.text.slice(s.to);
      const empty = gap(text, at);
      const inside = empty !== null && empty.to <= at + made.length ? empty : null;
      place({ text, from: inside?.from ?? at + made.length, to: inside?.to ?? at + made.length }, false);
      return;
    }
    const text = s.text.slice(0, at) + s.text.slice(s.to);
    const f = field.current;
    if (f !== null) {
      f.value = text;
    }
    put({ ...draft, text, ...(pick.action === "team" ? { team: true } : {}) });
    if (pick.action === "team") {
      f?.focus();
    } else {
      onAction(pick.action);
    }
  };

  const send = (): void => {
    const { text } = draft;
    if (text.trim() === "") {
      return;
    }
    const rich = draft.rich ? toRich(text) : null;
    agent.post(chat.id, rich ?? text, team ? { kind: "team" } : { kind: "all" }, rich !== null);
    // After each word to the team the visitor is the one who is spoken to again.
    put({ text: "", team: false });
    slash.close();
    field.current?.focus();
  };
  const ask = (): void => (gap(draft.text) === null ? send() : setAsking(true));
  const fillIn = (): void => {
    const empty = gap(draft.text);
    setAsking(false);
    afterDialog.current = () => {
      field.current?.focus();
      if (empty !== null) {
        field.current?.setSelectionRange(empty.from, empty.to);
      }
    };
  };
  useLayoutEffect(() => {
    const follow = afterDialog.current;
    afterDialog.current = null;
    follow?.();
  }, [asking, linking]);

  const onKey = (e: KeyboardEvent): void => {
    // Within a composition the keys belong to the input method; some say so by the key code alone.
    if (e.isComposing || e.keyCode === 229) {
      return;
    }
    const f = field.current;
    const bare = !e.shiftKey && !e.ctrlKey && !e.altKey && !e.metaKey;
    if (bare && slash.key(e.key, choose)) {
      e.preventDefault();
      e.stopPropagation();
    } else if (e.key === "Enter") {
      const wanted = enterSends && !matchMedia("(pointer: coarse)").matches ? bare : (e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey;
      if (wanted) {
        e.preventDefault();
        if (!e.repeat) {
          ask();
        }
      }
    } else if (e.key === "ArrowUp" && bare && f?.value === "") {
      e.preventDefault();
      onUp();
    }
  };

  // Its words come back above what stands here by now.
  useEffect(() => {
    if (edit === null) {
      return;
    }
    const text = edit.richText ? fromRich(edit.text) : edit.text;
    const whole = draft.text === "" ? text : `${text}\n${draft.text}`;
    const next: Draft = { text: whole, team: edit.to.kind !== "all", ...(edit.richText || draft.rich ? { rich: true } : {}) };
    put(next);
    field.current?.focus();
    void agent.do("removeItem", edit.messageId);
    onEdited();
  }, [edit]);
  useEffect(() => () => void agent.do("rest", chat.id), []);

  const dragged = (e: DragEvent): boolean => e.dataTransfer?.types.includes("Files") ?? false;
  const formats = (kind: Mark): void => place(mark(chosen(), kind), true);
  const sendTo = team ? words.say("chat.sendTeam") : words.say("chat.sendTo", { name });
  const coarse = matchMedia("(pointer: coarse)").matches;
  const ctrl = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl";

  return (
    <>
      <form
        class={`composer ${team ? "team" : ""} ${dropping ? "dropping" : ""}`}
        aria-label={words.say("chat.composer")}
        onSubmit={(e) => {
          e.preventDefault();
          ask();
        }}
        onDragOver={(e) => {
          if (dragged(e)) {
            e.preventDefault();
            setDropping(true);
          }
        }}
        onDragLeave={() => setDropping(false)}
        onDrop={(e) => {
          setDropping(false);
          if (dragged(e)) {
            e.preventDefault();
            files.send([...(e.dataTransfer?.files ?? [])]);
          }
        }}
      >
        <FileRows files={files} />
        <fieldset class="to">
          <legend>{words.say("chat.to")}</legend>
          {!watches && (
            <label>
              <input type="radio" name={`to-${chat.id}`} checked={!team} onChange={() => put({ ...draft, team: false })} />
              <bdi>{visitorOf(words, chat)}</bdi>
            </label>
          )}
          <label>
            <input type="radio" name={`to-${chat.id}`} checked={team} onChange={() => put({ ...draft, team: true })} />
            {words.say("chat.team")}
          </label>
        </fieldset>
        {team && <p class="team-hint">{words.say("chat.teamHint", { name })}</p>}
        <div class="write">
          {dropping && <p class="drop">{words.say("chat.drop", { name })}</p>}
          {slash.open && <SlashList slash={slash} onPick={choose} />}
          <textarea
            ref={field}
            id={composerId}
            value={draft.text}
            rows={2}
            dir="auto"
            aria-label={team ? words.say("chat.inputTeam") : words.say("chat.input", { name })}
            aria-describedby={hint}
            aria-autocomplete="list"
            aria-controls={slash.open ? slash.id : undefined}
            aria-activedescendant={slash.open && slash.picks.length > 0 ? slash.optionId(slash.chosen) : undefined}
            onInput={(e) => typed(e.currentTarget)}
            onKeyDown={onKey}
            onBlur={slash.close}
            onPaste={(e) => {
              const pasted = [...(e.clipboardData?.files ?? [])];
              if (pasted.length > 0) {
                e.preventDefault();
                files.send(pasted);
              }
            }}
          />
        </div>
        <ToolBar
          files={files}
          onMark={formats}
          onLink={() => setLinking(chosen())}
          onSlash={() => {
            const s = chosen();
            const gapBefore = s.from > 0 && !/\s$/.test(s.text.slice(0, s.from)) ? " /" : "/";
            const text = s.text.slice(0, s.from) + gapBefore + s.text.slice(s.to);
            place({ text, from: s.from + gapBefore.length, to: s.from + gapBefore.length }, false);
            slash.look(slashAt(text, s.from + gapBefore.length));
          }}
        />
        <p class="hint meta" id={hint}>
          {!coarse && <span>{enterSends ? words.say("chat.enterSends") : words.say("chat.ctrlEnterSends", { key: ctrl })}</span>}
          {files.limits !== "" && <span>{files.limits}</span>}
        </p>
        <button type="submit" class="main send" aria-label={sendTo}>
          <span class="wide">{sendTo}</span>
          <span class="short">{team ? sendTo : words.say("common.send")}</span>
        </button>
      </form>
      {asking && (
        <Dialog title={words.say("chat.emptyField", { field: gap(draft.text)?.label ?? "" })} question onClose={fillIn}>
          <div class="row">
            <button type="button" class="main" data-first onClick={fillIn}>
              {words.say("chat.fillIn")}
            </button>
            <button
              type="button"
              onClick={() => {
                setAsking(false);
                send();
              }}
            >
              {words.say("chat.sendAsIs")}
            </button>
          </div>
        </Dialog>
      )}
      {linking !== null && (
        <LinkDialog
          onClose={() => setLinking(null)}
          onLink={(address) => {
            const s = linking;
            setLinking(null);
            afterDialog.current = () => place(linked(s, address), true);
          }}
        />
      )}
    </>
  );
}
