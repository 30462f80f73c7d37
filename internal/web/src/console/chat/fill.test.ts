import { equal, test } from "../../testing";
import { fill, gap, matching, slashAt, type Values } from "./fill";

const values: Values = (field) => {
  const known: Record<string, { value: string; label: string }> = {
    "visitor.firstName": { value: "Ann", label: "First name" },
    "field.order_number": { value: "", label: "order number" },
  };
  return known[field] ?? null;
};

test("fields are filled in, an empty one is left to be written, and braces that are none stay", () => {
  equal(fill("Hello {visitor.firstName}, about {field.order_number}: {x} {}", values), "Hello Ann, about ‹order number›: {x} {}");
});

test("a value with braces is text", () => {
  equal(
    fill("{a}", () => ({ value: "{visitor.firstName}", label: "" })),
    "{visitor.firstName}",
  );
});

test("the first gap from a place on", () => {
  const text = "a ‹one› b ‹two›";
  equal(gap(text), { from: 2, to: 7, label: "one" });
  equal(gap(text, 3)?.label, "two");
  equal(gap("a ‹› b"), null);
});

test("a slash counts where it begins a word", () => {
  for (const [text, want] of [
    ["/", { at: 0, query: "" }],
    ["/ref", { at: 0, query: "ref" }],
    ["hello /refund pol", { at: 6, query: "refund pol" }],
    ["line\n/x", { at: 5, query: "x" }],
    ["and/or", null],
    ["https://x", null],
    ["/a\nb", null],
    ["", null],
  ] as const) {
    equal(slashAt(text, text.length), want, text);
  }
  equal(slashAt("/ref and more", 4), { at: 0, query: "ref" });
});

test("replies are found by all words, in title and text, and those that fit come first", () => {
  const replies = [
    { id: 1, title: "Hours", text: "We are open from nine to five for refunds." },
    { id: 2, title: "Refund", text: "It takes three days.", queueIds: [7] },
    { id: 3, title: "Refund policy", text: "Thirty days." },
    { id: 4, title: "Erstattung", text: "Refund dauert drei Tage.", language: "de" },
  ];
  const found = (query: string, queue = 1, language = "en-GB"): number[] => matching(replies, query, queue, language).map((r) => r.id);
  equal(found("refund"), [3, 2, 1, 4]);
  equal(found("refund", 7), [2, 3, 1, 4]);
  equal(found("DAYS refund"), [3, 2]);
  equal(found("refund tage", 1, "de"), [4]);
  equal(found("x"), []);
  equal(found("").length, 4);
});
