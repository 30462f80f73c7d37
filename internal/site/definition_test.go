package site

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// TestAnInterfacesLanguageIsTheVisitors, unless it says one of its own.
func TestAnInterfacesLanguageIsTheVisitors(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	for id, language := range map[InterfaceID]string{1: "", 2: "de-AT"} {
		must[Interface](w.world)(w.Admin("test").DefineInterface(Interface{ID: id, Name: fmt.Sprint("face ", id), Language: language}))
	}
	w.rules(Rules{Enter: []Rule{{Name: "German", When: Condition{Languages: []string{"de"}}, Queue: 2}}})
	for _, c := range []struct {
		name     string
		who      Contact
		queue    QueueID
		language string
	}{
		{"the interface's", Contact{InterfaceID: 2}, 2, "de-AT"},
		{"its own", Contact{InterfaceID: 2, Language: "fr"}, 1, "fr"},
		{"none", Contact{InterfaceID: 1}, 1, ""},
		{"of no interface", Contact{Language: "de"}, 2, "de"},
		{"of an interface that is not", Contact{InterfaceID: 9}, 1, ""},
	} {
		_, e := w.comes(func(n *EngagementRequest) { n.Contact = c.who })
		if x := w.live[e]; x.Queue != c.queue || x.Contact.Language != c.language {
			t.Errorf("%s: queue %d and language %q, want %d and %q", c.name, x.Queue, x.Contact.Language, c.queue, c.language)
		}
		if st, _, err := w.RouteFor(0, c.who.circumstances()); err != nil || st.ID != c.queue { // told before is done after
			t.Errorf("%s: it would come into queue %d, %v, want %d", c.name, st.ID, err, c.queue)
		}
	}
}

func TestInterfacesAreFound(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	if !w.HasInterface(1) || !w.HasInterface(7) || w.HasInterface(0) || w.HasInterface(-1) || w.InterfaceNamed("Shop") != 0 {
		t.Error("a site that defines no interface has whatever clients name")
	}
	must[Interface](w.world)(w.Admin("test").DefineInterface(Interface{ID: 7, Name: "Shop"}))
	if w.HasInterface(1) || !w.HasInterface(7) || w.InterfaceNamed("Shop") != 7 || w.InterfaceNamed("shop") != 0 {
		t.Error("a site that defines interfaces has those")
	}
}

// TestDefinitionsThatCannotBe has what groups, interfaces and accounts refuse.
func TestDefinitionsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	long := strings.Repeat("x", MaxNameBytes+1)
	admin := w.Admin("test")
	for _, c := range []struct {
		name  string
		do    func() error
		want  Code
		place string
	}{
		{"a group without an id", func() error { _, err := admin.DefineGroup(Group{Name: "x"}); return err }, BadRequest, "group's id is 0"},
		{"a group without a name", func() error { _, err := admin.DefineGroup(Group{ID: 1}); return err }, BadRequest, "name"},
		{"a group with a long name", func() error { _, err := admin.DefineGroup(Group{ID: 1, Name: long}); return err }, BadRequest, "name"},
		{"an interface without an id", func() error { _, err := admin.DefineInterface(Interface{Name: "x"}); return err }, BadRequest, "interface's id is 0"},
		{"an interface without a name", func() error { _, err := admin.DefineInterface(Interface{ID: 1}); return err }, BadRequest, "name"},
		{"an interface with a long language", func() error {
			_, err := admin.DefineInterface(Interface{ID: 1, Name: "x", Language: strings.Repeat("x", MaxLanguageBytes+1)})
			return err
		}, BadRequest, "language"},
		{"an account without an id", func() error { _, err := admin.DefineAccount(Account{Login: "x"}); return err }, BadRequest, "account's id is 0"},
		{"an account without a login", func() error { _, err := admin.DefineAccount(Account{ID: 30}); return err }, BadRequest, "login"},
		{"an account with a long name", func() error { _, err := admin.DefineAccount(Account{ID: 30, Login: "x", Name: long}); return err }, BadRequest, "name"},
		{"another's login", func() error { _, err := admin.DefineAccount(Account{ID: 30, Login: "ada"}); return err }, Conflict, `login "ada" belongs to account 12`},
	} {
		before := w.Position()
		if err := c.do(); codeOf(err) != c.want || !strings.Contains(err.Error(), c.place) || w.Position() != before {
			t.Errorf("%s: answered %v, want %q with %q", c.name, err, c.want, c.place)
		}
	}
}

