package rest

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/blob"
	"usher/internal/cluster"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// fileFor is how long a file may be on its way: the largest that a site allows by
// default comes through at 35 kB a second.
const fileFor = 5 * time.Minute

// fileSent is one file that somebody sends: its name and message id stand in the
// query, and the body is the file.
type fileSent struct {
	*call
	owner cluster.Owner
	post  site.NewPost
	// ask and tell are the two commands of either contract.
	ask  func(*site.Site, site.NewPost) (site.FileGrant, error)
	tell func(*site.Site, site.NewPost) (site.Taken, error)
}

// visitorSendsFile is usher's own: the agents get the file as a post.
func (s *Server) visitorSendsFile(w http.ResponseWriter, r *http.Request) (any, error) {
	f, err := s.sendsFile(r, visitorContract)
	if err != nil {
		return nil, s.guessed(r, visitorContract, r.PathValue("site"), err)
	}
	f.ask = func(x *site.Site, n site.NewPost) (site.FileGrant, error) { return x.GrantFileToVisitor(f.caller, n) }
	f.tell = func(x *site.Site, n site.NewPost) (site.Taken, error) { return x.PostAsVisitor(f.caller, n) }
	taken, err := s.takeFile(w, f)
	if err != nil {
		return nil, s.guessed(r, visitorContract, f.site, err)
	}
	return consumer.FileResponse{Envelope: visitorOpening{started: f.started}.envelope(taken.Client), File: f.taken(taken)}, nil
}

// agentSendsFile is usher's own: the others in an engagement get the file as a post.
func (s *Server) agentSendsFile(w http.ResponseWriter, r *http.Request) (any, error) {
	f, err := s.sendsFile(r, agentContract)
	if err != nil {
		return nil, s.guessed(r, agentContract, r.PathValue("site"), err)
	}
	text := r.URL.Query().Get("engagementId")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		err = f.sessionFirst(f.owner.Host, &site.Error{Code: site.BadRequest, Message: "the query's engagementId: expected the number of an engagement"})
		return nil, s.guessed(r, agentContract, f.site, err)
	}
	f.ask = func(x *site.Site, n site.NewPost) (site.FileGrant, error) {
		return x.GrantFileToAgent(f.caller, site.EngagementID(id), n)
	}
	f.tell = func(x *site.Site, n site.NewPost) (site.Taken, error) {
		return x.PostAsAgent(f.caller, site.EngagementID(id), n)
	}
	taken, err := s.takeFile(w, f)
	if err != nil {
		return nil, s.guessed(r, agentContract, f.site, err)
	}
	return agent.FileResponse{Envelope: newAgentEnvelope(taken.Client, 0, f.session, f.started), File: f.taken(taken)}, nil
}

// sendsFile reads what a request says of a file and of who sends it, and not yet the
// file.
func (s *Server) sendsFile(r *http.Request, k contract) (*fileSent, error) {
	c, owner, err := s.calling(r, k, r.PathValue("site"))
	if err != nil {
		return nil, err
	}
	query := r.URL.Query()
	file := &site.File{Name: query.Get("name"), Size: max(r.ContentLength, 0)}
	return &fileSent{call: c, owner: owner, post: site.NewPost{MessageID: query.Get("messageId"), File: file}}, nil
}

// takeFile asks the site whether it takes the file, keeps the content, and tells the
// site of it. What the site does not take in the end is not kept.
func (s *Server) takeFile(w http.ResponseWriter, f *fileSent) (site.Taken, error) {
	r := f.r
	f.head = w.Header()
	ctx, cancel := command(r)
	defer cancel()
	grant, err := host.Do(ctx, f.owner.Host, f.site, func(x *site.Site) (site.FileGrant, error) { return f.ask(x, f.post) })
	switch {
	case err != nil:
		return site.Taken{}, err
	case grant.Repeated:
		taken := site.Taken{Client: grant.Client, Engagement: grant.Engagement, Repeated: true, File: grant.File, Number: grant.Number, At: grant.At}
		f.noteTaken(taken)
		return taken, nil
	}
	counted, err := s.arriving(w, r)
	if err != nil {
		return site.Taken{}, err
	}
	defer s.strangers.bodies.leave(counted)
	line := http.NewResponseController(w) // an error means that there are no deadlines, as in tests
	line.SetReadDeadline(time.Now().Add(fileFor))
	line.SetWriteDeadline(time.Now().Add(fileFor + answerFor))
	f.post.File.ID = strings.ToLower(rand.Text())
	key := fileKey(f.site, grant.Engagement, f.post.File.ID)
	if err := s.storeFile(r, f.post.File, key, grant.Rules); err != nil {
		return site.Taken{}, err
	}
	line.SetReadDeadline(time.Time{})
	ctx, cancel = command(r)
	defer cancel()
	taken, err := host.Do(ctx, f.owner.Host, f.site, func(x *site.Site) (site.Taken, error) { return f.tell(x, f.post) })
	_, refused := errors.AsType[*site.Error](err)
	if refused || errors.Is(err, machine.ErrMoved) || err == nil && (taken.Repeated || len(taken.Blocked) > 0) {
		s.dropFile(r, key) // after any other error the post may have been made
	}
	f.noteTaken(taken)
	if taken.Ejected {
		return taken, ejected()
	}
	return taken, err
}

