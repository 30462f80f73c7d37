package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/testkit"
)

// habit is how a published program writes its requests, reads its answers, and
// takes things for the end. Its zero value is the plainest program: it retrieves
// in one loop, sends the contract's own example values and reads numbers.
type habit struct {
	// page: it is a page of another origin, to which the browser shows only what
	// the server allows.
	page bool
	// every: it starts a poll this often and waits for none; 0: one after the other.
	every time.Duration
	// dress changes a request before it is sent.
	dress func(p *program, op string, r *rawRequest)
	// twins: it reads a number from the text beside it, and never from the number.
	twins bool
	// countsErrors: it reads errorMessages.length of every answer.
	countsErrors bool
	// endsAt: what it takes for the end of the chat, beside the end.
	endsAt func(w tiding) bool
	// retries: a post without an answer after 15 s is sent again with its messageId.
	retries bool
	// texts are the visitor's; nil: those of everybody.
	texts []string
	// before and after are what it does beside the chat; during, in the middle of it.
	before, after func(p *program)
	during        func(c *conversation) (over func())
}

// asIs is a JSON value that stands in the request as it is.
type asIs = json.RawMessage

// sessionless are the operations that need no session.
func sessionless(op string) bool {
	return slices.Contains([]string{"establishSessions", "requestEngagement", "getQueueStats", "getEngagementQueue"}, op)
}

func withQuery(query string) func(*program, string, *rawRequest) {
	return func(_ *program, op string, r *rawRequest) {
		if op != "establishSessions" {
			r.query = query
		}
	}
}

func withHeader(name, value string) func(*program, string, *rawRequest) {
	return func(_ *program, _ string, r *rawRequest) { r.set(name, value) }
}

// habits are those of published programs, one by one.
var habits = map[string]habit{
	"starts a poll every 3 s and waits for none": {page: true, every: 3 * time.Second},
	"sends SessionId undefined, and its token everywhere": {page: true, dress: func(p *program, op string, r *rawRequest) {
		if sessionless(op) {
			r.set("SessionId", "undefined")
		}
		if !r.has("Authorization") {
			r.set("Authorization", "Bearer "+p.token)
		}
	}},
	"sends SessionId null, and a password everywhere": {dress: func(_ *program, op string, r *rawRequest) {
		if sessionless(op) {
			r.set("SessionId", "null")
		}
		if !r.has("Authorization") {
			r.set("Authorization", testkit.Basic("page", "secret"))
		}
	}},
	"writes numbers and booleans as text": {page: true, dress: func(_ *program, _ string, r *rawRequest) { r.body = asText(r.body) }},
	"writes texts as numbers and booleans": {texts: []string{"4711", "47.11", "true"}, dress: func(p *program, op string, r *rawRequest) {
		if text, ok := r.body["body"].(string); ok {
			r.body["body"], r.body["messageId"] = asIs(text), p.posts
		}
		if info, ok := r.body["sessionInformation"].(map[string]any); ok {
			info["firstName"], info["question"], info["emailAddress"] = 42, true, 1.5
		}
		if op == "postMessage" {
			r.body["messageDataMap"] = map[string]any{"page": 7, "new": true}
		}
	}},
	"writes null for what it has not": {dress: func(_ *program, op string, r *rawRequest) {
		for _, name := range []string{"clientRequestTime", "clientTransactionId", "messageDataMap", "messageId", "offTheRecord", "richText", "sneakPreviewFocus", "sneakPreviewText"} {
			r.body[name] = nil
		}
		if info, ok := r.body["sessionInformation"].(map[string]any); ok {
			for _, name := range []string{"contactId", "productId", "incidentId", "question", "customFields", "auxillaryData", "auxiliaryData", "mediaList", "resumeType", "referrerUrl"} {
				info[name] = nil
			}
		}
	}},
	"writes the time in milliseconds": {dress: func(_ *program, _ string, r *rawRequest) { r.body["clientRequestTime"] = 1547476514226 }},
	"names no pool":                   {page: true, dress: withQuery("")},
	"names an empty pool":             {dress: withQuery("?pool=")},
	"names a pool that is not there":  {dress: withQuery("?pool=297:1")},
	"ends its query with &":           {page: true, dress: withQuery("?pool=1:1&")},
	"begins its query with &":         {dress: withQuery("?&pool=1:1")},
	"sends members that nobody knows": {page: true, dress: func(_ *program, op string, r *rawRequest) {
		r.body["widget"] = map[string]any{"version": []any{7, 2, nil}}
		if op != "postMessage" {
			r.body["body"] = "stray"
		}
	}},
	"asks with POST where GET is documented": {page: true, dress: func(_ *program, op string, r *rawRequest) {
		if strings.HasPrefix(op, "get") {
			r.method = "POST"
		}
	}},
	"stops for good at the first HTTP error in its loop": {page: true},
	"ends the chat when somebody leaves":                 {endsAt: func(w tiding) bool { return w.kind == isLeft }},
	"ends the chat when somebody is disconnected":        {endsAt: func(w tiding) bool { return w.kind == isState && w.text == "DISCONNECTED" }},
	"ends the chat at a message that it does not know":   {page: true, endsAt: func(w tiding) bool { return !slices.Contains(knownTidings, w.kind) }},
	"reads the length of errorMessages":                  {page: true, countsErrors: true},
	"reads numbers from the texts beside them":           {twins: true},
	"reads numbers and never the texts":                  {}, // as all but the one before
	"sends no number and no position":                    {dress: func(_ *program, op string, r *rawRequest) { r.body = bare(op, r.body) }},
	"sends a post again after 15 s": {page: true, retries: true, during: func(c *conversation) func() {
		c.venue.journal.stall(true) // so that the first is answered after 16 s
		over := time.AfterFunc(16*time.Second, func() { c.venue.journal.stall(false) })
		return func() {
			if over.Stop() {
				c.t.Error("the post was answered before it was durable")
			}
		}
	}},
	"reads every refusal as JSON":     {page: true, before: readsRefusals, after: readsRefusals},
	"says charset=UTF-8":              {dress: withHeader("Content-Type", "application/json; charset=UTF-8")},
	"says no Content-Type":            {dress: func(_ *program, _ string, r *rawRequest) { r.drop("Content-Type") }},
	"says a wrong Content-Type":       {page: true, dress: withHeader("Content-Type", "text/plain;charset=UTF-8")},
	"speaks HTTP/1.0":                 {dress: func(_ *program, _ string, r *rawRequest) { r.version = "HTTP/1.0" }},
	"closes the connection each time": {dress: withHeader("Connection", "close")},
	"writes header names in lower case": {page: true, dress: func(_ *program, _ string, r *rawRequest) {
		for i := range r.header {
			r.header[i][0] = strings.ToLower(r.header[i][0])
		}
	}},
}

