/** A way to all other tabs of this page, and never to oneself. */
export interface Channel {
  say(message: unknown): void;
  hear(act: (message: unknown) => void): void;
  close(): void;
}

/** The browser's own. */
export function pageChannel(name: string): Channel {
  const channel = new BroadcastChannel(name);
  return {
    say: (message) => channel.postMessage(message),
    hear: (act) => {
      channel.onmessage = (e) => act(e.data);
    },
    close: () => channel.close(),
  };
}

/** A way to nobody, for pages that stand alone. */
export function noChannel(): Channel {
  return { say: () => {}, hear: () => {}, close: () => {} };
}
