/** How light a colour such as "#0a5baa" is, from 0 to 1 (WCAG 2.2, relative luminance); NaN when it is none. */
export function lightness(color: string): number {
  const [r = NaN, g = NaN, b = NaN] = parts(color).map((v) => (v <= 10 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How well two colours stand out from each other, from 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low, high] = [lightness(a), lightness(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/**
 * The ink that can be read on a colour: of black and white, one has 4.5 on any. The screen's own curve
 * is nearly a power of 2.2: where that and its limit choose otherwise, both inks can be read.
 */
export function inkOn(color: string): string {
  const n = parseInt(color.slice(1), 16);
  return 0.2126 * (n >> 16) ** 2.2 + 0.7152 * ((n >> 8) & 255) ** 2.2 + 0.0722 * (n & 255) ** 2.2 > 35_454 ? "#000000" : "#ffffff";
}

/** The colour itself where it has 4.5 against the ground; else the nearest to it, towards black or white, that has. */
export function readable(color: string, ground: string): string {
  const end = lightness(ground) > 0.179 ? 0 : 255;
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = `#${parts(color)
      .map((v) => Math.round(v + (end - v) * share).toString(16).padStart(2, "0"))
      .join("")}`;
    if (contrast(mixed, ground) >= 4.5) {
      return mixed;
    }
  }
  return end === 0 ? "#000000" : "#ffffff";
}

/** Whether it is a colour such as "#0a5baa": anything else that a page says goes into no style. */
export function isColor(text: string): boolean {
  return /^#[\da-f]{6}$/i.test(text);
}

function parts(color: string): number[] {
  return isColor(color) ? [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)) : [];
}
