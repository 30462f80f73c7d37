package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// TestSetProperty has every property with every type, and what each value does.
func TestSetProperty(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxPostBytes)
	texts := map[string]Code{"": "", "Zoë <&>": "", long: "", long + "x": BadRequest, "a\xff": BadRequest}
	numbers := map[string]Code{
		"0": "", "7": "", fmt.Sprint(MaxWireNumber): "", "007": "",
		fmt.Sprint(MaxWireNumber + 1): BadRequest, "-1": BadRequest, "": BadRequest, "7.0": BadRequest, "seven": BadRequest, " 7": BadRequest,
		"7 ": BadRequest, "0x7": BadRequest, "+7": BadRequest, "99999999999999999999": BadRequest,
	}
	for _, c := range []struct {
		property Property
		types    []PropertyType
		values   map[string]Code
		got      func(Contact) string
	}{
		{FirstName, []PropertyType{OfUser}, texts, func(c Contact) string { return c.FirstName }},
		{LastName, []PropertyType{OfUser}, texts, func(c Contact) string { return c.LastName }},
		{Email, []PropertyType{OfUser}, texts, func(c Contact) string { return c.Email }},
		{Question, []PropertyType{OfUser}, texts, func(c Contact) string { return c.Question }},
		{ProductID, []PropertyType{OfUser}, numbers, func(c Contact) string { return fmt.Sprint(c.ProductID) }},
		{CategoryID, []PropertyType{OfUser}, numbers, func(c Contact) string { return fmt.Sprint(c.CategoryID) }},
		{ContactID, []PropertyType{OfUser, OfEngagement}, numbers, func(c Contact) string { return fmt.Sprint(c.ContactID) }},
		{IncidentID, []PropertyType{OfEngagement}, numbers, func(c Contact) string { return fmt.Sprint(c.IncidentID) }},
		{"COLOUR", nil, texts, nil},
		{"first_name", nil, texts, nil},
		{"", nil, texts, nil},
	} {
		for _, typ := range []PropertyType{OfUser, OfEngagement, "SYSTEM", ""} {
			for value, want := range c.values {
				w := newFloor(t)
				bob := w.logOn(13)
				_, e := w.enter(0) // the agent need not take part in it
				before, was := w.Position(), w.live[e].Contact
				if !slices.Contains(c.types, typ) {
					want = BadRequest
				}
				client, err := w.SetProperty(bob, e, typ, c.property, value)
				if got := codeOf(err); got != want {
					t.Errorf("%s of %q, value %.20q: answered %q, want %q", c.property, typ, value, got, want)
				}
				if want != "" {
					if w.Position() != before || !was.equal(w.live[e].Contact) {
						t.Errorf("%s of %q, value %.20q: a refusal changed something", c.property, typ, value)
					}
					continue
				}
				if got, want := c.got(w.live[e].Contact), strings.TrimPrefix(value, "00"); client != w.byKey[bob.Key] || got != want {
					t.Errorf("%s is %.20q, want %.20q", c.property, got, want)
				}
				w.silent(func() error { _, err := w.SetProperty(bob, e, typ, c.property, value); return err }) // an equal value records nothing
				w.sameAfterReplay()
			}
		}
	}
}

// TestWhoMaySetAProperty: any agent, of any engagement that is live.
func TestWhoMaySetAProperty(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	set := func(c Caller, e EngagementID) error {
		_, err := w.SetProperty(c, e, OfUser, Question, fmt.Sprint("question ", w.Position()))
		return err
	}
	_, queued := w.enter(0)
	w.refused(set(bob, queued), "")
	w.ask(ada, 1)
	w.refused(set(bob, queued), "") // offered to Ada
	w.accept(ada, queued)
	w.refused(set(bob, queued), "")
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, queued))
	w.refused(set(bob, queued), "") // in wrap-up
	w.release(ada, queued)
	w.nothing(BadRequest, func() error { return set(bob, queued) })
	w.nothing(BadRequest, func() error { return set(bob, 99) })
	w.nothing(AccessDenied, func() error { return set(Caller{Key: "nobody", Agent: true}, queued) })
	ann, e := w.enter(0)
	w.nothing(AccessDenied, func() error { return set(Caller{Key: ann.Key, Account: 12, Agent: true}, e) })
}

