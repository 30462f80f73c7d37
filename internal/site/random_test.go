package site

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"pgregory.net/rapid"

	"usher/api"
)

// op is one step of a random history: plain data, so that a history can be
// played again, and on two sites. The numbers choose among what there is.
type op struct {
	Do              string
	Who, Which, How int
}

// steps are what can happen, each as often as it stands here against the others.
var steps = weighted(map[string]int{
	"a pause": 1, "log on": 10, "log on over": 3, "log off": 1, "log off by force": 6, "status": 6, "ask": 20, "ask no more": 2,
	"accept": 40, "answer": 6, "post as agent": 40, "note": 2, "type as agent": 4, "conclude as agent": 4, "release": 8,
	"enter": 20, "enter again": 2, "post as visitor": 40, "type as visitor": 4, "conclude as visitor": 3, "repeat": 16,
	"poll as agent": 30, "poll as visitor": 30, "acknowledge": 20, "infer": 20, "open a poll": 8, "close a poll": 4, "unheard": 2,
	"wait": 16, "wait long": 3, "settings": 2, "queue": 2, "account": 2, "checkpoint": 8, "restart": 4,
	"transfer": 8, "invite": 8, "monitor": 4, "take over": 4, "leave": 4, "reroute": 3, "whisper": 4, "property": 2, "eject": 1,
	"profile": 3, "rules": 2, "hours": 1, "group": 1, "interface": 1, "remove": 2, "locate": 1,
	"spam": 5, "post spam": 10, "file as visitor": 8, "file as agent": 5, "ask to send": 3, "resume": 8, "stand": 6, "rate": 6,
	"mail transcript": 6, "send letters": 6,
	"see as agent": 10, "see as visitor": 10, "view a page": 8, "state facts": 6, "ask of visitor": 3, "read history": 4,
	"note wrap-up": 6, "read replies": 3, "save a reply": 8, "delete a reply": 5, "define a reply": 3, "leave a message": 6, "message done": 3,
	"erase messages": 1, "set status": 3, "look at the board": 4, "knock": 4, "show seen": 3,
})

func weighted(m map[string]int) []string {
	var all []string
	for _, k := range sortedKeys(m) {
		for range m[k] {
			all = append(all, k)
		}
	}
	return all
}

func histories(most int) *rapid.Generator[[]op] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
		return op{Do: steps[even(t, 12)%len(steps)], Who: even(t, 4), Which: even(t, 6), How: even(t, 6)}
	}), most/2, most)
}

// even draws a number of so many bits, each as likely as the other: rapid's own
// numbers are mostly small, and most histories would be of one sort.
func even(t *rapid.T, bits int) int {
	n := 0
	for range bits {
		n *= 2
		if rapid.Bool().Draw(t, "bit") {
			n++
		}
	}
	return n
}

// cast is who takes part in a history, and what they know. It learns nothing
// from the site but answers.
type cast struct {
	now      Time
	keys     int
	posts    int
	agents   []Caller // by account; the key may be of a session that is over
	visitors []visit
	seen     map[SessionKey]int64 // the last number handed out
	last     map[SessionKey]sent  // the last post with a message id
}

type visit struct {
	Caller
	e       EngagementID
	expires Time // the token: who checks tokens lets it in no longer
	who     string
}

// sent is a post that somebody tried to make.
type sent struct {
	by   Caller
	e    EngagementID
	post NewPost
	only ClientID // a whisper
	took Taken    // what it was answered
}

// result is what came of a step.
type result struct {
	caller Caller
	answer string // for comparing two sites; without anything fleeting
	err    error
	sent   *sent
	batch  *Batch
	acked  int64 // the number up to which receipt was told, if acks
	acks   bool
}

func newCast() *cast {
	c := &cast{now: start, seen: map[SessionKey]int64{}, last: map[SessionKey]sent{}}
	for id := AccountID(1); id <= 4; id++ {
		c.agents = append(c.agents, Caller{Key: SessionKey(fmt.Sprint("not logged on ", id)), Account: id, Agent: true})
	}
	return c
}

