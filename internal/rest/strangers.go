package rest

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"usher/api"
	"usher/internal/auth"
	"usher/internal/site"
)

// strangers counts what those do who have not shown who they are.
type strangers struct {
	trusted                   []netip.Prefix
	starts, openings, guesses *auth.Pace[netip.Addr]
	looks, letters, messages  *auth.Pace[netip.Addr]
	siteStarts                *auth.Pace[string] // by the site's name
	bodies                    *crowd
	away                      *notices
}

func newStrangers(trusted []netip.Prefix, log *slog.Logger) *strangers {
	return &strangers{
		trusted:    trusted,
		starts:     auth.NewPace[netip.Addr](startEvery, startsAtOnce),
		openings:   auth.NewPace[netip.Addr](openingEvery, openingsAtOnce),
		guesses:    auth.NewPace[netip.Addr](guessEvery, guessesAtOnce),
		looks:      auth.NewPace[netip.Addr](startEvery, startsAtOnce),
		letters:    auth.NewPace[netip.Addr](letterEvery, lettersAtOnce),
		messages:   auth.NewPace[netip.Addr](letterEvery, lettersAtOnce),
		siteStarts: auth.NewPace[string](siteStartEvery, siteStartsAtOnce),
		bodies:     newCrowd(bodiesAtOnce, trusted),
		away:       newNotices(log),
	}
}

// start paces the starts of a network, this machine's too.
func (s *strangers) start(a netip.Addr) error {
	n := auth.Network(a)
	return s.away.told("starts", n.String(), s.starts.Take(n))
}

// startAt paces the starts of a site, whoever they come from.
func (s *strangers) startAt(name string) error {
	err := s.away.told("starts of a site", name, s.siteStarts.Take(name))
	if e, ok := errors.AsType[*auth.LimitedError](err); ok {
		return tooMany("too many visitors start at this site now: try again", e.RetryAfter)
	}
	return err
}

// look paces how often a network asks whether a chat can begin, this machine's too.
func (s *strangers) look(a netip.Addr) error {
	n := auth.Network(a)
	return s.away.told("looks", n.String(), s.looks.Take(n))
}

// leave paces the messages that a network leaves, this machine's too.
func (s *strangers) leave(a netip.Addr) error {
	n := auth.Network(a)
	return s.away.told("messages", n.String(), s.messages.Take(n))
}

// open paces the engagements of a network.
func (s *strangers) open(a netip.Addr) error {
	if exempt(s.trusted, a) {
		return nil
	}
	n := auth.Network(a)
	return s.away.told("engagements", n.String(), s.openings.Take(n))
}

// guess answers what a refusal becomes: itself, or too many of them when its
// network goes on guessing. Only what denies access is a guess.
func (s *strangers) guess(a netip.Addr, err error) error {
	if !denies(err) {
		return err
	}
	return s.missed(a, err)
}

// missed is guess for a refusal of what was named wrongly, whatever its kind.
func (s *strangers) missed(a netip.Addr, err error) error {
	if exempt(s.trusted, a) {
		return err
	}
	n := auth.Network(a)
	if limited := s.away.told("guesses", n.String(), s.guesses.Take(n)); limited != nil {
		return limited
	}
	return err
}

// exempt reports whether an address is no stranger's: it is a trusted proxy, which
// stands for many, or a program on this machine, or is not known at all.
func exempt(trusted []netip.Prefix, a netip.Addr) bool {
	return !a.IsValid() || a.IsLoopback() || slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// denies reports whether an error is the refusal of a session, token or key.
func denies(err error) bool {
	e, ok := errors.AsType[*site.Error](err)
	return ok && e.Code == site.AccessDenied
}

// tooMany is a refusal that a moment mends.
func tooMany(message string, retry time.Duration) error {
	return refusal{problem{status: http.StatusTooManyRequests, code: api.BadRequest, message: message, retry: retry}}
}

// guessed paces the refusals of a request whose session is unknown. A session that
// lives is never slowed, whatever else it is denied: it is asked for once more,
// which costs only those who are refused.
func (s *Server) guessed(r *http.Request, k contract, name string, err error) error {
	if !denies(err) {
		return err
	}
	c := &call{contract: k, r: r, site: name}
	if k.identify(r, c) == nil {
		owner, lost := s.node.Owner(r.Context(), name)
		if lost != nil || !denies(c.sessionFirst(owner.Host, nil)) {
			return err
		}
	}
	return s.strangers.guess(s.address(r), err)
}

// strangersBody is body, for a request that anybody may have sent: a network that
// holds many of them back gets no further one.
func (s *Server) strangersBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	counted, err := s.arriving(w, r)
	if err != nil {
		return nil, err
	}
	defer s.strangers.bodies.leave(counted)
	return body(w, r)
}

// arriving counts a body that is on its way, or refuses it. What is counted must be
// handed to bodies.leave, once.
func (s *Server) arriving(w http.ResponseWriter, r *http.Request) (counted netip.Addr, err error) {
	a := s.address(r)
	counted, ok := s.strangers.bodies.enter(a)
	if !ok {
		http.NewResponseController(w).SetReadDeadline(time.Now()) // or net/http would wait for the body before it answers
		s.strangers.away.tell("bodies", auth.Network(a).String())
		return counted, tooMany("too many requests of this address have not arrived whole: send their bodies, then try again", time.Second)
	}
	return counted, nil
}
