import { useEffect, useRef, useState } from "preact/hooks";
import type { AgentState, Chat } from "../../talk/agentstate";
import { usePage } from "../page";
import type { View } from "./view";

/** A message counts as seen when it was in view for so long, in milliseconds. */
const seenAfter = 1_000;

/**
 * Tells the server and the list what is read: a chat is looked at while the page is in view and its
 * newest message is on the screen. Answers since when posts are new to who looks: 0 for none are.
 */
export function useRead(state: AgentState, chat: Chat, view: View): number {
  const { agent } = usePage();
  const visible = useVisible();
  const looks = visible && view.bottom && chat.read;
  const [newSince, setNewSince] = useState(chat.newSince);
  const placed = useRef(false);

  // What came while nobody looked is new until one looks away again.
  const before = useRef(chat.newSince);
  if (chat.newSince !== before.current) {
    if (chat.newSince > 0 && !looks) {
      setNewSince(chat.newSince);
    }
    before.current = chat.newSince;
  }

  // On opening, the first new message is brought into view, if it is above.
  useEffect(() => {
    const box = view.scroller.current;
    if (placed.current || !chat.read || box === null) {
      return;
    }
    placed.current = true;
    const line = box.querySelector<HTMLElement>("[data-new]");
    if (line !== null && line.getBoundingClientRect().top < box.getBoundingClientRect().top) {
      line.scrollIntoView({ block: "start" });
    }
  }, [chat.read]);

  useEffect(() => {
    if (looks && chat.unread > 0) {
      void agent.do("looked", chat.id);
    }
  }, [looks, chat.unread]);

  const newest = chat.log.findLast((l) => l.kind === "post" && l.clientId !== state.session?.clientId);
  useEffect(() => {
    if (!looks || newest === undefined || chat.state !== "active") {
      return;
    }
    const timer = setTimeout(() => void agent.do("seen", chat.id), seenAfter);
    return () => clearTimeout(timer);
  }, [looks, newest === undefined ? 0 : newest.at]);

  return newSince;
}

/** Whether the page is in view. */
function useVisible(): boolean {
  const [visible, set] = useState(document.visibilityState === "visible");
  useEffect(() => {
    const changed = (): void => set(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, []);
  return visible;
}
