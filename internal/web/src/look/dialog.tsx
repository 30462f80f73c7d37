import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";

/** How long a question is deaf to answers after it came up, in milliseconds:
 * whoever was typing has not read it yet. */
const deafFor = 300;

export interface DialogProps {
  /** What the dialog is about: its heading and its name for screen readers. */
  title: string;
  /** Called when the person leaves it without an answer: Esc, or the close button. */
  onClose: () => void;
  /** A question waits for an answer before an act: it ignores repeated keys, and
   * everything in its first 300 ms. */
  question?: boolean;
  /** Where focus goes when the opener is gone: the heading of the conversation, say. */
  fallback?: string;
  /** The text of the close button; without it there is none. */
  close?: string;
  children: ComponentChildren;
}

/** A modal dialog: focus goes to its first field when it comes up and back to
 * whoever opened it when it goes, Esc closes it, and the page behind is inert. Its
 * owner shows it by rendering it, and closes it by no longer doing so. */
export function Dialog({ title, onClose, question = false, fallback, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const born = useRef(0);
  const gone = useRef(false);
  const heading = useId();

  useLayoutEffect(() => {
    const opener = document.activeElement;
    const shown = dialog.current;
    if (!shown) return;
    born.current = performance.now();
    shown.showModal();
    firstField(shown)?.focus();
    return () => {
      gone.current = true;
      shown.close();
      focusBack(opener, fallback);
    };
  }, []);

  useEffect(() => {
    const shown = dialog.current;
    if (!shown || !question) return;
    const deaf = (e: Event) => {
      const repeated = e instanceof KeyboardEvent && e.repeat && e.key !== "Tab";
      if (!repeated && performance.now() - born.current >= deafFor) return;
      e.preventDefault();
      e.stopImmediatePropagation();
    };
    const kinds = ["keydown", "click", "submit"];
    for (const kind of kinds) shown.addEventListener(kind, deaf, { capture: true });
    return () => {
      for (const kind of kinds) shown.removeEventListener(kind, deaf, { capture: true });
    };
  }, [question]);

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={heading}
      onCancel={(e) => {
        // The owner decides, and the browser must not close it behind its back.
        e.preventDefault();
        if (!question || performance.now() - born.current >= deafFor) onClose();
      }}
      // A second Esc in a row closes it without asking first. Its own end comes to it too.
      onClose={() => !gone.current && onClose()}
    >
      <h2 id={heading}>{title}</h2>
      {children}
      {close !== undefined && (
        <button type="button" class="dialog-close" onClick={onClose}>
          {close}
        </button>
      )}
    </dialog>
  );
}

/** The first thing in a dialog that takes input, else its first button. */
function firstField(inside: HTMLElement): HTMLElement | null {
  const field = "input:not([type=hidden]):not(:disabled), textarea:not(:disabled), select:not(:disabled), [contenteditable=true]";
  return inside.querySelector<HTMLElement>("[data-first]") ?? inside.querySelector<HTMLElement>(field) ?? inside.querySelector<HTMLElement>("button:not(:disabled), a[href]");
}

function focusBack(opener: Element | null, fallback: string | undefined): void {
  if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) {
    opener.focus();
    return;
  }
  if (fallback !== undefined) document.querySelector<HTMLElement>(fallback)?.focus();
}
