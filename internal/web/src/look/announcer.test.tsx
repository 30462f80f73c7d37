import { render } from "preact";
import { equal, ok, test } from "../testing";
import { Announcer, makeVoice } from "./announcer";

/** Time that passes when a test says so: what setTimeout was asked for. */
function madeUpTime(): { pass: (ms: number) => void; end: () => void } {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  let now = 0;
  let next = 1_000_000;
  const waiting = new Map<number, { at: number; run: () => void }>();
  const fake = (run: () => void, ms = 0) => {
    waiting.set(++next, { at: now + ms, run });
    return next;
  };
  globalThis.setTimeout = fake as unknown as typeof setTimeout; // the tests use no more of it
  globalThis.clearTimeout = ((id: number) => waiting.delete(id)) as unknown as typeof clearTimeout;
  return {
    pass(ms) {
      now += ms;
      for (const [id, w] of [...waiting]) {
        if (w.at > now) continue;
        waiting.delete(id);
        w.run();
      }
    },
    end: () => Object.assign(globalThis, { setTimeout: set, clearTimeout: clear }),
  };
}

/** Lets what was asked for be rendered. */
const rendered = () => new Promise<void>((done) => requestAnimationFrame(() => queueMicrotask(done)));

test("both regions are there and empty from the start, and empty again after five seconds", async () => {
  const voice = makeVoice();
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  render(<Announcer voice={voice} />, place);
  const polite = place.querySelector("[role=log]");
  const urgent = place.querySelector("[role=alert]");
  ok(polite && urgent);
  const said = () => [polite.textContent, urgent.textContent];
  equal(said(), ["", ""]);
  await rendered();
  await new Promise((done) => setTimeout(done)); // effects have run: somebody listens
  const time = madeUpTime();
  try {
    voice.say("Ann: hello");
    voice.say("Offer from Bo", "urgent");
    time.pass(0);
    await rendered();
    time.pass(0);
    equal(said(), ["Ann: hello", "Offer from Bo"]);
    time.pass(4000);
    voice.say("Ann: hello"); // the same words again are news again
    time.pass(0);
    await rendered();
    time.pass(0);
    equal(polite.querySelectorAll("p").length, 2);
    time.pass(1000);
    await rendered();
    time.pass(0);
    equal([polite.querySelectorAll("p").length, urgent.textContent], [1, ""]);
    time.pass(4000);
    await rendered();
    time.pass(0);
    equal(said(), ["", ""]);
  } finally {
    time.end();
    render(null, place);
  }
});
