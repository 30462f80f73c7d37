package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"usher/api"
	"usher/internal/auth"
	"usher/internal/cluster"
	places "usher/internal/cluster/machine"
	"usher/internal/host"
	hosts "usher/internal/host/machine"
)

// placed takes each request to the node that runs its site. Here it goes on to next;
// elsewhere it is sent there, and the answer is handed back. A site that moves
// meanwhile is followed: a retrieval is held for as long as the contract says, a
// command until its time is up. A request that was sent here is never sent on: its
// sender is told where to go.
func (s *Server) placed(next http.Handler) http.Handler {
	if !s.node.Pooled() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pass, err := s.passOf(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		if strings.HasPrefix(r.URL.Path, poolPath) {
			s.poolRequest(w, r, pass)
			return
		}
		if s.closing.Err() != nil {
			w.Header().Set("Connection", "close") // the next request is for another node
		}
		t := newTrip(r, pass)
		if err := s.readBody(w, t); err != nil {
			s.refuse(w, t.r, err)
			return
		}
		s.take(w, t, next)
	})
}

// passOf answers what the node says that sent the request; nil for a client's.
func (s *Server) passOf(r *http.Request) (*auth.Pass, error) {
	text := r.Header.Get(cluster.PassHeader)
	if text == "" {
		return nil, nil
	}
	key, err := s.keys.PoolKey(r.Context())
	if err != nil {
		return nil, err
	}
	pass, err := auth.VerifyPass(key, text, time.Now())
	if err != nil {
		return nil, wrong(http.StatusForbidden, api.AccessDenied, "header "+cluster.PassHeader+": "+err.Error())
	}
	return &pass, nil
}

// lateFor is how long a retrieval is held that comes when the node is stopping already.
const lateFor = time.Second

// stopPatience is how long a command that waits for its site keeps a node from stopping,
// which has ten seconds for all.
const stopPatience = 4 * time.Second

// take brings a request to its site, wherever that is.
func (s *Server) take(w http.ResponseWriter, t *trip, next http.Handler) {
	t.until = time.Now().Add(t.hold)
	t.late = t.poll && t.pass == nil && s.closing.Err() != nil
	if t.late { // or its client, told at once that nothing came, would spin until the door is shut
		t.until = time.Now().Add(lateFor)
	}
	waiting, cancel := context.WithDeadline(t.r.Context(), t.until)
	defer cancel()
	if (t.poll || t.watch) && t.pass == nil && !t.late { // one that was sent here is sent back
		defer context.AfterFunc(s.closing, cancel)()
	}
	if !t.poll {
		defer context.AfterFunc(s.closing, func() { time.AfterFunc(stopPatience, cancel) })()
	}
	name := siteIn(t.r.URL.Path)
	for pause := time.Duration(0); waiting.Err() == nil; pause = min(2*pause+time.Millisecond, 100*time.Millisecond) {
		if name != "" {
			place, err := s.node.Locate(waiting, name, t.epoch())
			switch {
			case errors.Is(err, host.ErrNoSite): // who would have served it says so in its own words
			case err != nil:
				s.unplaced(waiting, w, t, err, next)
				return
			case !place.Here && t.pass != nil:
				misdirected(w, place)
				return
			case !place.Here:
				if s.relay(w, t, name, place) {
					return
				}
				wait(waiting, pause)
				continue
			}
		}
		t.moved = false
		if !t.again() {
			s.refuse(w, t.r, errHalfway)
			return
		}
		next.ServeHTTP(tripWriter{w, t}, t.r)
		if !t.moved {
			return
		}
		if name == "" {
			name = t.site
		}
		clear(w.Header())
		wait(waiting, pause)
	}
	s.unplaced(waiting, w, t, waiting.Err(), next)
}

// wait lets news of where a site is come here.
func wait(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// errHalfway: the body of a request is too large to be sent a second time.
var errHalfway = refusal{later("the site moved to another node while the request was on its way: send it again")}

// errOutOfReach: each try to ask the node that runs the site ended before it was there.
var errOutOfReach = refusal{later("the node that runs this site could not be reached: try again later")}

// unplaced answers a request whose site cannot be asked anywhere: a retrieval is held
// for its time and ends with the time-out (promise 8), all else is refused.
func (s *Server) unplaced(waiting context.Context, w http.ResponseWriter, t *trip, err error, next http.Handler) {
	if t.poll && t.pass == nil {
		<-waiting.Done()
	}
	switch {
	case t.r.Context().Err() != nil: // the client has gone
		panic(http.ErrAbortHandler) // or net/http would make an empty answer of it
	case t.pass != nil: // only the client's own node gives up
		misdirected(w, cluster.Place{})
	case !t.poll && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)):
		s.refuse(w, t.r, errOutOfReach)
	case !t.poll:
		s.refuse(w, t.r, err)
	case t.again():
		t.over = true
		next.ServeHTTP(w, t.r)
	}
}

// refuse answers an error in the words of the request's contract.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	d := dialect(adminError)
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/engagement/api/agent/"), strings.HasPrefix(path, "/usher/agent/"):
		d = agentError
	case strings.HasPrefix(path, "/engagement/api/consumer/"), strings.HasPrefix(path, "/usher/consumer/"):
		d = visitorError
	case strings.Contains(path, "/services/rest/"), strings.Contains(path, "/serviceApi/"), strings.Contains(path, "/crmRestApi/"):
		d = s.siteError
	}
	d(w, r, s.explain(r, err))
}

// siteIn answers the site that a path names, "" when it names none.
func siteIn(path string) string {
	for _, prefix := range []string{
		"/engagement/api/agent/", "/engagement/api/consumer/", "/usher/agent/", "/usher/consumer/", adminSites + "/", "/sites/",
	} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			name, _, _ := strings.Cut(rest, "/")
			return name
		}
	}
	return ""
}