func (c *cast) clone() *cast {
	n := *c
	n.agents, n.visitors = append([]Caller{}, c.agents...), append([]visit{}, c.visitors...)
	n.seen, n.last = maps.Clone(c.seen), maps.Clone(c.last)
	return &n
}

// prepare makes what every history begins with: two queues, two agents who
// pull, and two who are pushed to, one of them for the second queue only.
func prepare(w *world) {
	w.t.Helper()
	w.settings(func(s *Settings) { s.MailTranscripts = true })
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 1, Name: "Support", Default: true}))
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	must[Group](w)(w.Admin("test").DefineGroup(Group{ID: 1, Name: "Cards"}))
	must[Hours](w)(w.Admin("test").DefineHours(Hours{ID: 1, Name: "Office", Zone: "UTC", Week: []Span{{"WED", "00:00", "12:00"}}}))
	must[Profile](w)(w.Admin("test").DefineProfile(Profile{ID: 1, Name: "Desk", Serving: Serving{AllQueues: true, AutoAccept: true}}))
	for id := AccountID(1); id <= 4; id++ {
		w.account(id, fmt.Sprint("agent", id), func(a *Account) {
			a.Pull, a.Supervisor = id <= 2, id == 3
			if id == 4 {
				a.AllQueues, a.Queues = false, []QueueID{2}
			}
		})
	}
}

// engagement chooses one that the agent holds, or now and then any.
func (c *cast) engagement(s *Site, by Caller, o op) EngagementID {
	h, err := s.Engagements(by)
	if err != nil || len(h.Held) == 0 || o.How%17 == 0 {
		return EngagementID(1 + o.Which%4)
	}
	return h.Held[o.Which%len(h.Held)].Engagement
}

func (c *cast) write(o op) NewPost {
	c.posts++
	n := NewPost{Body: fmt.Sprintf("post %d", c.posts)}
	if o.How%2 == 0 {
		n.MessageID = fmt.Sprint("m", o.How)
	}
	switch n.OffTheRecord = o.How%5 == 0; {
	case o.How%15 == 7:
		n.Body += strings.Repeat(".", MaxPostBytes-len(n.Body))
	case o.How%11 == 3:
		n.Data = map[string]string{"page": "/orders"}
	}
	return n
}

// upload is a file that somebody sends. Its id is new each time it is sent.
func (c *cast) upload(o op) NewPost {
	c.posts++
	n := NewPost{File: &File{
		ID: fmt.Sprint("file", c.posts), Name: fmt.Sprint("picture ", o.How%8), Size: int64(1 + o.Which%3),
		Type: []string{"image/png", "image/png", "text/plain", "application/x-sh"}[o.Which%4],
	}}
	if o.How%2 == 0 {
		n.MessageID = fmt.Sprint("m", o.How)
	}
	return n
}

