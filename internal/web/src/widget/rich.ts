/** What a text may have, as the server lets it through: all else is its text alone. */
const allowed = new Set("b i em strong u s br p ul ol li blockquote code pre a".split(" "));

/** Puts cleaned HTML into an element. The server has cleaned it; here it is copied into elements that this page made, so that nothing can run. */
export function showRich(into: Element, html: string): void {
  copy(new DOMParser().parseFromString(html, "text/html").body, into);
}

function copy(from: Element, into: Element): void {
  for (const node of from.childNodes) {
    if (node instanceof Element) {
      const name = node.localName;
      const made = allowed.has(name) ? into.appendChild(document.createElement(name)) : into;
      const href = node.getAttribute("href") ?? "";
      if (made instanceof HTMLAnchorElement && /^(https?|mailto):/i.test(href)) {
        link(made, href);
      }
      copy(node, made);
    } else if (node instanceof Text) {
      into.append(node.data);
    }
  }
}

/** Makes an anchor lead to another page. */
export function link(a: HTMLAnchorElement, href: string): void {
  a.href = href;
  a.target = "_blank";
  a.rel = "noopener noreferrer nofollow";
}
