import { call, type Outcome } from "./http";
import type { Desk } from "./wireagent";
import type { Live } from "./wireboard";

/** The administration of one site, with the log-in of the page (docs/admin.md). Paths are below the site's. */
export interface AdminApi {
  get<T>(path: string, signal?: AbortSignal): Promise<Outcome<T>>;
  put<T>(path: string, body: unknown): Promise<Outcome<T>>;
  patch<T>(path: string, body: unknown): Promise<Outcome<T>>;
  post<T>(path: string, body: unknown): Promise<Outcome<T>>;
  remove(path: string): Promise<Outcome<unknown>>;
  /** The address of something that the browser itself fetches. */
  address(path: string): string;
}

/** Makes the operations of administration. */
export function adminApi(site: string): AdminApi {
  const address = (path: string): string => `/usher/admin/v1/sites/${encodeURIComponent(site)}${path}`;
  return {
    get: (path, signal) => call({ method: "GET", url: address(path), ...(signal ? { signal } : {}) }),
    put: (path, body) => call({ method: "PUT", url: address(path), body }),
    patch: (path, body) => call({ method: "PATCH", url: address(path), body }),
    post: (path, body) => call({ method: "POST", url: address(path), body }),
    remove: (path) => call({ method: "DELETE", url: address(path) }),
    address,
  };
}

/** What a board needs before and beside that. */
export interface BoardApi {
  logIn(login: string, password: string): Promise<Outcome<Desk>>;
  /** Whoever the cookie says. */
  whoAmI(): Promise<Outcome<Desk>>;
  logOut(): Promise<Outcome<unknown>>;
  /** How the site stands when it has more events than `after`; 0: now. */
  live(after: number, signal: AbortSignal): Promise<Outcome<Live>>;
}

/** How long a look may take: the server holds it for 30 s. */
const liveTimeout = 45_000;

/** Makes them. */
export function boardApi(site: string): BoardApi {
  const logIn = `/usher/agent/${encodeURIComponent(site)}/v1/logIn`;
  const live = adminApi(site).address("/live");
  return {
    logIn: (login, password) => call({ url: logIn, body: { login, password } }),
    whoAmI: () => call({ method: "GET", url: logIn }),
    logOut: () => call({ url: `/usher/agent/${encodeURIComponent(site)}/v1/logOut`, body: {} }),
    live: (after, signal) => call({ method: "GET", url: after > 0 ? `${live}?after=${after}` : live, signal, timeout: liveTimeout }),
  };
}
