import { equal, test } from "../../testing";
import { fromRich, linked, mark, toRich } from "./format";

test("a button puts a mark at what is chosen, and takes it away again", () => {
  const bold = mark({ text: "one two", from: 4, to: 7 }, "bold");
  equal(bold, { text: "one **two**", from: 6, to: 9 });
  equal(mark(bold, "bold"), { text: "one two", from: 4, to: 7 });
  equal(mark({ text: "", from: 0, to: 0 }, "italic"), { text: "__", from: 1, to: 1 });
  equal(mark({ text: "a\nb\nc", from: 2, to: 5 }, "bullets").text, "a\n- b\n- c");
  equal(mark({ text: "- b\n- c", from: 0, to: 7 }, "bullets").text, "b\nc");
  equal(linked({ text: "see here now", from: 4, to: 8 }, "https://example.org/").text, "see [here](https://example.org/) now");
  equal(linked({ text: "", from: 0, to: 0 }, "https://example.org/").text, "[https://example.org/](https://example.org/)");
});

test("marks become rich text, and all else stays as it was typed", () => {
  for (const [text, want] of [
    ["**a** and _b_", "<b>a</b> and <i>b</i>"],
    ["**a _b_**", "<b>a <i>b</i></b>"],
    ["x\n- a\n- **b**\ny", "x<ul><li>a</li><li><b>b</b></li></ul>y"],
    ["[there](https://example.org/a)", '<a href="https://example.org/a">there</a>'],
    ["**<img src=x onerror=alert(1)>** & \"x\"", "<b>&lt;img src=x onerror=alert(1)&gt;</b> &amp; &quot;x&quot;"],
    ["**a**\nb", "<b>a</b><br>b"],
    ["no marks", null],
    ["2 * 3 * 4", null],
    ["[x](javascript:alert(1))", null],
    ["****", null],
  ] as const) {
    equal(toRich(text), want, text);
  }
});

test("a rich text can be edited again", () => {
  for (const text of ["**a** and _b_", "**a _b_**", "x\n- a\n- **b**\ny", "- a\n- b", "[there](https://example.org/a)", "**a** <b> & \"c\"\nd", "- _a_\nb\n- c"]) {
    equal(fromRich(toRich(text) ?? ""), text);
  }
});
