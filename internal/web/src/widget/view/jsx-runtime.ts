/** The panel's own renderer: the panel is paid for by visitors on phones, and needs a fifth of what a library brings. */

/** An element or component that is to be shown. */
export interface View {
  tag: string | ((props: Props) => Child);
  props: Props;
  key: string | undefined;
}

/** What may stand in an element. */
export type Child = View | string | number | boolean | null | undefined | Child[];

type Value = Child | ((event: never) => unknown);
export interface Props {
  [name: string]: Value | undefined;
}

/** What the compiler makes of a tag. A component is a function of its props, and keeps nothing between two calls. */
export function jsx(tag: View["tag"], props: Props, key?: string): View {
  return { tag, props, key };
}
export { jsx as jsxs };

export function Fragment(props: Props): Child {
  return props["children"] as Child;
}

export declare namespace JSX {
  type Element = View;
  type ElementType = string | ((props: never) => Child);
  interface ElementChildrenAttribute {
    children: unknown;
  }
  interface IntrinsicAttributes {
    key?: string | number;
  }
  interface IntrinsicElements {
    [tag: string]: Attributes;
  }
  /** As HTML has them, and handlers of events in the shape onClick. ref is called once, when the element is in the page. */
  interface Attributes {
    [name: string]: unknown;
    ref?: (element: never) => void;
  }
}
