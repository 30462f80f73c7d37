package site

import (
	"testing"
)

// TestWhoIsEjected: the engagement ends for everybody, with the reason.
func TestWhoIsEjected(t *testing.T) {
	t.Parallel()
	for _, state := range []State{Queued, Offered, Active} {
		t.Run(string(state), func(t *testing.T) {
			w := newFloor(t)
			ada := w.logOn(12)
			ann, e := w.enter(0)
			after := State("gone")
			if state != Queued {
				w.ask(ada, 1)
			}
			if state == Active {
				w.accept(ada, e)
				after = Concluded
			}
			w.is(e, state)
			w.catchUp(ada, ann)
			before := w.mark()
			if err := w.Admin("sue").Eject(e); err != nil {
				t.Fatal(err)
			}
			w.is(e, after)
			told := "concluded END_USER EJECTED -"
			w.told(ann, told)
			if state == Queued {
				w.told(ada)
			} else {
				w.told(ada, told)
			}
			if names := w.since(before); times(names, "EngagementEjected") != 1 || times(names, "EngagementConcluded") != 1 {
				t.Errorf("recorded %v", names)
			}
			_, err := w.post(ann, e, NewPost{Body: "but"})
			w.refused(err, Conflict)
			w.after(ConcludedGrace)
			w.refused(w.Alive(ann), AccessDenied)
			if state == Active {
				w.silent(func() error { return w.Admin("sue").Eject(e) }) // it is over already
				w.release(ada, e)
			}
			w.nothing(NotFound, func() error { return w.Admin("sue").Eject(e) })
		})
	}
}
