/** The regions of the page in reading order, and what in each gets the focus first. */
const regions: readonly { region: string; first: string }[] = [
  { region: ".bar", first: "button" },
  { region: ".strips:not(:empty)", first: "button" },
  { region: ".offers", first: "button:not([aria-disabled])" },
  { region: ".list", first: "button[tabindex='0'], button" },
  { region: "main", first: "#conversation, h1, h2" },
  { region: "form.composer", first: "textarea" },
  { region: "aside.visitor", first: "button, a[href], input, textarea" },
  { region: ".panes", first: "button[aria-current], button" },
];

/**
 * Moves the focus to the next region, or the previous one. False past the last: then the keys are the
 * browser's, which goes on with its own bars.
 */
export function moveRegion(by: 1 | -1): boolean {
  const there = regions.flatMap((r) => {
    const element = document.querySelector<HTMLElement>(r.region);
    const shown = element !== null && element.getClientRects().length > 0;
    const first = shown ? (element.querySelector<HTMLElement>(r.first) ?? element) : null;
    return shown && first !== null ? [{ element, first }] : [];
  });
  // A region may lie in another: the inner one counts.
  const at = there.findLastIndex((r) => r.element.contains(document.activeElement));
  const next = there[at === -1 && by === -1 ? there.length - 1 : at + by];
  if (next === undefined) {
    return false;
  }
  if (next.first.tabIndex < 0 && !next.first.hasAttribute("tabindex")) {
    next.first.tabIndex = -1;
  }
  next.first.focus();
  return true;
}
