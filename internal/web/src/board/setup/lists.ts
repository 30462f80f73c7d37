import { useEffect, useState } from "preact/hooks";
import { useBoardPage } from "../page";
import type { Thing } from "./thing";

const kinds = ["queues", "hours", "accounts", "profiles", "groups", "replies"] as const;

/** What is defined at the site, by kind. */
export type Lists = Record<(typeof kinds)[number], Thing[]>;

/** Reads all lists; null until they are there. failed: one of them did not come. */
export function useLists(): { lists: Lists | null; failed: boolean; again: () => void } {
  const { board } = useBoardPage();
  const [lists, setLists] = useState<Lists | null>(null);
  const [failed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let here = true;
    void Promise.all(kinds.map((k) => board.admin.get<Record<string, Thing[]>>(`/${k}`))).then((all) => {
      if (!here) {
        return;
      }
      const found: Partial<Lists> = {};
      kinds.forEach((k, i) => {
        const o = all[i];
        if (o?.kind === "answer") {
          found[k] = o.value[k] ?? [];
        }
      });
      setFailed(kinds.some((k) => found[k] === undefined));
      if (kinds.every((k) => found[k] !== undefined)) {
        setLists(found as Lists); // all of them are there
      }
    });
    return () => {
      here = false;
    };
  }, [board, tries]);
  return { lists, failed, again: () => setTries((n) => n + 1) };
}
