import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

/** One thing to choose. */
export interface Choice {
  key: string;
  text: ComponentChildren;
  /** The one that is in force. */
  chosen?: boolean;
  /** Why it cannot be chosen; it stays in the list, so that this can be read. */
  reason?: string | undefined;
}

export interface MenuProps {
  /** What the button says; its name for screen readers too. */
  label: ComponentChildren;
  choices: Choice[];
  onChoose: (key: string) => void;
  /** Each choice is in force or not by itself. */
  many?: boolean;
  /** In the looks of the button. */
  class?: string;
}

/** Where an arrow, Home or End leads in a list of n things from the one at i; i
 * itself for other keys. The ends are joined. */
export function step(key: string, i: number, n: number): number {
  if (n === 0) return i;
  switch (key) {
    case "ArrowDown":
      return (i + 1) % n;
    case "ArrowUp":
      return (i - 1 + n) % n;
    case "Home":
      return 0;
    case "End":
      return n - 1;
  }
  return i;
}

/** A button with a list of choices under it: arrows, Home and End walk, letters jump,
 * Enter or Space choose, Esc and Tab leave; focus goes back to the button. */
export function Menu({ label, choices, onChoose, many = false, class: looks }: MenuProps) {
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const show = (from: number) => {
    setAt(from);
    setOpen(true);
  };
  const hide = (back: boolean) => {
    setOpen(false);
    if (back) button.current?.focus();
  };
  const choose = (choice: Choice) => {
    if (choice.reason) return;
    hide(true);
    onChoose(choice.key);
  };

  useLayoutEffect(() => {
    if (open) list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]")[at]?.focus();
  }, [open, at]);

  useEffect(() => {
    if (!open) return;
    const outside = (e: PointerEvent) => {
      const inside = e.target instanceof Node && (list.current?.contains(e.target) || button.current?.contains(e.target));
      if (!inside) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const onKey = (e: KeyboardEvent) => {
    if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
    const next = step(e.key, at, choices.length);
    if (["ArrowDown", "ArrowUp", "Home", "End"].includes(e.key)) {
      e.preventDefault();
      setAt(next);
    } else if (e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation(); // only the topmost layer closes
      hide(true);
    } else if (e.key === "Tab") {
      setOpen(false);
    } else if (e.key.length === 1 && e.key !== " ") {
      const items = [...(list.current?.querySelectorAll("[role^=menuitem]") ?? [])];
      const begins = (item: Element | undefined) => item?.textContent?.trim().toLowerCase().startsWith(e.key.toLowerCase());
      for (let n = 1; n <= items.length; n++) {
        const i = (at + n) % items.length;
        if (begins(items[i])) {
          setAt(i);
          break;
        }
      }
    }
  };

  const some = choices.some((c) => c.chosen !== undefined);
  return (
    <div class="menu">
      <button
        ref={button}
        type="button"
        class={looks ?? ""}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => (open ? hide(false) : show(Math.max(0, choices.findIndex((c) => c.chosen))))}
        onKeyDown={(e) => {
          if (open || (e.key !== "ArrowDown" && e.key !== "ArrowUp")) return;
          e.preventDefault();
          show(e.key === "ArrowUp" ? choices.length - 1 : 0);
        }}
      >
        {label}
      </button>
      {open && (
        <div ref={list} class="menu-list" id={id} role="menu" aria-label={typeof label === "string" ? label : undefined} onKeyDown={onKey}>
          {choices.map((c, i) => (
            <button
              key={c.key}
              type="button"
              role={c.chosen === undefined ? (some && !many ? "menuitemradio" : "menuitem") : many ? "menuitemcheckbox" : "menuitemradio"}
              aria-checked={c.chosen !== undefined || (some && !many) ? c.chosen === true : undefined}
              aria-disabled={c.reason ? true : undefined}
              tabIndex={i === at ? 0 : -1}
              onClick={() => choose(c)}
              onPointerMove={() => setAt(i)}
            >
              {c.text}
              {c.reason && <span class="meta"> {c.reason}</span>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
