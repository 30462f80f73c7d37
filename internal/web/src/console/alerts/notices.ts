/** Notices on the desktop: one for each subject, taken back when it is no longer so. */
export interface Notices {
  /** Shows a notice, in the place of an older one of the same subject. open is called when it is clicked. */
  show(subject: string, title: string, body: string, open: () => void): void;
  /** Takes back those whose subject is not among these. */
  keep(subjects: ReadonlySet<string>): void;
}

/** Whether the browser can show notices, and whether it was allowed to. */
export type Permission = "insecure" | "ask" | "denied" | "granted";

/** What the browser says of notices now. */
export function noticePermission(): Permission {
  if (!isSecureContext || typeof Notification === "undefined") {
    return "insecure";
  }
  return Notification.permission === "default" ? "ask" : Notification.permission;
}

/** Makes the notices of a tab. */
export function makeNotices(): Notices {
  const shown = new Map<string, Notification>();
  return {
    show: (subject, title, body, open) => {
      if (noticePermission() !== "granted") {
        return;
      }
      shown.get(subject)?.close();
      try {
        const notice = new Notification(title, { body, tag: `usher ${subject}`, silent: true });
        notice.onclick = () => {
          window.focus();
          open();
          notice.close();
        };
        shown.set(subject, notice);
      } catch {
        // Phones allow notices only to a service worker, which the console has none of.
      }
    },
    keep: (subjects) => {
      for (const [subject, notice] of shown) {
        if (!subjects.has(subject)) {
          notice.close();
          shown.delete(subject);
        }
      }
    },
  };
}
