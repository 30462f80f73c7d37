package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/api"
	"usher/internal/auth"
	places "usher/internal/cluster/machine"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// contractWords are the words that clients know (agent-api 1.8).
var contractWords = []api.ExceptionCode{
	api.AccessDenied, api.BadRequest, api.InvalidField, api.Conflict, api.UndefinedCondition, api.EngagementIDUnknown,
	api.DependencyApplicationTimeout, api.InternalServerError, api.UnknownException,
}

func errorServer(log *bytes.Buffer) *Server {
	return &Server{log: slog.New(slog.NewTextHandler(log, nil)), public: publicURL{&url.URL{Scheme: "https", Host: "chat.test"}}}
}

// TestStatuses: every code that a site refuses with has a status that its
// contract lists, and a word that clients know.
func TestStatuses(t *testing.T) {
	t.Parallel()
	documented := map[site.Code]int{
		site.AccessDenied: 403, site.BadRequest: 400, site.InvalidField: 400, site.Conflict: 409, site.EngagementIDUnknown: 404, site.TooLarge: 413, site.TooMany: 429, site.NotFound: 404,
	}
	codes := declared(t, "../site", func(_ string, kind ast.Expr) bool {
		id, ok := kind.(*ast.Ident)
		return ok && id.Name == "Code"
	})
	if len(codes) != len(documented) || len(statuses) != len(documented) {
		t.Errorf("the site has codes %v; %d have a status here, and %d in the documents", codes, len(statuses), len(documented))
	}
	var log bytes.Buffer
	s := errorServer(&log)
	for code, status := range documented {
		p := s.explain(get(t), fmt.Errorf("do it: %w", &site.Error{Code: code, Message: "a sentence"}))
		if p.status != status || !slices.Contains(contractWords, p.code) || p.message != "a sentence" {
			t.Errorf("%s is explained as %+v, want status %d", code, p, status)
		}
		if (status == 429) != (p.retry > 0) {
			t.Errorf("%s: status %d, to be tried again after %v", code, status, p.retry)
		}
		inEveryDialect(t, s, p)
	}
	if log.Len() > 0 {
		t.Errorf("refusals are logged: %s", &log)
	}
}

// TestUnavailable: every error of the machine that a later try may mend is 503
// with Retry-After, and says so; the others are internal errors.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	all := map[string]error{
		"ErrUncertain": machine.ErrUncertain, "ErrReadOnly": machine.ErrReadOnly, "ErrShut": machine.ErrShut, "ErrStopping": machine.ErrStopping,
		"ErrMoved": machine.ErrMoved, "ErrPanic": machine.ErrPanic, "ErrNobody": places.ErrNobody, "ErrNewer": places.ErrNewer,
	}
	names := declared(t, "../host/machine", func(name string, _ ast.Expr) bool { return strings.HasPrefix(name, "Err") })
	names = append(names, "ErrNobody", "ErrNewer")
	for _, name := range names {
		if all[name] == nil {
			t.Errorf("machine.%s has no place among the statuses", name)
		}
	}
	if len(names) != len(all) || len(unavailable) != len(all)-1 {
		t.Errorf("machine has errors %v; %d of them are 503", names, len(unavailable))
	}
	for name, err := range all {
		var log bytes.Buffer
		s := errorServer(&log)
		p := s.explain(get(t), fmt.Errorf("run a command: %w", err))
		want := problem{status: http.StatusServiceUnavailable, code: api.InternalServerError, message: err.Error(), retry: time.Second}
		if name == "ErrPanic" {
			want = problem{status: http.StatusInternalServerError, code: api.InternalServerError, message: "an error occurred in the server"}
		}
		if p != want {
			t.Errorf("%s is explained as %+v, want %+v", name, p, want)
		}
		if (p.status == http.StatusInternalServerError) != strings.Contains(log.String(), "request failed") {
			t.Errorf("%s: status %d, logged %q", name, p.status, &log)
		}
		inEveryDialect(t, s, p)
	}
}

// TestOtherErrors: what the rest of the program fails with.
func TestOtherErrors(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	secret := errors.New("open /var/lib/usher/usher.db: SELECT secret")
	for name, c := range map[string]struct {
		err    error
		r      *http.Request
		status int
		code   api.ExceptionCode
		retry  time.Duration
		logged bool
	}{
		"no site":               {host.ErrNoSite, get(t), 404, api.BadRequest, 0, false},
		"too large":             {&http.MaxBytesError{Limit: maxBody}, get(t), 413, api.BadRequest, 0, false},
		"too many log-ins":      {&auth.LimitedError{RetryAfter: 7 * time.Second}, get(t), 429, api.BadRequest, 7 * time.Second, false},
		"too slow":              {context.DeadlineExceeded, get(t), 503, api.InternalServerError, time.Second, false},
		"the client has gone":   {context.Canceled, get(t).WithContext(over), 503, api.InternalServerError, time.Second, false},
		"given up by ourselves": {context.Canceled, get(t), 500, api.InternalServerError, 0, true},
		"a damaged hash":        {auth.ErrHash, get(t), 500, api.InternalServerError, 0, true},
		"a broken journal":      {secret, get(t), 500, api.InternalServerError, 0, true},
		"many at once":          {errors.Join(secret, host.ErrNoSite), get(t), 404, api.BadRequest, 0, false},
	} {
		var log bytes.Buffer
		s := errorServer(&log)
		p := s.explain(c.r, fmt.Errorf("serve: %w", c.err))
		if p.status != c.status || p.code != c.code || p.retry != c.retry || p.message == "" || strings.Contains(p.message, "secret") {
			t.Errorf("%s is explained as %+v", name, p)
		}
		if (log.Len() > 0) != c.logged || c.logged && !strings.Contains(log.String(), c.err.Error()) {
			t.Errorf("%s: logged %q", name, &log)
		}
		inEveryDialect(t, s, p)
	}
}

