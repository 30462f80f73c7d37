package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// relay is one conversation that changes hands, with a reckoning of its own of
// who must be given which posts.
type relay struct {
	*floor
	ann    Caller
	e      EngagementID
	agents map[AccountID]Caller
	posts  int
	due    map[ClientID][]int        // the visitor's posts that wait for an agent
	had    map[ClientID]map[int]bool // those that it is known to have received
	led    map[ClientID]bool
	in     map[ClientID]bool // lead or guest
	from   map[ClientID]int  // the newest post when it came in
	lead   ClientID          // 0: nobody
	trail  []string
}

func (r *relay) client(a AccountID) ClientID { return r.byKey[r.agents[a].Key] }

// known reports whether somebody who led is known to have received a post.
func (r *relay) known(post int) bool {
	for c := range r.led {
		if r.had[c][post] {
			return true
		}
	}
	return false
}

func (r *relay) joins(c ClientID) {
	if r.had[c] == nil {
		r.had[c] = map[int]bool{}
	}
	if !r.in[c] {
		r.in[c], r.from[c] = true, r.posts
	}
}

// goes takes an agent out. What it received as a guest is not remembered of it:
// when it leads later it is given all that no lead has.
func (r *relay) goes(c ClientID) {
	delete(r.in, c)
	if !r.led[c] {
		r.had[c] = map[int]bool{}
	}
}

func (r *relay) leads(c ClientID) {
	if r.lead == c {
		return
	}
	r.joins(c)
	r.led[c], r.lead = true, c
	for p := 1; p <= r.posts; p++ {
		if !r.known(p) && !slices.Contains(r.due[c], p) {
			r.due[c] = append(r.due[c], p)
		}
	}
}

// follow reads off who leads now, which others rules decide.
func (r *relay) follow() {
	e := r.live[r.e]
	now := map[ClientID]bool{}
	for _, c := range e.agentsIn(0) {
		now[c] = true
	}
	for _, c := range sortedKeys(r.in) {
		if !now[c] {
			r.goes(c)
		}
	}
	if !now[r.lead] {
		r.lead = 0
	}
	if e.State == Active {
		r.leads(e.Lead)
	}
	for _, c := range e.agentsIn(0) {
		r.joins(c)
	}
}

// collects compares what an agent is handed out with what is due.
func (r *relay) collects(a AccountID, receive bool) {
	c := r.client(a)
	var got []int
	for _, d := range r.poll(r.agents[a]).Deliveries {
		if d.Message.Kind == KindPost {
			var n int // 0 for what nobody must be given
			text := d.Message.Post.Text()
			if f := d.Message.Post.File; f != nil {
				text = f.Name
			}
			fmt.Sscanf(text, "post %d", &n)
			got = append(got, n)
		}
	}
	if !slices.Equal(got, r.due[c]) {
		r.t.Fatalf("after %q account %d is handed out %v, and must be %v", r.trail, a, got, r.due[c])
	}
	if receive {
		r.acknowledge(r.agents[a])
		for _, p := range got {
			if r.led[c] || r.in[c] && p > r.from[c] {
				r.had[c][p] = true
			}
		}
		r.due[c] = nil
	}
}

