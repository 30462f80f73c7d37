import { useEffect, useState } from "preact/hooks";

/** What the page shows, as its address says: "#/chat/7001", so that reload and back work. */
export type Place = { kind: "chats" } | { kind: "chat"; chat: number } | { kind: "past" } | { kind: "settings" };

/** The place that an address names; the chats when it names nothing. */
export function placeOf(hash: string): Place {
  const chat = /^#\/chat\/(\d+)$/.exec(hash)?.[1];
  if (chat !== undefined) {
    return { kind: "chat", chat: Number(chat) };
  }
  return hash === "#/past" ? { kind: "past" } : hash === "#/settings" ? { kind: "settings" } : { kind: "chats" };
}

/** The address of a place. */
export function hashOf(p: Place): string {
  return p.kind === "chat" ? `#/chat/${p.chat}` : p.kind === "chats" ? "#/" : `#/${p.kind}`;
}

/** Goes to a place: back leads to where one was. */
export function goTo(p: Place): void {
  if (hashOf(p) !== (location.hash || "#/")) {
    location.hash = hashOf(p);
  }
}

/** The place that is shown. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return placeOf(hash);
}
