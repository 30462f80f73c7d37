import type { AllHTMLAttributes, RefObject } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** What is wrong with the value and how to mend it; shown at the field. */
  error?: string | undefined;
  /** What helps to fill it in. */
  hint?: string | undefined;
  required?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  /** text unless said otherwise; "long" is several lines. */
  kind?: "text" | "email" | "password" | "tel" | "search" | "number" | "long";
  /** What a browser or password manager may fill in: username, current-password, email … */
  autocomplete?: string;
  name?: string;
  maxLength?: number;
  rows?: number;
  /** To move focus to the first field that is wrong. */
  input?: RefObject<(HTMLInputElement & HTMLTextAreaElement) | null>;
}

/** One value that a person types, with its label above it and its error under it. */
export function Field(p: FieldProps) {
  const id = useId();
  const hint = `${id}-hint`;
  const error = `${id}-error`;
  const described = [p.error ? error : "", p.hint ? hint : ""].filter((x) => x !== "").join(" ");
  const common = {
    id,
    value: p.value,
    required: p.required ?? false,
    disabled: p.disabled ?? false,
    readOnly: p.readOnly ?? false,
    dir: "auto" as const,
    ...(p.name !== undefined && { name: p.name }),
    ...(p.maxLength !== undefined && { maxLength: p.maxLength }),
    ...(p.error && { "aria-invalid": "true" as const }),
    ...(described && { "aria-describedby": described }),
  };
  return (
    <div class="field">
      <label for={id}>
        {p.label}
        {p.required && <span aria-hidden="true"> *</span>}
      </label>
      {p.kind === "long" ? (
        <textarea {...common} ref={p.input ?? null} rows={p.rows ?? 3} onInput={(e) => p.onInput(e.currentTarget.value)} />
      ) : (
        <input {...common} {...kindOf(p)} ref={p.input ?? null} onInput={(e) => p.onInput(e.currentTarget.value)} />
      )}
      {p.error && (
        <p class="field-error" id={error}>
          {p.error}
        </p>
      )}
      {p.hint && (
        <p class="meta" id={hint}>
          {p.hint}
        </p>
      )}
    </div>
  );
}

/** The kind of an input. Preact's types know each kind by itself, and not one that is
 * decided later. */
function kindOf({ kind, autocomplete }: FieldProps): { type?: "text" } {
  const attributes: AllHTMLAttributes<HTMLInputElement> = { type: kind ?? "text", ...(autocomplete !== undefined && { autocomplete }) };
  return attributes as { type?: "text" };
}
