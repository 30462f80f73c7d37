import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

/**
 * Says what something means while it is pointed at or has the focus; Esc puts it away, and the
 * pointer may rest on it. Screen readers have it as the description of what is inside.
 */
export function About({ text, children }: { text: string | undefined; children: (describedBy: string | undefined) => VNode }) {
  const id = useId();
  const around = useRef<HTMLSpanElement>(null);
  const note = useRef<HTMLSpanElement>(null);
  const [shown, setShown] = useState(false);

  useEffect(() => {
    const box = note.current;
    const opener = around.current;
    if (!shown || box === null || opener === null) {
      return;
    }
    box.showPopover();
    const at = opener.getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const below = at.bottom + height <= innerHeight;
    box.style.left = `${Math.max(Math.min(at.left, innerWidth - width), 0)}px`;
    box.style.top = `${below ? at.bottom : at.top - height}px`;
    return () => box.isConnected && box.hidePopover();
  }, [shown]);

  if (text === undefined || text === "") {
    return children(undefined);
  }
  return (
    <span
      ref={around}
      class="about"
      onPointerEnter={() => setShown(true)}
      onPointerLeave={() => setShown(around.current?.contains(document.activeElement) ?? false)}
      onFocusIn={(e) => setShown(e.target instanceof Element && e.target.matches(":focus-visible"))}
      onFocusOut={() => setShown(false)}
      onKeyDown={(e) => {
        if (e.key === "Escape" && shown) {
          e.stopPropagation(); // only the topmost layer closes
          setShown(false);
        }
      }}
    >
      {children(id)}
      <span ref={note} id={id} class="about-text" popover="manual" role="tooltip">
        {text}
      </span>
    </span>
  );
}

/** A word that can be asked what it means. */
export function Term({ text, children }: { text: string; children: ComponentChildren }) {
  return (
    <About text={text}>
      {(describedBy) => (
        <button type="button" class="term" aria-describedby={describedBy}>
          {children}
        </button>
      )}
    </About>
  );
}
