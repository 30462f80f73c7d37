/** One request to the server, and the three ways in which it can come out. */

/** A request that carries JSON both ways. */
export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers?: Record<string, string>;
  /** Sent as JSON; without it nothing is sent. */
  body?: unknown;
  /** How long an answer may take, in milliseconds; 20 s unless told. */
  timeout?: number;
  signal?: AbortSignal;
}

/** Why the server said no. */
export interface Refusal {
  status: number;
  /** The contract's exceptionCode; "" when the answer was not usher's own, such as a proxy's page. */
  code: string;
  /** In English, what was wrong and what to do; "" when the answer did not say. */
  text: string;
  /** What the header Retry-After asks for, in seconds; 0 for nothing. */
  retryAfter: number;
  /** The whole answer, for operations whose refusals say more. */
  body: unknown;
}

/** A good answer. All of it is plain data, so that it can go from tab to tab. */
export interface Answer<T> {
  kind: "answer";
  value: T;
  /** The number in the header Usher-Last; 0 when there was none. */
  last: number;
  /** The number and the time (epoch milliseconds) of the post that was stored, from Usher-Post and Usher-Post-Time; 0 for none. */
  post: number;
  postTime: number;
}

/** The server said no. */
export interface Refused {
  kind: "refused";
  refusal: Refusal;
}

/** No answer was read, which tells nothing about what the server did. */
export interface Lost {
  kind: "lost";
  /** True when the caller itself broke it off. */
  aborted: boolean;
}

/** How a request came out. */
export type Outcome<T> = Answer<T> | Refused | Lost;

/** A good answer, made here. */
export function answer<T>(value: T): Answer<T> {
  return { kind: "answer", value, last: 0, post: 0, postTime: 0 };
}

/** How long an operation may take that is answered at once, in milliseconds. */
export const callTimeout = 20_000;

/** How long the server may ask to be left alone, in seconds: more is a mistake of somebody between. */
const longestRetryAfter = 3600;

/** Makes the request. It never throws. */
export async function call<T>(c: Call): Promise<Outcome<T>> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), c.timeout ?? callTimeout);
  const signal = c.signal ? AbortSignal.any([c.signal, limit.signal]) : limit.signal;
  try {
    const headers: Record<string, string> = { Accept: "application/json", ...c.headers };
    const request: RequestInit = { method: c.method ?? "POST", headers, signal, cache: "no-store" };
    if (c.body !== undefined) {
      headers["Content-Type"] = "application/json; charset=UTF-8";
      request.body = JSON.stringify(c.body);
    }
    const response = await fetch(c.url, request);
    return read<T>(response.status, (name) => response.headers.get(name), await response.text());
  } catch {
    return { kind: "lost", aborted: c.signal?.aborted ?? false };
  } finally {
    clearTimeout(timer);
  }
}

/** Makes an outcome of an answer's status, headers and text. */
export function read<T>(status: number, header: (name: string) => string | null, text: string): Outcome<T> {
  const value = parse(text);
  if (status < 200 || status > 299) {
    return { kind: "refused", refusal: refusal(status, header("Retry-After"), value) };
  }
  // A 2xx that is no JSON comes from something between, such as a log-in page of a hotel.
  if (value === undefined && text !== "") {
    return { kind: "lost", aborted: false };
  }
  const number = (name: string): number => Number(header(name) ?? 0) || 0;
  return { kind: "answer", value: value as T, last: number("Usher-Last"), post: number("Usher-Post"), postTime: number("Usher-Post-Time") };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, retryAfter: string | null, body: unknown): Refusal {
  const members = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const word = (...names: string[]): string => {
    for (const name of names) {
      const value = members[name];
      if (typeof value === "string" && value !== "") {
        return value;
      }
    }
    return "";
  };
  const seconds = Number(retryAfter ?? 0);
  return {
    status,
    code: word("exceptionCode", "o:errorCode"),
    text: word("message", "detail"),
    retryAfter: Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), longestRetryAfter) : 0,
    body,
  };
}

/**
 * Whether the same request may succeed later: there was no answer, the server is busy, or it failed
 * (408, 429 and all of 5xx).
 */
export function passing(o: Refused | Lost): boolean {
  if (o.kind === "lost") {
    return true;
  }
  const { status } = o.refusal;
  return status === 408 || status === 429 || status >= 500;
}
