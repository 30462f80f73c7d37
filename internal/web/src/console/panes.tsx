import { usePage } from "./page";

/** One of the panes that a phone shows one at a time. */
export type Pane = "chats" | "chat" | "visitor";

export interface PanesProps {
  pane: Pane;
  onPane: (p: Pane) => void;
  chats: number;
  needs: number;
  hasChat: boolean;
  hasVisitor: boolean;
}

/** The bar of panes below a phone's page. */
export function Panes({ pane, onPane, chats, needs, hasChat, hasVisitor }: PanesProps) {
  const { words } = usePage();
  const none = words.say("keys.nothingOpen");
  const all: { key: Pane; text: string; count: number; reason: string | undefined }[] = [
    { key: "chats", text: words.say("bar.paneChats"), count: chats, reason: undefined },
    { key: "chat", text: words.say("bar.paneChat"), count: 0, reason: hasChat ? undefined : none },
    { key: "visitor", text: words.say("bar.paneVisitor"), count: 0, reason: hasVisitor ? undefined : none },
  ];
  return (
    <nav class="panes" aria-label={words.say("bar.panes")}>
      {all.map((p) => (
        <button
          key={p.key}
          type="button"
          aria-current={p.key === pane ? "page" : undefined}
          aria-disabled={p.reason !== undefined || undefined}
          aria-description={p.reason}
          aria-label={p.key === "chats" && needs > 0 ? `${p.text} ${p.count}, ${words.say("list.need", { n: needs })}` : undefined}
          onClick={() => p.reason === undefined && onPane(p.key)}
        >
          {p.count > 0 ? `${p.text} ${p.count}` : p.text}
        </button>
      ))}
    </nav>
  );
}