// TestSettingsThatCannotBe has each number beyond its ends, and the lists.
func TestSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	reasons := func(r ...StatusReason) func(*Settings) { return func(s *Settings) { s.StatusReasons = r } }
	good := StatusReason{SubType: 1, Name: "There", Status: api.StatusAvailable}
	for _, c := range []struct {
		place  string
		change func(*Settings)
	}{
		{"holdSeconds is 0", func(s *Settings) { s.HoldSeconds = 0 }}, {"holdSeconds is 31", func(s *Settings) { s.HoldSeconds = 31 }},
		{"offerSeconds is 0", func(s *Settings) { s.OfferSeconds = 0 }}, {"offerSeconds", func(s *Settings) { s.OfferSeconds = maxSeconds + 1 }},
		{"absentSeconds is 0", func(s *Settings) { s.AbsentSeconds = 0 }}, {"absentSeconds", func(s *Settings) { s.AbsentSeconds = maxSeconds + 1 }},
		{"idleSeconds is 0", func(s *Settings) { s.IdleSeconds = 0 }}, {"idleSeconds", func(s *Settings) { s.IdleSeconds = maxSeconds + 1 }},
		{"queueSeconds is 0", func(s *Settings) { s.QueueSeconds = 0 }}, {"queueSeconds", func(s *Settings) { s.QueueSeconds = maxSeconds + 1 }},
		{"wrapUpSeconds is -1", func(s *Settings) { s.WrapUpSeconds = -1 }}, {"wrapUpSeconds", func(s *Settings) { s.WrapUpSeconds = maxSeconds + 1 }},
		{"noticeSeconds is -1", func(s *Settings) { s.NoticeSeconds = -1 }}, {"noticeSeconds", func(s *Settings) { s.NoticeSeconds = maxSeconds + 1 }},
		{"targetSeconds is -1", func(s *Settings) { s.TargetSeconds = -1 }}, {"targetSeconds", func(s *Settings) { s.TargetSeconds = maxSeconds + 1 }},
		{"archiveDays is -1", func(s *Settings) { s.ArchiveDays = -1 }}, {"archiveDays", func(s *Settings) { s.ArchiveDays = maxArchiveDays + 1 }},
		{"journalDays is 0", func(s *Settings) { s.JournalDays = 0 }}, {"journalDays is 31", func(s *Settings) { s.JournalDays = MaxJournalDays + 1 }},
		{"allowedOrigins", func(s *Settings) { s.AllowedOrigins = make([]string, maxList+1) }},
		{"hostNames", func(s *Settings) { s.HostNames = make([]string, maxList+1) }},
		{"statusReasons", func(s *Settings) { s.StatusReasons = make([]StatusReason, maxList+1) }},
		{"statusReasons[1]", reasons(good, StatusReason{SubType: 2, Status: api.StatusNone})},
		{"statusReasons[1]", reasons(good, StatusReason{SubType: 0, Name: "x", Status: api.StatusNone})},
		{"statusReasons[1].status", reasons(good, StatusReason{SubType: 2, Name: "x", Status: "BUSY"})},
		{"statusReasons[1]: subTypeId 1 stands there twice", reasons(good, StatusReason{SubType: 1, Name: "x", Status: api.StatusNone})},
	} {
		n := w.CurrentSettings()
		c.change(&n)
		before := w.Position()
		_, err := w.Admin("test").ChangeSettings(n)
		if codeOf(err) != BadRequest || !strings.Contains(err.Error(), c.place) || w.Position() != before {
			t.Errorf("answered %v, want a refusal with %q", err, c.place)
		}
	}
	w.settings(func(s *Settings) {
		s.WrapUpSeconds, s.NoticeSeconds, s.TargetSeconds = maxSeconds, maxSeconds, maxSeconds
		s.StatusReasons = []StatusReason{good}
	})
	given := w.CurrentSettings()
	given.StatusReasons[0].Name = "x"
	if got := w.CurrentSettings().StatusReasons[0].Name; got != "There" {
		t.Errorf("changed from outside: %q", got)
	}
}

// TestDefinitionsAreBounded: one more than there may be is refused, a change of one
// that is there is not.
func TestDefinitionsAreBounded(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	admin := w.Admin("test")
	for name, c := range map[string]struct {
		most int
		do   func(int) error
	}{
		"hours": {MaxHours, func(n int) error {
			_, err := admin.DefineHours(Hours{ID: HoursID(n), Name: "x", Zone: "UTC"})
			return err
		}},
		"interfaces": {MaxInterfaces, func(n int) error {
			_, err := admin.DefineInterface(Interface{ID: InterfaceID(n), Name: "x"})
			return err
		}},
		"groups": {MaxGroups, func(n int) error { _, err := admin.DefineGroup(Group{ID: GroupID(n), Name: "x"}); return err }},
	} {
		for n := range c.most {
			if err := c.do(n + 1); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := c.do(c.most + 1); codeOf(err) != TooMany {
			t.Errorf("%s: one more is answered %v", name, err)
		}
		if err := c.do(1); err != nil {
			t.Errorf("%s: a change is answered %v", name, err)
		}
	}
}

// TestTheViewHasAllDefinitions, each list in the order of ids.
func TestTheViewHasAllDefinitions(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	for _, id := range []int64{9, 4} {
		w.profile(Profile{ID: ProfileID(id), Name: "x"})
		must[Group](w.world)(w.Admin("test").DefineGroup(Group{ID: GroupID(id), Name: "x"}))
		must[Interface](w.world)(w.Admin("test").DefineInterface(Interface{ID: InterfaceID(id), Name: "x"}))
		w.hoursOf(Hours{ID: HoursID(id), Name: "x", Zone: "UTC"})
	}
	w.rules(Rules{Enter: []Rule{{Queue: 1}}})
	v := w.View()
	var got []string
	for _, x := range v.Queues {
		got = append(got, fmt.Sprint("queue ", x.ID))
	}
	for _, x := range v.Accounts {
		got = append(got, fmt.Sprint("account ", x.ID))
	}
	for i := range 2 {
		got = append(got, fmt.Sprint(v.Profiles[i].ID, v.Groups[i].ID, v.Interfaces[i].ID, v.Hours[i].ID))
	}
	want := []string{"queue 1", "queue 2", "queue 3", "account 12", "account 13", "account 14", "account 15", "account 16", "4 4 4 4", "9 9 9 9"}
	if diff := cmp.Diff(want, got); diff != "" || len(v.Rules.Enter) != 1 || v.Name != "demo" {
		t.Errorf("the view is %+v: %s", v, diff)
	}
}
