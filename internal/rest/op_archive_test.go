package rest_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/site"
	"usher/internal/testkit"
)

// TestArchive: each shape of what is read of the archive.
func TestArchive(t *testing.T) {
	written(t, "archive", func(t *testing.T, x *transcript) {
		const base = "/usher/admin/v1/sites/demo/"
		admin := func(title, method, path, body string) {
			x.send(title, method, base+path, body, "Authorization", "Bearer "+x.AdminToken)
		}
		ada, ann := x.Chat("ada")
		ann.Post("where is my refund for the card?")
		time.Sleep(20 * time.Second)
		ada.Post(ann.Engagement, "on its way")
		time.Sleep(time.Minute)
		ann.Call("concludeEngagement", "{}")
		ada.Call("concludeEngagement", fmt.Sprintf(`{"engagementId":%d}`, ann.Engagement))

		admin("found", "GET", "search?q=REFUND+ca", "")
		admin("nothing found", "GET", "search?q=refund+money", "")
		admin("by the hour", "GET", "reports?by=hour&zone=Europe/Vienna&from=1999-12-31&to=2000-01-03", "")
		admin("by agent, today", "GET", "reports?by=agent", "")
		admin("how it stands", "GET", "archive", "")
		admin("how it stands and did", "GET", "live", "")
		admin("made anew", "POST", "archive/rebuild", "")
		admin("erased", "POST", "erase", fmt.Sprintf(`{"engagementId":%d}`, ann.Engagement))
		admin("what is gone", "GET", fmt.Sprintf("engagements/%d/transcript", ann.Engagement), "")
		admin("again", "POST", "erase", fmt.Sprintf(`{"engagementId":%d}`, ann.Engagement))

		admin("of whom?", "POST", "erase", "{}")
		admin("of two", "POST", "erase", `{"email":"ann@example.org","contactId":7}`)
		admin("a report of what?", "GET", "reports?by=moon", "")
		admin("a time that is none", "GET", "reports?from=yesterday", "")
		admin("a zone that is none", "GET", "search?zone=Moon", "")
		admin("too long a time", "GET", "reports?from=1990-01-01&to=2000-01-01", "")
		admin("a queue that is none", "GET", "search?queue=x", "")
		admin("a table of what?", "GET", "reports?format=pdf", "")
		x.send("the archive of no site", "GET", "/usher/admin/v1/sites/nowhere/archive", "", "Authorization", "Bearer "+x.AdminToken)
		x.send("a backup, without the token", "GET", "/usher/admin/v1/backup", "")
		x.send("a backup, where there is none", "GET", "/usher/admin/v1/backup", "", "Authorization", "Bearer "+x.AdminToken)
	})
}

