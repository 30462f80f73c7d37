import { inkOn, isColor } from "./color";
import type { Face, Facts, Hello, Page, Standing, ToHost, ToPanel } from "./host";

/*
 * The one script on pages of others: a button, and the panel's frame when it is wanted. It sends no
 * request of its own, has no library, and sets no style but through a constructed sheet, so that it
 * works under the strictest policy of the host page. docs/widget.md is its contract.
 */

type Do = (...args: unknown[]) => unknown;
type Usher = Record<string, Do> & { (name: string, ...args: unknown[]): Promise<unknown>; q?: [string, ...unknown[]][] };

const script = document.currentScript as HTMLScriptElement;
const home = window as unknown as { usher?: Usher };
// Twice on a page is once.
if (!home.usher?.["get"]) {
  begin();
}

function begin(): void {
  const { dataset: data } = script;
  const site = data["site"] ?? "";
  const source = new URL("/usher/widget/?site=" + encodeURIComponent(site), script.src);
  const prefix = `usher.${site}.`;
  const small = matchMedia("(max-width:599px)");
  const target = data["target"] && document.querySelector(data["target"]);

  let facts: Facts = {};
  let open = false;
  let wanted = data["launcher"] !== "none";
  let opener: HTMLElement | null = null;
  let frame: HTMLIFrameElement | undefined;
  let port: MessagePort | undefined;
  let calls = 0;
  let face: Partial<Face> = {};
  let standing: Standing = { state: "closed", unread: 0, queue: null, agent: null, connection: "live", language: "" };
  const waiting = new Map<number, Do>();
  const unsaid: ToPanel[] = [];
  const heard = new Map<unknown, Set<Do>>();

  /** Uses the host page's storage, which may be refused, full, or not wanted: then the chat goes on without memory. */
  const store = <T>(act: (s: Storage) => T): T | undefined => {
    try {
      return data["storage"] === "none" ? undefined : act(data["storage"] === "session" ? sessionStorage : localStorage);
    } catch {
      return undefined;
    }
  };
  const keep = (key: string, value: string | null): unknown => store((s) => (value === null ? s.removeItem(prefix + key) : s.setItem(prefix + key, value)));
  const kept = (): Record<string, string> => store((s) => Object.fromEntries(Object.entries(s).flatMap(([k, v]) => (k.startsWith(prefix) ? [[k.slice(prefix.length), v as string]] : [])))) ?? {};

  const word = { ar: "محادثة", ja: "チャット" }[(data["language"] || document.documentElement.lang || navigator.language).slice(0, 2)] ?? "Chat";
  const title = data["title"] || word;
  const make = <K extends keyof HTMLElementTagNameMap>(tag: K, is?: Partial<HTMLElementTagNameMap[K]>): HTMLElementTagNameMap[K] => Object.assign(document.createElement(tag), is);
  const host = make("div");
  const button = make("button", { textContent: word, ariaExpanded: "false" });
  const panel = make("dialog", { ariaLabel: title });
  const sheet = new CSSStyleSheet();
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(button, panel);

  /** Writes the style sheet: numbers and colours that are checked, and nothing else of what the page says. */
  const dress = (): void => {
    const whole = (text: string | undefined, otherwise: number): number => (/^\d+$/.test(text ?? "") ? Number(text) : otherwise);
    const [x, y] = (data["offset"] ?? "").split(",");
    const [dx, dy] = [whole(x, 16), whole(y, 16)];
    const place = (target ? "" : `position:fixed;z-index:${whole(data["z"], 2147483000)};`) + `inset:auto;${(data["position"] || face.position) === "left" ? "left" : "right"}:${dx}px;bottom:${dy}px;`;
    const said = face.color || data["color"] || "";
    const given = isColor(said);
    const color = given ? said : "#0a5baa";
    const dark = "button{background:#82baf4;color:#0a1826}";
    sheet.replaceSync(
      `:host{all:initial}
button{${place}min-height:44px;padding:8px 20px;border:1px solid #0000;border-radius:24px;font:600 16px/24px system-ui;background:${color};color:${inkOn(color)};box-shadow:0 2px 8px #0004}
${given || data["theme"] === "light" ? "" : data["theme"] === "dark" ? dark : `@media(prefers-color-scheme:dark){${dark}}`}
.up{bottom:auto;top:${dy}px}
button:focus-visible{outline:2px solid;outline-offset:2px}
dialog{${place}margin:0 0 56px;padding:0;width:380px;max-width:calc(100% - ${2 * dx}px);height:min(640px,100% - ${dy + 72}px);max-height:none;border:1px solid #0000;border-radius:12px;overflow:hidden;box-shadow:0 2px 8px #0004}
:modal{inset:0;margin:0;width:100%;max-width:none;height:100%;border-radius:0}
${target ? "dialog{width:100%;max-width:none;height:640px}" : ""}
iframe{width:100%;height:100%;border:0}`,
    );
    button.hidden = !wanted || (face.shown === false && !open);
  };
  dress();

  const emit = (name: string, detail?: unknown): unknown => heard.get(name)?.forEach((fn) => fn(detail));
  /** Says something to a panel that is there: another one hears of it when it says hello. */
  const tell = (m: ToPanel): unknown => port?.postMessage(m);
  const page = (): Page => ({ url: location.href, title: document.title });
  const covers = (): boolean => small.matches && !target;

  /** Makes the frame, and gives it its port when its page is there: only a page of our server gets it. */
  const wake = (): void => {
    frame ??= panel.appendChild(
      make("iframe", {
        src: source.href,
        title,
        allow: "autoplay",
        onload: () => {
          const channel = new MessageChannel();
          port = channel.port1;
          port.onmessage = (e) => hear(e.data as ToHost);
          const hello: Hello = { settings: { ...data } as Record<string, string>, language: document.documentElement.lang, facts, page: page(), kept: kept(), open, focus: !!opener, wide: !covers() };
          frame?.contentWindow?.postMessage(hello, source.origin, [channel.port2]);
          unsaid.splice(0).forEach(tell);
        },
      }),
    );
  };

  const hear = (m: ToHost): void => {
    switch (m.say) {
      case "keep":
        keep(m.key, m.value);
        break;
      case "hide":
        show(false, true);
        break;
      case "event":
        emit(m.name, m.detail);
        break;
      case "done":
        waiting.get(m.id)?.(m.result);
        break;
      case "standing": {
        const before = standing;
        standing = m.standing;
        face = m.face;
        button.ariaLabel = m.face.label;
        button.textContent = m.face.text;
        panel.ariaLabel = m.face.title;
        frame?.setAttribute("title", m.face.title);
        dress();
        (Object.keys(standing) as (keyof Standing)[]).forEach((name) => JSON.stringify(before[name]) !== JSON.stringify(standing[name]) && emit(name, standing[name]));
      }
    }
  };

  /** The keyboard of a phone takes its part of the screen, and the panel has the rest. */
  const fit = (): void => {
    const v = visualViewport;
    Object.assign(panel.style, v && open && covers() ? { height: `${v.height}px`, top: `${v.offsetTop}px` } : { height: "", top: "" });
  };

  /** Puts the panel where it belongs: on a phone it is all there is, and the page behind is still. */
  const lay = (focus: boolean): void => {
    panel.close();
    if (open && covers()) {
      panel.showModal();
    } else {
      // show() would move the focus.
      panel.open = open;
    }
    fit();
    dress();
    tell({ say: "shown", open, focus, wide: !covers() });
  };
  small.onchange = () => lay(false);
  ["resize", "scroll"].forEach((name) => visualViewport?.addEventListener(name, fit));

  /** Shows or hides the panel. Focus moves only when the visitor did it. */
  const show = (on: boolean, byVisitor = false): void => {
    const changed = on !== open;
    open = on;
    if (on) {
      opener = byVisitor ? (document.activeElement as HTMLElement) : null;
      wake();
    }
    button.ariaExpanded = String(on);
    keep("open", on ? "1" : null);
    lay(byVisitor && on);
    if (byVisitor) {
      (on ? frame : button.hidden ? opener : button)?.focus();
    }
    if (changed) {
      emit(on ? "open" : "close");
    }
  };
  button.onclick = () => show(!open, true);
  panel.oncancel = (e) => {
    e.preventDefault();
    show(false, true);
  };

  const ask = (name: "start" | "end" | "reset", question = ""): Promise<unknown> =>
    new Promise((resolve) => {
      waiting.set(++calls, resolve);
      const m: ToPanel = { say: "call", id: calls, name, question };
      port ? tell(m) : unsaid.push(m);
    });
  const note = (more: Facts): void => {
    facts = { ...facts, ...more, fields: { ...facts.fields, ...more.fields } };
    tell({ say: "facts", facts: more });
  };
  const on: Do = (name, fn) => {
    heard.set(name, (heard.get(name) ?? new Set()).add(fn as Do));
    return () => off(name, fn);
  };
  const once: Do = (name, fn) => {
    const stop = on(name, (detail: unknown) => (stop(), (fn as Do)(detail))) as Do;
    return stop;
  };
  const off: Do = (name, fn) => heard.get(name)?.delete(fn as Do);

  // Single-page sites change the address without loading anything.
  let last = location.href;
  const moved = (p?: unknown): void => {
    if (p || location.href !== last) {
      last = location.href;
      tell({ say: "page", page: { ...page(), ...(p as Page | undefined) } });
    }
  };
  ["popstate", "click"].forEach((name) => addEventListener(name, () => setTimeout(moved)));
  (window as unknown as { navigation?: EventTarget }).navigation?.addEventListener("navigatesuccess", () => moved());

  const commands: Record<string, Do> = {
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!open),
    show: () => ((wanted = true), dress()),
    hide: () => ((wanted = false), dress()),
    identify: (who) => note(who as Facts),
    set: (more) => note(more as Facts),
    prefill: (text) => note({ prefill: String(text) }),
    page: (p) => moved(p ?? {}),
    start: (o) => {
      show(true);
      return ask("start", (o as { question?: string } | undefined)?.question);
    },
    end: () => {
      show(true);
      return ask("end");
    },
    reset: async () => {
      facts = {};
      if (frame) {
        await ask("reset");
      }
      show(false);
      Object.keys(kept()).forEach((key) => keep(key, null));
    },
    get: () => ({ ...standing, open }),
    on,
    off,
    once,
  };
  const early = home.usher?.q ?? [];
  const usher = (home.usher = (async (name, ...args) => commands[name]?.(...args)) as Usher);
  Object.keys(commands).forEach((name) => {
    usher[name] = (...args) => usher(name, ...args);
  });
  Object.assign(usher, { on, off, once });

  const place = (): void => {
    (target || document.body).append(host);
    if (kept()["session"]) {
      wake();
      show(!!kept()["open"]);
    }
    Array.from(early, (args) => usher(...args));
    // Both carry the version of these calls.
    emit("ready", 1);
    dispatchEvent(new CustomEvent("usher:ready", { detail: 1 }));
  };
  addEventListener("storage", (e) => {
    if (e.key?.startsWith(prefix) && e.storageArea === store((s) => s)) {
      const key = e.key.slice(prefix.length);
      tell({ say: "kept", key, value: e.newValue });
      if (key === "session" && e.newValue) {
        wake();
      }
    }
  });
  // The button never lies over all of what has the focus.
  addEventListener("focusin", ({ target: at }) => {
    const a = (at as Element).getBoundingClientRect();
    const b = button.getBoundingClientRect();
    if (at !== host) {
      button.className = a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom ? "up" : "";
    }
  });
  if (document.body) {
    place();
  } else {
    addEventListener("DOMContentLoaded", place);
  }
}
