import { type App, knock, tell } from "./app";
import { startNow } from "./form";
import type { Facts, ToPanel } from "./host";

/** Takes in what the host page has learned of its visitor. */
export function learn(a: App, facts: Facts): void {
  a.facts = { ...a.facts, ...facts, fields: { ...a.facts.fields, ...facts.fields } };
  tell(a, facts);
  if (facts.prefill) {
    prefill(a, facts.prefill);
  }
  a.refresh(facts.language);
}

function prefill(a: App, text: string): void {
  const field = document.querySelector<HTMLTextAreaElement>("#f-question");
  if (field) {
    field.value = text;
    field.dispatchEvent(new Event("input"));
  } else if (document.getElementById("text")) {
    a.v.part()?.write(a, text);
  } else if (a.s.session !== null) {
    a.drafts(text);
  }
}

/** Does what the host page asked for, and answers what came of it. */
export async function called(a: App, m: Extract<ToPanel, { say: "call" }>): Promise<boolean> {
  switch (m.name) {
    case "reset":
      if (a.s.session !== null) {
        await a.v.do("reset");
      }
      a.keep.keys("").forEach((key) => a.keep.remove(key));
      a.facts = {};
      a.blank();
      return true;
    case "end":
      return a.s.session !== null && a.s.phase !== "ended" && (await a.ask());
    case "start":
      if (m.question) {
        learn(a, { prefill: m.question });
      }
      if (a.ui.door === null) {
        await knock(a);
      }
      if (a.s.session === null && (a.ui.door?.state === "OPEN" || a.ui.door?.mayWait)) {
        a.set({ way: "form" });
        await startNow(a);
      }
      return a.s.session !== null;
  }
}
