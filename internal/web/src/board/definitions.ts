import { useEffect, useState } from "preact/hooks";
import type { Account, Hours, Profile, Queue } from "./setup/wire";
import { useBoardPage } from "./page";

/** What is defined at a site, as far as the board needs it beside what is live. */
export interface Definitions {
  queues: Queue[];
  hours: Hours[];
  accounts: Account[];
  profiles: Profile[];
}

/** Reads the definitions once; null until all are there. Without them the board has a few words less. */
export function useDefinitions(): Definitions | null {
  const { board } = useBoardPage();
  const [all, setAll] = useState<Definitions | null>(null);
  useEffect(() => {
    let here = true;
    void Promise.all([
      board.admin.get<{ queues: Queue[] }>("/queues"),
      board.admin.get<{ hours: Hours[] }>("/hours"),
      board.admin.get<{ accounts: Account[] }>("/accounts"),
      board.admin.get<{ profiles: Profile[] }>("/profiles"),
    ]).then(([queues, hours, accounts, profiles]) => {
      if (here && queues.kind === "answer" && hours.kind === "answer" && accounts.kind === "answer" && profiles.kind === "answer") {
        setAll({ queues: queues.value.queues, hours: hours.value.hours, accounts: accounts.value.accounts, profiles: profiles.value.profiles });
      }
    });
    return () => {
      here = false;
    };
  }, [board]);
  return all;
}

/** Whether an account is a program. */
export function isBot(d: Definitions | null, accountId: number): boolean {
  return d?.accounts.find((a) => a.accountId === accountId)?.virtualAgent ?? false;
}

/** Whether an account serves a queue, by itself or by its profile. */
export function serves(d: Definitions, accountId: number, queueId: number): boolean {
  const account = d.accounts.find((a) => a.accountId === accountId);
  const by = (account?.profile ?? 0) > 0 ? d.profiles.find((p) => p.profileId === account?.profile) : account;
  return by !== undefined && (by.allQueues ? !by.except.includes(queueId) : by.queues.includes(queueId));
}
