import { linkTo } from "./rich";

/**
 * Rich text is written as plain text with marks: **bold**, _italic_, [words](address), and lines that
 * begin with "- " for a list. They are marks only in a draft in which a button put them: who types
 * them means them as they stand.
 */

/** What stands in a field, and what of it is chosen. */
export interface Stretch {
  text: string;
  from: number;
  to: number;
}

/** The kinds of formatting. */
export type Mark = "bold" | "italic" | "bullets";

const around = { bold: "**", italic: "_" } as const;

/** Puts a mark at what is chosen, or takes it away again. */
export function mark(s: Stretch, kind: Mark): Stretch {
  return kind === "bullets" ? bullets(s) : wrapped(s, around[kind]);
}

function wrapped(s: Stretch, sign: string): Stretch {
  const n = sign.length;
  const chosen = s.text.slice(s.from, s.to);
  if (s.text.slice(s.from - n, s.from) === sign && s.text.slice(s.to, s.to + n) === sign) {
    return { text: s.text.slice(0, s.from - n) + chosen + s.text.slice(s.to + n), from: s.from - n, to: s.to - n };
  }
  return { text: s.text.slice(0, s.from) + sign + chosen + sign + s.text.slice(s.to), from: s.from + n, to: s.to + n };
}

function bullets(s: Stretch): Stretch {
  const begin = s.text.lastIndexOf("\n", s.from - 1) + 1;
  const lines = s.text.slice(begin, s.to).split("\n");
  const all = lines.every((l) => l.startsWith("- "));
  const made = lines.map((l) => (all ? l.slice(2) : l.startsWith("- ") ? l : `- ${l}`)).join("\n");
  return { text: s.text.slice(0, begin) + made + s.text.slice(s.to), from: begin + made.length, to: begin + made.length };
}

/** Puts a link where something is chosen; without a choice the address stands for itself. */
export function linked(s: Stretch, address: string): Stretch {
  const made = `[${s.text.slice(s.from, s.to) || address}](${address})`;
  return { text: s.text.slice(0, s.from) + made + s.text.slice(s.to), from: s.from + made.length, to: s.from + made.length };
}

const inline = /\*\*(.+?)\*\*|_(.+?)_|\[([^\]\n]+)\]\(([^)\s]+)\)/s;

/** The text as HTML; null when no mark is left in it, so that it can go as plain text. */
export function toRich(text: string): string | null {
  const html = blocks(text);
  return /<(b|i|a|ul)[ >]/.test(html) ? html : null;
}

function blocks(text: string): string {
  const out: string[] = [];
  let items: string[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) {
      out.push(spans(lines.join("\n")));
    }
    if (items.length > 0) {
      out.push(`<ul>${items.map((i) => `<li>${spans(i)}</li>`).join("")}</ul>`);
    }
    items = [];
    lines = [];
  };
  for (const line of text.split("\n")) {
    const item = line.startsWith("- ");
    if (item ? lines.length > 0 : items.length > 0) {
      flush();
    }
    (item ? items : lines).push(item ? line.slice(2) : line);
  }
  flush();
  return out.join("");
}

function spans(text: string): string {
  const found = inline.exec(text);
  if (found === null) {
    return escaped(text);
  }
  const [whole, bold, italic, words, address] = found;
  const href = linkTo(address ?? "");
  const made =
    bold !== undefined
      ? `<b>${spans(bold)}</b>`
      : italic !== undefined
        ? `<i>${spans(italic)}</i>`
        : href === null
          ? escaped(whole)
          : `<a href="${escaped(href)}">${escaped(words ?? "")}</a>`;
  return escaped(text.slice(0, found.index)) + made + spans(text.slice(found.index + whole.length));
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(/\n/g, "<br>");
}

/** The marked text that a rich one was made of, so that it can be edited again. */
export function fromRich(html: string): string {
  return marked(new DOMParser().parseFromString(html, "text/html").body).replace(/\n$/, "");
}

function marked(parent: Node): string {
  return [...parent.childNodes]
    .map((node) => {
      if (!(node instanceof Element)) {
        return node.textContent ?? "";
      }
      const inside = marked(node);
      switch (node.localName) {
        case "br":
          return "\n";
        case "b":
          return `**${inside}**`;
        case "i":
          return `_${inside}_`;
        case "li":
          return `- ${inside}\n`;
        case "ul":
          return (node.previousSibling === null ? "" : "\n") + inside;
        case "a":
          return `[${inside}](${node.getAttribute("href") ?? ""})`;
      }
      return inside;
    })
    .join("");
}
