import type { AgentCommands, ContactChange } from "./agentcommands";
import type { Chat } from "./agentstate";
import type { AgentWork } from "./agentwork";
import { answer, type Outcome, passing } from "./http";
import { lastNumber } from "./log";
import { type Typist, typist } from "./typist";
import type { AgentEnvelope } from "./wire";
import type { AskedAnswer, ClientInfo, ContactInfo, HistoryPost } from "./wireagent";

/** The commands that are about one chat. */
type ChatCommands = Pick<
  AgentCommands,
  | "accept"
  | "decline"
  | "typed"
  | "rest"
  | "looked"
  | "seen"
  | "setContact"
  | "transfer"
  | "invite"
  | "reroute"
  | "conclude"
  | "setWrapUp"
  | "release"
  | "leave"
  | "dismiss"
  | "monitor"
  | "takeOver"
  | "join"
>;

/** Typing is told at most so often, in milliseconds. */
const typingEvery = 3_000;

/** The properties of a visitor by the names that the contract has for them (agent-api 5.15). */
const properties = {
  firstName: "FIRST_NAME",
  lastName: "LAST_NAME",
  emailAddress: "EMAIL",
  question: "QUESTION",
  productId: "PRODUCT_ID",
  categoryId: "CATEGORY_ID",
  contactId: "CONTACT_ID",
} as const satisfies Partial<Record<keyof ContactInfo, string>>;

