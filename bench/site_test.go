package main

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestFailingStepShowsItself(t *testing.T) {
	_, s, _ := serveFake(t)
	s.adminToken = "wrong"
	_, err := s.openConversation(t.Context(), 7)
	if err == nil {
		t.Fatal("a wrong admin token was taken")
	}
	for _, want := range []string{"PUT http://", "/usher/admin/v1/sites/demo/queues/1007", `{"default":false,"name":"Bench 1007"}`, "status 403", "no administrator"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not show %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "wrong") {
		t.Errorf("error %q shows the token", err)
	}
}

func TestNewSiteNeedsTheDemo(t *testing.T) {
	if _, err := newSite(&readyFile{}); err == nil || !strings.Contains(err.Error(), "--demo") {
		t.Errorf("error %v, want advice", err)
	}
}

func TestPutOffStepIsTriedAgain(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		header string // Retry-After
		times  int64  // it is refused
		fails  bool
		took   time.Duration
	}{
		{name: "busy", status: 503, header: "2", times: 3, took: 6 * time.Second},
		{name: "limited", status: 429, header: "1", times: 1, took: time.Second},
		{name: "without a time", status: 503, times: 1, fails: true},
		{name: "refused", status: 409, header: "1", times: 1, fails: true},
		{name: "for ever", status: 429, header: "1", times: 1 << 40, fails: true, took: (patience - 1) * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				p, stop := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if asked.Add(1) <= test.times {
						if test.header != "" {
							w.Header().Set("Retry-After", test.header)
						}
						w.WriteHeader(test.status)
					}
				}))
				defer stop()
				client := &http.Client{Transport: pipeTransport(p)}
				defer client.CloseIdleConnections()
				start := time.Now()
				_, err := (&site{http: client, base: "http://usher"}).do(t.Context(), step{method: "POST", path: "/x", body: struct{}{}}, nil)
				if (err != nil) != test.fails {
					t.Errorf("error %v, want one: %v", err, test.fails)
				}
				if took := time.Since(start); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
			})
		})
	}
}

func TestWelcomed(t *testing.T) {
	for body, want := range map[string]string{
		`{"systemMessages":[{"messageName":"RNEngagementWaitInformationChangedMessage"}]}`: "",
		`{"systemMessages":[]}`: "should have been there",
		`nonsense`:              "invalid character",
	} {
		if err := welcomed([]byte(body)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", body, err, want)
		}
	}
}

func TestSetUpVisitorStartsAtItsPosition(t *testing.T) {
	_, s, _ := serveFake(t)
	v, err := s.newVisitor(t.Context(), 1, s.queue)
	if err != nil {
		t.Fatal(err)
	}
	if ack, err := s.firstPoll(t.Context(), v); ack != 0 || err != nil {
		t.Errorf("position %d, %v; wait information is fleeting and has none", ack, err)
	}
	for _, test := range []struct {
		last  string
		want  int64
		fails bool
	}{{"", 3, false}, {"7", 7, false}, {"x", 0, true}} {
		header := http.Header{}
		if test.last != "" {
			header.Set("Usher-Last", test.last)
		}
		if got, err := position(header, 3); got != test.want || (err != nil) != test.fails {
			t.Errorf("Usher-Last %q: %d, %v", test.last, got, err)
		}
	}
}
