import { equal, test } from "../../testing";
import { faultOf, placesOf, type Spec } from "./specs";
import { linesOf, textsOf } from "./texts";
import { changesOf, differences, same, valueAt, withAt } from "./thing";

test("a value is found and put at its path, and nothing else changes", () => {
  const thing = { name: "Office", week: [{ day: "MON", from: "08:00" }], holidays: [{ open: [{ from: "09:00" }] }] };
  equal(valueAt(thing, "week[0].from"), "08:00");
  equal(valueAt(thing, "holidays[0].open[0].from"), "09:00");
  equal(valueAt(thing, "week[3].from"), undefined);
  const next = withAt(thing, "holidays[0].open[0].from", "10:00");
  equal(valueAt(next, "holidays[0].open[0].from"), "10:00");
  equal([thing.holidays[0]?.open[0]?.from, next["week"] === thing.week], ["09:00", true]);
  equal(withAt({}, "when.products", [5]), { when: { products: [5] } });
});

test("only what was changed is sent, lists and own texts whole", () => {
  const before = { goalSeconds: 60, results: [{ id: 1, name: "Solved" }], widget: { title: "a", color: "", texts: { en: { "widget.title": "x" } } } };
  equal(changesOf(before, { ...before, results: [] }), { results: [] });
  equal(changesOf(before, { ...before, widget: { ...before.widget, title: "b" } }), { widget: { title: "b" } });
  equal(changesOf(before, { ...before, widget: { ...before.widget, texts: {} } }), { widget: { texts: {} } });
  equal(changesOf(before, before), {});
});

test("two who changed the same differ where they differ, whatever the order of members", () => {
  equal(same({ a: 1, b: [2] }, { b: [2], a: 1 }), true);
  equal(differences({ name: "a", rank: 1, w: { x: 1, y: 2 } }, { rank: 1, name: "b", w: { x: 1, y: 3 } }), ["name", "w.y"]);
});

test("a refusal stands at the place that it is about", () => {
  const specs: Spec[] = [
    { kind: "text", at: "login", label: "" },
    { kind: "number", at: "rank", label: "" },
    { kind: "list", at: "enter", label: "", add: "", make: () => ({}), of: [{ kind: "number", at: "queue", label: "" }, { kind: "group", at: "when", label: "", of: [{ kind: "words", at: "products", label: "" }] }] },
  ];
  const places = placesOf(specs, { enter: [{}, {}] });
  const cases: [string, string][] = [
    ["enter[1].queue: 99 is not a queue of this site", "enter[1].queue"],
    ["enter[0].when.products[2]: expected a number", "enter[0].when.products"],
    ["enter[0].when.fields[0]: expected a name", "enter[0].when"],
    ["enter[7].queue: 99", "enter"],
    ["rank is -1: expected 0", "rank"],
    ['login "ada" belongs to account 12', "login"],
    ["the site cannot write now", ""],
    ["loginName: what", ""],
  ];
  for (const [text, place] of cases) {
    equal(faultOf(text, places).place, place, text);
  }
});

test("own texts are lines, and a line that is not finished says nothing", () => {
  const texts = { en: { "widget.title": "Ask = tell" }, de: { "widget.chat": "Frag" } };
  equal(textsOf(linesOf(texts)), texts);
  equal(textsOf("en widget.title =\nde\n\nfr widget.chat = Parler"), { fr: { "widget.chat": "Parler" } });
});
