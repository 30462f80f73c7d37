package testkit

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestBubble: a whole server lives in a bubble; a hold takes exactly its time,
// and none of the test's.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t, Options{})
		a, v := s.Chat("ada")
		v.Post("hello")
		got := a.Poll("")
		if len(got.GetResponseTypes) != 3 {
			t.Fatalf("got %+v", got)
		}
		start := time.Now()
		got = a.Poll("")
		if held := time.Since(start); held != 30*time.Second || got.GetResponseTypes[0].ChatGetTimeout == nil {
			t.Errorf("held for %v and got %+v", held, got.GetResponseTypes)
		}
	})
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	s := New(t, Options{Loopback: true})
	a, v := s.Chat("ada")
	v.Post("hello")
	if got := a.Poll(""); len(got.GetResponseTypes) != 3 {
		t.Errorf("got %+v", got)
	}
}