// asText writes the numbers and booleans of an object as text.
func asText(o map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range o {
		switch v := v.(type) {
		case map[string]any:
			out[name] = asText(v)
		case int, bool:
			out[name] = fmt.Sprint(v)
		default:
			out[name] = v
		}
	}
	return out
}

// bare leaves out all that an operation does not need; of most nothing is left.
func bare(op string, o map[string]any) map[string]any {
	switch op {
	case "establishSessions", "getQueueStats", "getEngagementQueue":
		return o
	case "postMessage":
		return map[string]any{"body": o["body"]}
	case "activity":
		return map[string]any{"mode": o["mode"]}
	}
	return nil
}

// readsRefusals asks for what is refused, and reads each refusal as JSON without
// a guard.
func readsRefusals(p *program) {
	p.t.Helper()
	ask := func(want int, op, method string, body map[string]any) {
		p.t.Helper()
		r := p.request(op, body)
		r.method = method
		a := p.sends(r)
		if a.status != want {
			p.t.Errorf("%s %s: %d %s, want %d", method, op, a.status, a.body, want)
		}
		o, err := readObject(a)
		message, _ := o["message"].(string)
		code, _ := o["exceptionCode"].(string)
		if err != nil || message == "" || code == "" {
			p.t.Errorf("%s %s, answered %d: %q cannot be shown", method, op, a.status, a.body)
		}
	}
	early := p.session == ""
	if early {
		p.site = "nowhere"
		ask(http.StatusNotFound, "requestEngagement", "POST", map[string]any{})
		p.site = testkit.SiteName
	}
	ask(http.StatusNotFound, "uploadFile", "POST", map[string]any{})
	ask(http.StatusMethodNotAllowed, "postMessage", "GET", map[string]any{})
	if early {
		ask(http.StatusForbidden, "requestEngagement", "POST", map[string]any{})
		ask(http.StatusForbidden, "postMessage", "POST", map[string]any{"body": "too early"})
		return
	}
	ask(http.StatusBadRequest, "activity", "POST", map[string]any{"mode": "ABSENT"})
	ask(http.StatusConflict, "postMessage", "POST", map[string]any{"body": "too late"})
	ask(http.StatusForbidden, "requestEngagement", "POST", map[string]any{})
	time.Sleep(5 * time.Minute)
	ask(http.StatusForbidden, "getMessages", "POST", map[string]any{})
}

