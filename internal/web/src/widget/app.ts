import type { Outcome } from "../talk/http";
import type { Keep } from "../talk/keep";
import type { Attributes } from "../talk/visitorapi";
import type { VisitorState } from "../talk/visitorstate";
import type { OpenAnswer } from "../talk/wirevisitor";
import type { panel } from "../words/english";
import type { Fields, Key, Words } from "../words/words";
import type { Facts, Page, Settings } from "./host";
import type { LateVisitor } from "./latevisitor";
import type { Times } from "./times";

export type PanelKey = Key<typeof panel>;

/** What only this panel knows, beside the chat. */
export interface Ui {
  open: boolean;
  wide: boolean;
  /** What the site said of itself; null while it has not. */
  door: OpenAnswer | null;
  /** Since when something is waited for, by this device; it shows in words after a moment. */
  since: number;
  /** Nothing came of it: which of the two, to try it again. */
  failed: "" | "door" | "start";
  /** Before a chat: what is shown of the ways in. */
  way: "" | "form" | "message" | "stored";
  /** What was pressed and is not known yet. */
  busy: string;
  /** Which fields are wrong, in words; "" is about all. */
  errors: Readonly<Record<string, string>>;
  asking: boolean;
  /** Where the log is cut at its end while older lines are read; Infinity for nowhere. */
  end: number;
  /** How many lines there were when the newest was last in view. */
  looked: number;
  files: readonly Sending[];
  score: number;
  sound: boolean;
  mailing: boolean;
  copied: boolean;
}

/** A file on its way, or why it is not. */
export interface Sending {
  id: string;
  file: File;
  part: number;
  error: string;
  cancel(): void;
}

/** All that the parts of the panel are drawn from, and what they may do. */
export interface App {
  v: LateVisitor;
  keep: Keep;
  s: VisitorState;
  ui: Ui;
  settings: Settings;
  facts: Facts;
  page: Page;
  times: Times;
  words: Words<PanelKey>;
  say(key: PanelKey, fields?: Fields): string;
  /** Says something to ears. */
  voice(sentence: string, urgent?: boolean): void;
  /** Whether somebody may be looking at the panel. */
  inSight(): boolean;
  /** Changes what only the panel knows, and draws. */
  set(part: Partial<Ui>): void;
  /** Moves the focus to the first field when what is there now has been drawn. */
  focus(): void;
  /** Keeps what stands in the input. */
  drafts(text: string): void;
  /** The visitor sent something: the newest is in view again. */
  sent(): void;
  hide(): void;
  emit(name: string, detail: unknown): void;
  /** Asks whether the chat is to end; asked is told what came of it, and then ask answers that. */
  ask(): Promise<boolean>;
  asked(ended: boolean): void;
  /** The looks again, and the language, where that has changed. */
  refresh(language?: string): void;
  /** Nothing is known of the visitor any more. */
  blank(): void;
  /** Tries again what failed. */
  again(): void;
  /** Leaves the chat that is over behind. */
  afresh(): void;
  /** The panel's title, and a text of the site's own by its name. */
  title(): string;
  own(name: string, otherwise: string): string;
}

/** Nothing is known. */
export const firstUi: Ui = {
  open: false,
  wide: true,
  door: null,
  since: 0,
  failed: "",
  way: "",
  busy: "",
  errors: {},
  asking: false,
  end: Infinity,
  looked: 0,
  files: [],
  score: 0,
  sound: true,
  mailing: false,
  copied: false,
};

/** Why something did not work, in words. */
export function refused(a: App, o: Outcome<unknown> | null): string {
  if (o === null || o.kind !== "refused") {
    return a.say("reason.broken");
  }
  return o.refusal.status === 429 ? a.say("reason.tooMany") : a.say("reason.refused", { text: o.refusal.text || String(o.refusal.status) });
}

const number = (text: string | undefined): number => Number(text) || 0;

/** Where the visitor would go. */
export function target(a: App): { queueId?: number; productId?: number; categoryId?: number } {
  const [q, p, c] = [number(a.settings["queue"]), number(a.facts.product ?? a.settings["product"]), number(a.facts.category ?? a.settings["category"])];
  return { ...(q && { queueId: q }), ...(p && { productId: p }), ...(c && { categoryId: c }) };
}

