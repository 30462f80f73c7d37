import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Field } from "../../look/field";
import { useBoardPage } from "../page";
import { asThing, type Fault, type Spec } from "./specs";
import { linesOf, textsOf } from "./texts";
import { same, type Thing, type Value } from "./thing";

export interface FormProps {
  specs: Spec[];
  thing: Thing;
  /** Told the path and what it has now. */
  change: (path: string, value: Value) => void;
  fault: Fault | null;
  prefix?: string;
}

/** The fields of a thing. What the server said is wrong stands at its place. */
export function Form({ specs, thing, change, fault, prefix = "" }: FormProps) {
  return (
    <>
      {specs
        .filter((s) => s.when === undefined || s.when(thing))
        .map((s) => (
          <Part key={s.at} spec={s} path={prefix + s.at} value={thing[s.at]} change={change} fault={fault} />
        ))}
    </>
  );
}

interface PartProps {
  spec: Spec;
  path: string;
  value: Value | undefined;
  change: (path: string, value: Value) => void;
  fault: Fault | null;
}

function Part({ spec: s, path, value, change, fault }: PartProps) {
  const error = fault?.place === path ? fault.text : undefined;
  switch (s.kind) {
    case "text":
    case "long":
    case "password":
    case "number":
      return (
        <Field
          label={s.label}
          value={typeof value === "string" || typeof value === "number" ? String(value) : ""}
          onInput={(text) => change(path, s.kind !== "number" ? text : text === "" ? 0 : Number(text))}
          kind={s.kind}
          error={error}
          hint={s.hint}
          required={s.required ?? false}
          {...(s.kind === "password" && { autocomplete: "new-password" })}
        />
      );
    case "color":
      return <Color label={s.label} value={typeof value === "string" ? value : ""} onInput={(text) => change(path, text)} error={error} />;
    case "flag":
      return (
        <Around error={error}>
          {(about) => (
            <label class="check">
              <input type="checkbox" checked={value === true} aria-describedby={about} onChange={(e) => change(path, e.currentTarget.checked)} /> {s.label}
            </label>
          )}
        </Around>
      );
    case "choice":
      return (
        <Around error={error}>
          {(about) => (
            <label class="choice">
              <span>{s.label}</span>{" "}
              <select
                value={String(value ?? s.options[0]?.value ?? "")}
                aria-describedby={about}
                aria-invalid={about !== undefined}
                onChange={(e) => change(path, s.options.find((o) => String(o.value) === e.currentTarget.value)?.value ?? "")}
              >
                {s.options.map((o) => (
                  <option key={o.value} value={String(o.value)}>
                    {o.text}
                  </option>
                ))}
              </select>
            </label>
          )}
        </Around>
      );
    case "many": {
      const chosen = Array.isArray(value) ? value : [];
      return (
        <Around error={error}>
          {(about) => (
            <fieldset aria-describedby={about}>
              <legend>{s.label}</legend>
              {s.options.map((o) => (
                <label class="check" key={o.value}>
                  <input type="checkbox" checked={chosen.includes(o.value)} onChange={(e) => change(path, e.currentTarget.checked ? [...chosen, o.value] : chosen.filter((v) => v !== o.value))} /> <bdi>{o.text}</bdi>
                </label>
              ))}
            </fieldset>
          )}
        </Around>
      );
    }
    case "words":
      return <Words spec={s} value={value} error={error} onInput={(list) => change(path, list)} />;
    case "texts":
      return <Texts label={s.label} hint={s.hint} value={value} error={error} onInput={(texts) => change(path, texts)} />;
    case "group":
      return (
        <fieldset>
          <legend>{s.label}</legend>
          {error !== undefined && <p class="field-error">{error}</p>}
          <Form specs={s.of} thing={asThing(value)} change={change} fault={fault} prefix={`${path}.`} />
        </fieldset>
      );
    case "list":
      return <List spec={s} path={path} value={value} change={change} fault={fault} />;
  }
}

