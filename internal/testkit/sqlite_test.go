package testkit

import (
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/journal/sqlite"
)

// TestSQLite: a bubble holds the real store too, and the next server on its
// directory goes on where the last one stopped.
func TestSQLite(t *testing.T) {
	dir := t.TempDir()
	start := func(t *testing.T) *Server {
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return New(t, Options{Journal: j})
	}
	var before Agent
	synctest.Test(t, func(t *testing.T) {
		a, v := start(t).Chat("ada")
		v.Post("hello")
		before = *a
	})
	synctest.Test(t, func(t *testing.T) {
		a := &Agent{Server: start(t), Account: before.Account, Session: before.Session, Client: before.Client}
		got := a.Poll("").GetResponseTypes
		if len(got) != 3 || got[2].ChatPostMessage == nil || got[2].ChatPostMessage.Body != "hello" {
			t.Fatalf("got %+v, want the offer, the visitor and its post", got)
		}
		began := time.Now()
		a.Poll("")
		if held := time.Since(began); held != 30*time.Second {
			t.Errorf("held for %v", held)
		}
	})
}
