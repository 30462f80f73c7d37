package cluster_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/cluster"
	"usher/internal/cluster/machine"
	"usher/internal/host"
	hosts "usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// trip answers requests to other nodes as a test says.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// Only what certainly never left may be sent again as if nothing had happened.
func TestSend(t *testing.T) {
	status := func(n int) trip {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: n, Body: http.NoBody}, nil
		}
	}
	fails := func(err error) trip { return func(*http.Request) (*http.Response, error) { return nil, err } }
	for name, c := range map[string]struct {
		trip trip
		want machine.Reply
	}{
		"an answer":               {status(200), machine.Answered},
		"a refusal":               {status(503), machine.Answered},
		"sent back":               {status(http.StatusMisdirectedRequest), machine.Misdirected},
		"no connection":           {fails(&net.OpError{Op: "dial", Err: errors.New("refused")}), machine.Unsent},
		"no such name":            {fails(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host"}}), machine.Unsent},
		"broken while writing":    {fails(&net.OpError{Op: "write", Err: errors.New("reset")}), machine.Cut},
		"broken while reading":    {fails(&net.OpError{Op: "read", Err: errors.New("reset")}), machine.Cut},
		"closed before an answer": {fails(io.ErrUnexpectedEOF), machine.Cut},
		"the time was up":         {fails(context.DeadlineExceeded), machine.Cut},
	} {
		t.Run(name, func(t *testing.T) {
			n := cluster.NewNode(cluster.Options{Transport: c.trip, Log: slog.New(slog.DiscardHandler)})
			q, err := http.NewRequest(http.MethodPost, "http://10.0.0.1/x", nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, reply := n.Send(q)
			if reply != c.want {
				t.Errorf("reply %d, want %d", reply, c.want)
			}
			if there := reply == machine.Answered || reply == machine.Misdirected; there != (answer != nil) {
				t.Errorf("reply %d with answer %v", reply, answer)
			}
		})
	}
}

// A real connection that nobody accepts is Unsent.
func TestSendToNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	n := cluster.NewNode(cluster.Options{Log: slog.New(slog.DiscardHandler)})
	q, err := http.NewRequest(http.MethodPost, "http://"+l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, reply := n.Send(q); reply != machine.Unsent || answer != nil {
		t.Errorf("reply %d, answer %v", reply, answer)
	}
}

func TestPeers(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		time.Sleep(lease)
		for _, m := range r.nodes {
			for address, want := range map[string]bool{
				"10.0.0.0": true, "10.0.0.1": true, "::ffff:10.0.0.1": true, "10.0.0.2": false, "127.0.0.1": false, "::1": false,
			} {
				if got := m.Peer(netip.MustParseAddr(address)); got != want {
					t.Errorf("%s at %s: %t, want %t", address, m.self.Name, got, want)
				}
			}
			if m.Peer(netip.Addr{}) {
				t.Error("no address is a node's")
			}
			if got := m.Address(); got != m.self.Address {
				t.Errorf("address %q, want %q", got, m.self.Address)
			}
		}
		r.nodes[0].stop()
		time.Sleep(lease / 2)
		if r.nodes[1].Peer(netip.MustParseAddr("10.0.0.0")) {
			t.Error("a node that has left is still one")
		}
	})
}

// Who stops tells the others, so that nobody sends it anything any more.
func TestStopIsAnnounced(t *testing.T) {
	inPool(t, 3, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		r.nodes[1].gone = true // and does not hold up the stop
		before := r.nodes[2].line.tries()
		r.nodes[0].stop()
		if r.nodes[2].line.tries() == before {
			t.Error("node2 has not looked how things stand")
		}
		place, err := r.nodes[2].Locate(t.Context(), "a", 0)
		if err != nil || place.Node.Incarnation == "i0" {
			t.Errorf("node2 would ask %+v, %v", place, err)
		}
	})
}

// With the embedded store there is one node, which owns every site.
func TestSingle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := host.New(t.Context(), memory.NewAuto(), site.Location{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		n := cluster.Single("main", h)
		if n.Pooled() || n.Name() != "main" || n.Peer(netip.MustParseAddr("10.0.0.1")) {
			t.Errorf("pooled %t, name %q", n.Pooled(), n.Name())
		}
		if _, err := n.Locate(t.Context(), "a", 0); !errors.Is(err, host.ErrNoSite) {
			t.Errorf("error %v, want ErrNoSite", err)
		}
		for i, want := range []bool{true, false} {
			if made, err := n.Create(t.Context(), "a"); made != want || err != nil {
				t.Errorf("time %d: made %t, %v", i, made, err)
			}
		}
		place, err := n.Locate(t.Context(), "a", 7)
		if err != nil || !place.Here {
			t.Errorf("%+v, %v", place, err)
		}
		owner, err := n.Owner(t.Context(), "a")
		if err != nil || owner.Node != "main" || owner.Host != h {
			t.Errorf("%+v, %v", owner, err)
		}
		sites, err := n.Sites(t.Context(), 0)
		if want := []cluster.Standing{{Site: "a", Owner: "main"}}; !slices.Equal(sites, want) || err != nil {
			t.Errorf("%v, %v; want %v", sites, err, want)
		}
		if err := n.Ready(); err != nil {
			t.Error(err)
		}
		if err := n.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := host.Do(t.Context(), h, "a", func(*site.Site) (int, error) { return 0, nil }); !errors.Is(err, hosts.ErrStopping) {
			t.Errorf("error %v, want ErrStopping", err)
		}
	})
}

var _ journal.Pool = (*line)(nil)
