package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/journal/sqlite"
	"usher/internal/site"
	"usher/internal/testkit"
)

const recordsOf = "/usher/admin/v1/sites/demo/engagements/"

// TestRecordShape: a transcript and a record in full, of an engagement that is
// live, and of one that is over.
func TestRecordShape(t *testing.T) {
	written(t, "record", func(t *testing.T, x *transcript) {
		admin := "Bearer " + x.AdminToken
		a, v := x.Chat("ada")
		v.Post("where is <my> card?")
		expectStatus(t, a.Call("postMessage", fmt.Sprintf(`{"body":"call 123","destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE","offTheRecord":true}`, v.Engagement)), http.StatusOK)
		expectStatus(t, a.Call("postMessage", fmt.Sprintf(`{"body":"hm","destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE","visibility":"NOT_ENDUSER"}`, v.Engagement)), http.StatusOK)
		x.send("a transcript of what goes on", "GET", recordsOf+"1/transcript", "", "Authorization", admin)
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		x.send("a transcript of what is over", "GET", recordsOf+"1/transcript", "", "Authorization", admin)
		time.Sleep(time.Second)
		expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		x.send("the record", "GET", recordsOf+"1/record", "", "Authorization", admin)
		x.send("a page of it", "GET", recordsOf+"1/record?after=1&limit=1", "", "Authorization", admin)
		x.send("a page of the transcript", "GET", recordsOf+"1/transcript?after=3&limit=1", "", "Authorization", admin)
		x.send("behind its end", "GET", recordsOf+"1/record?after=99", "", "Authorization", admin)
		x.send("an engagement that never was", "GET", recordsOf+"2/record", "", "Authorization", admin)
		x.send("another method", "POST", recordsOf+"1/transcript", "", "Authorization", admin)
	})
}

// TestRecordRefusals: who may not read, and what cannot be asked, in both forms.
func TestRecordRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		admin := "Bearer " + s.AdminToken
		s.Chat("ada")
		for _, c := range []struct {
			what, path, authorization string
			status                    int
			message                   string
		}{
			{"no such site", "/usher/admin/v1/sites/nowhere/engagements/1/", admin, 404, "no such site"},
			{"id 0", recordsOf + "0/", admin, 400, "the id in the path"},
			{"an id of letters", recordsOf + "x/", admin, 400, "the id in the path"},
			{"an id of 2^53", recordsOf + "9007199254740992/", admin, 400, "the id in the path"},
			{"never was", recordsOf + "77/", admin, 404, "engagement 77"},
			{"no log-in", recordsOf + "1/", "", 401, "Authorization"},
			{"another token", recordsOf + "1/", "Bearer x", 401, "Authorization"},
			{"a wrong password", recordsOf + "1/", testkit.Basic("ada", "wrong"), 401, "wrong"},
			{"no supervisor", recordsOf + "1/", testkit.Basic("ada", testkit.Password), 403, "supervisor"},
			{"a visitor's token", recordsOf + "1/", "Bearer " + s.VisitorToken("{}"), 401, "Authorization"},
		} {
			for _, form := range []string{"transcript", "record"} {
				got := s.Send("GET", c.path+form, "", "Authorization", c.authorization)
				if got.Status != c.status || !strings.Contains(got.Body, c.message) {
					t.Errorf("%s, %s: %d %s, want %d and %q", form, c.what, got.Status, got.Body, c.status, c.message)
				}
			}
		}
		for query, name := range map[string]string{
			"after=-1": "after", "after=x": "after", "after=9007199254740992": "after", "limit=0": "limit", "limit=1001": "limit", "limit=1.5": "limit",
		} {
			got := s.Send("GET", recordsOf+"1/record?"+query, "", "Authorization", admin)
			expectStatus(t, got, http.StatusBadRequest)
			expectText(t, got.Body, name)
		}
	})
}

