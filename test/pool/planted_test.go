package pool

import (
	"errors"
	"strings"
	"testing"
	"time"

	"usher/test/kill/crowd"
)

// at is a moment of the stories below.
func at(n int) time.Time { return time.Date(2027, 1, 1, 0, 0, n, 0, time.UTC) }

// TestStaleReadingsAreFound: what a node answers has a place in the order of the
// journal, not before what anybody was told before the question.
func TestStaleReadingsAreFound(t *testing.T) {
	read := func(from, to, value int) look { return look{node: "n1", from: at(from), to: at(to), value: value} }
	wrote := func(began, acknowledged, value int) acked {
		return acked{value: value, began: at(began), at: at(acknowledged)}
	}
	for _, c := range []struct {
		name   string
		order  []int
		writes []acked
		reads  []look
		want   string // "" for no fault
	}{
		{"one after the other", []int{1, 2}, []acked{wrote(0, 1, 1), wrote(4, 5, 2)}, []look{read(2, 3, 1), read(6, 7, 2)}, ""},
		{"the old value after the new one was written", []int{1, 2}, []acked{wrote(0, 1, 1), wrote(2, 3, 2)}, []look{read(4, 5, 1)}, "node n1 answered 1 at 00:00:05.000, asked 1s before, after 2 was written"},
		{"the old value while the new one is written", []int{1, 2}, []acked{wrote(0, 1, 1), wrote(2, 9, 2)}, []look{read(4, 5, 1)}, ""},
		{"the new value while it is written", []int{1, 2}, []acked{wrote(0, 1, 1), wrote(2, 9, 2)}, []look{read(4, 5, 2)}, ""},
		{"the old value after somebody read the new one", []int{1, 2}, []acked{wrote(0, 1, 1), wrote(2, 9, 2)}, []look{read(3, 4, 2), read(5, 6, 1)}, "after node n1 had answered 2"},
		{"the old value at the same time", []int{1, 2}, []acked{wrote(0, 1, 1), wrote(2, 9, 2)}, []look{read(3, 6, 2), read(4, 7, 1)}, ""},
		{"a write that comes again late", []int{1, 2, 1, 3}, []acked{wrote(0, 1, 1), wrote(2, 3, 2), wrote(6, 7, 3)}, []look{read(4, 5, 1), read(8, 9, 3)}, ""},
		{"the value before it again", []int{1, 2, 1, 3}, []acked{wrote(0, 1, 1), wrote(2, 3, 2)}, []look{read(4, 5, 1), read(6, 7, 2)}, "answered 2"},
		{"what nobody wrote", []int{1}, []acked{wrote(0, 1, 1)}, []look{read(2, 3, 7)}, "answered 7"},
		{"what was written and is nowhere", []int{1}, []acked{wrote(0, 1, 1), wrote(2, 3, 2)}, nil, "value 2 was written, answered 200, and is not in the journal"},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, place("demo", c.order, c.writes, c.reads), c.want) })
	}
}

// TestNeedlessFailuresAreFound: who may be refused what, and when.
func TestNeedlessFailuresAreFound(t *testing.T) {
	const busy = `{"exceptionCode":"INTERNAL_SERVER_ERROR","message":"later"}`
	for _, c := range []struct {
		name string
		e    crowd.Exchange
		want string // "" when it may be
	}{
		{"an answer", crowd.Exchange{Status: 200}, ""},
		{"the end of a session", crowd.Exchange{Status: 403, Body: busy}, ""},
		{"refused in time of trouble", crowd.Exchange{From: at(11), Status: 503, RetryAfter: true, Body: busy}, ""},
		{"begun before the trouble, refused in it", crowd.Exchange{From: at(5), Status: 503, RetryAfter: true, Body: busy}, ""},
		{"refused without a reason", crowd.Exchange{From: at(25), Status: 503, RetryAfter: true, Body: busy}, "nothing was done for which"},
		{"refused in a rolling restart", crowd.Exchange{From: at(35), Status: 503, RetryAfter: true, Body: busy}, "nothing was done for which"},
		{"refused for ever", crowd.Exchange{From: at(11), Status: 503, Body: busy}, "no Retry-After"},
		{"an internal error", crowd.Exchange{From: at(11), Status: 500, RetryAfter: true, Body: busy}, "answered 503"},
		{"the site did not answer in time", crowd.Exchange{From: at(11), Status: 408, RetryAfter: true, Body: `{"exceptionCode":"DEPENDENCY_APPLICATION_TIMEOUT"}`}, ""},
		{"it did not, without a reason", crowd.Exchange{From: at(25), Status: 408, RetryAfter: true, Body: `{"exceptionCode":"DEPENDENCY_APPLICATION_TIMEOUT"}`}, "nothing was done for which"},
		{"a retrieval refused", crowd.Exchange{Operation: "getMessages", From: at(11), Status: 503, RetryAfter: true, Body: busy}, "a retrieval is never refused"},
		{"a site that is not known", crowd.Exchange{From: at(11), Status: 404, Body: `{"message":"there is no such site: check its name"}`}, "the site is there"},
		{"what is for nodes alone", crowd.Exchange{From: at(11), Status: 421}, "for nodes alone"},
		{"cut by a node that is killed", crowd.Exchange{Node: "a", Connected: at(9), From: at(11), Err: errors.New("cut")}, ""},
		{"cut later, on a connection from before", crowd.Exchange{Node: "a", Connected: at(9), From: at(25), Err: errors.New("cut")}, ""},
		{"cut on a new connection", crowd.Exchange{Node: "a", Connected: at(22), From: at(25), Err: errors.New("cut")}, "the node ran all the time"},
		{"cut by another node", crowd.Exchange{Node: "b", Connected: at(9), From: at(11), Err: errors.New("cut")}, "the node ran all the time"},
		{"refused by all", crowd.Exchange{From: at(11), Err: errors.New("refused")}, "some node ran"},
		{"cut by the client", crowd.Exchange{Node: "b", From: at(11), Err: errors.New("cut"), Own: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watch{
				troubles: []*trouble{{what: "kill", from: at(10), to: at(20), refuses: true}, {what: "roll", from: at(30), to: at(40)}},
				gone:     map[string][]*trouble{"a": {{from: at(10), to: at(20)}}},
			}
			c.e.To = c.e.From.Add(6 * time.Second)
			if c.e.From.IsZero() {
				c.e.To = c.e.From
			}
			w.see(c.e)
			expect(t, w.faults(), c.want)
		})
	}
}

func expect(t *testing.T, faults []string, want string) {
	t.Helper()
	switch all := strings.Join(faults, "\n"); {
	case want == "" && all != "":
		t.Errorf("found:\n%s", all)
	case want != "" && !strings.Contains(all, want):
		t.Errorf("not found: %q\nfound:\n%s", want, all)
	}
}
