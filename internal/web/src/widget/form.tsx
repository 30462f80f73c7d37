/** @jsxImportSource ./view */
import { isolate } from "../words/words";
import { type App, formValues, known, refused, start, target } from "./app";
import type { PanelKey } from "./app";
import { shown } from "./shown";
import type { Child, View } from "./view/jsx-runtime";

/** After so long a wait is said in words, and after so long that it is a long one. */
export const patience = 300;
export const slow = 10_000;

/** The ways in, while there is no chat. */
export function Door({ a }: { a: App }): View {
  return <main class="door">{content(a)}</main>;
}

function content(a: App): Child {
  const { door, failed, way, busy } = a.ui;
  const asked = a.s.phase === "opening" && busy !== "start";
  if (failed) {
    return <Failed a={a} />;
  }
  if (asked || door === null) {
    return <Loading a={a} />;
  }
  if (way === "stored") {
    return (
      <>
        <p role="status">
          {a.say("widget.stored")} {a.say("widget.replyBy")}
        </p>
        <button type="button" onClick={() => a.set({ way: "" })}>
          {a.say("ended.newChat")}
        </button>
      </>
    );
  }
  const takes = door.widget.whenClosed !== "HIDE";
  if (door.state === "OPEN" || way === "form") {
    return <Form a={a} />;
  }
  if (door.state === "NOBODY" || door.state === "FULL") {
    return (
      <>
        <p>{a.say("widget.nobody")}</p>
        {way === "message" ? (
          <Message a={a} />
        ) : (
          <>
            {door.mayWait && (
              <button type="button" class="main" onClick={() => (a.set({ way: "form" }), a.focus())}>
                {a.say("widget.waitAnyway")}
              </button>
            )}
            {takes && (
              <button type="button" onClick={() => (a.set({ way: "message" }), a.focus())}>
                {a.say("widget.message")}
              </button>
            )}
          </>
        )}
      </>
    );
  }
  const opens = Date.parse(door.opens ?? "");
  return (
    <>
      <p>
        {a.say("widget.closed")} {opens > 0 && a.say("widget.opens", { day: a.times.day(opens), time: a.times.time(opens) })}
      </p>
      {takes && <Message a={a} />}
    </>
  );
}

/** Words after a moment, and others after ten seconds: never a page without any. */
function Loading({ a }: { a: App }): Child {
  const waited = Date.now() - a.ui.since;
  if (waited < patience) {
    return null;
  }
  return (
    <>
      <p role="status">{a.say(waited < slow ? "common.loading" : "common.slow")}</p>
      {waited >= slow && (
        <button type="button" onClick={() => a.again()}>
          {a.say("common.retry")}
        </button>
      )}
    </>
  );
}

function Failed({ a }: { a: App }): View {
  const email = a.ui.door?.widget.emailAddress;
  return (
    <section role="alert">
      <p>
        {shown(a.say("widget.cantStart", { host: isolate(location.host) }))} {known(a, "question") && a.say("widget.kept")}
      </p>
      <button type="button" class="main" data-first onClick={() => a.again()}>
        {a.say("common.retry")}
      </button>
      {email && (
        <p>
          <a href={`mailto:${email}`}>{a.say("widget.orMail", { email })}</a>
        </p>
      )}
    </section>
  );
}

/** A field of the form, by the name that the site has for it. */
interface FieldProps {
  a: App;
  name: string;
  label: string;
  kind?: "text" | "email" | "long";
  needed?: boolean;
}

