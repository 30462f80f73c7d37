// Package site is the rules of one chat site: who may do what, who is offered
// which engagement, what each session is told, and what happens by itself when
// time passes.
//
// Its main type is Site, a deterministic state machine of all that is live:
// settings, accounts, queues, agent sessions, visitors' sessions and
// engagements, with a mailbox for each session. A command is a method. It
// checks, and then records events: facts that change the state at once and wait
// in a frame until the host has made them durable. Applying the same events
// again builds the same site.
//
//	s.Tick(now)              // time comes in, and what is due happens
//	v, err := s.PostAsAgent  // a command is done, or refused with an *Error
//	f := s.TakeFrame()       // what was decided, for the journal
//	b := s.Collect(k, pos)   // what a session may be handed out by now
//
// # Concurrency
//
// A Site is not safe for concurrent use: its host calls it from one goroutine at
// a time, or under one lock. What it hands out (messages, frames, parts, copies
// of definitions) is never changed afterwards and may be read by anybody.
//
// # What it does not do
//
// It has no clock, no goroutine, no random source and no I/O. It makes no ids
// that must stay secret, checks no passwords or tokens, knows neither HTTP nor
// the dialects of the two contracts, and does not know whether its events are
// durable: the host holds answers and messages back until they are (Firm,
// Growth.Position, Collect).
//
// # What is fleeting
//
// Everything durable changes in an event's apply and stands in a checkpoint's
// parts. What need not survive a crash does not:
//
//   - signs of life (seenAt), open retrievals (polls), and being absent;
//   - when somebody last typed (typedAt), what the agents were shown of it and are
//     shown next (shownAt, shown, held);
//   - what was tried to be posted (tries), for the spam checks, and when a visitor's
//     page stated something (stated);
//   - whether a session asks for usher's own messages (own), those messages, and the
//     end of which an engagement's participants were warned (warned);
//   - typing, wait messages and how connections stand, in mailboxes;
//   - the place a visitor was told (toldPlace), and when a queue's visitors were told;
//   - when the overflow queue was asked in vain (overflowAt);
//   - when the site was last loaded (resumed), and the timers, which follow from the rest.
//
// A load starts these anew: Resumed gives every session a full presence interval
// and every other timer that runs at least ResumeGrace.
//
// # Engagements
//
// An engagement is QUEUED, OFFERED, ACTIVE or CONCLUDED (wrap-up), and then gone
// from memory. This is what each command of Ada, who was offered it and leads it,
// of Bob, another agent, of Sue, a supervisor, of Ann, its visitor, and of an
// administrator comes to: the state that follows, "ok" when the state stays, or the
// code of the refusal (ID_UNKNOWN is ENGAGEMENT_ID_UNKNOWN).
//
//	                       QUEUED        OFFERED       ACTIVE        CONCLUDED     gone
//	ada answer ACCEPT      BAD_REQUEST   ACTIVE        ok            ok            BAD_REQUEST
//	ada answer AVAILABLE   ok            ok            ok            ok            ok
//	ada answer DECLINE     BAD_REQUEST   QUEUED        BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	ada answer NONE        BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	ada answer UNAVAILABLE BAD_REQUEST   QUEUED        BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	ada ask                OFFERED       ok            ok            ok            ok
//	ada ask no more        ok            ok            ok            ok            ok
//	ada ask of reroute     ok            ok            ok            ok            ID_UNKNOWN
//	ada ask of visitor     BAD_REQUEST   ok            ok            ok            BAD_REQUEST
//	ada conclude           BAD_REQUEST   BAD_REQUEST   CONCLUDED     ok            ok
//	ada invite bob         BAD_REQUEST   CONFLICT      ok            CONFLICT      BAD_REQUEST
//	ada leave              BAD_REQUEST   CONFLICT      CONFLICT      CONFLICT      ok
//	ada list engagements   ok            ok            ok            ok            ok
//	ada log off            ok            BAD_REQUEST   BAD_REQUEST   gone          ok
//	ada log off by force   ok            QUEUED        QUEUED        gone          ok
//	ada log on             BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	ada log on over it     ok            ok            ok            ok            ok
//	ada note wrap-up       BAD_REQUEST   CONFLICT      ok            ok            BAD_REQUEST
//	ada poll               ok            ok            ok            ok            ok
//	ada post               INVALID_FIELD CONFLICT      ok            CONFLICT      CONFLICT
//	ada post a note        INVALID_FIELD CONFLICT      ok            CONFLICT      CONFLICT
//	ada read history       BAD_REQUEST   BAD_REQUEST   ok            ok            BAD_REQUEST
//	ada release            BAD_REQUEST   BAD_REQUEST   gone          gone          ok
//	ada reroute            ID_UNKNOWN    CONFLICT      QUEUED        CONFLICT      ID_UNKNOWN
//	ada say AVAILABLE      ok            ok            ok            ok            ok
//	ada say UNAVAILABLE    ok            ok            ok            ok            ok
//	ada see                BAD_REQUEST   BAD_REQUEST   ok            ok            BAD_REQUEST
//	ada send a file        INVALID_FIELD CONFLICT      ok            CONFLICT      CONFLICT
//	ada set property       ok            ok            ok            ok            BAD_REQUEST
//	ada transfer to bob    BAD_REQUEST   CONFLICT      ok            CONFLICT      BAD_REQUEST
//	ada transfer to q2     BAD_REQUEST   CONFLICT      QUEUED        CONFLICT      BAD_REQUEST
//	ada transfer warm      BAD_REQUEST   CONFLICT      ok            CONFLICT      BAD_REQUEST
//	ada type               BAD_REQUEST   BAD_REQUEST   ok            ok            BAD_REQUEST
//	bob answer ACCEPT      BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob answer DECLINE     BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob ask of reroute     ok            ok            ok            ok            ID_UNKNOWN
//	bob ask of visitor     BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob conclude           BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob leave              BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob monitor            ACCESS_DENIED ACCESS_DENIED ACCESS_DENIED ACCESS_DENIED ACCESS_DENIED
//	bob note wrap-up       BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob post               INVALID_FIELD INVALID_FIELD INVALID_FIELD INVALID_FIELD INVALID_FIELD
//	bob read history       BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob release            BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob reroute            ID_UNKNOWN    ID_UNKNOWN    ID_UNKNOWN    ID_UNKNOWN    ID_UNKNOWN
//	bob see                BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob set property       ok            ok            ok            ok            BAD_REQUEST
//	bob take over          ACCESS_DENIED ACCESS_DENIED ACCESS_DENIED ACCESS_DENIED ACCESS_DENIED
//	bob transfer to q2     BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	bob type               BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST   BAD_REQUEST
//	sue join               CONFLICT      CONFLICT      ok            CONFLICT      BAD_REQUEST
//	sue monitor            CONFLICT      CONFLICT      ok            CONFLICT      BAD_REQUEST
//	sue take over          ACTIVE        ACTIVE        ok            CONFLICT      BAD_REQUEST
//	ann conclude           gone          gone          CONCLUDED     ok            ok
//	ann mail transcript    CONFLICT      CONFLICT      ok            ok            ok
//	ann poll               ok            ok            ok            ok            ok
//	ann post               ok            ok            ok            CONFLICT      CONFLICT
//	ann rate               CONFLICT      CONFLICT      CONFLICT      ok            ok
//	ann request engagement ok            ok            ok            ACCESS_DENIED ACCESS_DENIED
//	ann see                BAD_REQUEST   BAD_REQUEST   ok            ok            ok
//	ann send a file        ok            ok            ok            CONFLICT      CONFLICT
//	ann stand              ok            ok            ok            ok            ok
//	ann state facts        ok            ok            ok            CONFLICT      CONFLICT
//	ann type               ok            ok            ok            ok            ok
//	ann view a page        ok            ok            ok            ok            ok
//	adm eject              gone          gone          CONCLUDED     ok            NOT_FOUND
//	adm remove ada         ok            QUEUED        QUEUED        gone          ok
//	adm remove queue       CONFLICT      CONFLICT      CONFLICT      CONFLICT      ok
package site
