/** @jsxImportSource ./view */
import { newId } from "../talk/ids";
import { fileKinds, fileSize, percent } from "../words/figures";
import type { App, Sending } from "./app";
import { refused } from "./app";
import type { Child, View } from "./view/jsx-runtime";

const input = (): HTMLTextAreaElement | null => document.querySelector("#text");

/** Puts a text into the input, behind what stands there. */
export function write(a: App, text: string): void {
  const e = input();
  if (e) {
    e.value = [e.value, text].filter((t) => t !== "").join("\n");
    a.drafts(e.value);
    e.focus();
  }
}

/** Where the visitor writes. The text is the page's, not the renderer's: a key costs nothing but itself. */
export function Composer({ a, over }: { a: App; over: boolean }): View {
  const send = (): void => {
    const e = input();
    const text = e?.value.trim();
    if (e && text && !over) {
      a.v.post(text, false);
      e.value = "";
      a.drafts("");
      a.sent();
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(e: Event) => {
        e.preventDefault();
        send();
      }}
      onDragOver={(e: Event) => e.preventDefault()}
      onDrop={(e: DragEvent) => {
        e.preventDefault();
        give(a, e.dataTransfer?.files);
      }}
    >
      {a.ui.files.map((f) => (
        <Way key={f.id} a={a} f={f} />
      ))}
      <div class="row">
        <textarea
          id="text"
          rows="1"
          dir="auto"
          readonly={over}
          aria-label={a.say("common.message")}
          aria-describedby="hints"
          data-first
          ref={(e: HTMLTextAreaElement) => (e.value = a.v.drafts.get(0).text)}
          onInput={(e: InputEvent) => {
            const { value } = e.target as HTMLTextAreaElement;
            a.drafts(value);
            void a.v.do("typed", value);
          }}
          onBlur={() => void a.v.do("rest")}
          onPaste={(e: ClipboardEvent) => give(a, e.clipboardData?.files)}
          onKeyDown={(e: KeyboardEvent) => {
            // Enter that ends a composition is not for us, and on touch keyboards it is a new line.
            if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229 && !matchMedia("(pointer:coarse)").matches) {
              e.preventDefault();
              send();
            }
          }}
        />
        {over ? (
          <button
            type="button"
            onClick={() => {
              input()?.select();
              void navigator.clipboard?.writeText(input()?.value ?? "").then(() => a.set({ copied: true }));
            }}
          >
            {a.say(a.ui.copied ? "ended.copied" : "ended.copy")}
          </button>
        ) : (
          <button class="main">{a.say("common.send")}</button>
        )}
      </div>
      <Hints a={a} over={over} />
    </form>
  );
}

function Hints({ a, over }: { a: App; over: boolean }): Child {
  const { allowed, types, maxBytes } = a.s.files;
  return (
    <div class="row" id="hints">
      {over && <small>{a.say("ended.tooLate")}</small>}
      {!over && a.s.preview.enabled && <small>{a.say("widget.preview")}</small>}
      {!over && allowed && (
        <>
          <label class="button">
            <input type="file" class="unseen" accept={types.join(",")} onChange={(e: Event) => pick(a, e.target as HTMLInputElement)} />
            {a.say("common.file")}
          </label>
          <small>{a.say("common.files", { kinds: fileKinds(a.words, types), max: fileSize(a.words.locale, maxBytes) })}</small>
        </>
      )}
    </div>
  );
}

function pick(a: App, e: HTMLInputElement): void {
  give(a, e.files);
  e.value = "";
}

/** One file that goes, or did not. */
function Way({ a, f }: { a: App; f: Sending }): View {
  const forget = (): void => a.set({ files: a.ui.files.filter((x) => x.id !== f.id) });
  return (
    <p class="row" role="group" aria-label={f.file.name}>
      <span dir="auto" class={f.error ? "wrong" : ""}>
        {f.error ? `${f.file.name}: ${f.error}` : a.say("common.sendingFile", { file: f.file.name, percent: percent(a.words.locale, f.part) })}
      </span>
      {f.error && (
        <button
          type="button"
          onClick={() => {
            forget();
            give(a, [f.file]);
          }}
        >
          {a.say("common.retry")}
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          f.cancel();
          forget();
        }}
      >
        {a.say(f.error ? "common.delete" : "common.cancel")}
      </button>
    </p>
  );
}

/** Sends files; what the site does not take is said before anything is sent. */
function give(a: App, files: Iterable<File> | null | undefined): void {
  const { allowed, maxBytes, types } = a.s.files;
  if (!allowed || a.s.phase === "ended") {
    return;
  }
  for (const file of files ?? []) {
    const id = newId();
    const change = (part: Partial<Sending>): void => a.set({ files: a.ui.files.map((x) => (x.id === id ? { ...x, ...part } : x)) });
    const fits = types.length === 0 || types.some((t) => t === file.type || (t.endsWith("/*") && file.type.startsWith(t.slice(0, -1))));
    const error = file.size > maxBytes ? a.say("reason.fileSize", { max: fileSize(a.words.locale, maxBytes) }) : fits ? "" : a.say("reason.fileKind", { kinds: fileKinds(a.words, types) });
    a.set({ files: [...a.ui.files, { id, file, part: 0, error, cancel: () => {} }] });
    if (error) {
      a.voice(`${file.name}: ${error}`, true);
      continue;
    }
    const way = a.v.sendFile(file, (part) => change({ part }));
    change({ cancel: way.cancel });
    void way.done.then((o) => {
      if (o.kind === "answer") {
        a.set({ files: a.ui.files.filter((x) => x.id !== id) });
      } else {
        change({ error: refused(a, o) });
        a.voice(`${file.name}: ${refused(a, o)}`, true);
      }
    });
  }
}
