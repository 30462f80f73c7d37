import type { Words } from "./words";

/** A share between 0 and 1 as "81 %" or how the language writes it. */
export function percent(locale: string, share: number): string {
  return new Intl.NumberFormat(locale, { style: "percent" }).format(share);
}

/** The size of a file: "840 kB", "10 MB", in steps of 1,024 as limits are set, with at most one decimal. */
export function fileSize(locale: string, bytes: number): string {
  const [unit, size] =
    bytes < 1024
      ? (["byte", bytes] as const)
      : bytes < 1024 * 1024
        ? (["kilobyte", bytes / 1024] as const)
        : (["megabyte", bytes / (1024 * 1024)] as const);
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: unit === "byte" ? "long" : "short",
    maximumFractionDigits: 1,
  }).format(size);
}

/** What people call media types whose own name says nothing to them. */
const called: Readonly<Record<string, string>> = {
  "text/plain": "TXT",
  "application/msword": "DOC",
  "application/vnd.ms-excel": "XLS",
  "application/vnd.ms-powerpoint": "PPT",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
};

/** Media types as a list for people: "PNG, JPEG, PDF". */
export function fileKinds(words: Words<"common.images">, types: readonly string[]): string {
  const kinds = types.map((type) => {
    if (type === "image/*") return words.say("common.images");
    const [, sub = type] = type.split("/");
    if (sub === "*") return type;
    return called[type] ?? sub.replace(/^x-|\+.*$/g, "").toUpperCase();
  });
  return listed(words.locale, kinds);
}

/** Things one after the other, as the language does it: "needs an answer, 3 unread, late". */
export function listed(locale: string, things: readonly string[]): string {
  return new Intl.ListFormat(locale, { type: "conjunction", style: "narrow" }).format(things);
}