// storeFile keeps a file's content, after a look at its first bytes, and fills in
// what it is.
func (s *Server) storeFile(r *http.Request, f *site.File, key string, rules site.FileRules) error {
	kind, whole, err := blob.Sniff(r.Body)
	if err != nil {
		return broken()
	}
	f.Type = kind
	if f.Size == 0 {
		f.Size = 1 // not known yet
	}
	if err := rules.Allow(*f); err != nil {
		return err
	}
	read := &bodyReader{from: whole}
	stored, err := s.blobs.Put(r.Context(), key, blob.File{Name: f.Name, Type: kind}, read, rules.Limit())
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		return &site.Error{Code: site.TooLarge, Message: "the file has more than " + text(rules.Limit()) + " bytes, which is the most here"}
	case read.failed:
		return broken()
	case err != nil:
		return unnamed{err, f.ID}
	}
	f.Size = stored.Size
	return nil
}

func broken() error {
	return &site.Error{Code: site.BadRequest, Message: "the file did not arrive whole: check Content-Length, or the line"}
}

// bodyReader tells a body that broke off from a store that failed.
type bodyReader struct {
	from   io.Reader
	failed bool
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.failed = b.failed || err != nil && err != io.EOF
	return n, err
}

// dropFile takes a file away that nobody was told of.
func (s *Server) dropFile(r *http.Request, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), commandFor)
	defer cancel()
	if err := s.blobs.Delete(ctx, key); err != nil {
		s.log.WarnContext(ctx, "a file that nobody was told of stays", slog.Any("err", unnamed{err, path.Base(key)}))
	}
}

// unnamed is an error about a file that does not tell its id, by which everybody may
// read it.
type unnamed struct {
	error
	id string // "" when there is none
}

func (e unnamed) Error() string {
	if e.id == "" {
		return e.error.Error()
	}
	return strings.ReplaceAll(e.error.Error(), e.id, "…")
}

func (e unnamed) Unwrap() error { return e.error }

// taken answers the file as it was taken, now or when it first came; nil when it was
// held back.
func (f *fileSent) taken(t site.Taken) *consumer.File {
	switch {
	case t.Repeated && t.File != nil:
		return f.files.wire(t.Engagement, t.File)
	case t.Repeated || len(t.Blocked) > 0:
		return nil
	}
	return f.files.wire(t.Engagement, f.post.File)
}

// fileKey names a file in its store.
func fileKey(name string, e site.EngagementID, file string) string {
	return name + "/" + text(e) + "/" + file
}

// wire is a file as programs are told of it.
func (l fileLinks) wire(e site.EngagementID, f *site.File) *consumer.File {
	return &consumer.File{Name: f.Name, Type: f.Type, Size: int(f.Size), URL: l.of(e, f)}
}

// readFile hands a file out, to whoever knows its address, as something to be
// saved: no browser may show it as a page of this host.
func (s *Server) readFile(w http.ResponseWriter, r *http.Request) {
	engagement, err := strconv.ParseInt(r.PathValue("engagement"), 10, 64)
	if err != nil {
		s.notFound(visitorError)(w, r)
		return
	}
	content, f, err := s.blobs.Open(r.Context(), fileKey(r.PathValue("site"), site.EngagementID(engagement), r.PathValue("file")))
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrInvalid) {
		err = s.strangers.missed(s.address(r), &site.Error{Code: site.NotFound, Message: "there is no such file: it was removed, or its address is not whole"})
	}
	if err != nil {
		visitorError(w, r, s.explain(r, err))
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method == http.MethodHead {
		return
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fileFor))
	if _, err := io.Copy(w, content); err != nil {
		panic(http.ErrAbortHandler) // the length was told: the client must see that it is not whole
	}
}

// ejected refuses a post that ended its engagement.
func ejected() error {
	return &site.Error{Code: site.Conflict, Message: "the engagement was ended because messages kept looking suspicious"}
}
