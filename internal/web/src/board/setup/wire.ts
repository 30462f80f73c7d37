/** What administration defines, as docs/admin.md has it. */

/** An open stretch of a day, "08:00" to "17:30"; day is "" in a holiday. */
export interface Span {
  day?: string;
  from: string;
  to: string;
}

/** A day with hours of its own. */
export interface Holiday {
  name: string;
  date: string;
  open: Span[];
}

/** Business hours. */
export interface Hours {
  hoursId: number;
  name: string;
  zone: string;
  week: Span[];
  holidays: Holiday[];
}

/** A queue. */
export interface Queue {
  queueId: number;
  name: string;
  default: boolean;
  rank: number;
  hours: number;
  maxWaiting: number;
  overflowSeconds: number;
  overflowQueue: number;
}

/** What an agent is given, and how. */
export interface Serving {
  queues: number[];
  allQueues: boolean;
  except: number[];
}

/** What several accounts have in common. */
export interface Profile extends Serving {
  profileId: number;
  name: string;
}

/** An agent's account. */
export interface Account extends Serving {
  accountId: number;
  login: string;
  name: string;
  profile: number;
  virtualAgent: boolean;
  supervisor: boolean;
}

/** A message that a visitor left. */
export interface LeftMessage {
  number: number;
  at: string;
  queueId: number;
  name: string;
  emailAddress: string;
  message: string;
  language: string;
  page: string;
  fields: { name: string; value: string }[];
}