// step does one thing, if it can be done now.
func (r *relay) step(do string, a AccountID) {
	r.trail = append(r.trail, fmt.Sprint(do, " ", a))
	by, lead := r.agents[a], r.agents[r.accountOf(r.lead)]
	active := r.live[r.e].State == Active
	switch {
	case do == "post":
		r.posts++
		n := NewPost{Body: fmt.Sprint("post ", r.posts), OffTheRecord: r.posts%3 == 0}
		if r.posts%4 == 0 {
			n = NewPost{File: &File{ID: fmt.Sprint("file", r.posts), Name: fmt.Sprint("post ", r.posts), Type: "image/png", Size: 1}}
		}
		must[Taken](r.world)(r.PostAsVisitor(r.ann, n))
		for _, c := range sortedKeys(r.in) {
			r.due[c] = append(r.due[c], r.posts)
		}
	case do == "hear", do == "poll":
		r.collects(a, do == "hear")
	case do == "take over":
		if _, err := r.TakeOver(by, r.e); err != nil {
			r.t.Fatalf("%v", err)
		}
	case do == "restart":
		r.restart()
	case do == "spam": // is given to nobody, and neither is what Ann is told of it
		if t := must[Taken](r.world)(r.PostAsVisitor(r.ann, NewPost{Body: strings.Repeat("www.shop.example ", 6)})); len(t.Blocked) == 0 || t.Ejected {
			r.t.Fatalf("spam is answered %+v", t)
		}
	case do == "resume":
		r.ann, _ = r.comes(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true })
	case do == "override":
		r.agents[a] = r.logOn(a)
	case do == "log off":
		must[ClientID](r.world)(r.Logoff(by, true))
		r.agents[a] = r.logOn(a)
	case !active:
		if do == "accept" && r.Site.live[r.e].letGoBy(r.byKey[by.Key]) == nil {
			r.ask(by, 1)
			if r.live[r.e].State == Offered {
				r.accept(by, r.e)
			}
			r.stops(by)
		}
	case do == "queue":
		r.sends(lead, r.e, NewTransfer{Queue: 2})
	case do == "leave":
		_, _ = r.Leave(by, r.e) // refused when it leads alone, or is not in it
	case do == "monitor" && !r.in[r.byKey[by.Key]]:
		r.monitors(by, r.e)
	case do == "confer" && !r.in[r.byKey[by.Key]]:
		r.confers(lead, r.e, by)
	case (do == "transfer" || do == "warm") && !r.in[r.byKey[by.Key]]:
		r.sends(lead, r.e, NewTransfer{Account: a, Warm: do == "warm"})
		r.accept(by, r.e)
	}
	r.follow()
	r.check()
}

func (r *relay) accountOf(c ClientID) AccountID {
	if a := r.Site.agents[c]; a != nil {
		return a.Account
	}
	return 0
}

func TestWhoFollowsGetsWhatIsMissingInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &relay{
			floor: &floor{world: emptyWorld(t), parts: map[string][]byte{}}, agents: map[AccountID]Caller{},
			due: map[ClientID][]int{}, had: map[ClientID]map[int]bool{}, led: map[ClientID]bool{}, in: map[ClientID]bool{}, from: map[ClientID]int{},
		}
		r.queue(QueueDefinition{ID: 1, Name: "Support", Default: true})
		r.queue(QueueDefinition{ID: 2, Name: "Sales"})
		for id := AccountID(11); id <= 14; id++ {
			r.account(id, fmt.Sprint("agent", id), func(a *Account) { a.Supervisor = true })
			r.agents[id] = r.logOn(id)
		}
		r.settings(func(s *Settings) {
			s.Spam, s.SpamLimits = true, SpamLimits{MaxBlocks: maxSpamTries, Duplicates: maxSpamTries, BurstPosts: maxSpamTries}
		})
		r.ann, r.e = r.comes(func(n *EngagementRequest) { n.Identity = "ann" })
		do := []string{"post", "post", "post", "hear", "hear", "poll", "accept", "accept", "accept", "take over", "transfer", "transfer", "warm",
			"queue", "confer", "confer", "monitor", "leave", "leave", "log off", "override", "restart", "spam", "resume"}
		for _, o := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int { return [2]int{even(t, 8), even(t, 4)} }), 20, 60).Draw(t, "steps") {
			r.step(do[o[0]%len(do)], AccountID(11+o[1]%4))
		}
		for id := AccountID(11); id <= 14; id++ {
			r.collects(id, true)
		}
		r.sameAfterReplay()
		r.sameAfterCheckpoint()
	})
}
