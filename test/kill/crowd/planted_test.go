package crowd

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// told is a short story in which every promise is kept: two engagements, a
// visitor with positions and one without, and an agent who logs off in between.
func told() (*Record, *Facts) {
	r, f := newRecord(), newFacts()
	r.visit(1, "ann")
	r.visit(2, "ben")
	f.ends[1], f.ends[2] = end{lead: 8}, end{lead: 8}
	f.gone[7] = true

	say := func(id string, engagement int64, sender string, visitor bool, nth int) {
		r.send(post{id: id, engagement: engagement, sender: sender, visitor: visitor, nth: nth, body: "text of " + id})
		r.answer(id)
		f.posted[id] = []string{"text of " + id}
	}
	say("a0", 1, "ann", true, 0)
	say("a1", 1, "ann", true, 1)
	say("b0", 2, "ben", true, 0)
	say("x1", 1, "ada", false, 1)
	say("x2", 1, "ada", false, 2)

	hear := func(session string, agent, exact bool, engagement, number int64, k kind, client int64, id string) {
		d := delivery{session: session, agent: agent, exact: exact, engagement: engagement, number: number, kind: k, client: client, post: id}
		if id != "" {
			d.body = "text of " + id
		}
		d.content = strings.Join([]string{string(k), id, string(rune('0' + client))}, " ")
		r.receive(d)
	}
	hear("ada.1", true, true, 1, 1, kindOther, 0, "")
	hear("ada.1", true, true, 1, 2, kindPost, 0, "a0")
	hear("ann", false, true, 1, 1, kindLeadIn, 7, "")
	hear("ann", false, true, 1, 2, kindPost, 0, "x1")
	hear("ann", false, true, 1, 3, kindPost, 0, "x2")
	r.learn("ada.1", []string{"a0"})
	hear("ann", false, true, 1, 4, kindLeadOut, 7, "")
	hear("ann", false, true, 1, 5, kindLeadIn, 8, "")
	hear("bob.1", true, false, 1, 1, kindOther, 0, "")
	hear("bob.1", true, false, 1, 2, kindPost, 0, "a1")
	hear("bob.1", true, false, 1, 2, kindPost, 0, "a1") // again, as it may
	hear("ann", false, true, 1, 6, kindConcluded, 0, "")
	hear("ben", false, false, 2, 1, kindLeadIn, 8, "")
	hear("bob.1", true, false, 2, 1, kindPost, 0, "b0")
	hear("ben", false, false, 2, 2, kindConcluded, 0, "")
	r.heard(1)
	r.heard(2)
	f.said[1] = []said{{1, "a0", "text of a0"}, {2, "a1", "text of a1"}, {3, "x1", "text of x1"}, {4, "x2", "text of x2"}}
	start := time.Now().Add(time.Hour) // everything was answered long before
	r.read(reading{session: "ada.1", engagement: 1, from: start, to: start.Add(2), posts: slices.Clone(f.said[1])})
	r.read(reading{session: "bob.1", engagement: 1, from: start.Add(3), to: start.Add(4), posts: slices.Clone(f.said[1])})
	return &r, f
}

func TestNoFaultInAStoryWithoutFaults(t *testing.T) {
	if faults := Check(told()); len(faults) > 0 {
		t.Errorf("found:\n%s", strings.Join(faults, "\n"))
	}
}

