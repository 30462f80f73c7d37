import { useRef, useState } from "preact/hooks";
import { usePage } from "../page";
import type { Files } from "./files";
import type { Mark } from "./format";

export interface ToolBarProps {
  files: Files;
  onMark: (kind: Mark) => void;
  onLink: () => void;
  onSlash: () => void;
}

/** Formatting, files and replies: one tab stop, arrows inside. */
export function ToolBar({ files, onMark, onLink, onSlash }: ToolBarProps) {
  const { words } = usePage();
  const [last, setLast] = useState(-1);
  const bar = useRef<HTMLDivElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const tools = [
    { name: words.say("chat.bold"), sign: "B", looks: "format bold", act: () => onMark("bold") },
    { name: words.say("chat.italic"), sign: "I", looks: "format italic", act: () => onMark("italic") },
    { name: words.say("chat.bullets"), looks: "format", act: () => onMark("bullets") },
    { name: words.say("chat.link"), looks: "format", act: onLink },
    ...(files.limits === "" ? [] : [{ name: words.say("common.file"), reason: files.reason, act: () => picker.current?.click() }]),
    { name: words.say("replies.open"), sign: "/", act: onSlash },
  ] as { name: string; sign?: string; looks?: string; reason?: string | undefined; act: () => void }[];
  // The first stop is a tool that phones show too.
  const at = last >= 0 ? last : tools.findIndex((t) => !t.looks?.includes("format"));
  const onKey = (e: KeyboardEvent): void => {
    const rtl = getComputedStyle(bar.current ?? document.body).direction === "rtl";
    const by = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (by === 0 && e.key !== "Home" && e.key !== "End") {
      return;
    }
    // On phones the formatting is not shown.
    const shown = [...(bar.current?.querySelectorAll("button") ?? [])].filter((b) => b.offsetParent !== null);
    const from = shown.findIndex((b) => b === document.activeElement);
    const to = e.key === "Home" ? 0 : e.key === "End" ? shown.length - 1 : (from + (rtl ? -by : by) + shown.length) % shown.length;
    e.preventDefault();
    shown[to]?.focus();
  };
  return (
    <div class="tools" role="toolbar" aria-label={words.say("chat.tools")} ref={bar} onKeyDown={onKey}>
      {tools.map((tool, i) => (
        <button
          key={tool.name}
          type="button"
          class={`bare ${tool.looks ?? ""}`}
          tabIndex={i === at ? 0 : -1}
          aria-label={tool.sign === undefined ? undefined : tool.name}
          aria-disabled={tool.reason === undefined ? undefined : true}
          aria-description={tool.reason}
          title={tool.reason ?? (tool.sign === undefined ? undefined : tool.name)}
          // The field keeps its selection: it is what the tool is for.
          onPointerDown={(e) => e.preventDefault()}
          onFocus={() => setLast(i)}
          onClick={() => tool.reason === undefined && tool.act()}
        >
          {tool.sign ?? tool.name}
        </button>
      ))}
      <input
        ref={picker}
        type="file"
        hidden
        multiple
        accept={files.accept}
        aria-label={words.say("common.file")}
        onChange={(e) => {
          files.send([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = "";
        }}
      />
    </div>
  );
}
