package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// The nine promises of a retrieval loop, seen from the wire. Each promise_*_test.go
// holds the tests of a few; this file holds what they share.

// end is one end of a conversation: a session with its retrieval loop, and what
// the other end does to it.
type end struct {
	*testkit.Server
	name string
	call func(operation, body, ack string) (testkit.Answer, error)
	read func(body string) ([]string, []int64, error)
	// beside is an operation beside the loop, which changes nothing.
	beside [2]string
	// retrieval is the path and the headers of getMessages.
	retrieval func(ack string) (path string, header []string)
	say       func(text string) // the other end posts
	typing    func(mode string) // the other end types
}

// got is what a retrieval came to.
type got struct {
	Status int
	Last   string        // Usher-Last
	Took   time.Duration // how long it was held
	News   []string      // its messages in words; a time-out has none
	Counts []int64       // their sequenceNumbers
}

// inBubble runs a test against a server of its own whose time is made up and exact.
func inBubble(t *testing.T, o testkit.Options, test func(t *testing.T, s *testkit.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, testkit.New(t, o)) })
}

// bothEnds runs a test with each end of a running chat as the receiver. Neither
// has anything left to retrieve, and nothing was acknowledged by position.
func bothEnds(t *testing.T, test func(t *testing.T, e *end)) {
	for _, which := range []string{"agent", "visitor"} {
		t.Run(which, func(t *testing.T) {
			inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
				a, v := s.Chat("ada")
				e := agentEnd(a, v)
				if which == "visitor" {
					e = visitorEnd(a, v)
				}
				e.poll("", "")
				if g := e.poll("", ""); len(g.News) > 0 {
					t.Fatalf("the chat begins with %q waiting", g.News)
				}
				test(t, e)
			})
		})
	}
}

func agentEnd(a *testkit.Agent, v *testkit.Visitor) *end {
	return &end{
		Server: a.Server, name: "agent", beside: [2]string{"engagements", ""}, read: agentNews,
		call: func(operation, body, ack string) (testkit.Answer, error) {
			c := *a
			c.Ack = ack
			return c.TryCall(operation, body)
		},
		retrieval: func(ack string) (string, []string) {
			return testkit.AgentPath("getMessages"), []string{"X-JSESSIONID", a.Session, "X-AID", digits(a.Account), "Usher-Ack", ack}
		},
		say: v.Post,
		typing: func(mode string) {
			testkit.Decode[consumer.ActivityResponse](v.Server, v.Call("activity", `{"mode":"`+mode+`"}`))
		},
	}
}

func visitorEnd(a *testkit.Agent, v *testkit.Visitor) *end {
	return &end{
		Server: v.Server, name: "visitor", beside: [2]string{"activity", `{"mode":"LISTENING"}`}, read: visitorNews,
		call: func(operation, body, ack string) (testkit.Answer, error) {
			c := *v
			c.Ack = ack
			return c.TryCall(operation, body)
		},
		retrieval: func(ack string) (string, []string) {
			return testkit.VisitorPath("getMessages"), []string{"SessionId", v.Session, "Usher-Ack", ack}
		},
		say: func(text string) { a.Post(v.Engagement, text) },
		typing: func(mode string) {
			testkit.Decode[agent.SetInteractionStatusResponse](a.Server, a.Call("setInteractionStatus",
				`{"clientId":`+digits(a.Client)+`,"engagementId":`+digits(v.Engagement)+`,"mode":"`+mode+`"}`))
		},
	}
}

// poll retrieves once.
func (e *end) poll(body, ack string) got {
	e.T.Helper()
	return <-e.park(body, ack)
}

// park begins a retrieval, which tells what it came to when it is answered.
func (e *end) park(body, ack string) <-chan got {
	out := make(chan got, 1)
	began := time.Now()
	go func() {
		answer, err := e.call("getMessages", body, ack)
		g := got{Status: answer.Status, Last: answer.Header.Get("Usher-Last"), Took: time.Since(began)}
		if err == nil && answer.Status == http.StatusOK {
			g.News, g.Counts, err = e.read(answer.Body)
		}
		if err != nil {
			e.T.Errorf("%s: getMessages: %v", e.name, err)
		}
		out <- g
	}()
	return out
}

// next retrieves until something comes, which must happen within a day.
func (e *end) next() got {
	e.T.Helper()
	began := time.Now()
	for time.Since(began) < 24*time.Hour {
		g := e.poll("", "")
		g.Took = time.Since(began)
		if g.Status != http.StatusOK || len(g.News) > 0 {
			return g
		}
	}
	e.T.Fatalf("%s: nothing came", e.name)
	return got{}
}

// status answers the status of an operation.
func (e *end) status(operation, body string) int {
	e.T.Helper()
	answer, err := e.call(operation, body, "")
	if err != nil {
		e.T.Fatalf("%s: %s: %v", e.name, operation, err)
	}
	return answer.Status
}

