import type { Channel } from "./channel";
import { newId } from "./ids";
import type { Leadership } from "./lead";

/**
 * Several tabs, one state: the tab that leads makes all inputs, every tab goes through the same pure
 * steps, so each has the whole state and can go on from it. Commands of all tabs are done by the one
 * that leads.
 */
export interface Tabs<S, C> {
  state(): S;
  /** Has the leader do something. The answer is null when the leader went away while it was at it, so nobody knows. */
  send(command: C): Promise<unknown>;
  /** Whether this tab leads: it alone sounds and notifies. */
  leads(): boolean;
  /** Calls act after each change, and answers how to stop that. */
  watch(act: () => void): () => void;
  /** Goes away; another tab leads. */
  leave(): void;
}

/** What the leading tab does. */
export interface Leader<C> {
  do(command: C): Promise<unknown>;
  stop(): void;
}

/** What is needed for it. */
export interface TabsOptions<S, I, C> {
  first: S;
  step(state: S, input: I): S;
  /** Begins to lead: the state is where the last leader was. */
  lead(state: () => S, put: (input: I) => void): Leader<C>;
  channel: Channel;
  leadership: Leadership;
}

type Talk<S, I, C> =
  | { talk: "hello"; from: string }
  | { talk: "whole"; state: S; count: number; leader: string }
  | { talk: "input"; input: I; count: number; leader: string }
  | { talk: "command"; id: string; command: C }
  | { talk: "taken"; id: string; leader: string }
  | { talk: "done"; id: string; result: unknown }
  | { talk: "leads"; leader: string };

interface Pending<C> {
  command: C;
  /** The tab that has begun to do it. */
  taken: string;
  resolve(result: unknown): void;
}

/** Joins the tabs of this name. */
export function joinTabs<S, I, C>(o: TabsOptions<S, I, C>): Tabs<S, C> {
  const me = newId();
  const watchers = new Set<() => void>();
  const pending = new Map<string, Pending<C>>();
  /** Commands that this tab has begun as the leader: a repeat is not done twice. */
  const begun = new Set<string>();
  let state = o.first;
  let count = 0;
  let leader: Leader<C> | null = null;
  /** Whose inputs the state is made of; "" while the whole has not been heard. */
  let source = "";

  const say = (t: Talk<S, I, C>): void => o.channel.say(t);
  const changed = (): void => watchers.forEach((w) => w());

  const put = (input: I): void => {
    if (leader === null && source !== me) {
      return;
    }
    state = o.step(state, input);
    count++;
    say({ talk: "input", input, count, leader: me });
    changed();
  };

  const perform = async (id: string, command: C): Promise<unknown> => {
    begun.add(id);
    return leader === null ? null : await leader.do(command);
  };

  const settle = (id: string, result: unknown): void => {
    pending.get(id)?.resolve(result);
    pending.delete(id);
  };

  /** A new leader: what the one before had begun is unknown, what it had not is done by the new one. */
  const over = (to: string): void => {
    for (const [id, p] of pending) {
      if (p.taken !== "" && p.taken !== to) {
        settle(id, null);
      } else if (to === me) {
        p.taken = me;
        void perform(id, p.command).then((result) => settle(id, result));
      } else {
        say({ talk: "command", id, command: p.command });
      }
    }
  };

  const lead = (): void => {
    source = me;
    leader = o.lead(() => state, put);
    say({ talk: "whole", state, count, leader: me });
    say({ talk: "leads", leader: me });
    over(me);
    changed();
  };

  const lost = (): void => {
    leader?.stop();
    leader = null;
    source = "";
    say({ talk: "hello", from: me });
    changed();
  };

  o.channel.hear((message) => {
    const t = message as Talk<S, I, C>;
    switch (t.talk) {
      case "hello":
        if (leader !== null) {
          say({ talk: "whole", state, count, leader: me });
          say({ talk: "leads", leader: me });
        }
        return;
      case "whole":
        if (leader === null) {
          ({ state, count, leader: source } = t);
          changed();
        }
        return;
      case "input":
        if (leader !== null) {
          return;
        }
        if (t.leader !== source || t.count !== count + 1) {
          // Something was not heard: the whole is asked for again.
          if (t.leader !== source || t.count > count) {
            source = "";
            say({ talk: "hello", from: me });
          }
          return;
        }
        state = o.step(state, t.input);
        count = t.count;
        changed();
        return;
      case "command":
        if (leader !== null && !begun.has(t.id)) {
          say({ talk: "taken", id: t.id, leader: me });
          void perform(t.id, t.command).then((result) => say({ talk: "done", id: t.id, result }));
        }
        return;
      case "taken": {
        const p = pending.get(t.id);
        if (p !== undefined) {
          p.taken = t.leader;
        }
        return;
      }
      case "done":
        settle(t.id, t.result);
        return;
      case "leads":
        if (leader === null) {
          over(t.leader);
        }
        return;
    }
  });
  say({ talk: "hello", from: me });
  const resign = o.leadership(lead, lost);

  return {
    state: () => state,
    leads: () => leader !== null,
    watch: (act) => {
      watchers.add(act);
      return () => watchers.delete(act);
    },
    send: (command) => {
      const id = newId();
      if (leader !== null) {
        return perform(id, command);
      }
      return new Promise((resolve) => {
        pending.set(id, { command, taken: "", resolve });
        say({ talk: "command", id, command });
      });
    },
    leave: () => {
      leader?.stop();
      leader = null;
      source = "";
      resign();
      o.channel.close();
    },
  };
}
