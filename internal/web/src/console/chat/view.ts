import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Line } from "../../talk/log";
import { keyOf, moved, shift, type Stretch, stretchOf } from "./lines";

/** Nearer to an end than this, in pixels, the next lines are brought in. */
const near = 200;
/** Nearer to the end than this the reader is at it. */
const atEnd = 24;

/** A view of a log: the stretch of it that is in the page, and where in it the reader is. */
export interface View extends Stretch {
  scroller: { current: HTMLDivElement | null };
  /** The reader sees the newest line. */
  bottom: boolean;
  /** Whether the newest line is in the page. */
  newest: boolean;
  onScroll: () => void;
  /** Takes note of where the reader is, after the page itself has scrolled. */
  note: () => void;
  toEnd: () => void;
  /** Brings older lines, or newer ones, into the page. */
  bring: (where: "older" | "newer") => void;
}

/**
 * Keeps what is read where it is, whatever comes above or below it; at the end of the log it stays at
 * the end. room is for how many lines there is place; older asks for what the log does not have yet.
 */
export function useView(log: readonly Line[], room: number, older: (() => void) | null): View {
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef<{ element: Element; top: number } | null>(null);
  const [last, setLast] = useState("");
  const [bottom, setBottom] = useState(true);
  const atBottom = useRef(true);
  const s = stretchOf(log, last, room);
  const newest = s.to === log.length;

  const hold = useCallback((): void => {
    const box = scroller.current;
    if (box === null) {
      return;
    }
    const top = box.getBoundingClientRect().top;
    const element = [...box.querySelectorAll("[data-key]")].find((e) => e.getBoundingClientRect().bottom > top);
    anchor.current = element ? { element, top: element.getBoundingClientRect().top } : null;
  }, []);

  const settle = useCallback((): void => {
    const box = scroller.current;
    if (box === null) {
      return;
    }
    if (atBottom.current) {
      box.scrollTop = box.scrollHeight;
    } else if (anchor.current?.element.isConnected) {
      box.scrollTop += anchor.current.element.getBoundingClientRect().top - anchor.current.top;
    }
    hold();
  }, [hold]);

  useLayoutEffect(settle);
  // A log that has no room to scroll has no other way to ask.
  useEffect(() => {
    if (s.from === 0 && (scroller.current?.scrollTop ?? near) < near) {
      older?.();
    }
  });
  useEffect(() => {
    const box = scroller.current;
    if (box === null) {
      return;
    }
    const watch = new ResizeObserver(settle);
    watch.observe(box);
    return () => watch.disconnect();
  }, [settle]);

  /** Moves the stretch, but never takes the line away that has the focus. */
  const move = (by: number): void => {
    const key = moved(log, s, by, room);
    const next = stretchOf(log, key, room);
    const focused = scroller.current?.querySelector<HTMLElement>("article:focus")?.dataset["key"];
    const at = focused === undefined ? -1 : log.findIndex((l) => keyOf(l) === focused);
    if (at === -1 || (at >= next.from && at < next.to)) {
      atBottom.current = false;
      setLast(key);
    }
  };
  const bring = (where: "older" | "newer"): void => {
    if (where === "older" && s.from > 0) {
      move(-shift);
    } else if (where === "older") {
      older?.();
    } else if (!newest) {
      move(shift);
    }
  };

  const below = (): number => {
    const box = scroller.current;
    return box === null ? 0 : box.scrollHeight - box.scrollTop - box.clientHeight;
  };
  const note = (): void => {
    atBottom.current = newest && below() < atEnd;
    setBottom(atBottom.current);
    hold();
  };
  const onScroll = (): void => {
    note();
    if ((scroller.current?.scrollTop ?? near) < near && (s.from > 0 || older !== null)) {
      bring("older");
    } else if (below() < near && !newest) {
      bring("newer");
    }
  };

  const toEnd = (): void => {
    atBottom.current = true;
    setBottom(true);
    setLast("");
    settle();
  };

  return { ...s, scroller, bottom, newest, onScroll, note, toEnd, bring };
}
