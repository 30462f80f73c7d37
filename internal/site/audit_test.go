package site

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTheAuditLogSaysWhoChangedWhat, with the definition before and after.
func TestTheAuditLogSaysWhoChangedWhat(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.after(time.Second)
	last := w.LastChange
	sue, holder := w.Admin("sue"), w.Admin("admin")
	for _, c := range []struct {
		by, what string
		do       func() error
		before   string // what it holds, "" for nothing
		after    string
	}{
		{"sue", "queue/4", func() error { _, err := sue.DefineQueue(QueueDefinition{ID: 4, Name: "Late"}); return err }, "", `"name":"Late"`},
		{"admin", "queue/4", func() error { _, err := holder.DefineQueue(QueueDefinition{ID: 4, Name: "Early"}); return err }, `"name":"Late"`, `"name":"Early"`},
		{"sue", "queue/4", func() error { return sue.Remove(DefinedQueue, 4) }, `"name":"Early"`, ""},
		{"sue", "profile/4", func() error { _, err := sue.DefineProfile(Profile{ID: 4, Name: "Desk"}); return err }, "", `"name":"Desk"`},
		{"sue", "profile/4", func() error {
			_, err := sue.DefineProfile(Profile{ID: 4, Name: "Desk", Serving: Serving{Places: 3}})
			return err
		}, `"name":"Desk"`, `"places":3`},
		{"sue", "profile/4", func() error { return sue.Remove(DefinedProfile, 4) }, `"places":3`, ""},
		{"sue", "group/4", func() error { _, err := sue.DefineGroup(Group{ID: 4, Name: "Day"}); return err }, "", `"name":"Day"`},
		{"sue", "group/4", func() error { return sue.Remove(DefinedGroup, 4) }, `"name":"Day"`, ""},
		{"sue", "interface/4", func() error { _, err := sue.DefineInterface(Interface{ID: 4, Name: "Shop"}); return err }, "", `"name":"Shop"`},
		{"sue", "interface/4", func() error { return sue.Remove(DefinedInterface, 4) }, `"name":"Shop"`, ""},
		{"sue", "hours/7", func() error { _, err := sue.DefineHours(office("UTC")); return err }, "", `"zone":"UTC"`},
		{"sue", "hours/7", func() error { _, err := sue.DefineHours(office("Europe/Vienna")); return err }, `"zone":"UTC"`, `"zone":"Europe/Vienna"`},
		{"sue", "hours/7", func() error { return sue.Remove(DefinedHours, 7) }, `"zone":"Europe/Vienna"`, ""},
		{"sue", "rules", func() error { _, err := sue.DefineRules(Rules{Enter: []Rule{{Name: "all", Queue: 1}}}); return err }, `{}`, `"name":"all"`},
		{"sue", "rules", func() error { _, err := sue.DefineRules(Rules{}); return err }, `"name":"all"`, `{}`},
		{"sue", "settings", func() error {
			n := w.CurrentSettings()
			n.IdleSeconds = 77
			_, err := sue.ChangeSettings(n)
			return err
		}, `"idleSeconds":600`, `"idleSeconds":77`},
		{"sue", "account/20", func() error {
			_, err := sue.DefineAccount(Account{ID: 20, Login: "eve", Name: "Eve", PasswordHash: "$argon2id$secret"})
			return err
		}, "", `"login":"eve"`},
		{"sue", "account/20", func() error {
			_, err := sue.DefineAccount(Account{ID: 20, Login: "eva", Name: "Eve", PasswordHash: "$argon2id$other"})
			return err
		}, `"login":"eve"`, `"login":"eva"`},
		{"sue", "account/20", func() error { return sue.Remove(DefinedAccount, 20) }, `"login":"eva"`, ""},
	} {
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		w.checkpoint()
		changes, more := w.Changes(last, 9)
		last++
		if len(changes) != 1 || more {
			t.Fatalf("%s: %d changes, more %t", c.what, len(changes), more)
		}
		x := changes[0]
		if x.Number != last || x.At != w.now || x.By != c.by || x.What != c.what ||
			(len(x.Before) == 0) != (c.before == "") || !strings.Contains(string(x.Before), c.before) ||
			(len(x.After) == 0) != (c.after == "") || !strings.Contains(string(x.After), c.after) {
			t.Errorf("%s: noted %+v, before %s, after %s; want %q and %q", c.what, x, x.Before, x.After, c.before, c.after)
		}
		if strings.Contains(string(x.Before)+string(x.After), "argon2") {
			t.Errorf("%s: a password's hash stands in the log", c.what)
		}
	}
}

func TestARefusedChangeIsNotInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	last := w.LastChange
	_, err := w.Admin("sue").DefineQueue(QueueDefinition{ID: 4})
	w.refused(err, BadRequest)
	w.refused(w.Admin("sue").Remove(DefinedQueue, 99), NotFound)
	if changes, _ := w.Changes(last, 9); len(changes) != 0 {
		t.Errorf("noted %+v", changes)
	}
}

// TestTheAuditLogIsBounded: it keeps the newest, and is read page by page.
func TestTheAuditLogIsBounded(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	first := w.LastChange
	w.checkpoint()
	for n := range MaxChanges + 5 {
		w.queue(QueueDefinition{ID: 2, Name: fmt.Sprint("name ", n)})
	}
	w.checkpoint()
	all, more := w.Changes(0, MaxChanges+9)
	if len(all) != MaxChanges || more || all[0].Number != first+6 || all[MaxChanges-1].Number != first+MaxChanges+5 {
		t.Fatalf("%d changes from %d on, more %t", len(all), all[0].Number, more)
	}
	w.sameAfterCheckpoint() // which has let the old ones go
	var got []Change
	for after := int64(0); ; {
		page, more := w.Changes(after, 300)
		got = append(got, page...)
		if !more {
			break
		}
		if len(page) != 300 {
			t.Fatalf("a page of %d, and more", len(page))
		}
		after = page[len(page)-1].Number
	}
	for i, c := range got {
		if c.Number != all[i].Number || len(got) != len(all) {
			t.Fatalf("page by page, change %d is %d", i, c.Number)
		}
	}
	w.restart()
	if again, _ := w.Changes(0, MaxChanges+9); len(again) != MaxChanges || again[0].Number != all[0].Number {
		t.Errorf("after a restart there are %d changes from %d on", len(again), again[0].Number)
	}
}
