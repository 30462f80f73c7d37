import type { BoardWords } from "../page";
import type { Lists } from "./lists";
import type { Option, Spec } from "./specs";
import type { Thing } from "./thing";

/** A kind of thing that a site has several of. */
export interface Kind {
  plural: keyof Lists;
  /** The name of its number. */
  id: string;
  /** How the audit log begins what it calls one. */
  called: string;
  /** The name of what it is called by people. */
  name: string;
  specs: Spec[];
  fresh: Thing;
}

/** What the things of a list are called, to choose from. */
export function optionsOf(list: readonly Thing[], id: string, name = "name"): Option[] {
  return list.map((t) => ({ value: Number(t[id]), text: String(t[name] || t[id]) }));
}

/** The kinds of definitions that are edited one by one. */
export function kindOf(part: "accounts" | "queues" | "hours" | "replies", words: BoardWords, lists: Lists): Kind {
  const none = { value: 0, text: words.say("setup.noProfile") };
  const queues = optionsOf(lists.queues, "queueId");
  const own = (t: Thing): boolean => !t["profile"];
  switch (part) {
    case "accounts":
      return {
        plural: "accounts",
        id: "accountId",
        called: "account",
        name: "name",
        fresh: { login: "", password: "", name: "", greeting: "", profile: 0, group: 0, queues: [], allQueues: true, except: [], pull: true, places: 0, policy: "FIRST_DUE", allowDecline: true, autoDecline: true, virtualAgent: false, supervisor: false },
        specs: [
          { kind: "text", at: "login", label: words.say("setup.login"), required: true },
          { kind: "password", at: "password", label: words.say("setup.newPassword") },
          { kind: "text", at: "name", label: words.say("setup.name"), required: true },
          { kind: "text", at: "greeting", label: words.say("setup.greeting") },
          { kind: "flag", at: "supervisor", label: words.say("setup.supervisor") },
          { kind: "flag", at: "virtualAgent", label: words.say("setup.bot") },
          ...(lists.groups.length > 0 ? [{ kind: "choice" as const, at: "group", label: words.say("setup.group"), options: [none, ...optionsOf(lists.groups, "groupId")] }] : []),
          ...(lists.profiles.length > 0 ? [{ kind: "choice" as const, at: "profile", label: words.say("setup.profile"), options: [none, ...optionsOf(lists.profiles, "profileId")] }] : []),
          { kind: "flag", at: "allQueues", label: words.say("setup.allQueues"), when: own },
          { kind: "many", at: "queues", label: words.say("setup.served"), options: queues, when: (t) => own(t) && !t["allQueues"] },
          { kind: "many", at: "except", label: words.say("setup.except"), options: queues, when: (t) => own(t) && t["allQueues"] === true },
          { kind: "number", at: "places", label: words.say("setup.places"), hint: words.say("setup.placesHint"), when: own },
          { kind: "flag", at: "pull", label: words.say("setup.pull"), when: own },
          {
            kind: "choice",
            at: "policy",
            label: words.say("setup.policy"),
            options: [
              { value: "FIRST_DUE", text: words.say("setup.firstDue") },
              { value: "STRICT_PRIORITY", text: words.say("setup.strict") },
            ],
            when: own,
          },
          { kind: "flag", at: "allowDecline", label: words.say("setup.allowDecline"), when: own },
          { kind: "flag", at: "autoDecline", label: words.say("setup.autoDecline"), when: own },
        ],
      };
    case "queues":
      return {
        plural: "queues",
        id: "queueId",
        called: "queue",
        name: "name",
        fresh: { name: "", default: false, rank: 0, hours: 0, maxWaiting: 0, overflowSeconds: 0, overflowQueue: 0 },
        specs: [
          { kind: "text", at: "name", label: words.say("setup.name"), required: true },
          { kind: "flag", at: "default", label: words.say("setup.standard") },
          { kind: "number", at: "rank", label: words.say("setup.rank") },
          { kind: "choice", at: "hours", label: words.say("setup.hours"), options: [{ value: 0, text: words.say("setup.always") }, ...optionsOf(lists.hours, "hoursId")] },
          { kind: "number", at: "maxWaiting", label: words.say("setup.maxWaiting") },
          { kind: "number", at: "overflowSeconds", label: words.say("setup.overflowAfter") },
          { kind: "choice", at: "overflowQueue", label: words.say("setup.overflowTo"), options: [none, ...queues] },
        ],
      };
    case "hours":
      return { plural: "hours", id: "hoursId", called: "hours", name: "name", ...hours(words) };
    case "replies":
      return {
        plural: "replies",
        id: "id",
        called: "reply",
        name: "title",
        fresh: { title: "", text: "", language: "", queueIds: [] },
        specs: [
          { kind: "text", at: "title", label: words.say("setup.replyTitle"), required: true },
          { kind: "long", at: "text", label: words.say("setup.replyText"), required: true, hint: words.say("setup.replyHint", { fields: "{visitor.firstName} {visitor.lastName} {visitor.email} {agent.name} {field.NAME}" }) },
          { kind: "text", at: "language", label: words.say("setup.replyLanguage") },
          { kind: "many", at: "queueIds", label: words.say("setup.replyQueues"), options: queues },
        ],
      };
  }
}

function hours(words: BoardWords): Pick<Kind, "fresh" | "specs"> {
  const day = new Intl.DateTimeFormat(words.locale, { weekday: "long", timeZone: "UTC" });
  // The 1st of January 2024 was a Monday.
  const days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"].map((value, i) => ({ value, text: day.format(Date.UTC(2024, 0, 1 + i)) }));
  const span: Spec[] = [
    { kind: "text", at: "from", label: words.say("setup.opens") },
    { kind: "text", at: "to", label: words.say("setup.closes") },
  ];
  const weekdays = days.map((d) => d.value);
  return {
    fresh: { name: "", zone: Intl.DateTimeFormat().resolvedOptions().timeZone, week: weekdays.slice(0, 5).map((d) => ({ day: d, from: "09:00", to: "17:00" })), holidays: [] },
    specs: [
      { kind: "text", at: "name", label: words.say("setup.name"), required: true },
      { kind: "text", at: "zone", label: words.say("setup.zone"), required: true, hint: "Europe/Vienna" },
      {
        kind: "list",
        at: "week",
        label: words.say("setup.week"),
        add: words.say("setup.addSpan"),
        make: (n) => ({ day: weekdays[n % 7] ?? "MON", from: "09:00", to: "17:00" }),
        of: [{ kind: "choice", at: "day", label: words.say("setup.weekday"), options: days }, ...span],
      },
      {
        kind: "list",
        at: "holidays",
        label: words.say("setup.holidays"),
        add: words.say("setup.addHoliday"),
        make: () => ({ name: "", date: "", open: [] }),
        of: [
          { kind: "text", at: "name", label: words.say("setup.name") },
          { kind: "text", at: "date", label: words.say("setup.date"), hint: words.say("setup.dateHint", { one: "2026-12-24", every: "12-25" }) },
          { kind: "list", at: "open", label: words.say("setup.opens"), add: words.say("setup.addSpan"), make: () => ({ from: "09:00", to: "12:00" }), of: span },
        ],
      },
    ],
  };
}