// conversation is one chat between a visitor's program and an agent.
type conversation struct {
	t        *testing.T
	venue    *venue
	visitor  *program
	earlier  []tiding // what the visitor's pages before this one heard
	agent    *operator
	said     []string
	answered []string
}

// point is where in a chat something happens to the server.
type point string

const (
	inQueue  point = "in the queue"          // the visitor waits, its poll parked
	inMiddle point = "with polls parked"     // both sides have said something
	onTheWay point = "with posts on the way" // both sides have posted, neither has received
)

// holds lets the whole chat take place, and beside it another one, of which neither
// may learn anything. happens is what happens to the server at points of it.
func (c *conversation) holds(happens map[point]func(*venue), visitorEnds bool) {
	c.t.Helper()
	beside := &conversation{t: c.t, venue: c.venue, visitor: c.venue.program(habit{}, "198.51.100.1"), agent: c.venue.operator("bob")}
	beside.agent.asks()
	beside.visitor.enters()
	beside.begins()

	if c.visitor.before != nil {
		c.visitor.before(c.visitor)
	}
	c.visitor.enters()
	until(c.t, "the visitor has its place", func() bool { return has(c.visitor.heard(), isPlace, "1") })
	time.Sleep(40 * time.Second)
	if happens[inQueue] != nil {
		happens[inQueue](c.venue)
	}
	c.agent = c.venue.operator("ada")
	c.agent.asks()
	c.begins()
	texts := c.visitor.texts
	if texts == nil {
		texts = []string{"hello, is anybody there?", `my order is <b>4711</b> & "late"`, "grüße 🙂\nline two"}
	}
	for i, text := range texts {
		over := func() {}
		if i == 1 && happens[inMiddle] != nil {
			synctest.Wait()
			happens[inMiddle](c.venue)
		}
		if i == 1 && c.visitor.during != nil {
			over = c.visitor.during(c)
		}
		if i == 2 && happens[onTheWay] != nil {
			c.crosses(text, happens[onTheWay])
		} else {
			c.turn(text)
		}
		over()
		beside.turn("foreign " + strconv.Itoa(i))
	}
	c.ends(visitorEnds)
	beside.ends(!visitorEnds)
	if c.visitor.after != nil {
		c.visitor.after(c.visitor)
	}
}

// begins waits until the agent leads, and both know.
func (c *conversation) begins() {
	c.t.Helper()
	until(c.t, "the agent leads", func() bool { return c.agent.leads(c.visitor.engagement) })
	until(c.t, "the visitor knows", func() bool {
		return has(c.visitor.heard(), isJoined, "Ada") || has(c.visitor.heard(), isJoined, "Bob")
	})
}

// turn lets the visitor say something and the agent answer, both after typing.
func (c *conversation) turn(text string) {
	c.t.Helper()
	c.visitor.types()
	until(c.t, "the agent sees typing", func() bool { return has(c.agent.heard(), isTyping, "RESPONDING") })
	c.visitor.says(text)
	c.said = append(c.said, text)
	until(c.t, "the agent has "+text, func() bool { return has(c.agent.heard(), isPost, text) })
	c.agent.types(c.visitor.engagement)
	until(c.t, "the visitor sees typing", func() bool { return has(c.visitor.heard(), isTyping, "RESPONDING") })
	c.answers("re: " + text)
	c.arrives("re: " + text)
}

func (c *conversation) answers(text string) {
	c.t.Helper()
	c.agent.says(c.visitor.engagement, text)
	c.answered = append(c.answered, text)
}

// arrives waits until the visitor has something that the agent said.
func (c *conversation) arrives(text string) {
	c.t.Helper()
	until(c.t, "the visitor has "+text, func() bool { return has(c.visitor.heard(), isPost, text) })
}

