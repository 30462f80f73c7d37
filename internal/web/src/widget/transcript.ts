import type { TranscriptLine } from "../talk/wirevisitor";
import { type App, refused } from "./app";

/** Saves the chat as a text file: all of it, as the server has it. */
export async function saveTranscript(a: App): Promise<void> {
  const lines: TranscriptLine[] = [];
  a.set({ busy: "save", errors: {} });
  for (let after = 0, more = true; more; after = lines.at(-1)?.number ?? 0) {
    const o = await a.v.transcript(after);
    if (o.kind !== "answer") {
      a.set({ busy: "", errors: { ended: refused(a, o) } });
      return;
    }
    lines.push(...o.value.lines);
    more = o.value.more && o.value.lines.length > 0;
  }
  a.set({ busy: "" });
  const at = document.createElement("a");
  at.href = URL.createObjectURL(new Blob([lines.map((l) => text(a, l)).join("\n")], { type: "text/plain;charset=utf-8" }));
  at.download = `chat-${a.s.session?.engagementId ?? 0}.txt`;
  at.click();
  setTimeout(() => URL.revokeObjectURL(at.href), 60_000);
}

function text(a: App, l: TranscriptLine): string {
  const at = new Date(l.createdTime).toLocaleString(a.words.locale);
  const name = l.name || a.say("common.you");
  const plain = l.richText ? (new DOMParser().parseFromString(l.body, "text/html").body.textContent ?? "") : l.body;
  const said = {
    POST: () => a.say("common.says", { name, text: l.offTheRecord ? a.say("common.notKept") : l.file ? `${l.file.name} ${new URL(l.file.url, location.href).href}` : plain }),
    JOINED: () => a.say("widget.joined", { name }),
    LEFT: () => a.say("widget.left", { name }),
    ENDED: () => a.say("ended.other"),
  }[l.kind];
  return `${at}  ${said?.() ?? ""}`;
}