// TestPlantedFaultsAreFound breaks each promise once in the story.
func TestPlantedFaultsAreFound(t *testing.T) {
	find := func(r *Record, session, id string) *delivery {
		i := slices.IndexFunc(r.received, func(d delivery) bool { return d.session == session && d.post == id })
		return &r.received[i]
	}
	drop := func(r *Record, session, id string) {
		r.received = slices.DeleteFunc(r.received, func(d delivery) bool { return d.session == session && d.post == id })
	}
	again := func(r *Record, session, id string) { r.receive(*find(r, session, id)) }
	for _, c := range []struct {
		name  string
		plant func(r *Record, f *Facts)
		want  string
	}{
		{"a post is lost on its way to the visitor", func(r *Record, _ *Facts) { drop(r, "ann", "x2") }, "post x2 of ada was answered 200, and never reached the visitor"},
		{"a post is lost on its way to the agent", func(r *Record, _ *Facts) { drop(r, "bob.1", "a1") }, "post a1 of ann was answered 200, and never reached an agent"},
		{"a post is passed over", func(r *Record, f *Facts) {
			drop(r, "ada.1", "a0")
			f.gone[8] = true
		}, "post a0 of ann was answered 200, and passed over"},
		{"a message is left out", func(r *Record, _ *Facts) { drop(r, "ann", "x1") }, "ann: engagement 1: number 2 never came, and 3 did"},
		{"something comes twice to who uses positions", func(r *Record, _ *Facts) { again(r, "ann", "x1") }, "ann uses positions, and received engagement 1, number 2 twice"},
		{"a post comes under two numbers", func(r *Record, _ *Facts) {
			d := *find(r, "bob.1", "a1")
			d.number = 3
			r.receive(d)
		}, "bob.1 received post a1 under two numbers"},
		{"a number has two contents", func(r *Record, _ *Facts) {
			d := *find(r, "bob.1", "a1")
			d.content = "other"
			r.receive(d)
		}, "bob.1: engagement 1, number 2 came with two contents"},
		{"a sender's posts change places", func(r *Record, _ *Facts) {
			x1, x2 := find(r, "ann", "x1"), find(r, "ann", "x2")
			x1.number, x2.number = x2.number, x1.number
			*x1, *x2 = *x2, *x1
		}, "post 1 of ada came after its post 2"},
		{"numbers go back", func(r *Record, _ *Facts) {
			x1, x2 := find(r, "ann", "x1"), find(r, "ann", "x2")
			*x1, *x2 = *x2, *x1
		}, "number 2 first came after 3"},
		{"a text is changed", func(r *Record, _ *Facts) { find(r, "ann", "x1").body = "other" }, `ann received post x1 as "other"`},
		{"a post is made up", func(r *Record, _ *Facts) { find(r, "ann", "x1").post = "x9" }, `received a post "x9" that nobody sent`},
		{"a post goes into another engagement", func(r *Record, _ *Facts) { find(r, "bob.1", "b0").engagement = 1 }, "bob.1 received post b0"},
		{"a sender gets its own post", func(r *Record, _ *Facts) {
			d := *find(r, "bob.1", "a1")
			d.session, d.agent, d.number, d.exact = "ann", false, 7, true
			r.receive(d)
		}, "ann received post a1 of its own side"},
		{"the end is not told", func(r *Record, _ *Facts) { r.visits[2].heard = false }, "ben was never told that its engagement 2 is over"},
		{"something is told after the end", func(r *Record, _ *Facts) {
			r.receive(delivery{session: "ben", engagement: 2, number: 3, kind: kindOther})
		}, "ben: the last message of engagement 2 is not its end"},
		{"two leads at a time, as the visitor sees it", func(r *Record, _ *Facts) {
			r.received = slices.DeleteFunc(r.received, func(d delivery) bool { return d.kind == kindLeadOut })
		}, "client 8 joined as the lead while client 7 was"},
		{"the wrong lead leaves", func(r *Record, _ *Facts) {
			for i := range r.received {
				if r.received[i].kind == kindLeadOut {
					r.received[i].client = 9
				}
			}
		}, "client 9 left as the lead, and client 7 was"},
		{"an answered post is not in the journal", func(_ *Record, f *Facts) { delete(f.posted, "a1") }, "post a1 of ann was answered 200, and does not stand in the journal"},
		{"a post is done twice", func(_ *Record, f *Facts) { f.posted["a1"] = append(f.posted["a1"], "text of a1") }, "post a1 of ann stands in the journal 2 times"},
		{"the journal has another text", func(_ *Record, f *Facts) { f.posted["a1"] = []string{"other"} }, "stands in the journal with another text"},
		{"the next lead is told what the former one had", func(r *Record, _ *Facts) {
			d := *find(r, "ada.1", "a0")
			d.session, d.exact, d.number = "bob.1", false, 3
			r.receive(d)
		}, "bob.1 received post a0, which ada.1 had said to have received"},
		{"somebody reads less than was answered", func(r *Record, _ *Facts) {
			r.readings = r.readings[1:]
			r.readings[0].posts = r.readings[0].posts[:3]
		}, "bob.1 read 3 posts of engagement 1, "},
		{"somebody reads less than another before", func(r *Record, _ *Facts) {
			for _, p := range r.sent {
				p.done = r.readings[1].to // answered while it was read
			}
			r.readings[1].posts = nil
		}, "after ada.1 had read as much, which is 4"},
		{"what was answered stands behind what was begun later", func(r *Record, f *Facts) {
			f.said[1][0], f.said[1][1] = f.said[1][1], f.said[1][0]
			r.posts["a1"].began = r.posts["a0"].done.Add(1)
		}, "post a1 stands before a0 in engagement 1, and was begun 1ns after that was answered"},
		{"somebody reads what never was", func(r *Record, f *Facts) { f.said[1][1].body = "other" }, "bob.1 read post 2 of engagement 1 as \"text of a1\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, f := told()
			c.plant(r, f)
			faults := Check(r, f)
			if !slices.ContainsFunc(faults, func(x string) bool { return strings.Contains(x, c.want) }) {
				t.Errorf("not found: %q\nfound:\n%s", c.want, strings.Join(faults, "\n"))
			}
		})
	}
}

// TestReadingsAtOnce: readings that overlap may see each other's changes or not.
func TestReadingsAtOnce(t *testing.T) {
	r, f := told()
	for _, p := range r.sent {
		p.done = r.readings[1].to
	}
	r.readings[0].to, r.readings[1].posts = r.readings[1].from.Add(1), nil
	if faults := Check(r, f); len(faults) > 0 {
		t.Errorf("found:\n%s", strings.Join(faults, "\n"))
	}
}

// TestPostsThatNobodyCouldReceive are excused only as long as nobody could.
func TestPostsThatNobodyCouldReceive(t *testing.T) {
	for _, c := range []struct {
		name    string
		plant   func(f *Facts)
		excused bool
	}{
		{"it ended in the queue", func(f *Facts) { f.ends[2] = end{} }, true},
		{"the last lead's session ended", func(f *Facts) { f.gone[8] = true }, true},
		{"the last lead is there", func(*Facts) {}, false},
		{"it goes on", func(f *Facts) { delete(f.ends, 2) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, f := told()
			r.received = slices.DeleteFunc(r.received, func(d delivery) bool { return d.post == "b0" })
			c.plant(f)
			faults := strings.Join(Check(r, f), "\n")
			if excused := !strings.Contains(faults, "post b0 of ben was answered 200, and never reached an agent"); excused != c.excused {
				t.Errorf("excused: %v, expected %v\n%s", excused, c.excused, faults)
			}
		})
	}
}