// TestTheNextAgentSeesWhatIsKnownNow in its assignment, and the visitor's name.
func TestTheNextAgentSeesWhatIsKnownNow(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.enter(0)
	must[ClientID](w.world)(w.SetProperty(bob, e, OfUser, FirstName, "Eve"))
	must[ClientID](w.world)(w.SetProperty(bob, e, OfUser, LastName, ""))
	w.ask(ada, 1)
	b := w.poll(ada)
	if got := b.Deliveries[0].Message.Assignment.Contact; got.FirstName != "Eve" || got.LastName != "" {
		t.Errorf("the assignment tells of %+v", got)
	}
	w.accept(ada, e)
	w.told(ada, "assignment LEAD 1", "joined END_USER Eve")
	must[ClientID](w.world)(w.SetProperty(bob, e, OfUser, FirstName, "Eva")) // nobody is told
	w.told(ada)
}

// TestModifyProperties answers for each whether it was changed.
func TestModifyProperties(t *testing.T) {
	t.Parallel()
	fields := []CustomField{{Name: "c$tier", Type: api.FieldString, Value: "gold"}}
	for _, c := range []struct {
		name string
		do   Modification
		want map[string]bool
		then Contact // what is known afterwards
	}{
		{"nothing", Modification{Type: OfUser}, map[string]bool{}, Contact{FirstName: "Ann", CustomFields: fields}},
		{"several", Modification{Type: OfUser, Properties: map[Property]string{FirstName: "Eve", Email: "eve@example.org", ProductID: "7"}},
			map[string]bool{"FIRST_NAME": true, "EMAIL": true, "PRODUCT_ID": true},
			Contact{FirstName: "Eve", Email: "eve@example.org", ProductID: 7, CustomFields: fields}},
		{"some of several", Modification{Type: OfUser, Properties: map[Property]string{FirstName: "Eve", ProductID: "x", IncidentID: "7", "COLOUR": "red"}},
			map[string]bool{"FIRST_NAME": true, "PRODUCT_ID": false, "INCIDENT_ID": false, "COLOUR": false},
			Contact{FirstName: "Eve", CustomFields: fields}},
		{"of the engagement", Modification{Type: OfEngagement, Properties: map[Property]string{IncidentID: "7", ContactID: "8", FirstName: "Eve"}},
			map[string]bool{"INCIDENT_ID": true, "CONTACT_ID": true, "FIRST_NAME": false},
			Contact{FirstName: "Ann", IncidentID: 7, ContactID: 8, CustomFields: fields}},
		{"what it is already", Modification{Type: OfUser, Properties: map[Property]string{FirstName: "Ann"}, Fields: fields},
			map[string]bool{"FIRST_NAME": true, "c$tier": true}, Contact{FirstName: "Ann", CustomFields: fields}},
		{"a field that is there", Modification{Type: OfUser, Fields: []CustomField{{Name: "c$tier", Type: api.FieldString, Value: "silver"}}},
			map[string]bool{"c$tier": true}, Contact{FirstName: "Ann", CustomFields: []CustomField{{Name: "c$tier", Type: api.FieldString, Value: "silver"}}}},
		{"a field's type is kept", Modification{Type: OfUser, Fields: []CustomField{{Name: "c$tier", Value: "silver"}}},
			map[string]bool{"c$tier": true}, Contact{FirstName: "Ann", CustomFields: []CustomField{{Name: "c$tier", Type: api.FieldString, Value: "silver"}}}},
		{"new fields, good and bad", Modification{Type: OfUser, Fields: []CustomField{
			{Name: "n", Type: api.FieldInteger, Value: "12"}, {Name: "bad", Type: api.FieldInteger, Value: "x"}}},
			map[string]bool{"n": true, "bad": false},
			Contact{FirstName: "Ann", CustomFields: append(fields[:1:1], CustomField{Name: "n", Type: api.FieldInteger, Value: "12"})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			bob := w.logOn(13)
			_, e := w.comes(func(n *EngagementRequest) {
				n.Contact = Contact{FirstName: "Ann", CustomFields: []CustomField{{Name: "c$tier", Type: api.FieldString, Value: "gold"}}}
			})
			was := w.Position()
			_, done, err := w.ModifyProperties(bob, e, c.do)
			if err != nil || !maps.Equal(done, c.want) {
				t.Errorf("answered %v, %v, want %v", done, err, c.want)
			}
			c.then.RequestSource = api.SourceRestAPI
			if diff := cmp.Diff(c.then, w.live[e].Contact); diff != "" {
				t.Error(diff)
			}
			if changed := w.Position() - was; changed > 1 || (changed == 1) == (c.name == "nothing" || c.name == "what it is already") {
				t.Errorf("%d events are recorded", changed)
			}
			w.silent(func() error { _, _, err := w.ModifyProperties(bob, e, c.do); return err }) // again
		})
	}
}

func TestModificationsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	bob := w.logOn(13)
	_, e := w.enter(0)
	name := map[Property]string{FirstName: "Eve"}
	for _, c := range []struct {
		name string
		by   Caller
		e    EngagementID
		do   Modification
		want Code
	}{
		{"no type", bob, e, Modification{Properties: name}, BadRequest},
		{"another type", bob, e, Modification{Type: "SYSTEM", Properties: name}, BadRequest},
		{"fields of the engagement", bob, e, Modification{Type: OfEngagement, Fields: []CustomField{{Name: "a"}}}, BadRequest},
		{"not live", bob, 99, Modification{Type: OfUser, Properties: name}, BadRequest},
		{"by nobody", Caller{Key: "nobody", Agent: true}, e, Modification{Type: OfUser, Properties: name}, AccessDenied},
	} {
		before := w.Position()
		_, done, err := w.ModifyProperties(c.by, c.e, c.do)
		if codeOf(err) != c.want || done != nil || w.Position() != before {
			t.Errorf("%s: answered %v, %v, want %q", c.name, done, err, c.want)
		}
	}
}

// TestFieldsHaveTypes: a value must be what its type says.
func TestFieldsHaveTypes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxPostBytes)
	for _, c := range []struct {
		typ  api.FieldType
		good []string
		bad  []string
	}{
		{api.FieldBoolean, []string{"true", "false", "1", "0", ""}, []string{"yes", "TRUE", "2", " true"}},
		{api.FieldInteger, []string{"0", "-7", "2147483647", "-2147483648", ""}, []string{"2147483648", "x", "1.5", "1e3", " 1"}},
		{api.FieldLong, []string{"0", "9223372036854775807", "-9223372036854775808", ""}, []string{"9223372036854775808", "x", "1.5"}},
		{api.FieldDecimal, []string{"0", "-1.5", "1e3", "7", ""}, []string{"x", "1,5", "1.5.2"}},
		{api.FieldString, []string{"", "anything", long}, []string{long + "x", "a\xff"}},
		{api.FieldDate, []string{"", "2026-06-07"}, nil},
		{api.FieldDateTime, []string{"", "2026-06-07T12:00:00Z"}, nil},
		{"", []string{"", "anything"}, []string{long + "x"}},
	} {
		w := newFloor(t)
		bob := w.logOn(13)
		_, e := w.enter(0)
		try := func(value string, want bool) {
			t.Helper()
			_, done, err := w.ModifyProperties(bob, e, Modification{Type: OfUser, Fields: []CustomField{{Name: "f", Type: c.typ, Value: value}}})
			if err != nil || done["f"] != want {
				t.Errorf("%s %.30q: answered %v, %v, want %t", c.typ, value, done, err, want)
			}
			w.sameAfterReplay()
		}
		for _, v := range c.good {
			try(v, true)
		}
		for _, v := range c.bad {
			try(v, false)
		}
	}
	w := newFloor(t)
	bob := w.logOn(13)
	_, e := w.enter(0)
	var fields []CustomField
	for n := range maxList + 1 {
		fields = append(fields, CustomField{Name: fmt.Sprint("f", n), Value: "x"})
	}
	fields = append(fields, CustomField{Name: ""}, CustomField{Name: strings.Repeat("x", MaxNameBytes+1)})
	_, done, err := w.ModifyProperties(bob, e, Modification{Type: OfUser, Fields: fields})
	for n, f := range fields {
		if err != nil || done[f.Name] != (n < maxList) {
			t.Errorf("field %d, %.10q: answered %t, %v", n, f.Name, done[f.Name], err)
		}
	}
}

// TestWhatIsKnownIsBounded: it may shrink, but grow no further.
func TestWhatIsKnownIsBounded(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	bob := w.logOn(13)
	_, e := w.enter(0)
	big := strings.Repeat("x", MaxPostBytes)
	var fields []CustomField
	for n := range 5 {
		fields = append(fields, CustomField{Name: fmt.Sprint("f", n), Value: big})
	}
	w.nothing(TooLarge, func() error {
		_, _, err := w.ModifyProperties(bob, e, Modification{Type: OfUser, Fields: fields})
		return err
	})
	if _, _, err := w.ModifyProperties(bob, e, Modification{Type: OfUser, Fields: fields[:3]}); err != nil {
		t.Fatal(err)
	}
	w.nothing(TooLarge, func() error { _, err := w.SetProperty(bob, e, OfUser, Question, big); return err })
	must[ClientID](w.world)(w.SetProperty(bob, e, OfUser, Question, big[:MaxPostBytes-100]))
}
