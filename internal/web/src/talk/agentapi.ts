import type { AgentSession } from "./agentstate";
import { call, type Call, type Outcome } from "./http";
import type { Desk, SessionAnswer } from "./wireagent";

/** The agent's operations at one site. What a session is needed for asks for it each time, since it may change. */
export interface AgentApi {
  logIn(login: string, password: string): Promise<Outcome<Desk>>;
  /** Whoever the cookie says. */
  whoAmI(): Promise<Outcome<Desk>>;
  logOut(): Promise<Outcome<unknown>>;
  /** Opens a session; with override it takes over a live one. */
  enter(override: boolean): Promise<Outcome<SessionAnswer>>;
  /** An operation of the contract (agent-api 3). */
  contract<T>(operation: string, body: object, more?: Partial<Call>): Promise<Outcome<T>>;
  /** An operation of usher's own. */
  own<T>(operation: string, body: object, more?: Partial<Call>): Promise<Outcome<T>>;
  /** The address and the headers for a file. */
  file(chat: number, name: string, messageId: string): { url: string; headers: Record<string, string> };
}

/** What the bootstrap calls its caller. */
const context = "usher console";

/** Makes the operations. session and ack answer who asks, and how far it has received. */
export function agentApi(site: string, session: () => AgentSession | null, ack: () => number): AgentApi {
  const name = encodeURIComponent(site);
  let sequence = 0;

  const headers = (): Record<string, string> => {
    const s = session();
    return s === null ? {} : { "X-JSESSIONID": s.sessionId, "X-AID": String(s.accountId), "Usher-Ack": String(ack()) };
  };
  const numbered = (body: object): object => ({ timeCreated: Date.now(), sequenceNumber: ++sequence, ...body });
  const post = <T>(base: string, operation: string, body: object, more: Partial<Call> = {}): Promise<Outcome<T>> => {
    const pool = session()?.pool ?? "";
    const url = `/${base}/agent/${name}/v1/${operation}${pool === "" ? "" : `?pool=${encodeURIComponent(pool)}`}`;
    return call<T>({ ...more, url, headers: { ...headers(), ...more.headers }, body: numbered(body) });
  };
  const contract: AgentApi["contract"] = (operation, body, more) => post("engagement/api", operation, body, more);

  return {
    logIn: (login, password) => call<Desk>({ url: `/usher/agent/${name}/v1/logIn`, body: { login, password } }),
    whoAmI: () => call<Desk>({ method: "GET", url: `/usher/agent/${name}/v1/logIn` }),
    logOut: () => call({ url: `/usher/agent/${name}/v1/logOut`, body: {} }),
    enter: async (override) => {
      const token = await call<{ sessionToken: string }>({
        url: `/sites/${name}/services/rest/crossChannelServices/latest/agentTokens`,
        headers: { "OSvC-CREST-Application-Context": context },
        body: {},
      });
      return token.kind === "answer"
        ? contract<SessionAnswer>("createAutomatedAgentSession", { logonOverride: override }, { headers: { Authorization: `Bearer ${token.value.sessionToken}` } })
        : token;
    },
    contract,
    own: (operation, body, more) => post("usher", operation, body, more),
    file: (chat, file, messageId) => ({
      url: `/usher/agent/${name}/v1/files?${new URLSearchParams({ engagementId: String(chat), name: file, messageId }).toString()}`,
      headers: headers(),
    }),
  };
}