// crosses lets both sides post, and something happen to the server before either
// post is received: the agent is not retrieving, and the answer to the visitor's
// poll is on its way. So is the answer to its post, if it repeats posts.
func (c *conversation) crosses(text string, happens func(*venue)) {
	c.t.Helper()
	c.agent.road.lose()
	posted := make(chan struct{})
	if c.visitor.retries {
		c.visitor.road.silence()
		go func() {
			defer close(posted)
			c.visitor.says(text)
		}()
		synctest.Wait()
	} else {
		c.visitor.says(text)
		c.visitor.road.silence()
		close(posted)
	}
	c.said = append(c.said, text)
	c.answers("re: " + text)
	synctest.Wait()
	happens(c.venue)
	c.visitor.road.speak()
	c.agent.moves(c.venue.road("192.0.2.2"))
	<-posted
	until(c.t, "the agent has "+text, func() bool { return has(c.agent.heard(), isPost, text) })
	c.arrives("re: " + text)
}

// ends ends the chat from one side, waits until both know, and checks it.
func (c *conversation) ends(byVisitor bool) {
	c.t.Helper()
	reason, notice := "AGENT_CONCLUDED", ""
	if byVisitor {
		reason, notice = "END_USER_CONCLUDED", "END_USER_CONCLUDED"
		c.visitor.concludes()
		until(c.t, "the agent knows the end", func() bool { return has(c.agent.heard(), isEnd, notice) })
	} else {
		c.agent.concludes(c.visitor.engagement)
	}
	c.over(reason, notice)
}

// over waits until the visitor's program has ended, and checks what both sides heard.
func (c *conversation) over(reason, notice string) {
	c.t.Helper()
	until(c.t, "the visitor's program has ended", func() bool { return c.visitor.stopped() != "" })
	if why := c.visitor.stopped(); why != isEnd {
		c.t.Errorf("the visitor's program stopped: %s", why)
	}
	c.visitor.polls.Wait()
	c.agent.leaves()
	for who, x := range map[string]ear{
		"the visitor": {slices.Concat(c.earlier, c.visitor.heard()), c.visitor.engagement, c.agent.agent.Client, c.answered, reason},
		"the agent":   {c.agent.heard(), c.visitor.engagement, c.visitor.client, c.said, notice},
	} {
		for _, wrong := range x.wrong() {
			c.t.Errorf("%s: %s", who, wrong)
		}
	}
}

func has(words []tiding, kind, text string) bool {
	return slices.ContainsFunc(words, func(w tiding) bool { return w.kind == kind && w.text == text })
}

// ear is what one side of a chat heard, and what it should have.
type ear struct {
	words      []tiding // as they came
	engagement int64
	from       int64    // the other side
	posts      []string // what the other side said, each answered 200
	end        string   // the reason that it is told last, "" when it is not told
}

// wrong lists what is wrong: every post comes once, in order, nothing is foreign,
// and the end is last. What comes again comes under the number it had.
func (x ear) wrong() (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	var came []string
	last, ended, numbers := int64(0), false, map[int64]tiding{}
	for _, w := range x.words {
		before, again := numbers[w.number]
		switch {
		case w.engagement != 0 && w.engagement != x.engagement:
			say("%v is of another engagement than %d", w, x.engagement)
		case w.fleeting():
			if w.number > last {
				say("%v came when only %d had", w, last)
			}
			continue
		case again && before != w:
			say("number %d was %v, and is now %v", w.number, before, w)
		case again:
			continue
		case w.number != last+1:
			say("%v came after number %d", w, last)
		case ended:
			say("%v came after the end", w)
		}
		numbers[w.number], last = w, w.number
		switch w.kind {
		case isPost:
			came = append(came, w.text)
			if w.from != x.from {
				say("%v is not from %d", w, x.from)
			}
		case isEnd:
			ended = true
			if w.text != x.end {
				say("the end came for %s, want %q", w.text, x.end)
			}
		case isLeft:
			say("%v came although nobody left before the end", w)
		}
	}
	if diff := cmp.Diff(x.posts, came); diff != "" {
		say("posts (-want +got):\n%s", diff)
	}
	if x.end != "" && !ended {
		say("the end did not come")
	}
	return wrong
}

