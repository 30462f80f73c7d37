import { equal, ok, test } from "../testing";
import { contrast, inkOn, isColor, readable } from "./color";

/** Many colours, the same every time. */
const colors = Array.from({ length: 4096 }, (_, i) => `#${[i >> 8, (i >> 4) & 15, i & 15].map((v) => (v * 17).toString(16).padStart(2, "0")).join("")}`);

test("the ink can be read on every colour", () => {
  equal(colors.filter((c) => contrast(c, inkOn(c)) < 4.5), []);
});

test("every colour is corrected until it can be read on the page's grounds", () => {
  for (const ground of ["#ebeef2", "#232b35"]) {
    equal(colors.filter((c) => contrast(readable(c, ground), ground) < 4.5), []);
  }
});

test("what can be read stays as it is", () => {
  equal(readable("#0a5baa", "#ebeef2"), "#0a5baa");
  ok(Math.abs(contrast("#000000", "#ffffff") - 21) < 0.1);
});

test("only colours are colours", () => {
  equal(["#0A5baa", "red", "#fff", "#0a5baa;}*{display:none", ""].map(isColor), [true, false, false, false, false]);
});
