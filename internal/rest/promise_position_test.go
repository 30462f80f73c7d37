package rest_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/testkit"
)

// TestPromise2aPosition: Usher-Last numbers what was handed out, and Usher-Ack on
// any request is believed exactly.
func TestPromise2aPosition(t *testing.T) {
	t.Run("numbers", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			g := e.poll("", "")
			first, err := strconv.Atoi(g.Last)
			if err != nil {
				t.Fatalf("Usher-Last of %q is %q", g.News, g.Last)
			}
			e.say("two")
			e.say("three")
			if g = e.poll("", ""); g.Last != strconv.Itoa(first+2) {
				t.Errorf("two messages on, Usher-Last is %q after %d", g.Last, first)
			}
			e.typing("RESPONDING")
			g = e.poll("", "")
			wantNews(t, "a fleeting message", g, "typing RESPONDING")
			if g.Last != "" {
				t.Errorf("an answer without durable messages has Usher-Last %q", g.Last)
			}
			if g = e.poll("", ""); len(g.News) > 0 || g.Last != "" {
				t.Errorf("a time-out has Usher-Last %q and %q", g.Last, g.News)
			}
		})
	})
	t.Run("on getMessages", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			e.say("two")
			g := e.poll("", "0")
			wantNews(t, "the first", g, "one", "two")
			wantNews(t, "without a position", e.poll("", ""), "one", "two")
			wantNews(t, "at the position before", e.poll("", less(t, g.Last)), "two")
			wantNews(t, "at the position", e.poll("", g.Last))
		})
	})
	t.Run("on any operation", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			g := e.poll("", "0")
			wantNews(t, "still", e.poll("", ""), "one")
			if a, err := e.call(e.beside[0], e.beside[1], g.Last); err != nil || a.Status != http.StatusOK {
				t.Fatalf("%s: %d %v", e.beside[0], a.Status, err)
			}
			wantNews(t, "after an operation that carried the position", e.poll("", ""))
		})
	})
	t.Run("on a refused operation", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			e := agentEnd(a, v)
			g := e.poll("", "0")
			if answer, err := e.call("concludeChat", `{"engagementId":999}`, g.Last); err != nil || answer.Status != http.StatusBadRequest {
				t.Fatalf("concluding what is not held: %d %v", answer.Status, err)
			}
			wantNews(t, "after it", e.poll("", ""))
		})
	})
	t.Run("a lower one changes nothing", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			set(t, e.Server, `{"holdSeconds":5}`)
			e.say("one")
			g := e.poll("", "0")
			wantNews(t, "received", e.poll("", g.Last))
			for _, lower := range []string{"0", "1", less(t, g.Last)} {
				wantNews(t, "at "+lower, e.poll("", lower))
			}
			e.say("two")
			wantNews(t, "the next", e.poll("", "0"), "two")
		})
	})
	t.Run("one beyond counts as absent", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			for _, beyond := range []string{"1000", "9223372036854775807"} {
				if a, err := e.call(e.beside[0], e.beside[1], beyond); err != nil || a.Status != http.StatusOK {
					t.Fatalf("Usher-Ack %s: %d %v", beyond, a.Status, err)
				}
			}
			// It is no use of positions either: receipt is inferred as before.
			wantNews(t, "the first", e.poll("", "1000"), "one")
			wantNews(t, "the second", e.poll("", "1000"))
		})
	})
	t.Run("what is no number is refused", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			for _, wrong := range []string{"x", "-1", "1.5", "9223372036854775808", "0x1"} {
				for _, operation := range []string{"getMessages", e.beside[0]} {
					if a, err := e.call(operation, e.beside[1], wrong); err != nil || a.Status != http.StatusBadRequest {
						t.Errorf("%s with Usher-Ack %q: %d %v", operation, wrong, a.Status, err)
					}
				}
			}
		})
	})
	t.Run("from its first use nothing else is inferred", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			e.say("one")
			wantNews(t, "the first", e.poll(`{"sequenceNumber":1,"timeCreated":1}`, "0"), "one")
			for i := range 10 { // neither raised numbers nor what arrived for certain tell anything
				wantNews(t, "again", e.poll(`{"sequenceNumber":`+strconv.Itoa(i+2)+`,"timeCreated":`+strconv.Itoa(i+2)+`}`, ""), "one")
			}
			e.say("two")
			g := e.poll("", "")
			wantNews(t, "with one more", g, "one", "two")
			wantNews(t, "at its position", e.poll("", g.Last))
		})
	})
}

