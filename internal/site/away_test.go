package site

import (
	"testing"
	"time"
)

// TestAVisitorWhoIsAwayIsSeenToBe: the agents are told when it goes and when it
// comes back, and nothing ends before its time.
func TestAVisitorWhoIsAwayIsSeenToBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.monitors(sue, e)
	w.catchUp(ada, bob, sue, ann)
	agents := []Caller{ada, bob, sue}
	for _, c := range agents {
		w.open(c)
	}
	w.after(120*time.Second - time.Microsecond)
	for _, c := range agents {
		w.told(c)
	}
	w.after(time.Microsecond)
	for _, c := range agents {
		w.told(c, "activity NONE")
	}
	w.after(60 * time.Second)
	for _, c := range agents {
		w.told(c) // once only
	}
	w.is(e, Active)
	w.told(ann)
	for _, c := range agents {
		w.told(c, "activity LISTENING")
	}
	w.told(ann)
	for _, c := range agents {
		w.told(c) // once only
	}
	w.after(120 * time.Second)
	for _, c := range agents {
		w.told(c, "activity NONE")
	}
	w.after(120 * time.Second)
	w.is(e, Concluded)
	for _, c := range agents {
		w.told(c, "concluded END_USER EJECTED -")
	}
}

func TestAnOpenPollKeepsAVisitorFromBeingAway(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, _ := w.chat(ada)
	w.catchUp(ada, ann)
	w.open(ada)
	w.open(ann)
	w.after(300 * time.Second)
	w.told(ada)
	w.ClosePoll(ann.Key)
	w.after(120 * time.Second)
	w.told(ada, "activity NONE")
}
