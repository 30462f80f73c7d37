package site

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnAccountIsFoundByItsLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account(12, "Ada", func(a *Account) { a.PasswordHash = "hash" })
	w.account(12, "Ada", func(a *Account) { a.Login = "lovelace" }) // keeps its password
	if _, ok := w.AccountByLogin("ada"); ok {
		t.Error("found by the login it had before")
	}
	a, ok := w.AccountByLogin("lovelace")
	if !ok || a.ID != 12 || a.PasswordHash != "hash" {
		t.Errorf("found %+v, %t", a, ok)
	}
	if b, ok := w.AccountByID(12); !ok || !cmp.Equal(a, b) {
		t.Errorf("found by its id %+v, %t", b, ok)
	}
	if _, ok := w.AccountByID(99); ok {
		t.Error("an account that is not there was found")
	}
}

func TestOnlyOneQueueIsTheDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales", Default: true}))
	want := []QueueDefinition{{ID: 1, Name: "Support"}, {ID: 2, Name: "Sales", Default: true}}
	if diff := cmp.Diff(want, w.View().Queues); diff != "" {
		t.Error(diff)
	}
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	if got := w.defaultQueue(); got != 1 {
		t.Errorf("without a default it is queue %d, want the first", got)
	}
}

// TestWhatIsHandedOutSharesNothing changes what the site answered and looks again.
func TestWhatIsHandedOutSharesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	w.account(12, "Ada", func(a *Account) { a.Queues, a.Except, a.PasswordHash = []QueueID{1}, []QueueID{2}, "hash" })
	v := w.View()
	if v.Name != "demo" || len(v.Accounts) != 2 || v.Accounts[0].PasswordHash != "" {
		t.Errorf("the view is %+v", v)
	}
	v.Accounts[0].Queues[0], v.Settings.AllowedOrigins[0] = 9, "x"
	a, _ := w.AccountByID(12)
	a.Except[0] = 9
	n := w.CurrentSettings()
	n.AllowedOrigins[0] = "y"
	a, _ = w.AccountByID(12)
	if a.Queues[0] != 1 || a.Except[0] != 2 || w.CurrentSettings().AllowedOrigins[0] != "*" {
		t.Errorf("changed from outside: %+v, %+v", a, w.CurrentSettings())
	}
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	must[ClientID](w)(w.post(ann, e, NewPost{Body: "x", Data: map[string]string{"k": "v"}}))
	must[History](w)(w.History(ada, e, Stretch{})).Posts[0].Data["k"] = "w"
	if got := must[History](w)(w.History(ada, e, Stretch{})).Posts[0].Data["k"]; got != "v" {
		t.Errorf("a post was changed from outside: %q", got)
	}
}

func TestAContactsNameIsWhatIsKnownOfIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, last, want string }{
		{"Ann", "Lee", "Ann Lee"}, {"Ann", "", "Ann"}, {"", "Lee", "Lee"}, {"", "", ""},
	} {
		if got := (Contact{FirstName: c.first, LastName: c.last}).Name(); got != c.want {
			t.Errorf("%q %q is %q, want %q", c.first, c.last, got, c.want)
		}
	}
}

func TestAFreshSiteHasTheContractsSettings(t *testing.T) {
	t.Parallel()
	want := Settings{
		HoldSeconds: 30, OfferSeconds: 60, AbsentSeconds: 120, IdleSeconds: 600, QueueSeconds: 1800, WrapUpSeconds: 600,
		AllowedOrigins: []string{"*"}, StatusReasons: defaultReasons, Spam: true, MaxPerAddress: 100, JournalDays: 7,
		GoalSeconds: 60, GoalPercent: 80,
	}
	s := New()
	if err := s.Create("demo"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, s.CurrentSettings()); diff != "" {
		t.Error(diff)
	}
}
