package rest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"usher/internal/auth"
	"usher/internal/site"
)

// proxies are those that the tests trust.
var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}

// TestExempt: whoever stands for many, or is one of us, is no stranger.
func TestExempt(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"10.1.2.3": true, "2001:db8:ffff::9": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "": true,
		"11.0.0.1": false, "192.168.0.1": false, "203.0.113.7": false, "2001:db8::1": false, "::2": false, "::ffff:203.0.113.7": false,
	} {
		a, err := netip.ParseAddr(address)
		if err != nil && address != "" {
			t.Fatal(err)
		}
		if got := exempt(proxies, a); got != want {
			t.Errorf("%q: exempt is %t", address, got)
		}
	}
}

// TestCrowd: in any order of coming and going each network has at most its number
// within, and nothing is remembered of those who left.
func TestCrowd(t *testing.T) {
	t.Parallel()
	addresses := []netip.Addr{
		netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2"),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), // of one network
		netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("127.0.0.1"), {},
	}
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 3).Draw(t, "most")
		c := newCrowd(most, proxies)
		var within []netip.Addr // as they were counted
		held := make(map[netip.Addr]int)
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				a := rapid.SampledFrom(addresses).Draw(t, "address")
				counted, ok := c.enter(a)
				n := auth.Network(a)
				if want := exempt(proxies, a) || held[n] < most; ok != want {
					t.Fatalf("%v may enter: %t, with %d within of %d", a, ok, held[n], most)
				}
				if !ok {
					return
				}
				if within = append(within, counted); counted.IsValid() {
					held[n]++
				}
			},
			"leave": func(t *rapid.T) {
				if len(within) == 0 {
					t.Skip("nobody is within")
				}
				i := rapid.IntRange(0, len(within)-1).Draw(t, "who")
				c.leave(within[i])
				if within[i].IsValid() {
					held[within[i]]--
				}
				within = append(within[:i], within[i+1:]...)
			},
			"": func(t *rapid.T) {
				for n, count := range held {
					if c.within[n] != count {
						t.Fatalf("%d of %v are counted, want %d", c.within[n], n, count)
					}
					if _, ok := c.within[n]; ok && count == 0 {
						t.Fatalf("%v is remembered", n)
					}
				}
			},
		})
	})
}

// TestNotices: a limit that is met a thousand times is a line a minute in the log,
// which loses none of them.
func TestNotices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := newNotices(slog.New(slog.NewTextHandler(&log, nil)))
		lines := func(want ...string) {
			t.Helper()
			got := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
			if log.Len() == 0 {
				got = nil
			}
			log.Reset()
			if len(got) != len(want) {
				t.Fatalf("the log has %q, want %q", got, want)
			}
			for i, w := range want {
				if !strings.HasSuffix(got[i], w) || !strings.Contains(got[i], "level=WARN") {
					t.Errorf("the log has %s, want %s", got[i], w)
				}
			}
		}
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() { n.tell("guesses", "203.0.113.7") })
		}
		wg.Wait()
		lines("limit=guesses by=203.0.113.7 times=1")
		if err := n.told("starts", "203.0.113.8", nil); err != nil {
			t.Error(err)
		}
		lines()
		n.tell("starts", "203.0.113.8") // every limit for itself
		lines("limit=starts by=203.0.113.8 times=1")
		time.Sleep(noticeEvery - time.Nanosecond)
		n.tell("guesses", "203.0.113.9")
		lines()
		time.Sleep(time.Nanosecond)
		if err := n.told("guesses", "203.0.113.10", io.EOF); err != io.EOF {
			t.Errorf("the error is now %v", err)
		}
		lines("limit=guesses by=203.0.113.10 times=1001")
	})
}

// TestStrangersAreBounded: however many networks guess, start and open, what is
// remembered of them stays within its bounds.
func TestStrangersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStrangers(proxies, slog.New(slog.DiscardHandler))
		refusal := &site.Error{Code: site.AccessDenied, Message: "unknown"}
		for n := range 100_000 {
			a := netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 1, byte(n >> 16), byte(n >> 8), byte(n)})
			if err := s.guess(a, refusal); err != refusal {
				t.Fatalf("%v: %v", a, err)
			}
			if err := errors.Join(s.start(a), s.open(a)); err != nil {
				t.Fatalf("%v: %v", a, err)
			}
			counted, ok := s.bodies.enter(a)
			if !ok {
				t.Fatalf("%v may not send a body", a)
			}
			s.bodies.leave(counted)
		}
		for what, p := range map[string]interface{ Tracked() int }{"starts": s.starts, "openings": s.openings, "guesses": s.guesses} {
			if got := p.Tracked(); got != 10_000 {
				t.Errorf("%s: %d networks are remembered", what, got)
			}
		}
		if len(s.bodies.within) != 0 || len(s.away.kinds) != 0 {
			t.Errorf("%d networks are within, %d limits were met", len(s.bodies.within), len(s.away.kinds))
		}
		for range 100_000 { // one network alone is one
			s.guess(netip.MustParseAddr("203.0.113.7"), refusal)
		}
		if got := s.guesses.Tracked(); got != 10_000 || len(s.away.kinds) != 1 {
			t.Errorf("%d networks are remembered, %d limits were met", got, len(s.away.kinds))
		}
	})
}

