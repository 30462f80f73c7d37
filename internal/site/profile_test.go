package site

import (
	"strings"
	"testing"

	"usher/api"
)

// serves gives an account a profile with what change says.
func (w *world) serves(a AccountID, name string, change func(*Serving)) {
	w.t.Helper()
	p := Profile{ID: ProfileID(a), Name: name, Serving: Serving{AllQueues: true, Pull: true}}
	change(&p.Serving)
	w.profile(p)
	w.account(a, name, func(x *Account) { x.Profile, x.Supervisor = ProfileID(a), a >= 15 })
}

func TestPlacesBoundWhatAnAgentHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		serving Serving
		most    int // asked for; -1: never asked
		want    int
	}{
		{"push, as it comes", Serving{AllQueues: true}, -1, PushCapacity},
		{"push, one place", Serving{AllQueues: true, Places: 1}, -1, 1},
		{"push, more places", Serving{AllQueues: true, Places: 6}, -1, 6},
		{"push, asked for less", Serving{AllQueues: true, Places: 6}, 2, 2},
		{"push, asked for more", Serving{AllQueues: true, Places: 2}, 6, 2},
		{"push, asked for none", Serving{AllQueues: true, Places: 2}, 0, 0},
		{"pull, never asked", Serving{AllQueues: true, Pull: true, Places: 6}, -1, 0},
		{"pull, what it asks for", Serving{AllQueues: true, Pull: true}, 6, 6},
		{"pull, asked for less", Serving{AllQueues: true, Pull: true, Places: 6}, 2, 2},
		{"pull, asked for more", Serving{AllQueues: true, Pull: true, Places: 2}, 6, 2},
	} {
		for _, by := range []string{"account", "profile"} {
			t.Run(c.name+" by "+by, func(t *testing.T) {
				w := newFloor(t)
				if by == "profile" {
					w.profile(Profile{ID: 1, Name: "Desk", Serving: c.serving})
					w.account(12, "Ada", func(a *Account) { a.Profile, a.Serving = 1, Serving{} }) // its own does not count
				} else {
					w.account(12, "Ada", func(a *Account) { a.Serving = c.serving })
				}
				ada := w.logOn(12)
				w.works(ada)
				if c.most >= 0 {
					w.ask(ada, c.most)
				}
				for range 8 {
					w.enter(0)
				}
				if got := len(w.agent(ada).Holds); got != c.want {
					t.Errorf("Ada holds %d, want %d", got, c.want)
				}
			})
		}
	}
}

// TestAPlaceIsTakenFromTheOfferToTheRelease: offered, active and in wrap-up.
func TestAPlaceIsTakenFromTheOfferToTheRelease(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.serves(12, "Ada", func(v *Serving) { v.Pull, v.Places = false, 1 })
	ada := w.logOn(12)
	w.works(ada)
	_, e := w.enter(0)
	_, next := w.enter(0)
	w.offeredTo(e, ada)
	w.is(next, Queued)
	w.accept(ada, e)
	w.is(next, Queued)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.is(next, Queued)
	w.release(ada, e)
	w.offeredTo(next, ada)
}

// TestAProfileChangesAtOnce: what waits is offered without anybody's doing.
func TestAProfileChangesAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Serving)
	}{
		{"another queue", func(v *Serving) { v.Queues = []QueueID{1, 2} }},
		{"all queues", func(v *Serving) { v.AllQueues = true }},
		{"all but another", func(v *Serving) { v.AllQueues, v.Except = true, []QueueID{3} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			serving := func(v *Serving) { *v = Serving{Queues: []QueueID{1}, Pull: true} }
			w.serves(12, "Ada", serving)
			ada := w.logOn(12)
			w.ask(ada, 5)
			_, e := w.enter(2)
			w.is(e, Queued)
			w.profile(Profile{ID: 12, Name: "Ada", Serving: func() Serving {
				var v Serving
				serving(&v)
				c.change(&v)
				return v
			}()})
			w.offeredTo(e, ada)
			w.profile(Profile{ID: 12, Name: "Ada", Serving: Serving{Queues: []QueueID{3}, Pull: true}})
			w.offeredTo(e, ada) // what was offered stays
			_, next := w.enter(2)
			w.is(next, Queued)
		})
	}
	t.Run("more places", func(t *testing.T) {
		w := newFloor(t)
		w.serves(12, "Ada", func(v *Serving) { v.Pull, v.Places = false, 1 })
		ada := w.logOn(12)
		w.works(ada)
		w.enter(0)
		_, e := w.enter(0)
		w.is(e, Queued)
		w.serves(12, "Ada", func(v *Serving) { v.Pull, v.Places = false, 2 })
		w.offeredTo(e, ada)
	})
	t.Run("pushed to from now on", func(t *testing.T) {
		w := newFloor(t)
		w.serves(12, "Ada", func(*Serving) {})
		ada := w.logOn(12)
		w.works(ada)
		_, e := w.enter(0)
		w.is(e, Queued)
		w.serves(12, "Ada", func(v *Serving) { v.Pull = false })
		w.offeredTo(e, ada)
		w.serves(12, "Ada", func(*Serving) {})
		_, next := w.enter(0)
		w.is(next, Queued)
	})
	t.Run("the account's own from now on", func(t *testing.T) {
		w := newFloor(t)
		w.serves(12, "Ada", func(v *Serving) { *v = Serving{Queues: []QueueID{3}, Pull: true} })
		ada := w.logOn(12)
		w.ask(ada, 1)
		_, e := w.enter(0)
		w.is(e, Queued)
		w.account(12, "Ada", nil)
		w.offeredTo(e, ada)
	})
}