// TestWhatAnEarFinds: the check of whole chats finds each thing that may be wrong.
func TestWhatAnEarFinds(t *testing.T) {
	t.Parallel()
	good := []tiding{
		{0, isPlace, "1", 0, 1}, {1, isJoined, "Ada", 3, 1}, {1, isTyping, "RESPONDING", 3, 1}, {2, isPost, "one", 3, 1},
		{3, isPost, "two", 3, 1}, {4, isEnd, "AGENT_CONCLUDED", 0, 0},
	}
	with := func(i, n int, more ...tiding) []tiding { return slices.Concat(good[:i], more, good[i+n:]) }
	for name, c := range map[string]struct {
		words []tiding
		want  string // part of what is said; "": nothing
	}{
		"good":                   {good, ""},
		"some twice":             {with(5, 0, good[3], good[4], good[2]), ""},
		"the end twice":          {with(6, 0, good[5]), ""},
		"a lost post":            {with(3, 1), "came after number 1"},
		"a lost last post":       {with(4, 1, tiding{3, isRole, "", 3, 1}), "posts (-want +got)"},
		"swapped":                {with(3, 2, good[4], good[3]), "came after number 1"},
		"swapped texts":          {with(3, 2, tiding{2, isPost, "two", 3, 1}, tiding{3, isPost, "one", 3, 1}), "posts (-want +got)"},
		"twice, anew":            {with(4, 1, tiding{3, isPost, "one", 3, 1}, tiding{4, isPost, "two", 3, 1}, tiding{5, isEnd, "AGENT_CONCLUDED", 0, 0}), "posts (-want +got)"},
		"another under a number": {with(4, 0, tiding{2, isPost, "uno", 3, 1}), "and is now"},
		"foreign":                {with(4, 0, tiding{3, isPost, "foreign", 3, 2}), "another engagement"},
		"foreign typing":         {with(3, 0, tiding{1, isTyping, "RESPONDING", 9, 2}), "another engagement"},
		"of somebody else":       {with(3, 1, tiding{2, isPost, "one", 4, 1}), "is not from 3"},
		"somebody left":          {with(5, 1, tiding{4, isLeft, "PARTICIPANT_LEFT", 3, 1}, tiding{5, isEnd, "AGENT_CONCLUDED", 0, 0}), "nobody left"},
		"no end":                 {with(5, 1), "the end did not come"},
		"another end":            {with(5, 1, tiding{4, isEnd, "EJECTED", 0, 0}), "the end came for EJECTED"},
		"more after the end":     {with(6, 0, tiding{5, isRole, "", 3, 1}), "after the end"},
		"typing ahead":           {with(2, 1, tiding{2, isTyping, "RESPONDING", 3, 1}), "when only 1 had"},
	} {
		wrong := strings.Join(ear{c.words, 1, 3, []string{"one", "two"}, "AGENT_CONCLUDED"}.wrong(), "\n")
		if !strings.Contains(wrong, c.want) || c.want == "" && wrong != "" {
			t.Errorf("%s: %q, want %q", name, wrong, c.want)
		}
	}
}

// TestCarelessVisitors: a visitor whose program has any one habit of published
// programs has a whole, correct chat, also when the server is stopped while it
// waits and while its poll is parked, and dies with posts on the way.
func TestCarelessVisitors(t *testing.T) {
	t.Parallel()
	for name, h := range habits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wholeChat(t, "straight", h, nil, false)
			wholeChat(t, "restarted", h, map[point]string{inQueue: "stopped", inMiddle: "stopped", onTheWay: "crashed"}, true)
		})
	}
}

// TestNoProgramMeetsAnError: whatever happens to the server, and whenever, the
// program that forgives nothing has a whole, correct chat, in a page and elsewhere.
func TestNoProgramMeetsAnError(t *testing.T) {
	t.Parallel()
	for name := range happenings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, at := range []point{inQueue, inMiddle, onTheWay} {
				wholeChat(t, string(at), habit{page: i%2 == 0}, map[point]string{at: name}, i%2 == 0)
			}
			wholeChat(t, "always", habit{page: true}, map[point]string{inQueue: name, inMiddle: name, onTheWay: name}, false)
		})
	}
}

// wholeChat runs one chat in a bubble of its own. happens names what happens where.
func wholeChat(t *testing.T, name string, h habit, happens map[point]string, visitorEnds bool) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			at := map[point]func(*venue){}
			for p, what := range happens {
				at[p] = happenings[what]
			}
			v := newVenue(t)
			(&conversation{t: t, venue: v, visitor: v.program(h, "203.0.113.7")}).holds(at, visitorEnds)
		})
	})
}

