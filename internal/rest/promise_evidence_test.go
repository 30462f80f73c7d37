package rest_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/testkit"
)

// large is the largest text that a post may have.
var large = strings.Repeat("x", 16<<10)

// wire opens a connection and sends a retrieval by hand, so that the test decides
// what becomes of the answer.
func wire(t *testing.T, e *end, ack string, header ...string) net.Conn {
	t.Helper()
	c := e.Dial()
	t.Cleanup(func() { c.Close() })
	ask(t, c, e, ack, header...)
	return c
}

// ask sends a retrieval on a connection.
func ask(t *testing.T, c net.Conn, e *end, ack string, header ...string) {
	t.Helper()
	askIn(t, c, e, "HTTP/1.1", ack, header...)
}

// askIn is ask in a version of HTTP.
func askIn(t *testing.T, c net.Conn, e *end, version, ack string, header ...string) {
	t.Helper()
	path, own := e.retrieval(ack)
	var b strings.Builder
	b.WriteString("POST " + path + " " + version + "\r\nHost: usher.test\r\nContent-Length: 0\r\n")
	own = append(own, header...)
	for i := 0; i+1 < len(own); i += 2 {
		if own[i+1] != "" {
			b.WriteString(own[i] + ": " + own[i+1] + "\r\n")
		}
	}
	b.WriteString("\r\n")
	if _, err := io.WriteString(c, b.String()); err != nil {
		t.Fatalf("send a retrieval: %v", err)
	}
}

// answered reads an answer from a connection.
func answered(t *testing.T, r *bufio.Reader, e *end) got {
	t.Helper()
	a, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatalf("read the answer's body: %v", err)
	}
	g := got{Status: a.StatusCode, Last: a.Header.Get("Usher-Last")}
	if g.Status == http.StatusOK {
		if g.News, g.Counts, err = e.read(string(b)); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// cut sends a retrieval for which there is an answer, and closes the connection
// before any of it is read.
func cut(t *testing.T, e *end, ack string) {
	t.Helper()
	c := wire(t, e, ack)
	synctest.Wait() // the answer is being written
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// TestPromise2bEvidence: for clients without positions, what became of the last
// answer's connection tells whether it arrived, and nothing else does.
func TestPromise2bEvidence(t *testing.T) {
	t.Run("arrived", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			wantNews(t, "the first", e.poll("", ""), "one")
			g := e.poll("", "")
			wantNews(t, "the second", g)
			wantTook(t, "it", g, 30*time.Second)
		})
	})
	t.Run("cut", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			for range 5 {
				cut(t, e, "")
			}
			wantNews(t, "after five cuts", e.poll("", ""), "one")
			wantNews(t, "then", e.poll("", ""))
		})
	})
	t.Run("cut in the middle", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			e.say(large)
			c := wire(t, e, "")
			if _, err := io.ReadFull(c, make([]byte, 4096)); err != nil {
				t.Fatal(err)
			}
			c.Close()
			synctest.Wait()
			e.say("two")
			wantNews(t, "after it", e.poll("", ""), "one", large, "two")
		})
	})
	t.Run("cut while it was parked", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			c := wire(t, e, "")
			time.Sleep(time.Second)
			c.Close()
			synctest.Wait()
			e.say("one")
			g := e.poll("", "")
			wantNews(t, "after it", g, "one")
			wantTook(t, "it", g, 0)
		})
	})
	t.Run("a raised number says nothing", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			e.poll(`{"sequenceNumber":1,"timeCreated":1}`, "0") // never acknowledged
			wantNews(t, "raised", e.poll(`{"sequenceNumber":2,"timeCreated":2}`, ""), "one")
		})
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			cut(t, e, "")
			wantNews(t, "raised", e.poll(`{"sequenceNumber":99,"timeCreated":99}`, ""), "one")
		})
	})
	t.Run("an operation beside the loop says nothing", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			cut(t, e, "")
			for i := range 3 {
				if status := e.status(e.beside[0], e.beside[1]); status != http.StatusOK {
					t.Fatalf("operation %d: %d", i, status)
				}
			}
			wantNews(t, "after them", e.poll("", ""), "one")
		})
	})
	t.Run("two seconds at most", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			wire(t, e, "") // whose answer nobody reads
			synctest.Wait()
			g := e.poll("", "")
			wantNews(t, "the new one", g, "one")
			wantTook(t, "it", g, 2*time.Second)
		})
	})
	t.Run("within two seconds", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			c := wire(t, e, "")
			synctest.Wait()
			parked := e.park("", "")
			time.Sleep(time.Second)
			wantNews(t, "the one on its way", answered(t, bufio.NewReader(c), e), "one")
			g := <-parked
			wantNews(t, "the new one", g)
			wantTook(t, "it", g, 30*time.Second)
		})
	})
	t.Run("news meanwhile", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			c := wire(t, e, "")
			synctest.Wait()
			parked := e.park("", "")
			synctest.Wait()
			e.say("two")
			synctest.Wait()
			select {
			case g := <-parked:
				t.Fatalf("%q was handed out before the last answer's fate was known", g.News)
			default:
			}
			wantNews(t, "the one on its way", answered(t, bufio.NewReader(c), e), "one")
			g := <-parked
			wantNews(t, "the new one", g, "two")
			if g.Took > 2*time.Second {
				t.Errorf("it waited %v", g.Took)
			}
		})
	})
}

