/** What the host page and the panel's frame say to each other. */

/** What the embedding script says of the widget, by the names of its data- attributes. */
export type Settings = Readonly<Record<string, string>>;

/** Who the visitor is and what it is about, as the host page says it: shown as unverified, but for the token. */
export interface Facts {
  token?: string;
  name?: string;
  email?: string;
  fields?: Record<string, string>;
  product?: string;
  category?: string;
  language?: string;
  theme?: string;
  color?: string;
  /** For the input; nothing is ever sent in the visitor's name. */
  prefill?: string;
}

/** Where the visitor is. */
export interface Page {
  url: string;
  title: string;
}

/** The first word of the host page, with the port for all others. */
export interface Hello {
  settings: Settings;
  /** The language that the host page says it is in. */
  language: string;
  facts: Facts;
  page: Page;
  /** What the host page's storage has of ours. */
  kept: Record<string, string>;
  open: boolean;
  /** The panel was opened by the visitor's own click. */
  focus: boolean;
  wide: boolean;
}

/** What the host page says then. */
export type ToPanel =
  /** Another tab kept something, or forgot it. */
  | { say: "kept"; key: string; value: string | null }
  | { say: "shown"; open: boolean; focus: boolean; wide: boolean }
  | { say: "page"; page: Page }
  | { say: "facts"; facts: Facts }
  | { say: "call"; id: number; name: "start" | "end" | "reset"; question: string };

/** Where the widget stands: what get() answers. */
export interface Standing {
  state: "closed" | "form" | "queued" | "chatting" | "ended";
  unread: number;
  queue: { place: number; waitSeconds: number } | null;
  agent: { name: string; bot: boolean } | null;
  connection: "live" | "reconnecting" | "offline" | "stopped";
  language: string;
}

/** What the panel says. */
export type ToHost =
  | { say: "keep"; key: string; value: string | null }
  | { say: "hide" }
  | { say: "standing"; standing: Standing; face: Face }
  | { say: "event"; name: string; detail: unknown }
  | { say: "done"; id: number; result: unknown };

/** How the button looks and reads. */
export interface Face {
  label: string;
  title: string;
  /** What stands on the button. */
  text: string;
  /** False where the site hides the button while it is closed. */
  shown: boolean;
  color: string;
  position: string;
}