/** Asks how the site stands. What was known stays until there is an answer. */
export async function knock(a: App): Promise<void> {
  if (a.ui.door === null) {
    a.set({ since: Date.now(), failed: "" });
  }
  const o = await a.v.open({ ...target(a), language: a.words.language });
  if (o.kind === "answer") {
    const changed = a.ui.door?.state !== o.value.state;
    a.set({ door: o.value, failed: a.ui.failed === "door" ? "" : a.ui.failed, ...(changed && a.ui.way !== "stored" && { way: "" }) });
  } else if (a.ui.door === null) {
    a.set({ failed: "door" });
    a.emit("error", { code: "NO_ANSWER", text: refused(a, o) });
  }
}

/** Custom values that the host page gave: its attribute, and what it said later. */
function customFields(a: App): { name: string; value: string }[] {
  let given: Record<string, unknown> = {};
  try {
    given = JSON.parse(a.settings["custom"] ?? "{}") as typeof given;
  } catch {
    // What is no JSON says nothing.
  }
  return Object.entries({ ...given, ...a.facts.fields }).map(([name, value]) => ({ name, value: String(value) }));
}

/** What is known of the visitor by name: what the form says goes before what the page said. */
export function known(a: App, name: string): string {
  const said: Record<string, string | undefined> = { name: a.facts.name, email: a.facts.email, question: a.facts.prefill, ...a.facts.fields };
  return formValues(a)[name] ?? said[name] ?? "";
}

/** What stands in the form; it outlives a reload. */
export function formValues(a: App): Record<string, string> {
  try {
    return JSON.parse(a.keep.get("form") ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

/** A name in the two parts that the contract has. */
export function nameParts(name: string): { firstName: string; lastName: string } {
  const at = name.trim().lastIndexOf(" ");
  return at < 0 ? { firstName: name.trim(), lastName: "" } : { firstName: name.trim().slice(0, at), lastName: name.trim().slice(at + 1) };
}

/** Asks for a chat with what is known. */
export async function start(a: App, fields: readonly string[]): Promise<void> {
  const question = known(a, "question");
  const more = fields.filter((f) => !["name", "email", "question"].includes(f)).map((name) => ({ name, value: known(a, name) }));
  const attributes: Attributes = {
    ...nameParts(known(a, "name")),
    emailAddress: known(a, "email"),
    question,
    ...target(a),
    ...(a.facts.token && { identity: a.facts.token, resumeType: "RESUME" }),
    ...(/^https?:/.test(a.page.url) && { referrerUrl: a.page.url }),
    auxiliaryData: { USER_AGENT: navigator.userAgent, LANGUAGE: a.words.language },
    customFields: [...customFields(a), ...more.filter((f) => f.value !== "")].map((f) => ({ ...f, type: "STRING" })),
  };
  a.set({ busy: "start", errors: {}, failed: "", since: Date.now() });
  const o = await a.v.do("start", attributes);
  a.set({ busy: "" });
  if (o?.kind === "answer") {
    a.keep.set("asked", JSON.stringify({ chat: a.v.state().session?.engagementId, question }));
    a.keep.remove("form");
    a.set({ way: "", looked: 0, end: Infinity });
    a.focus();
    void a.v.do("page", a.page.url, a.page.title);
  } else if (o?.kind === "refused" && o.refusal.status === 409) {
    // Who is let in has changed meanwhile.
    a.set({ way: "" });
    await knock(a);
  } else if (o?.kind === "refused" && o.refusal.status < 500) {
    a.set({ errors: { "": refused(a, o) } });
    a.emit("error", { code: o.refusal.code, text: o.refusal.text });
  } else {
    a.set({ failed: "start" });
    a.emit("error", { code: "NO_ANSWER", text: refused(a, o) });
  }
}

/** Tells the server what the page learned of its visitor in the middle of a chat. */
export function tell(a: App, facts: Facts): void {
  const { name, email, fields } = facts;
  if (a.s.session !== null && a.s.phase !== "ended" && (name || email || fields)) {
    void a.v.do("facts", {
      ...(name && nameParts(name)),
      ...(email && { emailAddress: email }),
      ...(fields && { fields: Object.entries(fields).map(([n, value]) => ({ name: n, value: String(value) })) }),
    });
  }
}
