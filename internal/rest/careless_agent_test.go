package rest_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/agent"
	"usher/internal/auth"
	"usher/internal/testkit"
)

// operator is an agent's program, which does what it should: it sends positions,
// accepts what it is offered, and repeats what failed.
type operator struct {
	t     *testing.T
	agent testkit.Agent

	mu    sync.Mutex
	road  *road // of its loop
	words []tiding
	led   []int64 // engagements it accepted
	over  bool
}

// operator logs an account on and starts its loop.
func (v *venue) operator(login string) *operator {
	v.t.Helper()
	return v.operates(login, "0")
}

// operates is operator with its first position; "": it never sends one.
func (v *venue) operates(login, ack string) *operator {
	v.t.Helper()
	o := &operator{t: v.t, agent: v.logOn(login), road: v.road("192.0.2.1")}
	o.agent.Ack = ack
	loop := make(chan struct{})
	go func() {
		defer close(loop)
		for !o.gone() {
			o.polls()
		}
	}()
	v.t.Cleanup(func() {
		o.leaves()
		<-loop
	})
	return o
}

// logOn logs an account on with a token that was not asked for with its password:
// computing a password takes longer than a whole chat.
func (v *venue) logOn(login string) testkit.Agent {
	v.t.Helper()
	account := map[string]int64{"ada": testkit.Ada, "bob": testkit.Bob}[login]
	keys, err := v.s.Keys.Site(v.t.Context(), testkit.SiteName)
	if err != nil {
		v.t.Fatal(err)
	}
	token, err := keys.Signer.IssueAgent(auth.AgentToken{Site: testkit.SiteName, Pool: "1:1", AccountID: account}, time.Now())
	if err != nil {
		v.t.Fatal(err)
	}
	on := testkit.Decode[agent.CreateAutomatedAgentSessionResponse](v.s, v.s.Send("POST", testkit.AgentPath("createAutomatedAgentSession"),
		`{"logonOverride":true}`, "Authorization", "Bearer "+token))
	return testkit.Agent{Server: v.s, Account: account, Session: on.SessionID, Client: on.ClientID}
}

// sends sends an operation on a connection of its own.
func (o *operator) sends(op, body string) (testkit.Answer, error) {
	o.mu.Lock()
	r, a := o.road, o.agent
	o.mu.Unlock()
	if op != "getMessages" {
		r = r.venue.road("192.0.2.1")
	}
	s := *a.Server
	s.HTTP = &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return r.dial() },
	}}
	a.Server = &s
	return a.TryCall(op, body)
}

// does carries an operation out, again if need be.
func (o *operator) does(op, body string) testkit.Answer {
	o.t.Helper()
	for range 60 {
		a, err := o.sends(op, body)
		switch {
		case err == nil && a.Status == http.StatusOK:
			return a
		case err == nil && a.Status != http.StatusServiceUnavailable:
			o.t.Errorf("%s: %d %s", op, a.Status, a.Body)
			return a
		}
		time.Sleep(time.Second)
	}
	o.t.Errorf("%s could not be done", op)
	return testkit.Answer{}
}

func (o *operator) asks() {
	o.t.Helper()
	o.does("requestAssignment", `{"assignmentRequested":true,"idleSessionCount":1,"maxSessionCount":1}`)
}

func (o *operator) types(engagement int64) {
	o.t.Helper()
	o.does("setInteractionStatus", inEngagement(engagement, `,"clientId":`+digits(o.agent.Client)+`,"mode":"RESPONDING"`))
}

func (o *operator) says(engagement int64, text string) {
	o.t.Helper()
	o.does("postMessage", agentPost(o.t, engagement, text, text))
}

func (o *operator) concludes(engagement int64) {
	o.t.Helper()
	o.does("concludeChat", inEngagement(engagement, ""))
}

// polls retrieves once, and accepts what it is offered.
func (o *operator) polls() {
	a, err := o.sends("getMessages", "")
	if err != nil || a.Status != http.StatusOK {
		if err == nil {
			o.t.Errorf("%s: its loop met %d %s", o.agent.Session, a.Status, a.Body)
			o.leaves()
		}
		time.Sleep(time.Second)
		return
	}
	var got agent.GetMessagesResponse
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
		o.t.Error(err)
	}
	var offers []int64
	o.mu.Lock()
	for _, m := range got.GetResponseTypes {
		w := agentTiding(m)
		if w.kind != "" {
			o.words = append(o.words, w)
		}
		if m.ChatEngagementAssignment != nil {
			offers = append(offers, w.engagement)
		}
	}
	if last := a.Header.Get("Usher-Last"); last != "" && o.agent.Ack != "" {
		o.agent.Ack = last
	}
	o.mu.Unlock()
	for _, id := range offers {
		o.does("assignmentAcknowledgement", acknowledge(id, "ACCEPT"))
		o.mu.Lock()
		o.led = append(o.led, id)
		o.mu.Unlock()
	}
}

// agentTiding puts a message of the agent API in a tiding; a time-out is none.
func agentTiding(m agent.SystemMessage) tiding {
	switch {
	case m.ChatEngagementAssignment != nil:
		x := m.ChatEngagementAssignment
		return tiding{number: x.SequenceNumber, kind: "Assignment", text: x.ContactInfo.IPAddress, engagement: x.EngagementID}
	case m.ChatEngagementParticipantAdded != nil:
		x := m.ChatEngagementParticipantAdded
		return tiding{x.SequenceNumber, isJoined, x.Name, x.ClientID, x.EngagementID}
	case m.ChatPostMessage != nil:
		x := m.ChatPostMessage
		return tiding{x.SequenceNumber, isPost, x.Body, x.SenderID, x.DestinationID}
	case m.ChatActivitySignal != nil:
		x := m.ChatActivitySignal
		return tiding{x.SequenceNumber, isTyping, string(x.Mode), x.ClientID, x.EngagementID}
	case m.ChatDisconnectNotification != nil:
		x := m.ChatDisconnectNotification
		return tiding{x.SequenceNumber, isEnd, string(x.Reason), x.ClientID, x.EngagementID}
	}
	return tiding{}
}

// moves gives it another network: the old one is lost.
func (o *operator) moves(to *road) {
	o.mu.Lock()
	old := o.road
	o.road = to
	o.mu.Unlock()
	old.lose()
}

// leaves ends the loop.
func (o *operator) leaves() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
}

func (o *operator) gone() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.over
}

func (o *operator) heard() []tiding {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.words)
}

func (o *operator) leads(engagement int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.led, engagement)
}

// until waits for something to become true, which must happen within minutes.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 600 {
		synctest.Wait()
		if is() {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Fatalf("in five minutes it was not true that %s", what)
}
