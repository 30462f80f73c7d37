package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/sites"
	"usher/internal/testkit"
)

// TestAudit: each change stands in the log with its time, who made it, and the
// definition before and after as its own address answers it; what stood before can
// be sent again.
func TestAudit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		last := int64(0)
		next := func(what, by, before, after string) sites.Change {
			t.Helper()
			page := decoded[sites.Audit](t, c.ok("GET", fmt.Sprintf("/audit?after=%d", last), ""))
			if len(page.Changes) != 1 || page.More {
				t.Fatalf("after %d there is %+v", last, page)
			}
			x := page.Changes[0]
			want := sites.Change{Number: last + 1, At: time.Now().UTC().Format(sites.TimeLayout), By: by, What: what, Before: []byte(before), After: []byte(after)}
			if diff := cmp.Diff(want, x, cmp.Comparer(func(a, b []byte) bool { return string(a) == string(b) })); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
			last = x.Number
			return x
		}
		made := decoded[sites.Audit](t, c.ok("GET", "/audit", ""))
		last = made.Changes[len(made.Changes)-1].Number
		for i, d := range everyKind() {
			time.Sleep(1234567 * time.Microsecond)
			one := fmt.Sprintf("/%s/%d", d.path, d.id)
			what := strings.TrimSuffix(d.path, "s") + "/" + fmt.Sprint(d.id)
			if d.path == "hours" {
				what = "hours/4"
			}
			who, by := c, "admin"
			if i%2 == 1 {
				who, by = sue, "sue"
			}
			who.ok("PUT", one, d.whole)
			next(what, by, "", d.all)
			who.ok("PUT", one, d.least)
			undo := next(what, by, d.all, d.standard)
			who.ok("PUT", one, string(undo.Before))
			next(what, by, d.standard, d.all)
			if d.path == "groups" || d.path == "profiles" || d.path == "hours" {
				continue // another one will name it
			}
			who.ok("DELETE", one, "")
			next(what, by, d.all, "")
		}
		before := c.ok("GET", "/settings", "")
		sue.ok("PATCH", "/settings", `{"holdSeconds":7,"statusReasons":[{"subTypeId":9,"name":"Lunch","status":"UNAVAILABLE"}]}`)
		next("settings", "sue", before, c.ok("GET", "/settings", ""))
		const rules = `{"enter":[{"name":"gold","when":{"products":[5],"fields":[{"name":"tier","op":"EXISTS"}],"hours":4,"closed":true},"queue":1,"priority":3,"account":12},` +
			`{"name":"no","when":{"languages":["tlh"]},"refuse":true}],"escalate":[{"name":"up","when":{"queues":[1]},"queue":2}]}`
		c.ok("PUT", "/rules", rules)
		next("rules", "admin", `{"enter":[],"escalate":[]}`, rules)

		// What was refused, and what only looked, is no change.
		c.refused(400, "PUT", "/queues/7", `{"name":""}`)
		c.refused(409, "DELETE", "/queues/1", "")
		c.ok("POST", "/route", "{}")
		if page := decoded[sites.Audit](t, c.ok("GET", fmt.Sprintf("/audit?after=%d", last), "")); len(page.Changes) != 0 {
			t.Errorf("the log has %+v", page.Changes)
		}
	})
}

// TestAuditHoldsNoSecret: neither a password nor its hash stands in the log, nor in
// any other answer.
func TestAuditHoldsNoSecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		const password = "a password that is seen nowhere"
		var seen strings.Builder
		for _, name := range []string{"Cy", "Cyril"} {
			seen.WriteString(sue.ok("PUT", "/accounts/21", fmt.Sprintf(`{"login":"cy","name":%q,"password":%q}`, name, password)))
		}
		for _, path := range []string{"/accounts", "/accounts/21", "/audit?limit=1000", "/standing", ""} {
			seen.WriteString(sue.ok("GET", path, ""))
		}
		seen.WriteString(sue.ok("DELETE", "/accounts/21", ""))
		seen.WriteString(sue.ok("GET", "/audit?limit=1000", ""))
		seen.WriteString(c.Logs.String())
		for _, secret := range []string{password, testkit.Password, "argon2", "passwordHash", "$", c.AdminToken, sue.authorization} {
			if strings.Contains(seen.String(), secret) {
				t.Errorf("%q is told", secret)
			}
		}
		expectText(t, seen.String(), `"what":"account/21"`)
	})
}

// TestAuditPages: the log is read in pages, oldest first, and has the newest 1,000.
func TestAuditPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		const all = 1010
		for n := len(pages(t, c, 100)); n < all; n++ {
			c.ok("PUT", "/groups/1", fmt.Sprintf(`{"name":"%d"}`, n))
		}
		for _, limit := range []int{1000, 100, 7} {
			got := pages(t, c, limit)
			if len(got) != 1000 || got[0] != all-999 || got[999] != all {
				t.Errorf("in pages of %d: %d changes, %d to %d", limit, len(got), got[0], got[len(got)-1])
			}
		}
		if first := decoded[sites.Audit](t, c.ok("GET", "/audit", "")); len(first.Changes) != 100 || !first.More {
			t.Errorf("without a limit there are %d, more: %t", len(first.Changes), first.More)
		}
	})
}

// pages answers the numbers of the whole log.
func pages(t *testing.T, c caller, limit int) (numbers []int64) {
	t.Helper()
	for after := int64(0); ; {
		page := decoded[sites.Audit](t, c.ok("GET", fmt.Sprintf("/audit?after=%d&limit=%d", after, limit), ""))
		for _, x := range page.Changes {
			if x.Number <= after {
				t.Fatalf("%d comes after %d", x.Number, after)
			}
			after = x.Number
			numbers = append(numbers, x.Number)
		}
		if !page.More {
			return numbers
		}
		if len(page.Changes) != limit {
			t.Fatalf("a page of %d has %d, and there is more", limit, len(page.Changes))
		}
	}
}
