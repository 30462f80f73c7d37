package upgrade

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api/sites"
)

// check starts today's program on what is in dir, and goes on with the day.
func (d *day) check(t *testing.T, dir string) {
	post := newPostOffice(t)
	args := []string{"--smtp", post.url(), "--mail-from", "support@example.org"}
	s := begin(t, program, dir, args...)
	if s.ready.AdminToken != d.AdminToken || s.ready.Sites[0].WidgetKey != d.WidgetKey {
		t.Error("the admin token or the widget key is another one")
	}
	d.checkDefinitions(s)
	d.checkSaid(s)
	if d.Rating != 0 && !slices.ContainsFunc(d.lines(s, d.Ann.Engagement), func(l sites.RecordLine) bool {
		return l.Rating != nil && int(l.Rating.Stars) == d.Rating
	}) {
		t.Errorf("Ann's rating is gone")
	}
	if d.File != nil {
		var content []byte
		s.call(http.MethodGet, d.File.URL[strings.Index(d.File.URL, "/usher/"):], nil, nil, &content)
		if string(content) != d.File.Content {
			t.Errorf("Ben's file holds %q", content)
		}
	}

	// Sessions go on where they stood, and get what they did not receive.
	ada, bob, cy, ben, cal := d.Ada.at(s), d.Bob.at(s), d.Cy.at(s), d.Ben.at(s), d.Cal.at(s)
	everybody := []*party{ada, ben}
	if d.Bobs {
		everybody = append(everybody, bob)
	}
	for _, p := range everybody {
		var got []string
		if n := len(p.Waiting); n > 0 {
			got, _ = p.hear(p.Waiting[n-1])
		}
		if diff := cmp.Diff(p.Waiting, got); diff != "" {
			t.Errorf("what %s had not received (-then +now):\n%s", p.Name, diff)
		}
	}
	d.talk(ben.Engagement, ada, "Good morning.", ben)
	d.talk(ben.Engagement, ben, "You are back!", ada)
	if d.Bobs {
		bob.hear("You are back!")
		d.talk(ben.Engagement, bob, "So am I.", ben)
	}

	// Who waited is served at last, by whoever asks.
	if got := ada.lead(); got != cal.Engagement {
		t.Errorf("Ada is offered engagement %d, Cal's is %d", got, cal.Engagement)
	}
	if heard, _ := ada.hear(d.Cal.Waiting[1]); !slices.Equal(heard, d.Cal.Waiting) {
		t.Errorf("Ada hears %q of Cal, who had said %q", heard, d.Cal.Waiting)
	}
	cal.hear("RNEngagementParticipantAddedMessage")
	d.talk(cal.Engagement, ada, "I am here.", cal)
	d.talk(cal.Engagement, cal, "#at last", ada)

	var held struct{ Engagements []object }
	s.call(http.MethodPost, cy.Own+"engagements", cy.Header, object{}, &held)
	if len(held.Engagements) != 1 || s.number(held.Engagements[0], "engagementId") != d.Dan || held.Engagements[0]["state"] != "WRAP_UP" {
		t.Errorf("Cy holds %v, and was wrapping up %d", held.Engagements, d.Dan)
	}
	cy.do("releaseChat", object{"engagementId": d.Dan})

	// Newcomers do not get anybody's number.
	eve := s.come("Eve", object{"queueId": 7})
	if d.Said[eve.Engagement] != nil {
		t.Errorf("Eve has the engagement %d of somebody else", eve.Engagement)
	}
	cy.lead()
	d.talk(eve.Engagement, eve, "Hello.", cy)
	s.logOn("Bob", "bob", d.Passwords["bob"], true).settle() // the password is still good

	ada.do("concludeChat", object{"engagementId": ben.Engagement})
	ben.hear("RNEngagementConcludedMessage")
	if d.Letter {
		letter := post.letter()
		for _, words := range []string{addressOfBen, "Which order?", "You are back!"} {
			if !strings.Contains(letter, words) {
				t.Errorf("Ben's letter does not have %q:\n%s", words, letter)
			}
		}
	}
	d.checkSaid(s)
	s.stop()

	// And it is a database of today.
	s = begin(t, program, dir, args...)
	d.checkDefinitions(s)
	d.checkSaid(s)
	d.talk(cal.Engagement, ada.at(s), "Still here.", cal.at(s))
	s.stop()
}

// at is the party at a server, with a memory of its own.
func (p *party) at(s *server) *party {
	c := *p
	c.server, c.Numbers = s, map[int64]int64{}
	for e, n := range p.Numbers {
		c.Numbers[e] = n
	}
	return &c
}

// checkDefinitions: what administration said then it says now; what was not known
// then may have come.
func (d *day) checkDefinitions(s *server) {
	for path, then := range d.Definitions {
		var now object
		s.admin(http.MethodGet, path, nil, &now)
		if diff := cmp.Diff(then, within(then, now)); diff != "" {
			s.t.Errorf("%s (-then +now):\n%s", path, diff)
		}
	}
	var audit struct{ Changes []object }
	s.admin(http.MethodGet, "audit?limit=1000", nil, &audit)
	if len(audit.Changes) < d.Audited {
		s.t.Errorf("%d changes in the audit log, there were %d", len(audit.Changes), d.Audited)
	}
	for login, password := range d.Passwords {
		for _, a := range s.ready.Sites[0].Accounts {
			if a.Login == login && a.Password != password {
				s.t.Errorf("the password of %s is another one", login)
			}
		}
	}
}

// within leaves of an answer what a former one had, too.
func within(then, now any) any {
	switch then := then.(type) {
	case object:
		now, ok := now.(object)
		if !ok {
			return now
		}
		kept := object{}
		for name := range then {
			if v, ok := now[name]; ok {
				kept[name] = within(then[name], v)
			}
		}
		return kept
	case []any:
		now, ok := now.([]any)
		if !ok || len(now) != len(then) {
			return now
		}
		kept := []any{}
		for i := range then {
			kept = append(kept, within(then[i], now[i]))
		}
		return kept
	}
	return now
}

// lines reads the record of an engagement.
func (d *day) lines(s *server, engagement int64) []sites.RecordLine {
	s.t.Helper()
	var r sites.Record
	s.admin(http.MethodGet, fmt.Sprintf("engagements/%d/record?limit=1000", engagement), nil, &r)
	return r.Lines
}

// checkSaid: all that was said is on record, in order, and nothing else.
func (d *day) checkSaid(s *server) {
	s.t.Helper()
	for engagement, then := range d.Said {
		var now []line
		for _, l := range d.lines(s, engagement) {
			if l.Kind != sites.RecordPosted {
				continue
			}
			said := line{l.Who.Name, l.Post.Text}
			if l.Post.File != nil {
				said.Text = l.Post.File.Name
			}
			now = append(now, said)
		}
		if diff := cmp.Diff(then, now); diff != "" {
			s.t.Errorf("what was said in engagement %d (-then +now):\n%s", engagement, diff)
		}
	}
}
