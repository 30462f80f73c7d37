/** The parts of Set-up, in their order. */
export const parts = [
  { name: "accounts", title: "setup.accounts" },
  { name: "queues", title: "setup.queues" },
  { name: "rules", title: "setup.rules" },
  { name: "hours", title: "setup.hours" },
  { name: "replies", title: "setup.replies" },
  { name: "widget", title: "setup.widget" },
  { name: "site", title: "setup.site" },
  { name: "messages", title: "inbox.title" },
] as const;

/** The name of a part, as it stands in the address. */
export type PartName = (typeof parts)[number]["name"];