// TestTooSlow: a site that does not answer in time has a status of its own in each
// contract (agent-api 1.7, consumer-api 1.6), and says when and how to try again.
func TestTooSlow(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := errorServer(&log)
	p := s.explain(get(t), fmt.Errorf("serve: %w", context.DeadlineExceeded))
	for name, c := range map[string]struct {
		dialect dialect
		status  int
		code    string
	}{
		"agent": {agentError, 500, "DEPENDENCY_APPLICATION_TIMEOUT"}, "visitor": {visitorError, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
		"administration": {adminError, 503, "INTERNAL_SERVER_ERROR"}, "bootstrap": {s.siteError, 503, "OSC-CREST-00008"},
	} {
		w := httptest.NewRecorder()
		c.dialect(w, get(t), p)
		if w.Code != c.status || !strings.Contains(w.Body.String(), `"`+c.code+`"`) || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: status %d, Retry-After %q: %s; want %d %s", name, w.Code, w.Header().Get("Retry-After"), w.Body, c.status, c.code)
		}
		for _, advice := range []string{commandFor.String()[:2] + " seconds", "may still be done", "try again", "Retry-After", "messageId"} {
			if !strings.Contains(w.Body.String(), advice) {
				t.Errorf("%s: %s does not say %q", name, w.Body, advice)
			}
		}
	}
	if log.Len() > 0 {
		t.Errorf("it is logged as a failure: %s", &log)
	}
}

// TestPanickingHandler: a fault in a handler is an answer, and is logged.
func TestPanickingHandler(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := errorServer(&log)
	w := httptest.NewRecorder()
	s.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") })).ServeHTTP(w, get(t))
	if w.Code != http.StatusInternalServerError || !json.Valid(w.Body.Bytes()) || strings.Contains(w.Body.String(), "fault") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "a fault") {
		t.Errorf("logged %q", &log)
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("recovered %v, want the abort to go on", p)
		}
	}()
	s.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).ServeHTTP(w, get(t))
}

func get(t *testing.T) *http.Request {
	return httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/somewhere", nil)
}

// inEveryDialect checks the bodies and headers of a problem.
func inEveryDialect(t *testing.T, s *Server, explained problem) {
	t.Helper()
	for name, d := range map[string]dialect{"agent": agentError, "visitor": visitorError, "site": s.siteError, "admin": adminError} {
		p := explained
		if status := map[string]int{"agent": 500, "visitor": 408}[name]; p.slow && status != 0 {
			p.status, p.code = status, api.DependencyApplicationTimeout
		}
		w := httptest.NewRecorder()
		d(w, get(t), explained)
		var body map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != p.status || w.Header().Get("Content-Type") != "application/json;charset=utf-8" {
			t.Errorf("%s: %d %s: %v", name, w.Code, w.Body, err)
			continue
		}
		if name == "site" {
			code, _ := body["o:errorCode"].(string)
			if body["status"] != float64(p.status) || body["detail"] != p.message || body["instance"] != "https://chat.test/somewhere" ||
				!strings.HasPrefix(code, "OSC-CREST-000") || body["title"] == "" || body["type"] != "https://chat.test/services/rest/connect/exceptions/"+code {
				t.Errorf("site: %s", w.Body)
			}
		} else if body["exceptionCode"] != string(p.code) || body["message"] != p.message {
			t.Errorf("%s: %s", name, w.Body)
		}
		if list, ok := body["errorMessages"].([]any); ok != (name == "visitor") || ok && (len(list) != 1 || list[0] != p.message) {
			t.Errorf("%s: %s", name, w.Body)
		}
		retry := ""
		if p.retry > 0 {
			retry = strconv.Itoa(int(p.retry / time.Second))
		}
		if got := w.Header().Get("Retry-After"); got != retry {
			t.Errorf("%s: Retry-After %q, want %q", name, got, retry)
		}
		if (p.status == http.StatusServiceUnavailable || p.status == http.StatusTooManyRequests) && retry == "" {
			t.Errorf("%s: status %d says nothing about when to try again", name, p.status)
		}
	}
}

// TestRetryAfter: seconds are rounded up, and never 0.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{
		0: "", time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Second: "90",
	} {
		w := httptest.NewRecorder()
		problem{retry: after}.head(w)
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: Retry-After %q, want %q", after, got, want)
		}
	}
}

// declared lists the exported constants and variables of a package that are
// wanted, from its source.
func declared(t *testing.T, dir string, wanted func(name string, kind ast.Expr) bool) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST && g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				for _, id := range v.Names {
					if id.IsExported() && wanted(id.Name, v.Type) {
						names = append(names, id.Name)
					}
				}
			}
		}
	}
	if len(names) == 0 {
		t.Fatalf("nothing was found in %s", dir)
	}
	return names
}