// perform does one step on a site. Both the site and the cast move on.
func (c *cast) perform(s *Site, o op) result {
	c.now += 1000 // time never stands still
	s.Tick(c.now)
	agent := &c.agents[o.Who%len(c.agents)]
	var visitor visit
	if len(c.visitors) > 0 {
		visitor = c.visitors[len(c.visitors)-1-o.Who%min(len(c.visitors), 8)]
	}
	r := result{caller: *agent}
	answer := func(v any, err error) {
		r.err = err
		if r.answer = string(encode(v)); err != nil {
			r.answer = err.Error()
		}
	}
	post := func(n NewPost, by Caller, e EngagementID) {
		r.caller, r.sent = by, &sent{by: by, e: e, post: n}
		var err error
		if by.Agent {
			r.sent.took, err = s.PostAsAgent(by, e, n)
		} else {
			r.sent.took, err = s.PostAsVisitor(by, n)
		}
		answer(r.sent.took, err)
		if n.MessageID != "" {
			c.last[by.Key] = *r.sent
		}
	}
	session := *agent
	if o.Which%2 == 0 {
		session = visitor.Caller
	}
	switch o.Do {
	case "log on", "log on over":
		c.keys++
		n := LogOn{Account: agent.Account, Key: SessionKey(fmt.Sprint("agent", c.keys)), Override: o.Do == "log on over"}
		if o.How%3 == 0 {
			n.Data = map[string]string{}
		} else if o.How%3 == 1 {
			n.Data = map[string]string{"version": fmt.Sprint(o.How)}
		}
		v, err := s.StartAgentSession(n)
		if answer(v, err); err == nil {
			agent.Key = n.Key
		}
	case "log off", "log off by force":
		answer(s.Logoff(*agent, o.Do != "log off"))
	case "status":
		answer(s.SetActivityStatus(*agent, []api.ActivityStatus{api.StatusAvailable, api.StatusUnavailable, api.StatusNone, api.StatusAvailable}[o.How%4], int32(o.Which%2)))
	case "ask", "ask no more":
		answer(s.RequestAssignment(*agent, o.Do == "ask", o.How%4, o.Which%6))
	case "accept", "answer":
		action := api.ActionAccept
		if o.Do == "answer" {
			action = []api.AssignmentAction{api.ActionDecline, api.ActionUnavailable, api.ActionAvailable, api.ActionDecline}[o.How%4]
		}
		answer(s.AnswerOffer(*agent, c.engagement(s, *agent, o), action))
	case "post as agent", "note":
		n := c.write(o)
		if o.Do == "note" {
			n.Visibility = api.VisibilityNotEndUser
		}
		post(n, *agent, c.engagement(s, *agent, o))
	case "post as visitor":
		post(c.write(o), visitor.Caller, visitor.e)
	case "post spam":
		n := c.write(o)
		n.Body += strings.Repeat(" http://shop.example", 2+o.How%5)
		if by := session; by.Agent {
			post(n, by, c.engagement(s, by, o))
		} else {
			post(n, by, visitor.e)
		}
	case "file as visitor":
		post(c.upload(o), visitor.Caller, visitor.e)
	case "file as agent":
		post(c.upload(o), *agent, c.engagement(s, *agent, o))
	case "ask to send":
		if n := c.upload(o); session.Agent {
			answer(s.GrantFileToAgent(session, c.engagement(s, session, o), n))
		} else {
			answer(s.GrantFileToVisitor(session, n))
		}
	case "repeat":
		if x, ok := c.last[session.Key]; ok {
			if x.post.File != nil {
				f := *x.post.File
				f.ID = c.upload(o).File.ID
				x.post.File = &f
			}
			post(x.post, session, x.e)
		}
	case "type as agent":
		answer(s.SetInteractionStatus(*agent, c.engagement(s, *agent, o), typing))
	case "type as visitor":
		answer(s.VisitorActivity(visitor.Caller, NewActivity{Mode: []api.Mode{api.ModeListening, api.ModeResponding}[o.How%2], SneakPreview: "so far"}))
	case "conclude as agent":
		answer(s.ConcludeAsAgent(*agent, c.engagement(s, *agent, o)))
	case "release":
		answer(s.Release(*agent, c.engagement(s, *agent, o)))
	case "conclude as visitor":
		answer(s.ConcludeAsVisitor(visitor.Caller))
	case "enter", "enter again", "resume":
		c.keys++
		n := EngagementRequest{Key: SessionKey(fmt.Sprint("visitor", c.keys)), TokenExpires: c.now.Add(time.Duration(1+o.How) * time.Minute), Queue: QueueID(o.How % 3)}
		if o.Which%3 > 0 {
			n.Identity = fmt.Sprint("customer ", o.How%8)
			n.Contact.Email = []string{"", "ann@example.org"}[o.Which%2]
		} else {
			n.Network = fmt.Sprint("network ", o.How%2)
		}
		switch {
		case o.Do == "enter again" && visitor.expires > c.now:
			n.Key, n.TokenExpires = visitor.Key, visitor.expires
		case o.Do == "resume":
			n.Identity, n.Resume = visitor.who, o.How%4 > 0
		}
		v, err := s.RequestEngagement(n)
		if answer(v, err); err == nil && (!v.Existing || o.Do == "resume") {
			c.visitors = append(c.visitors, visit{Caller{Key: n.Key}, v.Engagement, n.TokenExpires, n.Identity})
		}
	case "see as agent":
		answer(s.SeenByAgent(*agent, c.engagement(s, *agent, o), int64(o.Which%8)))
	case "see as visitor":
		answer(s.SeenByVisitor(visitor.Caller, int64(o.Which%8)))
	case "view a page":
		answer(s.ViewPage(visitor.Caller, fmt.Sprint("https://shop.example/", o.How%3), []string{"", "Cart"}[o.Which%2]))
	case "state facts":
		f := Facts{FirstName: []string{"", "Anna"}[o.How%2], Email: []string{"", "anna@example.org"}[o.Which%2]}
		if o.Who%2 == 0 {
			f.Fields = []CustomField{{Name: fmt.Sprint("field ", o.How%3), Value: fmt.Sprint(o.Which)}}
		}
		answer(s.StateFacts(visitor.Caller, f))
	case "ask of visitor":
		answer(s.VisitorOf(*agent, c.engagement(s, *agent, o)))
	case "read history":
		answer(s.History(*agent, c.engagement(s, *agent, o), Stretch{Before: int64(o.Which % 9), Newest: o.How%2 == 0, Most: o.How % 5}))
	case "note wrap-up":
		answer(s.NoteWrapUp(*agent, c.engagement(s, *agent, o), WrapUp{Result: int32(o.How % 4), Note: []string{"", "sold"}[o.Which%2]}))
	case "read replies":
		answer(s.AllReplies(*agent))
	case "save a reply":
		_, reply, err := s.SaveReply(*agent, Reply{ID: ReplyID(o.How % 3), Title: fmt.Sprint("title ", o.Which), Text: "text"})
		answer(reply, err)
	case "delete a reply":
		answer(s.DeleteReply(*agent, ReplyID(o.How%3)))
	case "define a reply":
		n := Reply{ID: ReplyID(1 + o.Which%3), Title: fmt.Sprint("team ", o.How), Text: "text"}
		if o.How%3 == 0 {
			n.Queues = []QueueID{QueueID(1 + o.How%2)}
		}
		answer(s.Admin("test").DefineReply(n))
	case "leave a message":
		answer(s.LeaveMessage(LeftMessage{Queue: QueueID(o.How % 3), Email: []string{"ann@example.org", "b@example.org", "nobody"}[o.How%3], Text: fmt.Sprint("call me ", o.Which%16)}))
	case "message done":
		answer(nil, s.Admin("test").MessageDone(int64(1+o.Which%4)))
	case "erase messages":
		answer(s.Admin("test").EraseMessages("b@example.org"), nil)
	case "set status":
		answer(nil, s.Admin("test").SetStatus(agent.Account, []api.ActivityStatus{api.StatusAvailable, api.StatusUnavailable}[o.How%2], int32(o.Which%2)))
	case "look at the board":
		b := s.Board()
		for i := range b.Agents { // what of it is fleeting
			b.Agents[i].Absent, b.Agents[i].GoesAt = false, 0
		}
		answer(b.Agents, nil)
	case "knock":
		d := s.Door(QueueID(o.How%4), Circumstances{})
		answer([]any{d.State, d.Queue, d.MayWait, d.Opens}, nil)
	case "show seen":
		n := s.CurrentSettings()
		n.HideSeenFromAgents, n.ShowSeenToVisitors = o.How%2 == 0, o.Which%2 == 0
		n.Results = []WrapUpResult{{1, "Sold"}, {2, "Nothing"}}[:1+o.Who%2]
		answer(s.Admin("test").ChangeSettings(n))
	case "stand":
		answer(s.VisitorStanding(visitor.Caller, Stretch{After: int64(o.Which % 5), Most: o.How % 4, Newest: o.How%3 == 0}))
	case "rate":
		answer(s.Rate(visitor.Caller, Rating{Stars: o.How % 7, Comment: []string{"", "thanks"}[o.Which%2]}))
	case "mail transcript":
		answer(s.MailTranscript(visitor.Caller, []string{"", "ann@example.org", "ann@example.net", "b@example.org", "c@example.org"}[o.How%5]))
	case "send letters":
		due := s.DueLetters(1 + o.Which%3)
		r.answer = fmt.Sprintf("%+v", due)
		for i, l := range due {
			_ = s.LetterDone(l.Number, []LetterOutcome{LetterFailed, LetterSent, LetterRefused}[(o.How+i)%3], "because")
		}
	case "poll as agent":
		c.poll(s, *agent, &r)
	case "poll as visitor":
		c.poll(s, visitor.Caller, &r)
	case "acknowledge":
		session.Acked, session.Ack = true, c.seen[session.Key]-int64(o.How%3)
		if o.How%13 == 0 {
			session.Ack += 1000 // never given: counts as absent
		}
		c.poll(s, session, &r)
	case "infer":
		r.caller = session
		if r.acks = !s.Exact(session.Key); r.acks {
			r.acked = c.seen[session.Key]
			s.Inferred(session.Key, r.acked)
		}
	case "open a poll":
		_, hold, err := s.OpenPoll(session)
		answer(hold, err)
	case "close a poll":
		s.ClosePoll(session.Key)
	case "unheard":
		s.Unheard(session.Key)
	case "wait", "wait long":
		d := []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 21 * time.Second, 45 * time.Second, 61 * time.Second}[o.How%6]
		if o.Do == "wait long" {
			d = []time.Duration{4 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}[o.How%4]
		}
		c.now = c.now.Add(d)
		s.Tick(c.now)
	case "settings":
		n := s.CurrentSettings()
		n.OfferSeconds, n.AbsentSeconds, n.IdleSeconds = 20+o.How, 60+o.Who, 300+o.Which
		n.WrapUpSeconds, n.RefuseWithoutAgents = 60*(o.How%3), o.How%7 == 0
		n.SneakPreview, n.MaxPerAddress, n.Files.Off = o.How%2 == 0, o.Which%4, o.Who%8 == 0
		answer(s.Admin("test").ChangeSettings(n))
	case "spam":
		n := s.CurrentSettings()
		n.Spam, n.SpamAgents = o.How%4 > 0, o.How%3 > 0
		n.SpamLimits = SpamLimits{MaxLinks: 3 + o.Which%2, BurstPosts: 5 + o.Which%8, MaxBlocks: 2 + o.Who%4}
		answer(s.Admin("test").ChangeSettings(n))
	case "queue":
		q := QueueDefinition{ID: QueueID(1 + o.Which%3), Name: fmt.Sprint("queue ", o.How), Default: o.How%2 == 0, Rank: o.Who % 3}
		if q.ID == 2 && o.How%3 > 0 {
			q.OverflowSeconds, q.OverflowQueue, q.MaxWaiting = 5, 1, 3
		}
		answer(s.Admin("test").DefineQueue(q))
	case "account":
		a, _ := s.AccountByID(agent.Account)
		a.Name, a.Permanent = fmt.Sprint("agent ", o.How), o.How%7 == 0
		a.Profile, a.Group = ProfileID(o.Which%2), GroupID(o.Which%2)
		if a.AllQueues = a.ID != 4; o.How%5 == 2 { // it serves none for a while
			a.AllQueues, a.Profile = false, 0
		}
		answer(s.Admin("test").DefineAccount(a))
	case "transfer":
		n := NewTransfer{Account: AccountID(1 + o.Which%4), Warm: o.How%2 == 0}
		if o.How%3 == 0 {
			n.Account, n.Queue = 0, QueueID(1+o.Which%2)
		}
		if o.How%5 == 0 {
			n.Note = fmt.Sprint("note ", o.How)
		}
		answer(s.Transfer(*agent, c.engagement(s, *agent, o), n))
	case "invite":
		kind := []api.AssignmentType{api.AssignmentConference, api.AssignmentConference, api.AssignmentMonitor}[o.How%3]
		answer(s.Invite(*agent, c.engagement(s, *agent, o), AccountID(1+o.Which%4), kind, ""))
	case "monitor":
		answer(s.Monitor(*agent, visitor.e))
	case "take over":
		answer(s.TakeOver(*agent, visitor.e))
	case "leave":
		answer(s.Leave(*agent, c.engagement(s, *agent, o)))
	case "reroute":
		answer(s.Reroute(*agent, c.engagement(s, *agent, o)))
	case "whisper":
		n := c.write(o)
		n.MessageID = ""
		to, party := ClientID(1+o.Which%8), api.PartyAgent
		if o.How%2 == 0 && visitor.Key != "" {
			to, party = s.byKey[visitor.Key], api.PartyEndUser
		}
		took, err := s.Whisper(*agent, to, party, n)
		r.sent = &sent{by: *agent, post: n, only: to, took: took}
		answer(took, err)
	case "property":
		answer(s.SetProperty(*agent, visitor.e, OfUser, []Property{Question, Email}[o.Which%2], fmt.Sprint("ann@", o.How%8, ".example")))
	case "eject":
		answer(nil, s.Admin("test").Eject(visitor.e))
	case "profile":
		answer(s.Admin("test").DefineProfile(Profile{ID: 1, Name: "Desk", Serving: Serving{
			AllQueues: true, Pull: o.How%2 == 0, Places: o.Which % 4, NoDecline: o.How%5 == 0, AutoAccept: o.How%3 == 0,
			Policy: []Policy{FirstDue, StrictPriority}[o.Who%2],
		}}))
	case "rules":
		answer(s.Admin("test").DefineRules(Rules{
			Enter: []Rule{
				{Name: "office", When: Condition{Hours: HoursID(o.How % 2), Closed: o.How%2 == 1}, Queue: 2, Priority: o.Which % 3, Account: AccountID(o.Who % 3)},
			},
			Escalate: []Rule{{Name: "up", When: Condition{Queues: []QueueID{1}}, Queue: 2, Priority: 1}},
		}))
	case "hours":
		answer(s.Admin("test").DefineHours(Hours{ID: 1, Name: "Office", Zone: "Europe/Vienna", Week: []Span{{"TUE", "09:00", "24:00"}}}))
	case "group":
		answer(s.Admin("test").DefineGroup(Group{ID: 1, Name: fmt.Sprint("group ", o.How)}))
	case "interface":
		answer(s.Admin("test").DefineInterface(Interface{ID: InterfaceID(1 + o.How%2), Name: fmt.Sprint("face ", o.How)}))
	case "remove":
		kinds := []Definition{DefinedQueue, DefinedAccount, DefinedProfile, DefinedGroup, DefinedInterface, DefinedHours, DefinedReply}
		kind, id := kinds[o.How%7], int64(1+o.Which%3)
		if kind == DefinedAccount { // the cast keeps its accounts, and their logins
			id += 4
		}
		answer(nil, s.Admin("test").Remove(kind, id))
	case "locate":
		s.Locate(Location{Domain: "chat.example.org", Port: 443, Pool: fmt.Sprintf("1:%d", 1+o.How%2)})
	}
	return r
}

func (c *cast) poll(s *Site, by Caller, r *result) {
	by.Own = c.posts%4 > 0 // most ask for usher's own messages, and not always
	r.caller = by
	if _, _, r.err = s.OpenPoll(by); r.err != nil {
		r.answer = r.err.Error()
		return
	}
	r.acks, r.acked = by.Acked && by.Ack <= c.seen[by.Key], by.Ack
	b := s.Collect(by.Key, s.Position())
	s.ClosePoll(by.Key)
	r.batch = &b
	for _, d := range b.Deliveries {
		if !d.Fleeting {
			r.answer += fmt.Sprintf("%d %d %s\n", d.Number, d.Sequence, tellMessage(d.Message))
		}
	}
	if b.Last > 0 {
		c.seen[by.Key] = b.Last
	}
}
