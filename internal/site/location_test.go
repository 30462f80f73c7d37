package site

import (
	"testing"
)

// TestLocate: everybody is told when the server is reached elsewhere, and nobody
// of what was known.
func TestLocate(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	here, there := Location{Domain: "chat.example.org", Port: 443, Pool: "1:1"}, Location{Domain: "chat.example.org", Port: 443, Pool: "2:1"}
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	ben, over := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, over))
	all := []Caller{ada, bob, ann, ben}
	w.catchUp(all...)
	w.Locate(here) // for the first time
	for _, c := range all {
		w.told(c)
	}
	for _, l := range []Location{here, {}} {
		w.silent(func() error { w.Locate(l); return nil })
	}
	w.Locate(there)
	for _, c := range all {
		w.told(c, "config chat.example.org:443 2:1")
	}
	w.restart()
	w.silent(func() error { w.Locate(there); return nil })
	w.Locate(here)
	w.says(ada, e, "still here")
	w.told(ann, "config chat.example.org:443 1:1", "post: still here")
	w.told(bob, "config chat.example.org:443 1:1")
	cyd := w.logOn(14) // who comes later is told where it came to
	w.told(cyd)
}

// TestLocateCountsInTheMailbox as every durable message does.
func TestLocateCountsInTheMailbox(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.Locate(Location{Domain: "a", Port: 1, Pool: "1:1"})
	w.Locate(Location{Domain: "b", Port: 2, Pool: "1:1"})
	w.Locate(Location{Domain: "c", Port: 2, Pool: "1:1"})
	b := w.poll(ada)
	if len(b.Deliveries) != 2 || b.Deliveries[0].Number != 1 || b.Deliveries[1].Sequence != 2 || b.Last != 2 {
		t.Errorf("handed out %+v", b)
	}
	w.told(ada, "config b:2 1:1", "config c:2 1:1") // not acknowledged before
}
