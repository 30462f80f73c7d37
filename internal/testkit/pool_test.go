package testkit

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPoolBubble: several nodes live in a bubble, and a chat goes on at any of them.
func TestPoolBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(t, 3, Options{})
		s := p.Round()
		a, v := s.Chat("ada")
		v.Post("hello")
		if got := a.Poll(""); len(got.GetResponseTypes) != 3 {
			t.Fatalf("got %+v", got)
		}
		start := time.Now()
		got := a.Poll("")
		if held := time.Since(start); held != 30*time.Second || got.GetResponseTypes[0].ChatGetTimeout == nil {
			t.Errorf("held for %v and got %+v", held, got.GetResponseTypes)
		}
	})
}