/** A control with what is wrong with it. */
function Around({ error, children }: { error: string | undefined; children: (about: string | undefined) => ComponentChildren }) {
  const id = useId();
  return (
    <div class="field">
      {children(error === undefined ? undefined : id)}
      {error !== undefined && (
        <p class="field-error" id={id}>
          {error}
        </p>
      )}
    </div>
  );
}

/** Words with commas between them. They are kept as typed while somebody types. */
function Words({ spec, value, error, onInput }: { spec: Extract<Spec, { kind: "words" }>; value: Value | undefined; error: string | undefined; onInput: (list: Value) => void }) {
  const list = Array.isArray(value) ? value.map(String) : [];
  return (
    <Field
      label={spec.label}
      value={list.join(",")}
      onInput={(text) => {
        const words = text === "" ? [] : text.split(",").map((w) => w.trim());
        onInput(spec.numbers ? words.map((w) => (w.trim() !== "" && Number.isFinite(Number(w)) ? Number(w) : w)) : words);
      }}
      hint={spec.hint}
      error={error}
    />
  );
}

/** Texts by language and key, one a line. They stand as typed as long as they say the same. */
function Texts({ label, hint, value, error, onInput }: { label: string; hint: string | undefined; value: Value | undefined; error: string | undefined; onInput: (texts: Thing) => void }) {
  const [typed, setTyped] = useState(() => linesOf(asThing(value)));
  const shown = same(textsOf(typed), asThing(value)) ? typed : linesOf(asThing(value));
  return (
    <Field
      label={label}
      kind="long"
      rows={5}
      value={shown}
      onInput={(text) => {
        setTyped(text);
        onInput(textsOf(text));
      }}
      hint={hint}
      error={error}
    />
  );
}

/** A colour, by its name in hexadecimal digits and by what it looks like. */
function Color({ label, value, onInput, error }: { label: string; value: string; onInput: (text: string) => void; error: string | undefined }) {
  const known = /^#[0-9a-f]{6}$/i.test(value);
  return (
    <div class="color">
      <Field label={label} value={value} onInput={onInput} error={error} />
      <input type="color" aria-label={label} value={known ? value : "#0a5baa"} onInput={(e) => onInput(e.currentTarget.value)} />
    </div>
  );
}

/** Several of the same kind, one below the other. */
function List({ spec, path, value, change, fault }: PartProps & { spec: Extract<Spec, { kind: "list" }> }) {
  const { words } = useBoardPage();
  const entries = Array.isArray(value) ? value : [];
  const swap = (i: number, j: number): void => {
    const next = [...entries];
    [next[i], next[j]] = [next[j] ?? {}, next[i] ?? {}];
    change(path, next);
  };
  return (
    <fieldset class="list">
      <legend>{spec.label}</legend>
      {fault?.place === path && <p class="field-error">{fault.text}</p>}
      <ol class="plain">
        {entries.map((entry, i) => {
          const here = `${path}[${i}]`;
          const name = `${spec.label} ${i + 1}`;
          return (
            <li key={i}>
              {fault?.place === here && <p class="field-error">{fault.text}</p>}
              <div class="entry" role="group" aria-label={name}>
                <Form specs={spec.of} thing={asThing(entry)} change={change} fault={fault} prefix={`${here}.`} />
                <div class="row">
                  {spec.ordered && (
                    <>
                      <button type="button" aria-label={`${words.say("setup.up")}: ${name}`} disabled={i === 0} onClick={() => swap(i, i - 1)}>
                        ↑
                      </button>
                      <button type="button" aria-label={`${words.say("setup.down")}: ${name}`} disabled={i === entries.length - 1} onClick={() => swap(i, i + 1)}>
                        ↓
                      </button>
                    </>
                  )}
                  <button type="button" aria-label={`${words.say("setup.remove")}: ${name}`} onClick={() => change(path, entries.filter((_, n) => n !== i))}>
                    {words.say("setup.remove")}
                  </button>
                </div>
              </div>
            </li>
          );
        })}
      </ol>
      <button type="button" onClick={() => change(path, [...entries, spec.make(entries.length)])}>
        {spec.add}
      </button>
    </fieldset>
  );
}
