import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Chat } from "../../talk/agentstate";
import { usePage } from "../page";
import { SavingWord, useSaving } from "./saving";

/** What came of a chat and what is to be kept of it, saved as it is typed; the last one stands. */
export function useWrapUp(chat: Chat): { note: string; result: number; setNote: (note: string) => void; setResult: (result: number) => void; now: () => void; saving: ReturnType<typeof useSaving>["saving"] } {
  const { agent } = usePage();
  const [note, setNote] = useState(chat.wrapUpNote);
  const [result, setResult] = useState(chat.result);
  const typed = useRef(false);
  const { saving, later, now } = useSaving((value: { note: string; result: number }) => agent.do("setWrapUp", chat.id, value.result, value.note));
  // What another place of the page, or another tab, has saved is shown unless something is being typed here.
  useEffect(() => {
    if (!typed.current || saving.kind === "saved") {
      setNote(chat.wrapUpNote);
      setResult(chat.result);
      typed.current = false;
    }
  }, [chat.wrapUpNote, chat.result]);
  return {
    note,
    result,
    now,
    saving,
    setNote: (next) => {
      typed.current = true;
      setNote(next);
      later({ note: next, result });
    },
    setResult: (next) => {
      setResult(next);
      later({ note, result: next });
      now();
    },
  };
}

/** The note of a chat that one leads. */
export function NoteField({ chat, label }: { chat: Chat; label: string }) {
  const w = useWrapUp(chat);
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} rows={3} dir="auto" value={w.note} onInput={(e) => w.setNote(e.currentTarget.value)} onBlur={w.now} />
      <SavingWord saving={w.saving} />
    </div>
  );
}
