import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { AgentState, Chat } from "../../talk/agentstate";
import type { Item } from "../../talk/outbox";
import { useCell, usePage } from "../page";
import { AskDialog } from "./ask";
import "./chat.css";
import { Composer } from "./composer";
import { EndDialog } from "./end";
import { ChatHeader } from "./header";
import { Log } from "./log";
import { useSpeech } from "./speak";
import { WrapUp } from "./wrapup";

/** One chat, as the page shows it; give it the chat's number as its key. */
export interface ChatPaneProps {
  state: AgentState;
  chat: Chat;
  /** On phones: back to the list. Without it there is no such button, and the actions stand side by side. */
  onBack?: (() => void) | undefined;
  /** What stands below the header's line, such as an offer on phones. */
  under?: ComponentChildren;
  /** Opens another chat. */
  onOpen: (chat: number) => void;
}

/** The conversation: header, log, composer or wrap-up, and the dialogs of the chat. */
export function ChatPane({ state, chat, onBack, under, onOpen }: ChatPaneProps) {
  const page = usePage();
  const layer = useCell(page.layer);
  const [edit, setEdit] = useState<Item | null>(null);
  const [enter, setEnter] = useState(0);
  useSpeech(page, state, chat);
  const close = (): void => page.layer.set(null);
  const over = layer?.chat === chat.id && chat.state === "active" ? layer.kind : null;

  return (
    <main class="chat">
      <ChatHeader state={state} chat={chat} onBack={onBack} under={under} />
      <Log state={state} chat={chat} onEdit={setEdit} enter={enter} />
      {chat.state === "active" ? (
        <Composer
          state={state}
          chat={chat}
          edit={edit}
          onEdited={() => setEdit(null)}
          onUp={() => setEnter((n) => n + 1)}
          onAction={(kind) => page.layer.set({ kind, chat: chat.id })}
        />
      ) : (
        <WrapUp state={state} chat={chat} onOpen={onOpen} />
      )}
      {(over === "transfer" || over === "invite") && <AskDialog state={state} chat={chat} kind={over} onClose={close} />}
      {over === "end" && <EndDialog state={state} chat={chat} onClose={close} />}
    </main>
  );
}
