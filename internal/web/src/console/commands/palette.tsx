import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "../../look/dialog";
import { usePage } from "../page";
import { type Command, matching } from "./commands";

/** The list of everything that can be done: words find it, arrows walk, Enter does it. */
export function Palette({ all, onRun, onClose }: { all: readonly Command[]; onRun: (c: Command) => void; onClose: () => void }) {
  const { words } = usePage();
  const [typed, setTyped] = useState("");
  const [walked, setAt] = useState<number | null>(null);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const found = matching(all, typed);
  // Until somebody walks, the first that can be done.
  const at = Math.min(walked ?? Math.max(found.findIndex((c) => c.reason === undefined), 0), found.length - 1);
  const chosen = found[at];

  useLayoutEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  });

  const onKey = (e: KeyboardEvent): void => {
    if (e.isComposing || e.keyCode === 229) {
      return;
    }
    const last = found.length - 1;
    const to = { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, PageDown: Math.min(at + 8, last), PageUp: Math.max(at - 8, 0) }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      setAt(to);
    } else if (e.key === "Enter") {
      e.preventDefault();
      if (!e.repeat && chosen !== undefined && chosen.reason === undefined) {
        onRun(chosen);
      }
    }
  };

  return (
    <Dialog title={words.say("keys.commands")} onClose={onClose} close={words.say("common.close")}>
      <input
        class="palette-input"
        type="text"
        role="combobox"
        aria-label={words.say("keys.find")}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.key}`}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(e) => {
          setTyped(e.currentTarget.value);
          setAt(null);
        }}
        onKeyDown={onKey}
      />
      <ul ref={list} class="palette" id={id} role="listbox" aria-label={words.say("keys.commands")}>
        {found.map((c, i) => (
          <li
            key={c.key}
            id={`${id}-${c.key}`}
            role="option"
            aria-selected={c === chosen}
            aria-disabled={c.reason !== undefined || undefined}
            onPointerMove={() => setAt(i)}
            onClick={() => c.reason === undefined && onRun(c)}
          >
            <span dir="auto">{c.text}</span>
            {c.reason !== undefined && <span class="meta"> {c.reason}</span>}
            {c.keys !== "" && <kbd>{c.keys}</kbd>}
          </li>
        ))}
      </ul>
      <p role="status" class="meta">
        {found.length === 0 && words.say("keys.none", { text: typed })}
      </p>
    </Dialog>
  );
}
