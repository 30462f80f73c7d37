package rest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetrievalHold: with nothing to tell a retrieval is held exactly as long as
// the site's setting says, and wakes at once when something comes.
func TestRetrievalHold(t *testing.T) {
	bothEnds(t, func(t *testing.T, e *end) {
		g := e.poll("", "")
		wantNews(t, "nothing to tell", g)
		wantTook(t, "it", g, 30*time.Second)
		for _, seconds := range []int64{1, 7, 30} {
			set(t, e.Server, `{"holdSeconds":`+digits(seconds)+`}`)
			wantTook(t, "with holdSeconds "+digits(seconds), e.poll("", ""), time.Duration(seconds)*time.Second)
		}
		e.say("still here") // whoever is silent for long is told to be away
		e.poll("", "")
		parked := e.park("", "")
		time.Sleep(29*time.Second + 999*time.Millisecond)
		e.say("hello")
		g = <-parked
		wantNews(t, "a millisecond before the end", g, "hello")
		wantTook(t, "it", g, 29*time.Second+999*time.Millisecond)
		e.say("waiting")
		g = e.poll("", "")
		wantNews(t, "what waited", g, "waiting")
		wantTook(t, "it", g, 0)
	})
}

// TestFleetingMessages: a fleeting message carries the number before it, and one
// of the same kind and sender takes its place.
func TestFleetingMessages(t *testing.T) {
	bothEnds(t, func(t *testing.T, e *end) {
		e.say("one")
		before := e.poll("", "").Counts[0]
		e.typing("RESPONDING")
		e.typing("LISTENING")
		e.typing("RESPONDING")
		g := e.poll("", "")
		wantNews(t, "three signals", g, "typing RESPONDING")
		if g.Counts[0] != before {
			t.Errorf("its sequenceNumber is %d, want %d as before", g.Counts[0], before)
		}
		e.typing("LISTENING")
		e.say("two")
		e.typing("RESPONDING")
		e.say("three")
		g = e.poll("", "")
		wantNews(t, "between posts", g, "two", "typing RESPONDING", "three")
		if g.Counts[0] != before+1 || g.Counts[1] != before+1 || g.Counts[2] != before+2 {
			t.Errorf("the sequenceNumbers are %v after %d", g.Counts, before)
		}
		wantNews(t, "then", e.poll("", ""))
		parked := e.park("", "")
		time.Sleep(time.Second)
		e.typing("RESPONDING")
		g = <-parked
		wantNews(t, "one wakes a retrieval", g, "typing RESPONDING")
		wantTook(t, "it", g, time.Second)
	})
}

// TestPromise4SupersedeWithoutSpin: of two retrievals the newer wins, and exactly
// one holds the message; retrievals that replace each other in a tight loop are
// slowed down.
func TestPromise4SupersedeWithoutSpin(t *testing.T) {
	t.Run("the newer wins", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			older := e.park("", "")
			time.Sleep(5 * time.Second)
			newer := e.park("", "")
			g := <-older
			wantNews(t, "the older", g)
			wantTook(t, "it", g, 5*time.Second)
			time.Sleep(time.Second)
			e.say("hello")
			g = <-newer
			wantNews(t, "the newer", g, "hello")
			wantTook(t, "it", g, time.Second)
			wantNews(t, "the next", e.poll("", ""))
		})
	})
	t.Run("one of many", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			var parked []<-chan got
			for range 20 {
				parked = append(parked, e.park("", ""))
			}
			synctest.Wait()
			e.say("hello")
			held := 0
			for _, p := range parked {
				g := <-p
				if g.Status != http.StatusOK {
					t.Errorf("a replaced one has status %d", g.Status)
				}
				held += len(g.News)
			}
			if held != 1 {
				t.Errorf("the message is in %d answers", held)
			}
			wantNews(t, "then", e.poll("", ""))
		})
	})
	t.Run("the sixth within a second is held", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			var parked []<-chan got
			for range 8 {
				parked = append(parked, e.park("", ""))
				synctest.Wait()
			}
			for i, want := range []time.Duration{0, 0, 0, 0, 0, time.Second, time.Second, 30 * time.Second} {
				g := <-parked[i]
				wantNews(t, "retrieval "+digits(int64(i+1)), g)
				wantTook(t, "retrieval "+digits(int64(i+1)), g, want)
			}
		})
	})
	t.Run("slow replacement is not held", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			older := e.park("", "")
			for range 20 { // a published client begins one every 3 s, without waiting
				time.Sleep(3 * time.Second)
				newer := e.park("", "")
				wantTook(t, "the older", <-older, 3*time.Second)
				older = newer
			}
			e.say("hello")
			wantNews(t, "the last", <-older, "hello")
		})
	})
	t.Run("two tight loops", func(t *testing.T) {
		bothEnds(t, func(t *testing.T, e *end) {
			const enough = 1000 // would be reached at once if they spun
			until := time.Now().Add(time.Minute)
			counts := make(chan int, 2)
			for range 2 {
				go func() {
					n := 0
					for time.Now().Before(until) && n < enough {
						<-e.park("", "")
						n++
					}
					counts <- n
				}()
			}
			if n := <-counts + <-counts; n > 7*60 {
				t.Errorf("two loops made %d retrievals in a minute", n)
			}
		})
	})
}
