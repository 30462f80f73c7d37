package site

import "testing"

// TestWhoIsGoneHasAName: what an agent said stands under its name also when its
// session is over, for the visitor and for the next lead, and after a restart.
func TestWhoIsGoneHasAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.says(ada, e, "I was here")
	must[ClientID](w)(w.Logoff(ada, true))
	bob := w.logOn(13)
	w.ask(bob, 1)
	w.accept(bob, e)
	for range 2 {
		h := must[History](w)(w.History(bob, e, Stretch{}))
		st := must[VisitorStanding](w)(w.VisitorStanding(ann, Stretch{}))
		if len(h.Posts) != 1 || h.Posts[0].Name != "Ada" || len(st.Posts) != 1 || st.Posts[0].Name != "Ada" {
			t.Errorf("history %+v, the visitor's %+v", h.Posts, st.Posts)
		}
		w.restart()
	}
}