// TestSiteStarts: a site's starts are bounded whoever they come from, and the
// refusal does not blame the visitor's address. Another site has its own.
func TestSiteStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStrangers(nil, slog.New(slog.DiscardHandler))
		for range siteStartsAtOnce {
			if err := s.startAt("one"); err != nil {
				t.Fatal(err)
			}
		}
		e, ok := errors.AsType[refusal](s.startAt("one"))
		if !ok || e.status != http.StatusTooManyRequests || e.retry != time.Second || strings.Contains(e.message, "address") {
			t.Errorf("got %+v", e)
		}
		if err := s.startAt("another"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		for range time.Second / siteStartEvery {
			if err := s.startAt("one"); err != nil {
				t.Fatal(err)
			}
		}
		if s.startAt("one") == nil {
			t.Error("there is no end")
		}
	})
}

// door is a listener of made-up connections.
type door struct {
	conns chan net.Conn
	over  chan struct{}
}

func newDoor() *door { return &door{conns: make(chan net.Conn), over: make(chan struct{})} }

func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.over:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error   { close(d.over); return nil }
func (d *door) Addr() net.Addr { return &net.TCPAddr{} }

// knock opens a connection as somebody, and answers its own end.
func (d *door) knock(from string) net.Conn {
	client, server := net.Pipe()
	d.conns <- known{server, named(from)}
	return client
}

// known is a connection whose other end has a made-up address.
type known struct {
	net.Conn
	from named
}

func (k known) RemoteAddr() net.Addr { return k.from }

type named string

func (named) Network() string  { return "tcp" }
func (n named) String() string { return string(n) }

// closed reports whether the other end closed a connection without a word.
func closed(c net.Conn) bool {
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// TestConnectionsAreLimited: a network has so many connections and no more; others
// have theirs, and a place that was left is free again, once.
func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		defer d.Close()
		var log bytes.Buffer
		l := listener{Listener: d, crowd: newCrowd(2, proxies), away: newNotices(slog.New(slog.NewTextHandler(&log, nil)))}
		accepted := make(chan net.Conn, 100)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					close(accepted)
					return
				}
				accepted <- c
			}
		}()
		enters := func(from string, want bool) net.Conn {
			t.Helper()
			c := d.knock(from)
			synctest.Wait()
			if got := len(accepted) == 1; got != want || closed(c) == want {
				t.Errorf("%s is let in: %t, want %t", from, got, want)
			}
			if !want {
				return nil
			}
			return <-accepted
		}
		first := enters("203.0.113.7:1001", true)
		second := enters("203.0.113.7:1002", true)
		for port := range 10 {
			enters("203.0.113.7:"+strconv.Itoa(2000+port), false)
		}
		enters("[::ffff:203.0.113.7]:1003", false) // the same, as a socket of both families has it
		enters("203.0.113.8:1001", true)
		enters("[2001:db8::1]:1", true)
		enters("[2001:db8::2]:1", true)
		enters("[2001:db8::3]:1", false) // an IPv6 network is one party
		enters("[2001:db8:0:1::3]:1", true)
		for port := range 10 { // many may stand behind these
			for _, from := range []string{"127.0.0.1", "[::1]", "10.0.0.1", "[2001:db8:ffff::1]"} {
				enters(from+":"+strconv.Itoa(3000+port), true)
			}
			enters("pipe", true)
		}

		first.Close()
		first.Close() // as net/http and TLS do
		enters("203.0.113.7:1004", true)
		enters("203.0.113.7:1005", false)
		second.Close()
		enters("203.0.113.7:1006", true)
		enters("203.0.113.7:1007", false)

		if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "limit=connections by=203.0.113.7 times=1") {
			t.Errorf("the log has %s", &log)
		}
		time.Sleep(noticeEvery)
		log.Reset()
		enters("203.0.113.7:1008", false)
		if !strings.Contains(log.String(), "by=203.0.113.7 times=14") {
			t.Errorf("the log has %s", &log)
		}
	})
}

// TestNoConnectionIsRemembered: when all have gone nobody is counted.
func TestNoConnectionIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		l := ListenLimited(d, proxies, nil, slog.New(slog.DiscardHandler)).(listener)
		var open []net.Conn
		for n := range 3 * connectionsAtOnce {
			go d.knock(netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}).String() + ":1")
			c, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, c)
		}
		if got := len(l.crowd.within); got != len(open) {
			t.Errorf("%d networks are counted", got)
		}
		for _, c := range open {
			c.Close()
		}
		if got := len(l.crowd.within); got != 0 {
			t.Errorf("%d networks are remembered", got)
		}
		d.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept: %v", err)
		}
	})
}

// TestLimitBeforeTLS: a connection beyond the limit costs no handshake, and does
// not wait for one.
func TestLimitBeforeTLS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		l := listener{Listener: tls.NewListener(d, &tls.Config{Certificates: []tls.Certificate{{}}}), crowd: newCrowd(1, nil), away: newNotices(slog.New(slog.DiscardHandler))}
		go d.knock("203.0.113.7:1")
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := c.(*socket).Conn.(*tls.Conn); !ok {
			t.Fatalf("got %T", c.(*socket).Conn)
		}
		go l.Accept() // takes the next, closes it and goes on
		if began := time.Now(); !closed(d.knock("203.0.113.7:2")) || time.Since(began) != 0 {
			t.Error("it is not closed at once")
		}
		c.Close()
		if got := len(l.crowd.within); got != 0 {
			t.Errorf("%d networks are remembered", got)
		}
		d.Close()
	})
}
