package upgrade

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// day is what a program had acknowledged when it ended.
type day struct {
	AdminToken, WidgetKey string
	Passwords             map[string]string // by login

	// Definitions are what administration had said, by address.
	Definitions map[string]object
	// Said is what was said in each engagement, in order; what was off the record
	// has no text.
	Said map[int64][]line

	Ada, Bob, Cy  *party
	Ben, Cal, Ann *party // Ben talks to Ada, Cal waits in the queue, Ann has left
	Dan           int64  // the engagement that Cy wraps up
	Bobs          bool   // Bob is in Ben's chat, too
	Audited       int    // changes in the audit log

	File   *sent `json:",omitzero"`
	Rating int   `json:",omitzero"` // Ann's stars
	Letter bool  `json:",omitzero"` // Ben is to get his transcript
}

type line struct{ Who, Text string }

// sent is a file.
type sent struct{ URL, Content string }

const (
	passwordOfCy = "correct horse battery staple"
	addressOfBen = "ben@example.org"
)

// recordDay lets a program work, and keeps what it leaves when it is killed, and
// when it is then started again and stopped in order.
func recordDay(t *testing.T, program string, can int, to string) {
	dir := t.TempDir()
	var args []string
	if can >= 3 {
		args = []string{"--smtp", "smtp://127.0.0.1:1?tls=none", "--mail-from", "support@example.org"} // nobody is there
	}
	s := begin(t, program, dir, args...)
	d := work(s, can)
	s.process.Kill()
	data := filepath.Join(dir, "data")
	pack(t, data, filepath.Join(to, "killed.tar.gz"))
	begin(t, program, dir, args...).stop()
	pack(t, data, filepath.Join(to, "stopped.tar.gz"))
	b, err := json.MarshalIndent(d, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "day.json"), append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// work is the day. can is the event format of the program: what came with a later
// one is left out.
func work(s *server, can int) *day {
	d := &day{AdminToken: s.ready.AdminToken, WidgetKey: s.ready.Sites[0].WidgetKey, Passwords: map[string]string{"cy": passwordOfCy}, Said: map[int64][]line{}}
	for _, a := range s.ready.Sites[0].Accounts {
		d.Passwords[a.Login] = a.Password
	}
	d.define(s, can)

	d.Ada = s.logOn("Ada", "ada", d.Passwords["ada"], false)
	d.Bob = s.logOn("Bob", "bob", d.Passwords["bob"], false)
	d.Cy = s.logOn("Cy", "cy", d.Passwords["cy"], false)

	// Ann comes, is helped, and leaves.
	d.Ann = s.come("Ann", object{"queueId": 1})
	ann := d.Ann.Engagement
	d.Ada.lead()
	d.talk(ann, d.Ann, "My card was swallowed.", d.Ada)
	d.talk(ann, d.Ada, "Where was that?", d.Ann)
	d.talk(ann, d.Ann, "In Linz — at the main station. 🚉", d.Ada)
	d.talk(ann, d.Ann, "#its number is 4711", d.Ada)
	d.Ada.do("concludeChat", object{"engagementId": ann})
	d.Ann.hear("RNEngagementConcludedMessage")
	d.Ann.settle()
	d.Ada.do("releaseChat", object{"engagementId": ann})
	if can >= 3 {
		s.call(http.MethodPost, d.Ann.Own+"rating", d.Ann.Header, object{"stars": 4, "comment": "quick"}, nil)
		d.Rating = 4
	}

	// Ben's chat is in full swing when the day ends.
	d.Ben = s.come("Ben", object{"queueId": 1})
	ben := d.Ben.Engagement
	d.Ada.lead()
	d.talk(ben, d.Ben, "My order is late.", d.Ada)
	d.talk(ben, d.Ada, "Which order?", d.Ben)
	if can >= 2 {
		d.Bob.do("setActivityStatus", object{"status": "AVAILABLE", "subTypeId": 1})
		s.call(http.MethodPost, d.Ada.Own+"invite", d.Ada.Header, object{"engagementId": ben, "accountId": d.Bob.Account, "note": "knows orders"}, nil)
		d.Said[ben] = append(d.Said[ben], line{"Ada", "knows orders"})
		d.Bob.hear("ChatEngagementAssignment")
		d.Bob.accept(ben, "CONFERENCE")
		d.talk(ben, d.Bob, "Let me look.", d.Ben)
		d.Bobs = true
	}
	if can >= 3 {
		d.File = &sent{Content: "Invoice 12: 1 lamp"}
		var answer struct{ File struct{ URL string } }
		s.call(http.MethodPost, d.Ben.Own+"files?name="+url.QueryEscape("invoice 12.txt"), d.Ben.Header, []byte(d.File.Content), &answer)
		d.File.URL = answer.File.URL
		d.Said[ben] = append(d.Said[ben], line{"Ben", "invoice 12.txt"})
		s.call(http.MethodPost, d.Ben.Own+"transcript", d.Ben.Header, object{"emailAddress": addressOfBen}, nil)
		d.Letter = true
	}

	// Dan has left, and Cy has not said yet that it is done with him.
	dan := s.come("Dan", object{"queueId": 7})
	d.Dan = dan.Engagement
	d.Cy.lead()
	d.talk(d.Dan, dan, "Wrong number, sorry.", d.Cy)
	dan.do("concludeEngagement", object{})
	d.Cy.hear("ChatDisconnectNotification")

	// Cal waits, and nobody has heard him.
	d.Cal = s.come("Cal", object{"queueId": 1})
	for _, words := range []string{"Is anybody there?", "I can wait."} {
		d.Cal.say(d.Cal.Engagement, words)
		d.Said[d.Cal.Engagement] = append(d.Said[d.Cal.Engagement], line{"Cal", words})
		d.Cal.Waiting = append(d.Cal.Waiting, words) // for whoever leads him
	}

	// What is said last is received by nobody. Ben is handed his, and nothing says
	// that it arrived.
	for _, p := range []*party{d.Ada, d.Bob, d.Cy, d.Ben} {
		p.settle()
	}
	for _, words := range []string{"Order 99.", "#the code is 1234", "And a lamp."} {
		d.leave(d.Ben, words, d.Ada)
	}
	for _, words := range []string{"I see it.", "#it is on its way to Sesame Street", "It left yesterday."} {
		d.leave(d.Ada, words, d.Ben)
	}
	if got := d.Ben.poll(); len(got) != 3 {
		s.t.Errorf("Ben is handed %v", got)
	}
	if can >= 2 {
		var audit struct{ Changes []object }
		s.admin(http.MethodGet, "audit?limit=1000", nil, &audit)
		d.Audited = len(audit.Changes)
	}
	return d
}

// define changes what administration says, and keeps it.
func (d *day) define(s *server, can int) {
	for _, c := range []struct {
		since        int
		method, path string
		body         any
	}{
		{1, http.MethodPatch, "settings", object{"holdSeconds": 1, "offerSeconds": 45, "idleSeconds": 3600, "queueSeconds": 7200}},
		{1, http.MethodPut, "queues/7", object{"name": "Cards"}},
		{1, http.MethodPut, "accounts/21", object{"login": "cy", "password": passwordOfCy, "name": "Cy", "greeting": "Hello, Cy here.", "queues": []int{7}, "pull": true}},
		{2, http.MethodPut, "queues/9", object{"name": "Mistake"}},
		{2, http.MethodDelete, "queues/9", nil},
		{2, http.MethodPut, "queues/8", object{"name": "Gold", "rank": -1, "maxWaiting": 20, "overflowSeconds": 120, "overflowQueue": 7}},
		{2, http.MethodPut, "hours/4", object{"name": "Office", "zone": "Europe/Vienna",
			"week":     []object{{"day": "MON", "from": "08:00", "to": "17:30"}},
			"holidays": []object{{"name": "Christmas", "date": "12-25", "open": []object{}}}}},
		{2, http.MethodPut, "profiles/5", object{"name": "Card desk", "queues": []int{7, 8}, "places": 3, "policy": "STRICT_PRIORITY"}},
		{2, http.MethodPut, "groups/3", object{"name": "Vienna"}},
		{2, http.MethodPut, "interfaces/1", object{"name": "Bank", "language": "de"}},
		{2, http.MethodPut, "accounts/22", object{"login": "sue", "password": "change me", "name": "Sue", "supervisor": true, "profile": 5, "group": 3}},
		{2, http.MethodPut, "rules", object{
			"enter":    []object{{"name": "cards", "when": object{"products": []int{5, 6}, "hours": 4}, "queue": 7, "priority": 10}},
			"escalate": []object{{"name": "second line", "when": object{"queues": []int{7}}, "queue": 8}}}},
		{3, http.MethodPatch, "settings", object{"mailTranscripts": true, "spam": true, "spamLimits": object{"maxLinks": 2},
			"files": object{"maxBytes": 5000, "types": []string{"text/plain"}}}},
		{4, http.MethodPatch, "settings", object{"archiveDays": 400, "journalDays": 20}},
	} {
		if can >= c.since {
			s.admin(c.method, c.path, c.body, nil)
		}
	}
	d.Definitions = map[string]object{"settings": {"holdSeconds": 1.0, "offerSeconds": 45.0, "idleSeconds": 3600.0, "queueSeconds": 7200.0},
		"queues/7": {"name": "Cards"}, "accounts/21": {"login": "cy", "name": "Cy", "greeting": "Hello, Cy here.", "queues": []any{7.0}, "pull": true}}
	if can < 2 {
		return // it tells nothing of what it was told
	}
	for _, path := range []string{"settings", "queues/7", "queues/8", "accounts/21", "accounts/22", "hours/4", "profiles/5", "groups/3", "interfaces/1", "rules"} {
		var o object
		s.admin(http.MethodGet, path, nil, &o)
		d.Definitions[path] = o
	}
}

// talk lets somebody say something that somebody else hears.
func (d *day) talk(engagement int64, from *party, words string, to *party) {
	from.server.t.Helper()
	from.say(engagement, words)
	to.hear(words)
	d.said(engagement, from, words)
}

// leave lets somebody say something in Ben's chat that nobody hears.
func (d *day) leave(from *party, words string, to *party) {
	from.server.t.Helper()
	from.say(d.Ben.Engagement, words)
	d.said(d.Ben.Engagement, from, words)
	to.Waiting = append(to.Waiting, words)
	if d.Bobs {
		d.Bob.Waiting = append(d.Bob.Waiting, words)
	}
}

func (d *day) said(engagement int64, who *party, words string) {
	if words[0] == '#' {
		words = "" // off the record
	}
	d.Said[engagement] = append(d.Said[engagement], line{who.Name, words})
}