// numbered is the body of a retrieval of the agent API.
func numbered(sequence, created int) string {
	return `{"sequenceNumber":` + strconv.Itoa(sequence) + `,"timeCreated":` + strconv.Itoa(created) + `}`
}

// TestPromise2bOneRepeat: a retrieval that repeats the numbers of the last one
// gets the last batch again, once.
func TestPromise2bOneRepeat(t *testing.T) {
	type step struct {
		say  string // before it
		body string
		want []string
	}
	first := []string{"offer", "joined Ann Lee"}
	for name, steps := range map[string][]step{
		"repeated once": {
			{"", numbered(1, 1), first}, {"", numbered(1, 1), first}, {"", numbered(2, 2), nil},
		},
		"numbers that stand still": {
			{"", numbered(1, 1), first}, {"", numbered(1, 1), first}, {"", numbered(1, 1), nil},
			{"a", numbered(1, 1), []string{"a"}}, {"", numbered(1, 1), nil}, {"", numbered(1, 1), nil},
		},
		"a repeat has what came meanwhile, too": {
			{"", numbered(1, 1), first}, {"a", numbered(1, 1), append(first[:2:2], "a")}, {"", numbered(2, 2), nil},
		},
		"each batch may be repeated": {
			{"", numbered(1, 1), first}, {"", numbered(1, 1), first}, {"a", numbered(2, 2), []string{"a"}},
			{"", numbered(2, 2), []string{"a"}}, {"", numbered(3, 3), nil},
		},
		"the same sequenceNumber made anew": {{"", numbered(1, 1), first}, {"", numbered(1, 2), nil}},
		"another sequenceNumber":            {{"", numbered(1, 1), first}, {"", numbered(2, 1), nil}},
		"a lower one":                       {{"", numbered(7, 7), first}, {"", numbered(1, 1), nil}},
		"a time-out is no batch": {
			{"", numbered(1, 1), first}, {"", numbered(2, 2), nil}, {"", numbered(2, 2), nil}, {"a", numbered(2, 2), []string{"a"}},
			{"", numbered(2, 2), []string{"a"}},
		},
		"without timeCreated":    {{"", `{"sequenceNumber":1}`, first}, {"", `{"sequenceNumber":1}`, nil}},
		"without sequenceNumber": {{"", `{"timeCreated":1}`, first}, {"", `{"timeCreated":1}`, nil}},
		"with null":              {{"", `{"sequenceNumber":1,"timeCreated":null}`, first}, {"", `{"sequenceNumber":1,"timeCreated":null}`, nil}},
		"without either":         {{"", ``, first}, {"", `{}`, nil}},
		"zeros":                  {{"", numbered(0, 0), first}, {"", numbered(0, 0), first}, {"", numbered(0, 0), nil}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
				e := agentEnd(s.Chat("ada"))
				for i, step := range steps {
					if step.say != "" {
						e.say(step.say)
					}
					wantNews(t, "step "+strconv.Itoa(i), e.poll(step.body, ""), step.want...)
				}
			})
		})
	}
	// The visitor API has no numbers: its constants say nothing.
	t.Run("visitor", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			e := visitorEnd(s.Chat("ada"))
			const constant = `{"clientTransactionId":1,"clientRequestTime":"2019-01-14T14:35:14.226Z","sequenceNumber":1,"timeCreated":1}`
			wantNews(t, "the first", e.poll(constant, ""), "joined Ada")
			wantNews(t, "the second", e.poll(constant, ""))
		})
	})
}