/** Makes them. after reads the posts of a chat that are newer than what is known. */
export function chatCommands(w: AgentWork, after: (chat: number) => Promise<HistoryPost[] | null>): ChatCommands {
  const typists = new Map<string, Typist>();
  const reported = new Map<number, number>();
  const chat = (id: number): Chat | undefined => w.state().chats.find((c) => c.id === id);

  const typistOf = (id: number, team: boolean): Typist => {
    const key = `${id} ${team}`;
    const known = typists.get(key);
    if (known) {
      return known;
    }
    const tell = (text: string | null): void => {
      void w.contract("setInteractionStatus", {
        clientId: w.state().session?.clientId ?? 0,
        engagementId: id,
        mode: text === null ? "LISTENING" : "RESPONDING",
        sneakPreviewState: w.state().desk?.sneakPreview ? "ENABLED" : "DISABLED",
        sneakPreviewFocus: true,
        visibility: team ? "NOT_ENDUSER" : "ALL",
      });
    };
    const made = typist(tell, typingEvery, false, w.env);
    typists.set(key, made);
    return made;
  };
  const rest = (id: number): void => [true, false].forEach((team) => typists.get(`${id} ${team}`)?.rest());

  /** An offer that is over is refused with 400: nobody knows more than that somebody else has it. */
  const answerOffer = async (id: number, action: "ACCEPT" | "DECLINE"): Promise<Outcome<unknown>> => {
    const offer = w.state().offers.find((o) => o.engagementId === id);
    if (offer === undefined) {
      return { kind: "refused", refusal: { status: 400, code: "BAD_REQUEST", text: "", retryAfter: 0, body: null } };
    }
    w.put({ kind: "answering", engagementId: id, answer: action === "ACCEPT" ? "accept" : "decline" });
    const o = await w.contract<AgentEnvelope & { chatAssignmentAcknowledgementResult: { clientList: ClientInfo[] } | null }>("assignmentAcknowledgement", {
      engagementId: id,
      action,
      actionType: "MANUAL",
      assignmentType: offer.type,
    });
    if (o.kind === "answer") {
      const clients = o.value.chatAssignmentAcknowledgementResult?.clientList ?? [];
      w.put(action === "ACCEPT" ? { kind: "accepted", engagementId: id, clients, since: o.value.responseSentMilliseconds } : { kind: "declined", engagementId: id });
    } else if (o.kind === "refused" && o.refusal.status === 400) {
      w.put({ kind: "gone", engagementId: id, at: w.env.now() });
    } else {
      w.put({ kind: "answering", engagementId: id, answer: "" });
    }
    return o;
  };

  const asked = async (id: number, operation: "transfer" | "invite", body: object, name: string): Promise<Outcome<AskedAnswer>> => {
    const o = await w.own<AskedAnswer>(operation, { engagementId: id, ...body });
    if (o.kind === "answer" && o.value.askedClientId > 0 && o.value.expires > 0) {
      w.put({ kind: "asked", chat: id, asked: { clientId: o.value.askedClientId, name, kind: operation, ends: o.value.expires, outcome: "" } });
    }
    return o;
  };

  /** Does what takes this agent out of a chat. */
  const drop = async (id: number, act: () => Promise<Outcome<unknown>>): Promise<Outcome<unknown>> => {
    rest(id);
    const o = await act();
    if (o.kind === "answer") {
      w.put({ kind: "dropped", chat: id });
    }
    return o;
  };

  const step = async (id: number, operation: string, role: "MONITOR" | "LEAD" | "CONFEREE", body: object): Promise<Outcome<unknown>> => {
    const o = await w.own<AgentEnvelope & { clientList?: ClientInfo[] }>(operation, { engagementId: id, ...body });
    if (o.kind === "answer") {
      w.put({ kind: "stepped", engagementId: id, role, clients: o.value.clientList ?? [], since: o.value.responseSentMilliseconds });
    }
    return o;
  };

  return {
    accept: (id) => answerOffer(id, "ACCEPT"),
    decline: (id) => answerOffer(id, "DECLINE"),
    typed: (id, team) => {
      typistOf(id, team).typed("");
      return Promise.resolve(answer(null));
    },
    rest: (id) => {
      rest(id);
      return Promise.resolve(answer(null));
    },
    looked: (id) => {
      if ((chat(id)?.unread ?? 0) > 0) {
        w.put({ kind: "looked", chat: id });
      }
      return Promise.resolve(answer(null));
    },
    seen: async (id) => {
      const last = chat(id)?.log.findLast((l) => l.kind === "post" && l.clientId !== w.state().session?.clientId);
      if (last?.kind === "post" && last.number === 0 && (await after(id)) === null) {
        return { kind: "lost", aborted: false };
      }
      const number = lastNumber(chat(id)?.log ?? []);
      if (number <= (reported.get(id) ?? 0)) {
        return answer(null);
      }
      reported.set(id, number);
      const o = await w.own("seen", { engagementId: id, postNumber: number });
      if (o.kind !== "answer" && passing(o)) {
        reported.delete(id);
      }
      return o;
    },
    setContact: async (id, change) => {
      const o = await w.contract<{ propertiesResultMap: Record<string, boolean> }>("modifyProperties", contactBody(id, change));
      if (o.kind !== "answer") {
        return o;
      }
      const { customFields, ...fields } = change;
      const results = o.value.propertiesResultMap;
      const done = Object.entries(fields).filter(([name]) => results[properties[name as keyof typeof properties]]);
      const kept = (chat(id)?.contact?.customFields ?? []).filter((f) => !customFields?.some((c) => c.name === f.name && results[c.name]));
      w.put({ kind: "contact", chat: id, fields: { ...Object.fromEntries(done), customFields: [...kept, ...(customFields ?? []).filter((c) => results[c.name])] } });
      return { ...o, value: results };
    },
    transfer: async (id, to, note, warm) => {
      const { name, ...where } = "accountId" in to ? to : { ...to, name: "" };
      return asked(id, "transfer", { ...where, note, warm }, name);
    },
    invite: (id, to, note) => asked(id, "invite", { accountId: to.accountId, note }, to.name),
    reroute: (id) => w.contract("rerouteEngagement", { engagementId: id }),
    conclude: async (id) => {
      rest(id);
      const o = await w.contract<AgentEnvelope>("concludeChat", { engagementId: id });
      if (o.kind === "answer") {
        const at = o.value.responseSentMilliseconds;
        const seconds = w.state().desk?.wrapUpSeconds ?? 0;
        w.put({ kind: "concluded", chat: id, at, ends: seconds > 0 ? at + seconds * 1000 : 0 });
      }
      return o;
    },
    setWrapUp: async (id, result, note) => {
      const o = await w.own("wrapUp", { engagementId: id, result, note });
      if (o.kind === "answer") {
        w.put({ kind: "wrapUp", chat: id, result, note });
      }
      return o;
    },
    release: (id) => drop(id, () => w.contract("releaseChat", { engagementId: id })),
    leave: (id) => drop(id, () => w.own("leave", { engagementId: id })),
    dismiss: (id) => {
      w.put({ kind: "dropped", chat: id });
      return Promise.resolve(answer(null));
    },
    monitor: (id) => step(id, "monitor", "MONITOR", {}),
    takeOver: (id) => step(id, "takeOver", "LEAD", {}),
    join: (id) => step(id, "invite", "CONFEREE", { accountId: w.state().session?.accountId ?? 0 }),
  };
}

function contactBody(id: number, change: ContactChange): object {
  const { customFields, ...fields } = change;
  const propertiesMap = Object.fromEntries(Object.entries(fields).map(([name, value]) => [properties[name as keyof typeof properties], value]));
  return { engagementId: id, type: "USER", propertiesMap, ...(customFields ? { customFields } : {}) };
}