// kindsOf reads the record of an engagement as a line of kinds.
func kindsOf(s *testkit.Server, path string) string {
	s.T.Helper()
	var kinds []string
	for _, l := range recordOf(s, path).Lines {
		kind := string(l.Kind)
		if l.Who != nil {
			kind += " " + l.Who.Name
		}
		kinds = append(kinds, kind)
	}
	return strings.Join(kinds, ", ")
}

func recordOf(s *testkit.Server, path string) sites.Record {
	s.T.Helper()
	return testkit.Decode[sites.Record](s, s.Send("GET", recordsOf+path, "", "Authorization", "Bearer "+s.AdminToken))
}

// TestRecordTellsWhy: a rule, a refused offer, and an administrator's end, each with
// its reason; a supervisor may read it.
func TestRecordTellsWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		admin := "Bearer " + s.AdminToken
		const base = "/usher/admin/v1/sites/demo/"
		expectStatus(t, s.Send("PUT", base+"queues/7", `{"name":"Cards"}`, "Authorization", admin), http.StatusOK)
		expectStatus(t, s.Send("PUT", base+"rules", `{"enter":[{"name":"cards","when":{"products":[5]},"queue":7}]}`, "Authorization", admin), http.StatusOK)
		expectStatus(t, s.Send("PUT", base+"accounts/30", `{"login":"cy","name":"Cy","supervisor":true,"password":"`+testkit.Password+`"}`, "Authorization", admin), http.StatusOK)
		ada := s.LogOn("ada")
		ada.Ask(1)
		token := s.VisitorToken(`{"firstName":"Ann","productId":5}`)
		expectStatus(t, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token), http.StatusOK)
		expectStatus(t, ada.Call("assignmentAcknowledgement", acknowledge(1, "DECLINE")), http.StatusOK)
		cy := testkit.Basic("cy", testkit.Password)
		expectStatus(t, s.Send("POST", recordsOf+"1/eject", "", "Authorization", cy), http.StatusOK)

		got := testkit.Decode[sites.Record](s, s.Send("GET", recordsOf+"1/record", "", "Authorization", cy))
		var why []string
		for _, l := range got.Lines {
			why = append(why, string(l.Kind)+": "+l.Why)
		}
		want := []string{
			`REQUESTED: rule enter[0] "cards" matched`, "OFFERED: first of 1 free agents: holds 0, free since " + got.Lines[0].At[11:19],
			"OFFER_ENDED: the agent declined", "EJECTED: an administrator or supervisor asked for it", "ENDED: cy ended it and removed the visitor",
		}
		if diff := cmp.Diff(want, why); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got.QueueID != 7 || got.Lines[0].Queue.Name != "Cards" || got.EndedAt == "" || got.EndedAt < got.StartedAt {
			t.Errorf("got %+v", got)
		}
	})
}

// TestRecordOutlivesARestart: what was recorded before a restart is told with what
// came after it, and sites do not see each other's.
func TestRecordOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	start := func(t *testing.T) *testkit.Server {
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return testkit.New(t, testkit.Options{Journal: j})
	}
	var session string
	synctest.Test(t, func(t *testing.T) {
		_, v := start(t).Chat("ada")
		v.Post("hello")
		session = v.Session
	})
	synctest.Test(t, func(t *testing.T) {
		s := start(t)
		if got := kindsOf(s, "1/record"); got != "REQUESTED Ann Lee, OFFERED Ada, JOINED Ada, POST Ann Lee" {
			t.Errorf("after a restart the record is %s", got)
		}
		v := &testkit.Visitor{Server: s, Session: session, Engagement: 1}
		v.Post("again")
		testkit.Do(s, func(x *site.Site) (struct{}, error) { return struct{}{}, x.Admin("test").Eject(1) })
		if got := kindsOf(s, "1/transcript"); got != "JOINED Ada, POST Ann Lee, POST Ann Lee, ENDED Ann Lee" {
			t.Errorf("the transcript is %s", got)
		}
		expectStatus(t, s.Send("PUT", "/usher/admin/v1/sites/other", "", "Authorization", "Bearer "+s.AdminToken), http.StatusOK)
		expectStatus(t, s.Send("GET", "/usher/admin/v1/sites/other/engagements/1/record", "", "Authorization", "Bearer "+s.AdminToken), http.StatusNotFound)
	})
}