// TestWhoServesNothingIsToldSoOnce when it asks (agent-api 4.9).
func TestWhoServesNothingIsToldSoOnce(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.serves(12, "Ada", func(v *Serving) { *v = Serving{Pull: true} })
	ada := w.logOn(12)
	w.told(ada)
	w.ask(ada, 1)
	w.told(ada, "error CONFLICT")
	w.ask(ada, 1)
	w.told(ada)
	w.restart()
	w.ask(ada, 1)
	w.told(ada)
	w.serves(12, "Ada", func(*Serving) {})
	_, e := w.enter(0)
	w.offeredTo(e, ada)
	w.answer(ada, e, api.ActionDecline)
	w.serves(12, "Ada", func(v *Serving) { *v = Serving{Pull: true} })
	w.told(ada, "assignment LEAD 1", "error CONFLICT") // it asks in vain again
}

// TestProfilesThatCannotBe has one thing wrong in each row, and where.
func TestProfilesThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	for _, c := range []struct {
		name    string
		profile Profile
		place   string
	}{
		{"no id", Profile{Name: "x"}, "id is 0"},
		{"no name", Profile{ID: 1}, "name"},
		{"a long name", Profile{ID: 1, Name: strings.Repeat("x", MaxNameBytes+1)}, "name"},
		{"a queue that is not", Profile{ID: 1, Name: "x", Serving: Serving{Queues: []QueueID{1, 9}}}, "queues[1]: 9"},
		{"an exception that is not", Profile{ID: 1, Name: "x", Serving: Serving{AllQueues: true, Except: []QueueID{9}}}, "except[0]: 9"},
		{"places below zero", Profile{ID: 1, Name: "x", Serving: Serving{Places: -1}}, "places is -1"},
		{"too many places", Profile{ID: 1, Name: "x", Serving: Serving{Places: MaxConcurrent + 1}}, "places"},
		{"a policy that is not", Profile{ID: 1, Name: "x", Serving: Serving{Policy: "LAST_DUE"}}, "policy"},
	} {
		before := w.Position()
		_, err := w.Admin("test").DefineProfile(c.profile)
		if codeOf(err) != BadRequest || !strings.Contains(err.Error(), c.place) || w.Position() != before {
			t.Errorf("%s: answered %v, want a refusal with %q", c.name, err, c.place)
		}
		if c.profile.Name == "x" && c.profile.ID == 1 { // an account's own is held to the same
			_, err := w.Admin("test").DefineAccount(Account{ID: 12, Login: "ada", Serving: c.profile.Serving})
			if codeOf(err) != BadRequest || !strings.Contains(err.Error(), c.place) || w.Position() != before {
				t.Errorf("%s in an account: answered %v, want a refusal with %q", c.name, err, c.place)
			}
		}
	}
	for name, a := range map[string]Account{
		"profile": {ID: 12, Login: "ada", Profile: 9},
		"group":   {ID: 12, Login: "ada", Group: 9},
	} {
		_, err := w.Admin("test").DefineAccount(a)
		if codeOf(err) != BadRequest || !strings.Contains(err.Error(), name+": 9") {
			t.Errorf("an account with a %s that is not: answered %v", name, err)
		}
	}
}

func TestAProfileThatIsHandedOutSharesNothing(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	p := Profile{ID: 1, Name: "Desk", Serving: Serving{Queues: []QueueID{1}, Except: []QueueID{2}}}
	w.profile(p)
	p.Queues[0], p.Except[0] = 9, 9
	v := w.View().Profiles[0]
	if v.Queues[0] != 1 || v.Except[0] != 2 {
		t.Errorf("changed from outside: %+v", v)
	}
	v.Queues[0], v.Except[0] = 9, 9
	answered := must[Profile](w.world)(w.Admin("test").DefineProfile(Profile{ID: 1, Name: "Desk", Serving: Serving{Queues: []QueueID{1}}}))
	answered.Queues[0] = 9
	if v := w.View().Profiles[0]; v.Queues[0] != 1 {
		t.Errorf("changed from outside: %+v", v)
	}
}
