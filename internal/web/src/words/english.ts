// The English texts. They are imported by name, so that a bundle holds the sections of
// its page and no others.
import {
  bar,
  board,
  chat,
  common,
  conn,
  end,
  ended,
  inbox,
  invite,
  keys,
  list,
  login,
  offer,
  reason,
  replies,
  report,
  search,
  settings,
  setup,
  status,
  time,
  transfer,
  visitor,
  widget,
} from "./en.json";

/** What visitors read, in the order in which a language's file is cut for the widget. */
export const panel = { common, conn, reason, widget, ended };

/** What agents read. */
export const agentDesk = {
  common,
  conn,
  reason,
  time,
  login,
  bar,
  status,
  offer,
  list,
  chat,
  end,
  transfer,
  invite,
  visitor,
  replies,
  keys,
  settings,
  search,
};

/** What supervisors read. */
export const boardDesk = {
  common,
  conn,
  reason,
  time,
  login,
  bar,
  status,
  chat,
  keys,
  settings,
  board,
  report,
  inbox,
  setup,
};