// visitorCaller is a visitor as the site knows it.
func visitorCaller(v *testkit.Visitor) site.Caller {
	return site.Caller{Key: site.SessionKey(auth.SessionHash(v.Session))}
}

// TestRecordTellsOfFilesAndSpam: a file with its address, what was blocked with the
// checks that it did not pass, and the system's word about it. What was blocked is not
// in the transcript; what was off the record has its text in neither.
func TestRecordTellsOfFilesAndSpam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		_, ann := s.Chat("ada")
		posted := func(n site.NewPost) {
			t.Helper()
			testkit.Do(s, func(x *site.Site) (site.Taken, error) { return x.PostAsVisitor(visitorCaller(ann), n) })
		}
		card := &site.File{ID: "thesecret", Name: "my <card>.png", Type: "image/png", Size: 1234}
		posted(site.NewPost{File: card})
		c.ok("PATCH", "/settings", `{"spam":true,"spamLimits":{"maxCharacters":10,"burstPosts":3}}`)
		posted(site.NewPost{Body: "more than <ten> characters"})
		posted(site.NewPost{Body: "more than ten, and a secret", OffTheRecord: true})
		posted(site.NewPost{Body: "short"})
		posted(site.NewPost{File: &site.File{ID: "another", Name: "b.txt", Type: "text/plain", Size: 1}})

		visitor := &sites.RecordParty{ClientID: recordOf(s, "1/record").Lines[0].Who.ClientID, Name: "Ann Lee", Role: api.RoleEndUser}
		file := sites.RecordLine{Kind: sites.RecordPosted, Who: visitor, Post: &sites.RecordPost{PostNumber: 1, Visibility: api.VisibilityAll, File: &sites.RecordFile{
			Name: "my <card>.png", Type: "image/png", Size: 1234, URL: s.URL + "/usher/consumer/demo/v1/files/1/thesecret",
		}}}
		blocked := func(p sites.RecordPost, codes ...string) sites.RecordLine {
			p.Visibility, p.Blocked = api.VisibilityAll, codes
			return sites.RecordLine{Kind: sites.RecordBlocked, Who: visitor, Post: &p, Cause: strings.Join(codes, ","), Why: "the spam checks held it back: nobody received it"}
		}
		notice := func(number int64) sites.RecordLine {
			return sites.RecordLine{Kind: sites.RecordPosted, Post: &sites.RecordPost{
				PostNumber: number, Text: "Your message was not delivered because it looks suspicious.", Visibility: api.VisibilityAll, System: true, OnlyFor: visitor,
			}}
		}
		short := sites.RecordLine{Kind: sites.RecordPosted, Who: visitor, Post: &sites.RecordPost{PostNumber: 4, Text: "short", Visibility: api.VisibilityAll}}
		whole := []sites.RecordLine{
			file, blocked(sites.RecordPost{Text: "more than <ten> characters"}, "LENGTH"), notice(2),
			blocked(sites.RecordPost{OffTheRecord: true}, "LENGTH"), notice(3), short,
			blocked(sites.RecordPost{File: &sites.RecordFile{Name: "b.txt", Type: "text/plain", Size: 1}}, "BURST"), notice(5),
		}
		after := func(path string) []sites.RecordLine {
			lines := recordOf(s, path).Lines
			for i := range lines {
				lines[i].Number, lines[i].At = 0, ""
			}
			return lines[len(lines)-min(len(lines), len(whole)):]
		}
		if diff := cmp.Diff(whole, after("1/record")); diff != "" {
			t.Errorf("the record (-want +got):\n%s", diff)
		}
		joined := recordOf(s, "1/transcript").Lines[0]
		joined.Number, joined.At = 0, ""
		if diff := cmp.Diff([]sites.RecordLine{joined, file, notice(2), notice(3), short, notice(5)}, after("1/transcript")); diff != "" || joined.Kind != sites.RecordJoined {
			t.Errorf("the transcript (-want +got):\n%s", diff)
		}
		for _, path := range []string{"1/record", "1/transcript"} {
			a := s.Send("GET", recordsOf+path, "", "Authorization", "Bearer "+s.AdminToken)
			for _, hidden := range []string{"a secret", "another"} {
				if strings.Contains(a.Body, hidden) {
					t.Errorf("%s tells %q: %s", path, hidden, a.Body)
				}
			}
		}
	})
}

