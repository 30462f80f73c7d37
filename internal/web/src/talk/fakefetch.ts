/** A server in the place of fetch, for tests. */

/** What it answers; null: the connection breaks. */
export interface FakeAnswer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One request as it came. */
export interface FakeRequest {
  method: string;
  /** The path's last part. */
  operation: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  // Tests look into bodies of many shapes.
  body: Record<string, unknown>;
  signal: AbortSignal | null;
}

/** Puts the server in the place of fetch, and answers how to take it away. */
export function serve(handle: (r: FakeRequest) => FakeAnswer | null | Promise<FakeAnswer | null>): () => void {
  const real = globalThis.fetch;
  const fake = async (input: string, init: RequestInit): Promise<unknown> => {
    const url = new URL(input, "http://usher.test");
    const text = typeof init.body === "string" ? init.body : "{}";
    const broken = new Promise<null>((resolve) => init.signal?.addEventListener("abort", () => resolve(null)));
    const request: FakeRequest = {
      method: init.method ?? "GET",
      operation: url.pathname.split("/").at(-1) ?? "",
      query: url.searchParams,
      headers: init.headers as Record<string, string>,
      body: JSON.parse(text) as Record<string, unknown>,
      signal: init.signal ?? null,
    };
    const a = await Promise.race([handle(request), broken]);
    if (a === null) {
      throw new TypeError("the connection broke");
    }
    return { status: a.status ?? 200, headers: new Headers(a.headers ?? {}), text: () => Promise.resolve(JSON.stringify(a.body ?? {})) };
  };
  // A fake has the parts of a Response that http.ts looks at, and no more.
  globalThis.fetch = fake as unknown as typeof fetch;
  return () => {
    globalThis.fetch = real;
  };
}

/** A refusal as the server writes it. */
export function refuse(status: number, text: string, headers: Record<string, string> = {}): FakeAnswer {
  return { status, body: { exceptionCode: status === 403 ? "ACCESS_DENIED" : "BAD_REQUEST", message: text }, headers };
}