// answerLate is how much later than its time an answer may come from another node,
// which counts that time from a moment later.
const answerLate = 2 * time.Second

// patience is how long another node may take until its answer begins: it bounds its
// own work, so this is for one that has stopped to answer.
func (t *trip) patience() time.Duration {
	switch path := t.r.URL.Path; {
	case t.file != nil:
		return fileFor + answerFor
	case strings.HasPrefix(path, "/usher/admin/"):
		return answerFor
	}
	return time.Until(t.until) + answerLate
}

// relay sends a request to the node that runs its site, and hands its answer back.
// It answers false when the request is to be tried again.
func (s *Server) relay(w http.ResponseWriter, t *trip, name string, place cluster.Place) (done bool) {
	if !t.again() {
		s.refuse(w, t.r, errHalfway)
		return true
	}
	pass := auth.Pass{Node: s.node.Address(), Address: s.address(t.r), Epoch: place.Epoch, Within: time.Until(t.until), Body: t.bodyFault()}
	if t.poll {
		pass.Answer = s.answers.expect()
		defer s.answers.giveUp(pass.Answer)
	}
	ctx, cancel := context.WithCancel(t.r.Context())
	defer cancel()
	late := time.AfterFunc(t.patience(), cancel)
	defer late.Stop()
	if t.poll && !t.late || t.watch {
		defer context.AfterFunc(s.closing, cancel)()
	}
	q, err := s.outgoing(ctx, t, place.Node.Address, pass)
	if err != nil {
		s.refuse(w, t.r, err)
		return true
	}
	if t.file != nil {
		line := http.NewResponseController(w) // an error means that there are no deadlines, as in tests
		line.SetReadDeadline(time.Now().Add(fileFor))
		line.SetWriteDeadline(time.Now().Add(fileFor + answerFor))
		line.EnableFullDuplex() // an answer may come while the other node still reads
	}
	answer, reply := s.node.Send(q)
	late.Stop()
	switch reply {
	case places.Answered:
		reply = s.handBack(w, t, name, answer, pass.Answer)
	case places.Misdirected:
		answer.Body.Close()
		s.learn(name, answer, place)
	}
	s.forwarded(ctx, reply)
	if t.file != nil && reply == places.Cut && t.file.broke.Load() {
		t.endLine(w)
		s.refuse(w, t.r, broken())
		return true
	}
	if (reply == places.Unsent || reply == places.Cut) && ctx.Err() == nil {
		s.node.Failed(name, place.Node.Incarnation)
	}
	t.endLine(w)
	switch places.After(reply, t.repeatable()) {
	case places.Again:
		return false
	case places.Uncertain:
		s.refuse(w, t.r, hosts.ErrUncertain)
	}
	return true
}

// endLine closes the connection after this answer when it comes before the end of a
// file: what is left of the file must not be read as the next request.
func (t *trip) endLine(w http.ResponseWriter) {
	if t.file != nil && !t.file.whole.Load() {
		w.Header().Set("Connection", "close")
	}
}

// handBack writes another node's answer to the client. A retrieval's is read whole
// first: until something of it is written, it can be fetched again.
func (s *Server) handBack(w http.ResponseWriter, t *trip, name string, answer *http.Response, evidence string) places.Reply {
	defer answer.Body.Close()
	from := io.Reader(answer.Body)
	if t.poll {
		whole, err := io.ReadAll(answer.Body)
		if err != nil {
			return places.Cut
		}
		from = bytes.NewReader(whole)
	}
	h := w.Header()
	maps.Copy(h, answer.Header)
	for _, hop := range []string{"Connection", "Keep-Alive", "Transfer-Encoding"} {
		h.Del(hop)
	}
	if origin := t.r.Header.Get("Origin"); origin != "" && h.Get("Access-Control-Allow-Origin") == origin {
		s.remember(name, origin)
	}
	t.endLine(w)
	w.WriteHeader(answer.StatusCode)
	_, err := io.Copy(w, from)
	if err == nil {
		err = http.NewResponseController(w).Flush()
	}
	switch {
	case err != nil:
		panic(http.ErrAbortHandler) // or half an answer would look like a whole one
	case t.poll && h.Get("Usher-Last") != "":
		e := s.evidenceOf(t.r)
		s.answers.keep(evidence, e)
		if t.r.Close {
			linger(e)
		}
	}
	return places.Answered
}

// outgoing is the request as another node gets it.
func (s *Server) outgoing(ctx context.Context, t *trip, node string, pass auth.Pass) (*http.Request, error) {
	text, err := s.keys.SignPass(ctx, pass)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(node)
	if err != nil {
		return nil, err
	}
	q := t.r.Clone(ctx)
	q.URL = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: t.r.URL.Path, RawPath: t.r.URL.RawPath, RawQuery: t.r.URL.RawQuery}
	q.RequestURI, q.Close = "", false
	for _, hop := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Accept-Encoding"} {
		q.Header.Del(hop)
	}
	q.Header.Set("Accept-Encoding", "identity")
	q.Header.Set(cluster.PassHeader, text)
	switch {
	case t.file != nil && t.r.ContentLength != 0:
		q.Header.Set("Expect", "100-continue") // a file is sent once, to a node that wants it
	case t.whole == nil || t.bodyErr != nil:
		q.Body, q.ContentLength = http.NoBody, 0
	default:
		// A connection that turns out to be closed before anything was written is not
		// the end of the request.
		q.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(t.whole)), nil }
		q.Body, _ = q.GetBody()
		q.ContentLength = int64(len(t.whole))
	}
	return q, nil
}
