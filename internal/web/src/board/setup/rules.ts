import type { BoardWords } from "../page";
import { optionsOf } from "./kinds";
import type { Lists } from "./lists";
import type { Option, Spec } from "./specs";

/** How the two lists of rules are edited. */
export function ruleSpecs(words: BoardWords, lists: Lists): Spec[] {
  const none: Option = { value: 0, text: words.say("setup.noProfile") };
  const queues = optionsOf(lists.queues, "queueId");
  const list = (at: "enter" | "escalate", label: string): Spec => ({
    kind: "list",
    at,
    label,
    add: words.say("setup.addRule"),
    ordered: true,
    make: () => ({ name: "", when: {}, queue: Number(queues[0]?.value ?? 0) }),
    of: [
      { kind: "text", at: "name", label: words.say("setup.name") },
      {
        kind: "group",
        at: "when",
        label: words.say("setup.when"),
        of: [
          { kind: "words", at: "products", label: words.say("setup.products"), numbers: true, hint: words.say("setup.numbersHint") },
          { kind: "words", at: "categories", label: words.say("setup.categories"), numbers: true },
          { kind: "words", at: "interfaces", label: words.say("setup.interfaces"), numbers: true },
          { kind: "words", at: "languages", label: words.say("setup.languages") },
          {
            kind: "list",
            at: "fields",
            label: words.say("setup.customFields"),
            add: words.say("setup.addField"),
            make: () => ({ name: "", op: "EQUALS", value: "" }),
            of: [
              { kind: "text", at: "name", label: words.say("setup.field") },
              {
                kind: "choice",
                at: "op",
                label: words.say("setup.comparison"),
                options: [
                  { value: "EQUALS", text: words.say("setup.equals") },
                  { value: "NOT_EQUALS", text: words.say("setup.notEquals") },
                  { value: "CONTAINS", text: words.say("setup.contains") },
                  { value: "EXISTS", text: words.say("setup.exists") },
                ],
              },
              { kind: "text", at: "value", label: words.say("setup.value"), when: (t) => t["op"] !== "EXISTS" },
            ],
          },
          { kind: "choice", at: "hours", label: words.say("setup.hours"), options: [none, ...optionsOf(lists.hours, "hoursId")] },
          { kind: "flag", at: "closed", label: words.say("setup.whileClosed"), when: (t) => Boolean(t["hours"]) },
          ...(at === "escalate" ? [{ kind: "many" as const, at: "queues", label: words.say("setup.fromQueues"), options: queues }] : []),
        ],
      },
      { kind: "choice", at: "queue", label: words.say("setup.toQueue"), options: [none, ...queues], when: (t) => !t["refuse"] },
      { kind: "number", at: "priority", label: words.say("setup.priority"), when: (t) => !t["refuse"] },
      { kind: "choice", at: "account", label: words.say("setup.toAccount"), options: [none, ...optionsOf(lists.accounts, "accountId")], when: (t) => !t["refuse"] },
      ...(at === "enter" ? [{ kind: "flag" as const, at: "refuse", label: words.say("setup.refuse") }] : []),
    ],
  });
  return [list("enter", words.say("setup.enter")), list("escalate", words.say("setup.escalate"))];
}

