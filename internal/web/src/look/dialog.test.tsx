import { render } from "preact";
import { equal, ok, test } from "../testing";
import { Dialog } from "./dialog";

/** A stage of its own for a test, with a button that opens the dialog. */
function stage(): { place: HTMLElement; opener: HTMLButtonElement } {
  const opener = document.createElement("button");
  opener.textContent = "Open";
  const place = document.createElement("div");
  document.body.replaceChildren(opener, place);
  opener.focus();
  return { place, opener };
}

const settled = () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)));

test("focus goes to the first field, and back to the opener", async () => {
  const { place, opener } = stage();
  render(
    <Dialog title="Transfer" onClose={() => {}}>
      <button>Other</button>
      <input aria-label="Note" />
    </Dialog>,
    place,
  );
  equal(document.activeElement?.getAttribute("aria-label"), "Note");
  equal(place.querySelector("dialog")?.open, true);
  render(null, place);
  equal(document.activeElement, opener);
});

test("focus goes to the fallback when the opener is gone", () => {
  const { place, opener } = stage();
  const heading = document.createElement("h1");
  heading.id = "conversation";
  heading.tabIndex = -1;
  document.body.append(heading);
  render(
    <Dialog title="End" onClose={() => {}} fallback="#conversation">
      <button>End chat</button>
    </Dialog>,
    place,
  );
  opener.remove();
  render(null, place);
  equal(document.activeElement, heading);
});

test("the owner decides whether it closes", () => {
  const { place } = stage();
  let asked = 0;
  render(<Dialog title="Keys" onClose={() => asked++}>text</Dialog>, place);
  const dialog = place.querySelector("dialog");
  ok(dialog);
  const cancel = new Event("cancel", { cancelable: true });
  dialog.dispatchEvent(cancel);
  equal([asked, cancel.defaultPrevented, dialog.open], [1, true, true]);
  render(null, place);
});

test("a question is deaf to its first 300 ms and to repeated keys", async () => {
  const { place } = stage();
  const clock = performance.now;
  let now = 1000;
  performance.now = () => now;
  try {
    let answers = 0;
    let left = 0;
    render(
      <Dialog title="End the chat?" question onClose={() => left++}>
        <button onClick={() => answers++}>End chat</button>
      </Dialog>,
      place,
    );
    await settled();
    const dialog = place.querySelector("dialog");
    const button = place.querySelector("button");
    ok(dialog && button);
    now = 1299;
    button.click();
    dialog.dispatchEvent(new Event("cancel", { cancelable: true }));
    equal([answers, left], [0, 0]);
    now = 1300;
    const repeated = new KeyboardEvent("keydown", { key: "Enter", repeat: true, bubbles: true, cancelable: true });
    button.dispatchEvent(repeated);
    ok(repeated.defaultPrevented);
    const pressed = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    button.dispatchEvent(pressed);
    ok(!pressed.defaultPrevented);
    button.click();
    dialog.dispatchEvent(new Event("cancel", { cancelable: true }));
    equal([answers, left], [1, 1]);
    render(null, place);
  } finally {
    performance.now = clock;
  }
});

test("an owner hears once that it closed, by whatever, and nothing after it took the dialog away", async () => {
  const { place } = stage();
  let left = 0;
  const show = () => render(<Dialog title="Keys" onClose={() => left++}>text</Dialog>, place);
  show();
  const dialog = place.querySelector("dialog");
  ok(dialog);
  dialog.close(); // as a browser does that was asked twice
  await settled();
  equal(left, 1);
  render(null, place);
  show();
  render(null, place);
  await settled();
  equal(left, 1);
});
