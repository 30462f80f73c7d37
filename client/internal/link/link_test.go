package link

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher/api"
	"usher/client"
	"usher/client/internal/chattest"
)

func TestHost(t *testing.T) {
	for _, c := range []struct{ scheme, domain, port, want string }{
		{"http", "10.90.144.220", "8084", "10.90.144.220:8084"},
		{"https", "chat.example.org", "443", "chat.example.org"},
		{"http", "chat.example.org", "80", "chat.example.org"},
		{"https", "chat.example.org", "80", "chat.example.org:80"},
		{"https", "chat.example.org", "", "chat.example.org"},
		{"https", "chat.example.org", "0", "chat.example.org"},
		{"http", "127.0.0.1:8080", "", "127.0.0.1:8080"},
		{"http", "127.0.0.1:8080", "9090", "127.0.0.1:8080"},
		{"http", "::1", "8080", "[::1]:8080"},
		{"http", "[::1]", "8080", "[::1]:8080"},
		{"https", "::1", "", "[::1]"},
		{"http", "[::1]:8080", "", "[::1]:8080"},
	} {
		if got := Host(c.scheme, c.domain, c.port); got != c.want {
			t.Errorf("Host(%q, %q, %q) = %q, want %q", c.scheme, c.domain, c.port, got, c.want)
		}
	}
}

func TestBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:8080":   "http://127.0.0.1:8080",
		"https://chat.example/":   "https://chat.example",
		"https://chat.example/x/": "https://chat.example/x",
	} {
		if got, err := baseURL(in); err != nil || got != want {
			t.Errorf("baseURL(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "chat.example.org", "127.0.0.1:8080", "ftp://x", "http://", "http://x?q=1", "http://u:secret@x"} {
		_, err := baseURL(in)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("baseURL(%q): error %v", in, err)
		}
	}
}

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		fixed              bool
		domain, port, pool string
		want               string
	}{
		{false, "", "", "2:1", "https://a.example/x?pool=2:1"},
		{false, "b.example", "8443", "2:1", "https://b.example:8443/x?pool=2:1"},
		{false, "b.example", "", "", "https://b.example/x?pool=1:1"},
		{false, "b.example:1", "", "a&b", "https://b.example:1/x?pool=a%26b"},
		{false, "no host at all", "", "2:1", "https://a.example/x?pool=2:1"},
		{true, "b.example", "8443", "2:1", "https://a.example/x?pool=2:1"},
	} {
		l := New(nil, "https://a.example", c.fixed, "demo", "1:1")
		l.Follow(c.domain, c.port, c.pool)
		if got := l.url("/x"); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestURLOfASite(t *testing.T) {
	l := New(nil, "https://a.example", false, "de/mo", "")
	if got := l.url("/v1/{site}/logoff"); got != "https://a.example/v1/de%2Fmo/logoff" {
		t.Error(got)
	}
}

func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		name, body, retry string
		want              client.Error
		text              string
	}{
		{"chat server", `{"exceptionCode":"CONFLICT","message":"It has left."}`, "", client.Error{Status: 409, Code: "CONFLICT", Message: "It has left."}, "409 CONFLICT: It has left."},
		{"bootstrap", `{"detail":"Wrong.","o:errorCode":"OSC-CREST-00014"}`, "", client.Error{Status: 409, Code: "OSC-CREST-00014", Message: "Wrong."}, "409 OSC-CREST-00014: Wrong."},
		{"proxy", `<html>`, "7", client.Error{Status: 409, RetryAfter: 7 * time.Second}, "409 Conflict"},
		{"text", `"x"`, "-1", client.Error{Status: 409}, "409 Conflict"},
		{"long", `{}`, "999999999", client.Error{Status: 409, RetryAfter: time.Hour}, "409 Conflict"},
		{"date", `{}`, "Sat, 01 Jan 2000 00:00:10 GMT", client.Error{Status: 409, RetryAfter: 10 * time.Second}, "409 Conflict"},
		{"past date", `{}`, "Sat, 01 Jan 1999 00:00:10 GMT", client.Error{Status: 409}, "409 Conflict"},
		{"no date", `{}`, "soon", client.Error{Status: 409}, "409 Conflict"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // where it is the year 2000
				resp := &http.Response{StatusCode: 409, Header: http.Header{"Retry-After": {c.retry}}}
				got := refusal(resp, []byte(c.body))
				if diff := cmp.Diff(&c.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if got.Error() != c.text {
					t.Errorf("text %q, want %q", got.Error(), c.text)
				}
			})
		})
	}
}

func TestBusy(t *testing.T) {
	for status, want := range map[int][2]bool{ // of a post, of a retrieval
		400: {false, false}, 403: {false, false}, 404: {false, false}, 409: {false, false},
		408: {false, true}, 429: {true, true}, 500: {false, true}, 502: {true, true}, 503: {true, true}, 504: {true, true},
	} {
		err := errors.Join(&client.Error{Status: status})
		if got := [2]bool{busy(err, false), busy(err, true)}; got != want {
			t.Errorf("%d: %v, want %v", status, got, want)
		}
	}
	for _, status := range []int{408, 500} { // the site did not answer in time
		if err := errors.Join(&client.Error{Status: status, Code: api.DependencyApplicationTimeout}); !busy(err, false) {
			t.Errorf("%d %s is not tried again", status, api.DependencyApplicationTimeout)
		}
	}
	if !busy(errors.New("connection reset"), false) {
		t.Error("a lost connection is tried again")
	}
}

// Waits grow to the bound, keep within a fifth of their size, and are never
// shorter than what a server asked for.
func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Backoff
		for i := range rapid.IntRange(1, 40).Draw(t, "failures") {
			size := min(firstWait<<min(i, 16), lastWait)
			if wait := b.Next(errors.New("lost")); wait < size*4/5 || wait >= size*6/5 {
				t.Fatalf("failure %d: wait %v", i, wait)
			}
		}
		asked := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "asked"))
		if wait := b.Next(&client.Error{Status: 503, RetryAfter: asked}); wait < asked || wait > asked*6/5 {
			t.Fatalf("asked to wait %v, wait %v", asked, wait)
		}
	})
}

func TestRetryGivesUpBeforeTheServerForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost, began, tries := errors.New("lost"), time.Now(), 0
		err := Retry(t.Context(), func(context.Context) error { tries++; return lost })
		if spent := time.Since(began); !errors.Is(err, lost) || spent > repeatWindow || spent < repeatWindow-2*lastWait || tries < 30 {
			t.Errorf("%d tries in %v: %v", tries, spent, err)
		}
	})
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost, stop := errors.New("lost"), errors.New("stop")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, stop)
		defer cancel()
		began := time.Now()
		err := Retry(ctx, func(context.Context) error { return lost })
		if !errors.Is(err, stop) || !errors.Is(err, lost) || time.Since(began) != time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestCallDoesNotTakeAnAnswerWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := chattest.New(t)
		server.On("x", chattest.JSON(`"`+strings.Repeat("x", maxAnswer)+`"`))
		var answer string
		_, err := Call(t.Context(), server.Client, Request{Method: "GET", URL: "http://chat/x"}, &answer)
		if err == nil || !strings.Contains(err.Error(), "longer than") || answer != "" {
			t.Errorf("%d bytes, %v", len(answer), err)
		}
	})
}
