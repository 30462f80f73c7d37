import { type Outcome, read } from "./http";

/** A file on its way. */
export interface Upload<T> {
  done: Promise<Outcome<T>>;
  cancel(): void;
}

/** How long a file may take, in milliseconds. */
const fileTimeout = 300_000;

/**
 * Sends a file as it is. progress is told which part of it has gone, from 0 to 1: fetch can't tell
 * that, so this is the one place with an XMLHttpRequest.
 */
export function upload<T>(url: string, headers: Record<string, string>, file: Blob, progress: (part: number) => void): Upload<T> {
  const request = new XMLHttpRequest();
  const done = new Promise<Outcome<T>>((resolve) => {
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) {
      request.setRequestHeader(name, value);
    }
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.timeout = fileTimeout;
    request.upload.onprogress = (e) => progress(e.lengthComputable && e.total > 0 ? e.loaded / e.total : 0);
    request.onload = () => resolve(read<T>(request.status, (name) => request.getResponseHeader(name), request.responseText));
    request.onerror = () => resolve({ kind: "lost", aborted: false });
    request.ontimeout = () => resolve({ kind: "lost", aborted: false });
    request.onabort = () => resolve({ kind: "lost", aborted: true });
  });
  request.send(file);
  return { done, cancel: () => request.abort() };
}