// ratedAndMailed is a chat that is over, rated twice, and sent by e-mail at the second
// attempt.
func ratedAndMailed(t *testing.T) *testkit.Server {
	s := testkit.New(t, testkit.Options{})
	administer(s).ok("PATCH", "/settings", `{"mailTranscripts":true}`)
	_, ann := s.Chat("ada")
	testkit.Do(s, func(x *site.Site) (site.ClientID, error) {
		return x.MailTranscript(visitorCaller(ann), "ann@example.org")
	})
	expectStatus(t, ann.Call("concludeEngagement", ""), http.StatusOK)
	for _, r := range []site.Rating{{Stars: 2}, {Stars: 5, Comment: "now <fine>"}} {
		testkit.Do(s, func(x *site.Site) (site.ClientID, error) { return x.Rate(visitorCaller(ann), r) })
	}
	for _, o := range []site.LetterOutcome{site.LetterFailed, site.LetterSent} {
		why := map[site.LetterOutcome]string{site.LetterFailed: "nobody answers"}[o]
		testkit.Do(s, func(x *site.Site) (struct{}, error) { return struct{}{}, x.LetterDone(1, o, why) })
	}
	return s
}

// TestRecordTellsOfRatingsAndLetters: what the visitor says of the chat, and what came
// of a transcript by e-mail.
func TestRecordTellsOfRatingsAndLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := ratedAndMailed(t)
		lines := recordOf(s, "1/record").Lines
		lines = lines[len(lines)-4:]
		visitor := lines[0].Who
		for i := range lines {
			lines[i].Number, lines[i].At = 0, ""
		}
		if visitor == nil || visitor.Name != "Ann Lee" || visitor.Role != api.RoleEndUser {
			t.Errorf("%+v rated it", visitor)
		}
		want := api.List[sites.RecordLine]{
			{Kind: sites.RecordRated, Who: visitor, Rating: &sites.RecordRating{Stars: 2}, Why: "the visitor rated the chat"},
			{Kind: sites.RecordRated, Who: visitor, Rating: &sites.RecordRating{Stars: 5, Comment: "now <fine>"}, Why: "the visitor rated the chat"},
			{Kind: sites.RecordMailed, Cause: "FAILED", Why: "nobody answers"},
			{Kind: sites.RecordMailed, Cause: "SENT", Why: "the transcript was sent by e-mail"},
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestTranscriptTellsOfRatings: a rating stands in the transcript too, a letter does not.
func TestTranscriptTellsOfRatings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := ratedAndMailed(t)
		if got := kindsOf(s, "1/transcript"); got != "JOINED Ada, ENDED Ann Lee, RATED Ann Lee, RATED Ann Lee" {
			t.Errorf("the transcript is %s", got)
		}
		for _, l := range recordOf(s, "1/transcript").Lines {
			if rated := l.Kind == sites.RecordRated; l.Why != "" || rated != (l.Rating != nil) {
				t.Errorf("a line is %+v", l)
			}
		}
	})
}