// wantNews checks what came.
func wantNews(t *testing.T, what string, g got, want ...string) {
	t.Helper()
	if g.Status != http.StatusOK {
		t.Fatalf("%s: status %d", what, g.Status)
	}
	if diff := cmp.Diff(brief(want), brief(g.News)); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// brief shortens long texts, of which only the length tells anything.
func brief(news []string) []string {
	out := []string{}
	for _, n := range news {
		if len(n) > 100 {
			n = n[:10] + "… of " + digits(int64(len(n))) + " bytes"
		}
		out = append(out, n)
	}
	return out
}

// wantTook checks how long a retrieval was held; made-up time is exact.
func wantTook(t *testing.T, what string, g got, want time.Duration) {
	t.Helper()
	if g.Took != want {
		t.Errorf("%s was held for %v, want %v", what, g.Took, want)
	}
}

// agentNews puts an answer of the agent API in words. A time-out is one
// ChatGetTimeout alone, and says nothing.
func agentNews(body string) (news []string, counts []int64, err error) {
	var answer agent.GetMessagesResponse
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, nil, err
	}
	if len(answer.GetResponseTypes) == 1 && answer.GetResponseTypes[0].ChatGetTimeout != nil {
		return nil, nil, nil
	}
	if len(answer.GetResponseTypes) == 0 {
		return []string{"an empty answer"}, nil, nil // the agent API never has one
	}
	for _, m := range answer.GetResponseTypes {
		text, count := m.Name(), int64(0)
		switch {
		case m.ChatEngagementAssignment != nil:
			text, count = "offer", m.ChatEngagementAssignment.SequenceNumber
		case m.ChatEngagementParticipantAdded != nil:
			text, count = "joined "+m.ChatEngagementParticipantAdded.Name, m.ChatEngagementParticipantAdded.SequenceNumber
		case m.ChatPostMessage != nil:
			text, count = m.ChatPostMessage.Body, m.ChatPostMessage.SequenceNumber
		case m.ChatActivitySignal != nil:
			text, count = "typing "+string(m.ChatActivitySignal.Mode), m.ChatActivitySignal.SequenceNumber
		case m.ChatDisconnectNotification != nil:
			d := m.ChatDisconnectNotification
			text, count = "left "+string(d.Reason)+" "+string(d.Role), d.SequenceNumber
		}
		news, counts = append(news, text), append(counts, count)
	}
	return news, counts, nil
}

// visitorNews puts an answer of the visitor API in words.
func visitorNews(body string) (news []string, counts []int64, err error) {
	var answer consumer.GetMessagesResponse
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, nil, err
	}
	if !strings.Contains(body, `"systemMessages":[`) {
		return []string{"no systemMessages"}, nil, nil // the array is never left out
	}
	for _, m := range answer.SystemMessages {
		text, count := m.Name(), int64(0)
		switch {
		case m.ParticipantAdded != nil:
			text, count = "joined "+m.ParticipantAdded.Name, m.ParticipantAdded.SequenceNumber
		case m.MessagePosted != nil:
			text, count = m.MessagePosted.Body, m.MessagePosted.SequenceNumber
		case m.ActivityChanged != nil:
			text, count = "typing "+string(m.ActivityChanged.Mode), m.ActivityChanged.SequenceNumber
		case m.ParticipantLeft != nil:
			text, count = "left "+string(m.ParticipantLeft.Reason)+" "+string(m.ParticipantLeft.Role), m.ParticipantLeft.SequenceNumber
		case m.Concluded != nil:
			text, count = "concluded "+string(m.Concluded.Reason), m.Concluded.SequenceNumber
		case m.ConnectionStateChanged != nil:
			c := m.ConnectionStateChanged
			text, count = "connection "+string(c.ConnectionState), c.SequenceNumber
		case m.WaitInformationChanged != nil:
			text, count = "place "+m.WaitInformationChanged.PositionString, m.WaitInformationChanged.SequenceNumber
		}
		news, counts = append(news, text), append(counts, count)
	}
	return news, counts, nil
}

// set changes the site's settings through the administration.
func set(t *testing.T, s *testkit.Server, settings string) {
	t.Helper()
	a := s.Send("PATCH", "/usher/admin/v1/sites/"+testkit.SiteName+"/settings", settings, "Authorization", "Bearer "+s.AdminToken)
	if a.Status != http.StatusOK {
		t.Fatalf("settings %s: %d %s", settings, a.Status, a.Body)
	}
}

// restart stops a server in order, lets time pass, and starts another over the
// same journal.
func restart(t *testing.T, s *testkit.Server, o testkit.Options, down time.Duration) *testkit.Server {
	t.Helper()
	if err := s.Host.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	time.Sleep(down)
	return testkit.New(t, o)
}

// at moves a session to the server that followed its own.
func agentAt(s *testkit.Server, a *testkit.Agent) *testkit.Agent {
	c := *a
	c.Server = s
	return &c
}

func visitorAt(s *testkit.Server, v *testkit.Visitor) *testkit.Visitor {
	c := *v
	c.Server = s
	return &c
}
