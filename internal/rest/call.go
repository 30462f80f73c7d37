package rest

import (
	"log/slog"
	"net/http"
	"time"

	"usher/internal/cluster"
	"usher/internal/host"
	"usher/internal/site"
)

// call is one request that names a session, of either contract.
type call struct {
	*fields
	contract contract
	r        *http.Request
	site     string
	session  string // the session's id, which is a secret
	caller   site.Caller
	started  time.Time
	files    fileLinks
	log      *slog.Logger
	head     http.Header // of the answer
}

// contract is what the two APIs differ in before an operation begins.
type contract struct {
	refuse dialect
	// identify reads who calls. Its error comes before all others but an unknown site.
	identify func(r *http.Request, c *call) error
	// lenient is how fields are read; common reads those that every request may have.
	lenient bool
	// known answers nil when the site knows the caller; site.Alive unless it is set.
	known  func(*site.Site, site.Caller) error
	common func(f *fields)
}

// operation reads its fields, makes one call to the site, and answers the body.
type operation func(c *call, h *host.Host) (any, error)

// serve makes a handler of an operation.
func (s *Server) serve(k contract, op operation) http.HandlerFunc {
	return s.answering(k.refuse, func(w http.ResponseWriter, r *http.Request) (any, error) {
		answer, err := s.run(w, r, k, op)
		return answer, s.guessed(r, k, r.PathValue("site"), err)
	})
}

func (s *Server) run(w http.ResponseWriter, r *http.Request, k contract, op operation) (any, error) {
	c, owner, err := s.call(w, r, k, r.PathValue("site"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := command(r)
	defer cancel()
	c.r = r.WithContext(ctx)
	answer, err := op(c, owner.Host)
	if c.err != nil {
		return nil, c.sessionFirst(owner.Host, c.err)
	}
	return answer, err
}

// call reads what all requests with a session have.
func (s *Server) call(w http.ResponseWriter, r *http.Request, k contract, name string) (*call, cluster.Owner, error) {
	c, owner, err := s.calling(r, k, name)
	if err != nil {
		return nil, owner, err
	}
	b, err := s.strangersBody(w, r)
	if err != nil {
		return nil, owner, err
	}
	c.fields, c.head = parse(b, k.lenient), w.Header()
	return c, owner, nil
}

// calling reads who calls, and how far it has received; the body is not read yet.
func (s *Server) calling(r *http.Request, k contract, name string) (*call, cluster.Owner, error) {
	c := &call{contract: k, r: r, site: name, started: time.Now(), files: s.fileLinks(name), log: s.log}
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return nil, owner, err
	}
	if err := k.identify(r, c); err != nil {
		return nil, owner, err
	}
	c.caller.Own = asksForOwn(r)
	if err := acked(r, &c.caller); err != nil {
		return nil, owner, c.sessionFirst(owner.Host, err)
	}
	return c, owner, nil
}

// asksForOwn reports whether a retrieval asks for usher's own messages beside those of
// its contract.
func asksForOwn(r *http.Request) bool { return r.Header.Get("Usher-Events") == "1" }

// sessionFirst answers why a request that could not be read is refused: an
// unknown session comes before anything else that is wrong (agent-api 1.8).
func (c *call) sessionFirst(h *host.Host, wrong error) error {
	caller := c.caller
	caller.Acked = false
	ctx, cancel := command(c.r)
	defer cancel()
	known := c.contract.known
	if known == nil {
		known = (*site.Site).Alive
	}
	_, err := host.Do(ctx, h, c.site, func(s *site.Site) (struct{}, error) { return struct{}{}, known(s, caller) })
	if err != nil {
		return err
	}
	return wrong
}

// do runs a command of the site once the request is known to be well formed.
func do[T any](c *call, h *host.Host, fn func(*site.Site) (T, error)) (T, error) {
	c.contract.common(c.fields)
	if c.err != nil {
		var none T
		return none, c.err
	}
	return host.Do(c.r.Context(), h, c.site, fn)
}
