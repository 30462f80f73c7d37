import { useEffect, useId, useRef, useState } from "preact/hooks";
import { composerId } from "../console/chat/focus";
import { useCell, usePage } from "../console/page";
import type { Chat, Participant } from "../talk/agentstate";
import type { Item } from "../talk/outbox";
import { isolate } from "../words/words";
import { useBoardPage } from "./page";

export interface WhisperProps {
  chat: Chat;
  to: Participant;
  /** A word that was not sent and goes back to be edited. */
  edit: Item | null;
  onEdited: () => void;
}

/** Where a supervisor writes to the agent alone: the visitor never gets it. */
export function Whisper({ chat, to, edit, onEdited }: WhisperProps) {
  const { words } = useBoardPage();
  const desk = usePage();
  const { agent } = desk;
  const enterSends = useCell(desk.enterSends);
  const [text, setText] = useState(() => agent.drafts.get(chat.id).text);
  const field = useRef<HTMLTextAreaElement>(null);
  const heading = useId();
  const name = isolate(to.name);

  const put = (next: string): void => {
    setText(next);
    agent.drafts.set(chat.id, { text: next, team: false });
  };
  const send = (): void => {
    if (text.trim() === "") {
      return;
    }
    agent.post(chat.id, text, { kind: "one", clientId: to.clientId, type: "AGENT" }, false);
    put("");
    field.current?.focus();
  };
  useEffect(() => {
    if (edit !== null) {
      put(text === "" ? edit.text : `${edit.text}\n${text}`);
      void agent.do("removeItem", edit.messageId);
      onEdited();
      field.current?.focus();
    }
  }, [edit]);

  return (
    <form
      class="whisper"
      aria-labelledby={heading}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      <h3 id={heading}>{words.say("board.toOnly", { name })}</h3>
      <textarea
        id={composerId}
        ref={field}
        rows={2}
        dir="auto"
        value={text}
        aria-labelledby={heading}
        onInput={(e) => {
          put(e.currentTarget.value);
          void agent.do("typed", chat.id, true);
        }}
        onKeyDown={(e) => {
          // Within a composition the keys belong to the input method; some say so by the key code alone.
          if (e.isComposing || e.keyCode === 229 || e.key !== "Enter" || e.shiftKey || e.altKey) {
            return;
          }
          const withKey = e.ctrlKey || e.metaKey;
          if (enterSends && !matchMedia("(pointer: coarse)").matches ? !withKey : withKey) {
            e.preventDefault();
            if (!e.repeat) {
              send();
            }
          }
        }}
      />
      <button type="submit">{words.say("board.whisper", { name })}</button>
    </form>
  );
}
