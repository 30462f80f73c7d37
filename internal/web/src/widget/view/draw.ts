import type { Child, Props, View } from "./jsx-runtime";

/** An element or text that was drawn, and what it was drawn from. */
interface Drawn {
  key: string;
  props: Props;
}

const drawn = new WeakMap<Node, Drawn>();

/**
 * Makes the content of an element what child says, and changes nothing that is so already: what has
 * the focus, a selection or a scroll position keeps it. Things are told apart by their key, or else by
 * their place among their siblings, where what is not shown has a place too.
 */
export function draw(into: Element, child: Child): void {
  const wanted: [string, View | string][] = [];
  flatten(child, "", wanted);
  const have = new Map<string, ChildNode>();
  const keys = new Set(wanted.map(([key]) => key));
  for (const node of [...into.childNodes]) {
    const key = drawn.get(node)?.key ?? "";
    if (keys.has(key)) {
      have.set(key, node);
    } else {
      node.remove();
    }
  }
  let at = into.firstChild;
  for (const [key, view] of wanted) {
    const old = have.get(key);
    const node = old ?? (typeof view === "string" ? document.createTextNode(view) : document.createElement(view.tag as string));
    if (node === at) {
      at = at.nextSibling;
    } else {
      into.insertBefore(node, at);
    }
    if (typeof view === "string") {
      if (node.nodeValue !== view) {
        node.nodeValue = view;
      }
      drawn.set(node, { key, props: {} });
      continue;
    }
    const before = drawn.get(node)?.props ?? {};
    drawn.set(node, { key, props: view.props });
    dress(node as HTMLElement, before, view.props);
    if (!old) {
      (view.props["ref"] as ((e: Node) => void) | undefined)?.(node);
    }
  }
}

/** Lists elements and texts with their keys; components are called. */
function flatten(child: Child, key: string, out: [string, View | string][]): void {
  if (Array.isArray(child)) {
    child.forEach((c, i) => flatten(c, `${key}.${isView(c) ? (c.key ?? i) : i}`, out));
  } else if (isView(child)) {
    if (typeof child.tag === "function") {
      flatten(child.tag(child.props), key, out);
    } else {
      out.push([`${key}${child.tag}`, child]);
    }
  } else if (typeof child === "string" || typeof child === "number") {
    out.push([key, String(child)]);
  }
}

function isView(child: Child): child is View {
  return typeof child === "object" && child !== null && !Array.isArray(child);
}

function dress(e: HTMLElement, before: Props, props: Props): void {
  for (const name of Object.keys({ ...before, ...props })) {
    const value = props[name];
    if (name === "children" || name === "ref" || value === before[name]) {
      continue;
    }
    if (name.startsWith("on")) {
      (e as unknown as Record<string, unknown>)[name.toLowerCase()] = value ?? null;
    } else if (name === "value" || name === "checked") {
      (e as unknown as Record<string, unknown>)[name] = value;
    } else if (value === undefined || value === null || value === false) {
      e.removeAttribute(name);
    } else {
      e.setAttribute(name, value === true ? "" : String(value));
    }
  }
  if ("children" in props || "children" in before) {
    draw(e, props["children"] as Child);
  }
}