/** One field with its label above it, and its error under it. What stands there is kept on the device. */
export function TextField({ a, name, label, kind = "text", needed = false }: FieldProps): View {
  const error = a.ui.errors[name];
  const common = {
    id: `f-${name}`,
    dir: "auto",
    required: needed,
    "aria-invalid": error ? "true" : false,
    "aria-describedby": error ? `e-${name}` : undefined,
    ref: (e: HTMLInputElement) => (e.value = known(a, name)),
    onInput: (e: Event) => a.keep.set("form", JSON.stringify({ ...formValues(a), [name]: (e.target as HTMLInputElement).value })),
  };
  return (
    <div class="field">
      <label for={common.id}>
        {label}
        {needed && <span aria-hidden="true"> *</span>}
      </label>
      {kind === "long" ? <textarea {...common} rows="3" /> : <input {...common} type={kind} autocomplete={name === "email" || name === "name" ? name : "off"} />}
      {error && (
        <p class="field-error" id={`e-${name}`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** The fields that the site asks for: their names, and whether they must be filled in. */
function wanted(a: App): { name: string; needed: boolean }[] {
  return (a.settings["fields"] || a.ui.door?.widget.fields || "name,email,question*")
    .split(",")
    .map((f) => f.trim())
    .filter((f) => f !== "" && f !== "*")
    .map((f) => ({ name: f.replace(/\*$/, ""), needed: f.endsWith("*") }));
}

function labelOf(a: App, name: string): string {
  return ["name", "email", "question"].includes(name) ? a.say(`widget.${name}` as PanelKey) : a.own(`field.${name}`, name);
}

/** What is wrong with the fields, by name. */
function wrong(a: App, fields: { name: string; needed: boolean; label: string }[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { name, needed, label } of fields) {
    const value = known(a, name).trim();
    if (needed && value === "") {
      errors[name] = a.say("widget.required", { field: label });
    } else if (name === "email" && value !== "" && !/^[^\s@]+@[^\s@]+$/.test(value)) {
      errors[name] = a.say("widget.badEmail");
    }
  }
  return errors;
}

/** Shows what is wrong and goes to the first of it; true when nothing is. */
function checked(a: App, errors: Record<string, string>): boolean {
  a.set({ errors });
  const [first] = Object.keys(errors);
  if (first !== undefined) {
    document.getElementById(`f-${first}`)?.focus();
  }
  return first === undefined;
}

/** Starts without the form what the page asks for, unless something that is required is missing. */
export function startNow(a: App): Promise<void> | null {
  const fields = wanted(a).map((f) => ({ ...f, label: labelOf(a, f.name) }));
  return Object.keys(wrong(a, fields)).length === 0 ? start(a, fields.map((f) => f.name)) : null;
}

function Form({ a }: { a: App }): View {
  const fields = wanted(a).map((f) => ({ ...f, label: labelOf(a, f.name) }));
  // What the host page has said of its visitor is not asked again.
  const asked = fields.filter((f) => f.name === "question" || !a.facts.token || !["name", "email"].includes(f.name));
  const { door, busy } = a.ui;
  return (
    <form
      novalidate
      onSubmit={(e: Event) => {
        e.preventDefault();
        if (busy === "" && checked(a, wrong(a, asked))) {
          void start(a, fields.map((f) => f.name));
        }
      }}
    >
      <p dir="auto">{a.settings["greeting"] || door?.widget.greeting}</p>
      {asked.map((f) => (
        <TextField key={f.name} a={a} name={f.name} label={f.label} needed={f.needed} kind={f.name === "question" ? "long" : f.name === "email" ? "email" : "text"} />
      ))}
      {asked.some((f) => f.needed) && <p class="meta">{a.say("widget.marked")}</p>}
      {door?.sneakPreviewState === "ENABLED" && <p class="meta">{a.say("widget.preview")}</p>}
      <Go a={a} label={a.say(busy === "start" ? "widget.starting" : "widget.start")} />
      {door?.widget.privacyUrl && (
        <p>
          <a href={door.widget.privacyUrl} target="_blank" rel="noopener" aria-description={a.say("common.newWindow")}>
            {a.say("widget.privacy")}
          </a>
        </p>
      )}
    </form>
  );
}

function Go({ a, label }: { a: App; label: string }): Child {
  return (
    <>
      {a.ui.errors[""] && (
        <p class="field-error" role="alert">
          {a.ui.errors[""]}
        </p>
      )}
      <button class="main" aria-disabled={a.ui.busy === "" ? false : "true"}>
        {label}
      </button>
    </>
  );
}

/** A message for later, out of hours or when nobody is there. */
function Message({ a }: { a: App }): View {
  const fields = [
    { name: "email", needed: true, label: a.say("widget.email") },
    { name: "question", needed: true, label: a.say("common.message") },
  ];
  const send = async (): Promise<void> => {
    a.set({ busy: "message" });
    const o = await a.v.leaveMessage({
      emailAddress: known(a, "email").trim(),
      name: known(a, "name"),
      message: known(a, "question"),
      ...(target(a).queueId && { queueId: target(a).queueId }),
      ...(/^https?:/.test(a.page.url) && { pageUrl: a.page.url }),
      fields: Object.entries(a.facts.fields ?? {}).map(([name, value]) => ({ name, value: String(value) })),
      language: a.words.language,
    });
    a.set({ busy: "", ...(o.kind === "answer" ? { way: "stored" as const } : { errors: { "": refused(a, o) } }) });
    if (o.kind === "answer") {
      a.keep.remove("form");
      a.focus();
    }
  };
  return (
    <form
      novalidate
      onSubmit={(e: Event) => {
        e.preventDefault();
        if (a.ui.busy === "" && checked(a, wrong(a, fields))) {
          void send();
        }
      }}
    >
      <h2>{a.say("widget.message")}</h2>
      <TextField a={a} name="email" label={a.say("widget.email")} kind="email" needed />
      <TextField a={a} name="question" label={a.say("common.message")} kind="long" needed />
      <Go a={a} label={a.say(a.ui.busy === "message" ? "common.sending" : "widget.sendMessage")} />
    </form>
  );
}