// happenings are what may happen to a server.
var happenings = map[string]func(v *venue){
	"stopped": func(v *venue) { v.stop(5 * time.Second) },
	"crashed": func(v *venue) { v.crash(20 * time.Second) },
	"stopped again and again": func(v *venue) {
		for range 3 {
			v.stop(time.Second)
			time.Sleep(1500 * time.Millisecond)
		}
	},
	"its disk was full": func(v *venue) {
		v.journal.SetFull(true)
		v.unsure()
		time.Sleep(time.Minute)
		v.journal.SetFull(false)
		time.Sleep(2 * time.Second)
	},
	"it forgot": func(v *venue) {
		v.journal.forget()
		v.unsure()
	},
	"it took long to remember": func(v *venue) {
		gate := make(chan struct{})
		v.journal.loads(gate, nil)
		v.journal.forget()
		v.unsure()
		time.Sleep(40 * time.Second)
		v.journal.loads(nil, nil)
		close(gate)
	},
	"it could not remember": func(v *venue) {
		v.journal.loads(nil, errBroken)
		v.journal.forget()
		v.unsure()
		time.Sleep(40 * time.Second)
		v.journal.loads(nil, nil)
		time.Sleep(2 * time.Second)
	},
}

// unsure has something written while the journal has trouble.
func (v *venue) unsure() {
	v.t.Helper()
	expectStatus(v.t, patchSettings(v.s, `{"idleSeconds":601}`), http.StatusServiceUnavailable)
}

// TestPollsPileUp: a program that starts a poll every 3 s and gets no answer for a
// minute, since its link is silent, has twenty outstanding. When they are answered
// it has every word, in order.
func TestPollsPileUp(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]bool{"and the chat goes on": false, "and the chat is over": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := begun(t, habits["starts a poll every 3 s and waits for none"])
				c.visitor.road.silence()
				for i := range 3 {
					c.answers(fmt.Sprint("word ", i))
					time.Sleep(20 * time.Second)
				}
				if ended {
					c.agent.concludes(c.visitor.engagement)
				}
				time.Sleep(1500 * time.Millisecond)
				if n := c.visitor.open.Load(); n < 20 {
					t.Errorf("%d polls are outstanding", n)
				}
				c.visitor.road.speak()
				if ended {
					c.over("AGENT_CONCLUDED", "")
					return
				}
				c.arrives("word 2")
				c.turn("at last")
				c.ends(true)
			})
		})
	}
}

// TestNoPathIsRedirected: an address with a slash too many is answered in JSON, too:
// a program that reads every answer as JSON stops at anything else.
func TestNoPathIsRedirected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newVenue(t).program(habit{page: true}, "203.0.113.7")
		p.asksAhead()
		for _, op := range []string{"getMessages", "postMessage", "getQueueStats"} {
			for _, path := range []string{"//engagement/api/consumer/demo/v1/" + op, "/engagement/api/consumer//v1/" + op, "/engagement/api/consumer/demo/v1//" + op} {
				r := p.request(op, map[string]any{})
				r.path = path
				a := p.sends(r)
				if _, err := readObject(a); err != nil || a.status/100 == 3 {
					t.Errorf("%s %s: %d %v", r.method, path, a.status, err)
				}
			}
		}
	})
}

// TestLeavingIsTheEndForSome: a program that ends the chat when somebody leaves has
// heard everything until then: the one who follows came before, and is told the end.
func TestLeavingIsTheEndForSome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVenue(t)
		c := &conversation{t: t, venue: v, visitor: v.program(habits["ends the chat when somebody leaves"], "203.0.113.7")}
		c.agent = v.operator("ada")
		c.agent.asks()
		c.visitor.enters()
		c.begins()
		c.turn("hello")
		bob := v.operator("bob")
		c.agent.does("transfer", inEngagement(c.visitor.engagement, `,"accountId":13`))
		until(t, "the program has ended", func() bool { return c.visitor.stopped() != "" })
		if want := "it took ParticipantLeft PARTICIPANT_LEFT for the end"; c.visitor.stopped() != want {
			t.Errorf("it stopped: %s, want %s", c.visitor.stopped(), want)
		}
		var kinds []string
		for _, w := range c.visitor.heard() {
			if !w.fleeting() {
				kinds = append(kinds, strings.TrimSpace(w.kind+" "+w.text))
			}
		}
		if diff := cmp.Diff([]string{"ParticipantAdded Ada", "MessagePosted re: hello", "ParticipantAdded Bob", "RoleChanged", "ParticipantLeft PARTICIPANT_LEFT"}, kinds); diff != "" {
			t.Errorf("it heard (-want +got):\n%s", diff)
		}
		c.visitor.concludes()
		until(t, "bob knows the end", func() bool { return has(bob.heard(), isEnd, "END_USER_CONCLUDED") })
	})
}
