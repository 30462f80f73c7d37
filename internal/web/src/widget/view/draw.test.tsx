/** @jsxImportSource . */
import { equal, ok, test } from "../../testing";
import { draw } from "./draw";

function place(): HTMLElement {
  return document.body.appendChild(document.createElement("div"));
}

test("what is drawn again is the same element", () => {
  const root = place();
  draw(root, <p class="a">one</p>);
  const p = root.firstElementChild;
  draw(root, <p class="b">two</p>);
  ok(root.firstElementChild === p);
  equal(root.innerHTML, '<p class="b">two</p>');
});

test("what is not shown has its place", () => {
  const root = place();
  const input = (): HTMLInputElement => root.querySelector("input") as HTMLInputElement;
  const View = ({ bar }: { bar: boolean }) => (
    <>
      {bar && <p>bar</p>}
      <input />
    </>
  );
  draw(root, <View bar={false} />);
  input().value = "half a sen";
  input().focus();
  draw(root, <View bar />);
  equal([root.children.length, input().value, document.activeElement === input()], [2, "half a sen", true]);
  draw(root, <View bar={false} />);
  equal([root.children.length, input().value, document.activeElement === input()], [1, "half a sen", true]);
});

test("lists keep their elements by key, in any order", () => {
  const root = place();
  const list = (keys: string[]) => (
    <ul>
      {keys.map((k) => (
        <li key={k}>{k}</li>
      ))}
    </ul>
  );
  const shown = (): Record<string, Element> => Object.fromEntries([...root.querySelectorAll("li")].map((e) => [e.textContent, e]));
  draw(root, list(["a", "b", "c"]));
  const before = shown();
  draw(root, list(["b", "d", "c", "a"]));
  equal(root.textContent, "bdca");
  const after = shown();
  ok(["a", "b", "c"].every((k) => before[k] === after[k]));
  draw(root, list([]));
  equal(root.textContent, "");
});

test("attributes come and go, and handlers are replaced", () => {
  const root = place();
  const did: string[] = [];
  draw(root, <button disabled aria-label="x" onClick={() => did.push("first")} />);
  equal(root.innerHTML, '<button disabled="" aria-label="x"></button>');
  draw(root, <button disabled={false} onClick={() => did.push("second")} />);
  equal(root.innerHTML, "<button></button>");
  root.querySelector("button")?.click();
  draw(root, <button />);
  root.querySelector("button")?.click();
  equal(did, ["second"]);
});

test("text is text", () => {
  const root = place();
  draw(root, <p>{"<img src=x onerror=alert(1)>"}</p>);
  equal(root.innerHTML, "<p>&lt;img src=x onerror=alert(1)&gt;</p>");
});

test("ref is called once, with the element in the page", () => {
  const root = place();
  let calls = 0;
  const view = () => <p ref={(e: Element) => (calls += e.isConnected ? 1 : 10)} />;
  draw(root, view());
  draw(root, view());
  equal(calls, 1);
});
