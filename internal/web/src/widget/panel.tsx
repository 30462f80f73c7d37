/** @jsxImportSource ./view */
import "../look/tokens.css";
import "../look/base.css";
import "./panel.css";
import type { Line } from "../talk/log";
import { panel as english } from "../words/english";
import { choose } from "../words/language";
import { load, wordFiles } from "../words/load";
import { words } from "../words/words";
import { type App, firstUi, knock, type Ui } from "./app";
import { called, learn } from "./calls";
import { Door, patience, slow, startNow } from "./form";
import type { Hello, ToHost, ToPanel } from "./host";
import { hostKeep } from "./hostkeep";
import { lateVisitor } from "./latevisitor";
import { leadOf, nameOf } from "./names";
import { look } from "./look";
import { atEnd, toEnd } from "./scroll";
import { standingOf } from "./standing";
import { times } from "./times";
import { draw } from "./view/draw";
import { makeVoice } from "./voice";

/** How often it is asked whether the site is open, while somebody looks at a panel without a chat. */
const knockEvery = 45_000;

const voice = makeVoice();

// The host page says hello, with a port for all that follows. Whose page it is, is the server's to
// allow; that it is the page around this frame is checked here.
addEventListener("message", function hello(e) {
  const port = e.ports[0];
  if (e.source === parent && port) {
    removeEventListener("message", hello);
    void begin(e.data as Hello, port, e.origin);
  }
});

