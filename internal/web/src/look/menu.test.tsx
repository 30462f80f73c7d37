import { render } from "preact";
import { equal, ok, test } from "../testing";
import { Field } from "./field";
import { Menu, step } from "./menu";

const settled = () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)));

test("arrows walk, and the ends are joined", () => {
  const walk: [string, number, number, number][] = [
    ["ArrowDown", 0, 3, 1],
    ["ArrowDown", 2, 3, 0],
    ["ArrowUp", 0, 3, 2],
    ["Home", 2, 3, 0],
    ["End", 0, 3, 2],
    ["x", 1, 3, 1],
    ["ArrowDown", 0, 0, 0],
  ];
  for (const [key, from, of, to] of walk) equal(step(key, from, of), to, `${key} from ${from} of ${of}`);
});

test("a menu by keys: open, walk, choose, and focus goes back", async () => {
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  const chosen: string[] = [];
  const choices = [
    { key: "a", text: "Available" },
    { key: "b", text: "On break" },
    { key: "c", text: "Closed", reason: "not now" },
  ];
  render(<Menu label="Status" choices={choices} onChoose={(key) => chosen.push(key)} />, place);
  const button = place.querySelector("button");
  ok(button);
  const press = async (key: string) => {
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await settled();
  };
  button.focus();
  await press("ArrowDown");
  equal([button.getAttribute("aria-expanded"), document.activeElement?.textContent], ["true", "Available"]);
  await press("o");
  equal(document.activeElement?.textContent, "On break");
  await press("ArrowDown");
  equal(document.activeElement?.textContent, "Closed not now");
  (document.activeElement as HTMLElement).click(); // it stays, and says why
  await settled();
  equal([chosen.length, button.getAttribute("aria-expanded")], [0, "true"]);
  await press("Escape");
  equal([button.getAttribute("aria-expanded"), document.activeElement === button], ["false", true]);
  await press("ArrowUp");
  await press("Home");
  (document.activeElement as HTMLElement).click();
  await settled();
  equal([chosen, document.activeElement === button], [["a"], true]);
  render(null, place);
});

test("an error is said at its field", async () => {
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  let typed = "";
  render(<Field label="Email" value="x" kind="email" autocomplete="email" hint="We answer there." error="An email address has an @." onInput={(v) => (typed = v)} />, place);
  const input = place.querySelector("input");
  ok(input);
  equal([input.type, input.autocomplete, input.getAttribute("aria-invalid"), input.labels?.[0]?.textContent], ["email", "email", "true", "Email"]);
  const described = (input.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
  equal(described, ["An email address has an @.", "We answer there."]);
  input.value = "new";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  equal(typed, "new");
  render(null, place);
});