// less answers the number before.
func less(t *testing.T, number string) string {
	t.Helper()
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("%q is no number", number)
	}
	return digits(n - 1)
}

// TestPromise3ExactThroughCrashes: with positions nothing is lost and nothing
// comes twice, through failed answers and crashes.
func TestPromise3ExactThroughCrashes(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		ack := "0"
		var received []string
		for i := range 12 {
			e := agentEnd(a, v)
			e.say(strconv.Itoa(i))
			if i%3 == 1 {
				cut(t, e, ack) // an answer that never arrives
			}
			g := e.poll("", ack)
			received, ack = append(received, g.News...), g.Last
			if i%2 == 1 { // and a crash, which forgets the position if it was not written yet
				e.call(e.beside[0], e.beside[1], ack)
				j = j.crash()
				s = testkit.New(t, testkit.Options{Journal: j})
				a, v = agentAt(s, a), visitorAt(s, v)
			}
		}
		wantNews(t, "in all", got{Status: http.StatusOK, News: received},
			"offer", "joined Ann Lee", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")
	})
}

// TestPromise3ToldApartByNumber: without positions some messages may come twice
// after a failure, under the sequenceNumber that they had.
func TestPromise3ToldApartByNumber(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		v.Post("one")
		e := agentEnd(a, v)
		first := e.poll("", "")
		e = agentEnd(agentAt(testkit.New(t, testkit.Options{Journal: j.crash()}), a), v)
		second := e.poll("", "")
		wantNews(t, "the first time", first, "offer", "joined Ann Lee", "one")
		wantNews(t, "the second", second, first.News...)
		for i := range first.Counts {
			if want := int64(i + 1); first.Counts[i] != want || second.Counts[i] != want {
				t.Errorf("%s has the sequenceNumbers %d and %d, want %d", first.News[i], first.Counts[i], second.Counts[i], want)
			}
		}
	})
}

// TestPromise5AcknowledgementsAreLazy: a position is written within a second, or
// earlier with what is written anyway, and before a stop.
func TestPromise5AcknowledgementsAreLazy(t *testing.T) {
	for name, by := range map[string]func(t *testing.T, s *testkit.Server, v *testkit.Visitor) (written int64){
		"within a second": func(*testing.T, *testkit.Server, *testkit.Visitor) int64 {
			time.Sleep(time.Second)
			return 1
		},
		"with the next batch": func(_ *testing.T, _ *testkit.Server, v *testkit.Visitor) int64 {
			v.Post("two")
			return 2
		},
		"before a stop": func(t *testing.T, s *testkit.Server, _ *testkit.Visitor) int64 {
			if err := s.Host.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return 1
		},
	} {
		for how, ack := range map[string]bool{"told": true, "inferred": false} {
			t.Run(name+" "+how, func(t *testing.T) {
				j := newFaulty()
				inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
					a, v := s.Chat("ada")
					e := agentEnd(a, v)
					position := ""
					if g := e.poll("", ""); ack {
						position = g.Last
					}
					before := j.position(t)
					parked := e.park("", position)
					synctest.Wait()
					if now := j.position(t); now != before {
						t.Errorf("%d events were written at once", now-before)
					}
					want := by(t, s, v)
					synctest.Wait()
					if now := j.position(t); now != before+want {
						t.Errorf("%d events were written, want %d", now-before, want)
					}
					<-parked
				})
			})
		}
	}
}

// TestPromise5AcknowledgementsDelayNoAnswer: the rest of what waits goes out
// although the position that asked for it cannot be written.
func TestPromise5AcknowledgementsDelayNoAnswer(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		for range 64 { // more than one answer holds
			v.Post(large)
		}
		e := agentEnd(a, v)
		first := e.poll("", "0")
		j.stall(true)
		second := e.poll("", first.Last)
		wantTook(t, "the second", second, 0)
		if n := len(first.News) + len(second.News); n != 66 || len(second.News) == 0 {
			t.Errorf("the answers hold %d and %d messages, want 66", len(first.News), len(second.News))
		}
		j.stall(false)
	})
}
