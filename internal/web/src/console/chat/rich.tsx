import { type ComponentChildren, h } from "preact";
import { useMemo } from "preact/hooks";
import { usePage } from "../page";

/** The elements that a rich text may have (agent-api 3.6); the server has cleaned it already. */
const elements = new Set(["b", "i", "em", "strong", "u", "s", "br", "p", "ul", "ol", "li", "blockquote", "code", "pre"]);
/** What is no text for people, whatever it says. */
const silent = new Set(["script", "style", "template", "noscript", "iframe", "object", "textarea", "title"]);
const schemes = new Set(["http:", "https:", "mailto:"]);

/** A link that leads out of the page; it learns nothing of where it stood. */
export function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const { words } = usePage();
  return (
    <a href={href} target="_blank" rel="nofollow noreferrer noopener">
      {children}
      <span class="unseen"> ({words.say("common.newWindow")})</span>
    </a>
  );
}

/** A rich text. It is built element by element from those that it may have, and never put in as markup. */
export function RichText({ html }: { html: string }) {
  const nodes = useMemo(() => richNodes(html), [html]);
  return <div class="rich">{nodes}</div>;
}

/** What of an HTML text is shown. Other elements leave the text that is in them. */
export function richNodes(html: string): ComponentChildren {
  // A document of this kind is not shown: nothing in it is loaded or run.
  return within(new DOMParser().parseFromString(html, "text/html").body);
}

/** An address that a link may lead to; null for any other. */
export function linkTo(address: string): string | null {
  try {
    const url = new URL(address);
    return schemes.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function within(parent: Node): ComponentChildren[] {
  return [...parent.childNodes].map(shown);
}

function shown(node: Node): ComponentChildren {
  if (node instanceof Text) {
    return node.data;
  }
  if (!(node instanceof Element) || silent.has(node.localName)) {
    return null;
  }
  if (elements.has(node.localName)) {
    return h(node.localName, null, node.localName === "br" ? null : within(node));
  }
  const href = node.localName === "a" ? linkTo(node.getAttribute("href") ?? "") : null;
  return href === null ? within(node) : h(Link, { href, children: within(node) });
}