// TestErasingAContact: everything that a visitor left in chats that are over is gone,
// and nothing of anybody else.
func TestErasingAContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		admin := []string{"Authorization", "Bearer " + s.AdminToken}
		ada := s.LogOn("ada")
		ada.Ask(3)
		chat := func(email, says string) *testkit.Visitor {
			token := s.VisitorToken(`{"firstName":"Somebody","emailAddress":"` + email + `","queueId":1}`)
			e := testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token))
			v := &testkit.Visitor{Server: s, Session: e.SessionID, Client: e.ClientID, Engagement: e.EngagementID}
			ada.Accept(v.Engagement)
			v.Post(says)
			return v
		}
		first, other, live := chat("Ann@Example.org", "my secret is plover"), chat("bob@example.org", "mine is xyzzy"), chat("ann@example.org", "and plover again")
		first.Call("concludeEngagement", "{}")
		other.Call("concludeEngagement", "{}")
		synctest.Wait()

		erased := testkit.Decode[sites.Erasure](s, s.Send("POST", "/usher/admin/v1/sites/demo/erase", `{"email":"ann@example.ORG"}`, admin...))
		if len(erased.EngagementIDs) != 1 || erased.EngagementIDs[0] != first.Engagement || erased.Lines == 0 {
			t.Errorf("erased %+v, want engagement %d with its lines", erased, first.Engagement)
		}
		if len(erased.LiveEngagementIDs) != 1 || erased.LiveEngagementIDs[0] != live.Engagement {
			t.Errorf("live are %v, want %d", erased.LiveEngagementIDs, live.Engagement)
		}
		by, err := time.Parse(sites.TimeLayout, erased.ForgottenBy)
		// A live engagement keeps the journal from its beginning on, for 30 days at most.
		if want := time.Now().AddDate(0, 0, site.MaxJournalDays); err != nil || !by.Equal(want) {
			t.Errorf("forgotten by %v (%v), want %v", by, err, want)
		}
		hits := func(q string) []int64 {
			var ids []int64
			for _, h := range testkit.Decode[sites.Hits](s, s.Send("GET", "/usher/admin/v1/sites/demo/search?q="+url.QueryEscape(q), "", admin...)).Hits {
				ids = append(ids, h.EngagementID)
			}
			return ids
		}
		if got := hits("plover"); len(got) != 1 || got[0] != live.Engagement {
			t.Errorf("plover is found in %v, want the live engagement %d alone", got, live.Engagement)
		}
		if got := hits("xyzzy"); len(got) != 1 || got[0] != other.Engagement {
			t.Errorf("xyzzy is found in %v, want %d", got, other.Engagement)
		}
		if a := s.Send("GET", fmt.Sprintf("/usher/admin/v1/sites/demo/engagements/%d/record", first.Engagement), "", admin...); a.Status != http.StatusNotFound {
			t.Errorf("the record of what was erased: %d %s", a.Status, a.Body)
		}
		if a := s.Send("POST", "/usher/admin/v1/sites/demo/archive/rebuild", "", admin...); a.Status != http.StatusOK {
			t.Errorf("rebuild: %d %s", a.Status, a.Body)
		}
		if got := hits("plover"); len(got) != 1 || got[0] != live.Engagement {
			t.Errorf("after a rebuild plover is found in %v", got)
		}
		if strings.Contains(s.Logs.String(), "xample") {
			t.Error("the log names who was erased")
		}
	})
}

// TestReportTable: a table for a spreadsheet has the numbers of the report, and no name
// in it is a formula.
func TestReportTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		admin := []string{"Authorization", "Bearer " + s.AdminToken}
		if a := s.Send("PUT", "/usher/admin/v1/sites/demo/queues/1", `{"name":"=HYPERLINK(\"x\"), \"or\" so","default":true}`, admin...); a.Status != http.StatusOK {
			t.Fatal(a.Body)
		}
		ada, ann := s.Chat("ada")
		ada.Post(ann.Engagement, "hello")
		const path = "/usher/admin/v1/sites/demo/reports?by=queue"
		rows := testkit.Decode[sites.Report](s, s.Send("GET", path, "", admin...)).Rows
		table, err := csv.NewReader(strings.NewReader(s.Send("GET", path+"&format=csv", "", admin...).Body)).ReadAll()
		if err != nil || len(rows) != 1 || len(table) != 3 {
			t.Fatalf("%d rows, a table of %d lines: %v", len(rows), len(table), err)
		}
		cells := map[string]string{}
		for i, name := range table[0] {
			cells[name] = table[2][i]
			if table[1][i] == "" {
				t.Errorf("the table does not say what %s counts", name)
			}
		}
		r := rows[0]
		want := map[string]string{
			"key": "1", "id": "1", "name": "'" + r.Name, "offered": "1", "accepted": "1", "declined": "0", "expired": "0", "engagements": "1", "abandoned": "0",
			"firstAnswerCount": "1", "waitMedianSeconds": fmt.Sprintf("%.3f", r.Wait.MedianSeconds), "ratings": "0", "rating": "0.00", "blocked": "0",
			"inTime": "1", "unanswered": "0", "inTimePercent": "100.0",
		}
		for name, value := range want {
			if cells[name] != value {
				t.Errorf("%s is %q, want %q", name, cells[name], value)
			}
		}
	})
}