async function begin(h: Hello, port: MessagePort, origin: string): Promise<void> {
  const root = document.getElementById("page") as HTMLElement;
  const send = (m: ToHost): void => port.postMessage(m);
  const keep = hostKeep(h.kept, (key, value) => send({ say: "keep", key, value }));
  const files = wordFiles(document);
  const { settings } = h;
  const speak = async (language: string) => {
    const choice = choose(files.keys(), language || "auto", h.language, navigator.languages);
    const texts = await load(english, choice, files);
    return (own: Record<string, string> = {}) => ({ words: words(english, choice, texts, own), times: times(choice.locale) });
  };
  let tongue = await speak(settings["language"] ?? "");
  const v = lateVisitor({ site: settings["site"] ?? "", key: settings["key"] ?? "", keep, shared: settings["storage"] !== "none", scope: origin });
  let ui: Ui = { ...firstUi, open: h.open, wide: h.wide, since: Date.now(), sound: settings["sound"] !== "off" };
  let wantsFocus = h.focus;
  let opener: Element | null = null;
  let drawing = false;

  const change = (): void => {
    if (!drawing) {
      drawing = true;
      queueMicrotask(show);
    }
  };
  const a: App = {
    v,
    keep,
    settings,
    page: h.page,
    facts: { ...(settings["token"] && { token: settings["token"] }), ...h.facts },
    ...tongue(),
    get s() {
      return v.state();
    },
    get ui() {
      return ui;
    },
    say: (key, fields) => a.words.say(key, fields),
    own: (name, otherwise) => own()[name] ?? otherwise,
    title: () => settings["title"] || ui.door?.widget.title || a.say("widget.title"),
    voice,
    inSight: () => ui.open && document.visibilityState === "visible",
    set: (part) => {
      ui = { ...ui, ...part };
      change();
    },
    focus: () => {
      wantsFocus = true;
      change();
    },
    drafts: (text) => v.drafts.set(0, { text, team: false }),
    sent: () => {
      a.set({ end: Infinity, looked: a.s.log.length });
      requestAnimationFrame(toEnd);
    },
    hide: () => send({ say: "hide" }),
    emit: (name, detail) => send({ say: "event", name, detail }),
    ask: () => {
      opener = document.activeElement;
      a.set({ asking: true });
      return new Promise((done) => (answered = done));
    },
    asked: (ended) => {
      answered(ended);
      requestAnimationFrame(() => (opener instanceof HTMLElement && opener.isConnected ? opener : document.getElementById(ended ? "over" : "text"))?.focus());
    },
    again: () => {
      ui = { ...ui, failed: "", since: Date.now() };
      void (ui.door === null ? knock(a) : startNow(a));
      change();
    },
    refresh: (language) => {
      if (language) {
        void speak(language).then((t) => {
          tongue = t;
          dress();
        });
      }
      dress();
    },
    blank: () => {
      ui = { ...firstUi, open: ui.open, wide: ui.wide, door: ui.door, sound: ui.sound };
      root.replaceChildren();
      change();
    },
    afresh: () => {
      v.drafts.forget(0);
      keep.remove("asked");
      ui = { ...ui, score: 0, copied: false, mailing: false, files: [], errors: {}, way: "", looked: 0, end: Infinity };
      void v.do("reset").then(() => knock(a));
      a.focus();
    },
  };
  const own = (): Record<string, string> => ui.door?.widget.texts[a.words.language] ?? {};
  let answered: (ended: boolean) => void = () => {};

  /** Draws all of it, and does what comes of it. */
  const show = (): void => {
    drawing = false;
    const stay = ui.end === Infinity && atEnd();
    const focused = document.activeElement;
    const lead = leadOf(a);
    const Chat = v.part()?.Chat;
    draw(
      root,
      <>
        <header>
          <h1 dir="auto">{lead ? nameOf(a, lead.clientId) : a.title()}</h1>
          {a.s.phase === "ended" && <span class="meta">{a.say("ended.state")}</span>}
          <button type="button" class="bare" aria-label={a.say("widget.hide")} onClick={a.hide}>
            ×
          </button>
        </header>
        {a.s.session === null ? <Door a={a} /> : Chat && <Chat a={a} />}
      </>,
    );
    if (stay) {
      toEnd();
      ui = { ...ui, looked: a.s.log.length };
    }
    if (focused !== document.body && !focused?.isConnected) {
      // What had the focus is gone: it goes to what is said instead.
      document.getElementById("over")?.focus();
    }
    if (wantsFocus && ui.open) {
      const first = root.querySelector<HTMLElement>("[data-first],main input:not([type=file]),main textarea,main button");
      if (first) {
        first.focus();
        wantsFocus = false;
      }
    }
    see();
    stand();
    tick();
  };

  /** Texts, direction and colours, as the page and the site want them. */
  let color = "";
  const dress = (): void => {
    Object.assign(a, tongue(own()));
    color = look(a);
    change();
  };
  for (const query of ["(prefers-color-scheme:dark)", "(forced-colors:active)"]) {
    matchMedia(query).addEventListener("change", dress);
  }

  /** What is in view was looked at, and seen after a second. */
  let seen: Line | undefined;
  let cancelSeen = 0;
  const see = (): void => {
    if (!a.inSight() || a.s.session === null || !atEnd()) {
      return;
    }
    if (a.s.unread > 0) {
      void v.do("looked");
    }
    const last = a.s.log.at(-1);
    if (last !== seen && a.s.phase === "chatting") {
      seen = last;
      clearTimeout(cancelSeen);
      cancelSeen = setTimeout(() => a.inSight() && atEnd() && void v.do("seen"), 1_000);
    }
  };

  /** Tells the host page where it stands. */
  let said = "";
  const stand = (): void => {
    const m = standingOf(a, color);
    const text = JSON.stringify(m);
    if (text !== said) {
      said = text;
      send(m);
    }
  };

  /** What changes by itself: counted seconds, words for a long wait, typing that goes out of date. */
  let timer = 0;
  const tick = (): void => {
    clearTimeout(timer);
    const waited = Date.now() - ui.since;
    if (a.s.session === null) {
      if (ui.door === null && !ui.failed && waited < slow) {
        timer = setTimeout(change, (waited < patience ? patience : slow) - waited + 1);
      }
    } else if (a.s.idleEnds > 0 || a.s.activity || a.s.outbox.items.some((i) => i.nextTry > Date.now())) {
      timer = setTimeout(change, 1_000);
    }
  };

  let last = v.state();
  v.watch(() => {
    const before = last;
    last = v.state();
    v.part()?.hear(a, before, last);
    change();
    // Another chat of this visitor was opened or forgotten, here or in another tab.
    if (before.session !== null && last.session === null) {
      ui = { ...ui, asking: false, since: Date.now() };
    }
    if (ui.asking && last.phase === "ended") {
      ui = { ...ui, asking: false, busy: "" };
    }
  });

  port.onmessage = (e) => {
    const m = e.data as ToPanel;
    switch (m.say) {
      case "kept":
        keep.hear(m.key, m.value);
        if (m.key === "session" && m.value) {
          void v.need();
        }
        return;
      case "shown":
        ui = { ...ui, open: m.open, wide: m.wide };
        wantsFocus = m.focus;
        if (m.open && a.s.session === null && !ui.failed) {
          void knock(a).then(dress);
        }
        requestAnimationFrame(change);
        return;
      case "page":
        a.page = m.page;
        if (a.s.session !== null && a.s.phase !== "ended") {
          void v.do("page", m.page.url, m.page.title);
        }
        return;
      case "facts":
        learn(a, m.facts);
        return;
      case "call":
        void called(a, m).then((result) => send({ say: "done", id: m.id, result }));
        return;
    }
  };
  addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !e.defaultPrevented && !e.isComposing && !ui.asking) {
      a.hide();
    }
  });
  document.addEventListener("visibilitychange", change);
  addEventListener("resize", () => ui.end === Infinity && toEnd());

  const knockAgain = (): void => {
    const opens = Date.parse(ui.door?.opens ?? "") - Date.now();
    if (a.s.session === null && ui.busy === "" && (a.inSight() || opens <= 0)) {
      void knock(a).then(dress);
    }
    setTimeout(knockAgain, Math.min(knockEvery, opens > 0 ? opens + 1_000 : knockEvery));
  };
  dress();
  show();
  await Promise.all([keep.get("session") ? v.do("resume") : null, knock(a)]);
  dress();
  setTimeout(knockAgain, knockEvery);
  if (a.s.session !== null && a.s.phase !== "ended") {
    void v.do("page", a.page.url, a.page.title);
  }
}

