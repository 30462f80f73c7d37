package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/site"
	"usher/internal/testkit"
)

// arrival is one message as a visitor was sent it.
type arrival struct {
	at      time.Time
	members map[string]any // numbers are json.Number
}

func (m arrival) name() string {
	name, _ := m.members["messageName"].(string)
	return strings.TrimSuffix(strings.TrimPrefix(name, "RNEngagement"), "Message")
}

// words tell a message shortly, such as "ParticipantLeft LEAD TRANSFERRED_TO_QUEUE".
func (m arrival) words() string {
	said := []string{m.name()}
	for _, name := range []string{"role", "reason", "connectionState", "mode", "position", "body"} {
		if v, ok := m.members[name]; ok {
			said = append(said, fmt.Sprint(v))
		}
	}
	return strings.Join(said, " ")
}

// witness sees everything that visitors are sent by getMessages.
type witness struct {
	next    http.RoundTripper
	mu      sync.Mutex
	streams map[string][]arrival // by session
	bodies  []string
}

// watch lets a witness see what visitors are sent from now on.
func watch(s *testkit.Server) *witness {
	w := &witness{next: s.HTTP.Transport, streams: map[string][]arrival{}}
	s.HTTP.Transport = w
	return w
}

// CloseIdleConnections serves http.Client's method of that name.
func (w *witness) CloseIdleConnections() {
	if c, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.next.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "/consumer/") || !strings.HasSuffix(r.URL.Path, "/getMessages") {
		return answer, err
	}
	b, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(b))
	if err == nil && answer.StatusCode == http.StatusOK {
		w.note(r.Header.Get("SessionId"), b)
	}
	return answer, err
}

func (w *witness) note(session string, body []byte) {
	var answer struct {
		SystemMessages []map[string]any `json:"systemMessages"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	err := d.Decode(&answer)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bodies = append(w.bodies, string(body))
	if err != nil { // whoever holds the bodies to the rules will say so
		return
	}
	for _, m := range answer.SystemMessages {
		w.streams[session] = append(w.streams[session], arrival{time.Now(), m})
	}
}

// stream answers what a session was sent so far.
func (w *witness) stream(v *testkit.Visitor) []arrival {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.streams[v.Session])
}

// news answers what a session was sent, in words, once nothing more comes without time.
func (w *witness) news(v *testkit.Visitor) []string {
	synctest.Wait()
	var said []string
	for _, m := range w.stream(v) {
		said = append(said, m.words())
	}
	return said
}

// check holds everything that was seen to the contract, section 3.
func (w *witness) check(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, body := range w.bodies {
		for _, wrong := range twins(t, body) {
			t.Errorf("%s in %s", wrong, body)
		}
	}
	for _, stream := range w.streams {
		for _, wrong := range wrongs(stream) {
			t.Error(wrong)
		}
	}
}

// shapes are the members of each message, with the JSON type of each: text, number,
// flag, or map; "?" may be null. A message that is not among them is not to be sent.
var shapes = map[string]map[string]string{
	"ActivityChanged": {"clientId": "number", "mode": "text", "engagementId": "number", "sneakPreviewState": "text", "sneakPreviewInterval": "number",
		"sneakPreview": "text?", "sneakPreviewFocus": "flag"},
	"Concluded": {"reason": "text", "role": "text"},
	"WaitInformationChanged": {"position": "number", "expectedWaitTimeSeconds": "number", "averageWaitTimeSeconds": "number", "engagementId": "number",
		"positionString": "text", "expectedWaitTimeSecondsString": "text", "averageWaitTimeSecondsString": "text"},
	"ParticipantAdded": {"clientId": "number", "name": "text", "greeting": "text", "role": "text", "virtualAgent": "flag", "accountId": "number?",
		"messageDataMap": "map?", "engagementId": "number", "agentSessionType": "text"},
	"MessagePosted": {"body": "text", "clientId": "number", "richText": "flag", "offTheRecord": "flag", "messageId": "text?", "messageDataMap": "map?",
		"vaResponse": "text?", "senderType": "text", "engagementId": "number"},
	"ParticipantLeft": {"clientId": "number", "role": "text", "disconnectReason": "text", "reason": "text", "name": "text", "engagementId": "number"},
	"ParticipantConnectionStateChanged": {"clientId": "number", "connectionState": "text", "role": "text", "secondsToDisconnect": "number",
		"secondsToDisconnectString": "text", "engagementId": "number"},
	"RoleChanged":           {"clientId": "number", "role": "text", "leadClientId": "number", "engagementId": "number"},
	"ConfigurationChanged":  {"name": "text", "value": "text", "domain": "text?", "port": "text?", "pool": "text?"},
	"ConsumerErrorOccurred": {"errorCondition": "text", "text": "text", "type": "text"},
}

// fleeting are the messages without a number of their own.
var fleeting = []string{"ActivityChanged", "WaitInformationChanged", "ParticipantConnectionStateChanged"}

// wrongs lists what a stream of messages has that the contract does not allow.
func wrongs(stream []arrival) (wrong []string) {
	say := func(m arrival, format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf(format, args...)+fmt.Sprintf(" in %v", m.members))
	}
	last, position := int64(0), int64(0)
	for i, m := range stream {
		shape, known := shapes[m.name()]
		if !known {
			say(m, "this is not to be sent")
			continue
		}
		for member, kind := range shape {
			if trouble := misshapen(m.members, member, kind); trouble != "" {
				say(m, "%s %s", member, trouble)
			}
		}
		if trouble := misshapen(m.members, "sequenceNumber", "number"); trouble != "" {
			say(m, "sequenceNumber %s", trouble)
			continue
		}
		if created, err := json.Marshal(m.members["createdTime"]); err != nil || !wireTime.Match(created) {
			say(m, "createdTime is no time")
		}
		n, _ := m.members["sequenceNumber"].(json.Number).Int64()
		switch passing := slices.Contains(fleeting, m.name()); {
		case passing && n != last:
			say(m, "it is fleeting, has number %d, and follows %d", n, last)
		case !passing && n != last+1:
			say(m, "it has number %d, and follows %d", n, last)
		}
		last = n
		wrong = append(wrong, wrongRoles(m)...)
		switch m.name() {
		case "Concluded":
			if i+1 < len(stream) {
				say(m, "something follows the end")
			}
			for _, before := range stream[:i] { // at which some clients end the chat
				if before.name() == "ParticipantLeft" && before.members["createdTime"] == m.members["createdTime"] {
					say(m, "a ParticipantLeft stands just before the end")
				}
			}
		case "WaitInformationChanged":
			now, _ := m.members["position"].(json.Number).Int64()
			if now < 1 {
				say(m, "the place is %d", now)
			}
			if now == position {
				say(m, "the place is told again")
			}
			position = now
		case "ParticipantLeft":
			position = 0 // it may wait again in the same place
		case "ParticipantConnectionStateChanged":
			over := i+1 < len(stream) && stream[i+1].name() == "Concluded"
			if m.members["connectionState"] == string(api.ConnectionDisconnected) && !over { // a client ends its chat there
				say(m, "it is DISCONNECTED, and the chat goes on")
			}
		}
	}
	return wrong
}

// misshapen says what is wrong with a member.
func misshapen(members map[string]any, name, kind string) string {
	v, there := members[name]
	bare, nullable := strings.CutSuffix(kind, "?")
	switch {
	case !there:
		return "is missing"
	case v == nil && nullable:
		return ""
	case v == nil:
		return "is null"
	}
	ok := false
	switch bare {
	case "text":
		_, ok = v.(string)
	case "flag":
		_, ok = v.(bool)
	case "map":
		_, ok = v.(map[string]any)
	case "number":
		digits, number := v.(json.Number)
		n, err := digits.Int64()
		ok = number && err == nil && n >= 0 && n < 1<<53 && members[name+"String"] == digits.String()
	}
	if !ok {
		return fmt.Sprintf("is %v, want a %s", v, bare)
	}
	return ""
}

// announced are the roles that each message may tell a visitor of: no monitor, nobody
// who is only asked, and not the visitor itself.
var announced = map[string][]any{
	"ParticipantAdded": {"LEAD", "CONFEREE"}, "ParticipantLeft": {"LEAD", "CONFEREE"}, "RoleChanged": {"LEAD", "CONFEREE"},
	"ParticipantConnectionStateChanged": {"LEAD", "CONFEREE"}, "Concluded": {"LEAD", "END_USER"},
}

// wrongRoles lists what is wrong with who a message tells of, and with its reason.
func wrongRoles(m arrival) (wrong []string) {
	role, reason := m.members["role"], m.members["reason"]
	if allowed := announced[m.name()]; allowed != nil && !slices.Contains(allowed, role) {
		wrong = append(wrong, fmt.Sprintf("role of %s is %v", m.name(), role))
	}
	switch m.name() {
	case "ParticipantLeft":
		if reason != m.members["disconnectReason"] {
			wrong = append(wrong, fmt.Sprintf("reason is %v, disconnectReason %v", reason, m.members["disconnectReason"]))
		}
		if reason != string(api.ReasonTransferredToQueue) && reason != string(api.ReasonParticipantLeft) {
			wrong = append(wrong, fmt.Sprintf("a participant left for %v", reason))
		}
	case "Concluded":
		if lead := reason == string(api.ReasonAgentConcluded); lead != (role == string(api.RoleLead)) {
			wrong = append(wrong, fmt.Sprintf("concluded for %v by %v", reason, role))
		}
	}
	return wrong
}

// TestWrongs: the rules find what they should.
func TestWrongs(t *testing.T) {
	t.Parallel()
	good := func() []arrival {
		message := func(text string) arrival {
			var members map[string]any
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if err := d.Decode(&members); err != nil {
				t.Fatal(err)
			}
			members["createdTime"], members["engagementId"], members["engagementIdString"] = "2026-03-01T10:00:00.000Z", json.Number("1"), "1"
			members["sequenceNumberString"] = members["sequenceNumber"].(json.Number).String()
			return arrival{members: members}
		}
		return []arrival{
			message(`{"messageName":"RNEngagementWaitInformationChangedMessage","sequenceNumber":0,"position":1,"positionString":"1","expectedWaitTimeSeconds":0,"expectedWaitTimeSecondsString":"0","averageWaitTimeSeconds":0,"averageWaitTimeSecondsString":"0"}`),
			message(`{"messageName":"RNEngagementParticipantAddedMessage","sequenceNumber":1,"clientId":2,"clientIdString":"2","name":"Ada","greeting":"","role":"LEAD","virtualAgent":false,"accountId":null,"accountIdString":null,"messageDataMap":null,"agentSessionType":"STANDARD"}`),
			message(`{"messageName":"RNEngagementMessagePostedMessage","sequenceNumber":2,"body":"","clientId":2,"clientIdString":"2","richText":false,"offTheRecord":false,"messageId":null,"messageDataMap":{},"vaResponse":null,"senderType":"AGENT"}`),
			message(`{"messageName":"RNEngagementConcludedMessage","sequenceNumber":3,"reason":"AGENT_CONCLUDED","role":"LEAD"}`),
		}
	}
	if wrong := wrongs(good()); len(wrong) > 0 {
		t.Fatalf("found %q", wrong)
	}
	for what, spoil := range map[string]func(m []arrival) []arrival{
		"a number missing":    func(m []arrival) []arrival { return slices.Delete(m, 2, 3) },
		"a number again":      func(m []arrival) []arrival { return slices.Insert(m, 2, m[1]) },
		"out of order":        func(m []arrival) []arrival { m[1], m[2] = m[2], m[1]; return m },
		"a place in between":  func(m []arrival) []arrival { return slices.Insert(m, 2, m[0]) },
		"the place again":     func(m []arrival) []arrival { return slices.Insert(m, 1, m[0]) },
		"something after":     func(m []arrival) []arrival { return append(m[:2], m[3], m[2]) },
		"no name":             func(m []arrival) []arrival { m[1].members["name"] = nil; return m },
		"no greeting":         func(m []arrival) []arrival { delete(m[1].members, "greeting"); return m },
		"no body":             func(m []arrival) []arrival { m[2].members["body"] = nil; return m },
		"a monitor":           func(m []arrival) []arrival { m[1].members["role"] = "MONITOR"; return m },
		"the visitor itself":  func(m []arrival) []arrival { m[1].members["role"] = "END_USER"; return m },
		"another twin":        func(m []arrival) []arrival { m[2].members["clientIdString"] = "3"; return m },
		"no twin":             func(m []arrival) []arrival { delete(m[0].members, "positionString"); return m },
		"below zero":          func(m []arrival) []arrival { m[0].members["averageWaitTimeSeconds"] = json.Number("-1"); return m },
		"a fraction":          func(m []arrival) []arrival { m[0].members["expectedWaitTimeSeconds"] = json.Number("1.5"); return m },
		"place 0":             func(m []arrival) []arrival { m[0].members["position"] = json.Number("0"); return m },
		"a time as a number":  func(m []arrival) []arrival { m[2].members["createdTime"] = json.Number("1"); return m },
		"a reason of another": func(m []arrival) []arrival { m[3].members["role"] = "END_USER"; return m },
		"a name that is not one": func(m []arrival) []arrival {
			m[2].members["messageName"] = "RNEngagementMediaInvitationMessage"
			return m
		},
		"disconnected, and going on": func(m []arrival) []arrival {
			maps.Copy(m[0].members, map[string]any{"messageName": "RNEngagementParticipantConnectionStateChangedMessage", "clientId": json.Number("2"), "clientIdString": "2",
				"role": "LEAD", "connectionState": "DISCONNECTED", "secondsToDisconnect": json.Number("0"), "secondsToDisconnectString": "0"})
			return m
		},
		"left before the end": func(m []arrival) []arrival {
			maps.Copy(m[2].members, map[string]any{"messageName": "RNEngagementParticipantLeftMessage", "name": "Ada", "role": "LEAD", "reason": "PARTICIPANT_LEFT", "disconnectReason": "PARTICIPANT_LEFT"})
			return m
		},
	} {
		if wrong := wrongs(spoil(good())); len(wrong) == 0 {
			t.Errorf("%s: nothing was found", what)
		}
	}
}

// scene is a chat with loops: what happens in it is seen at once by who is in it.
type scene struct {
	*testkit.Server
	t   *testing.T
	w   *witness
	ada *testkit.Agent
	bob *testkit.Agent // a supervisor
	v   *testkit.Visitor
}

// play runs a test with ada and bob logged on and a visitor who waits, each with a
// retrieval loop. Everything that visitors are sent is held to the contract.
func play(t *testing.T, test func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{Server: testkit.New(t, testkit.Options{}), t: t}
		s.w = watch(s.Server)
		bobSupervises(s.Server)
		s.ada, s.bob = s.LogOn("ada"), s.LogOn("bob")
		s.loops(s.ada, s.bob)
		s.v = s.arrive(testkit.Support)
		test(s)
		synctest.Wait()
		s.w.check(t)
	})
}

// follow retrieves until the session, or the test, is over.
func (s *scene) follow(call func(operation, body string) (testkit.Answer, error)) {
	go func() {
		for {
			if a, err := call("getMessages", ""); err != nil || a.Status != http.StatusOK {
				return
			}
		}
	}()
	synctest.Wait()
}

func (s *scene) loops(agents ...*testkit.Agent) {
	for _, a := range agents {
		s.follow(a.TryCall)
	}
}

// arrive lets a visitor come to a queue, who retrieves from then on.
func (s *scene) arrive(queue int) *testkit.Visitor {
	s.T.Helper()
	v := s.Enter(queue)
	s.follow(v.TryCall)
	return v
}

// lead lets an agent lead a visitor's engagement.
func (s *scene) lead(a *testkit.Agent, v *testkit.Visitor) {
	s.T.Helper()
	a.Ask(1)
	a.Accept(v.Engagement)
	synctest.Wait()
}

// ok calls an agent's operation in the visitor's engagement.
func (s *scene) ok(a *testkit.Agent, operation, more string) {
	s.T.Helper()
	expectStatus(s.t, a.Call(operation, inEngagement(s.v.Engagement, more)), http.StatusOK)
	synctest.Wait()
}

func (s *scene) expect(v *testkit.Visitor, want ...string) {
	s.T.Helper()
	if diff := cmp.Diff(want, s.w.news(v)); diff != "" {
		s.t.Errorf("the visitor is told (-want +got):\n%s", diff)
	}
}

// endOf answers when a visitor was told of the end.
func (s *scene) endOf(v *testkit.Visitor) time.Time {
	s.T.Helper()
	synctest.Wait()
	stream := s.w.stream(v)
	if len(stream) == 0 || stream[len(stream)-1].name() != "Concluded" {
		s.t.Fatalf("it was not told of the end, but %q", s.w.news(v))
	}
	return stream[len(stream)-1].at
}

// administer calls usher's own administration.
func (s *scene) administer(method, path, body string) {
	s.T.Helper()
	expectStatus(s.t, s.Send(method, "/usher/admin/v1/sites/"+testkit.SiteName+path, body, "Authorization", "Bearer "+s.AdminToken), http.StatusOK)
	synctest.Wait()
}

// TestEveryEnd: each event that ends a chat, by its real cause, and what the visitor
// is told of it (3.2).
func TestEveryEnd(t *testing.T) {
	t.Parallel()
	eject := func(s *scene) { s.administer("POST", fmt.Sprintf("/engagements/%d/eject", s.v.Engagement), "") }
	refuse := func(s *scene) { s.administer("PATCH", "/settings", `{"refuseWithoutAgents":true}`) }
	leave := func(s *scene, agents ...*testkit.Agent) {
		for _, a := range agents {
			expectStatus(s.t, a.Call("logoff", `{"forceLogoff":true}`), http.StatusOK)
		}
		synctest.Wait()
	}
	waits, joined := "WaitInformationChanged 1", "ParticipantAdded LEAD"
	for name, c := range map[string]struct {
		by    func(s *scene)
		after time.Duration // made-up time is exact
		want  []string
	}{
		"the agent concludes": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ada.Post(s.v.Engagement, "bye")
			s.ok(s.ada, "concludeChat", "")
		}, 0, []string{waits, joined, "MessagePosted bye", "Concluded LEAD AGENT_CONCLUDED"}},
		"the agent releases what goes on": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ok(s.ada, "releaseChat", "")
		}, 0, []string{waits, joined, "Concluded LEAD AGENT_CONCLUDED"}},
		"the agent concludes, with a conferee": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ok(s.ada, "invite", `,"accountId":13`)
			s.bob.Accept(s.v.Engagement)
			s.ok(s.ada, "concludeChat", "")
		}, 0, []string{waits, joined, "ParticipantAdded CONFEREE", "Concluded LEAD AGENT_CONCLUDED"}},
		"the visitor ends the chat": {func(s *scene) {
			s.lead(s.ada, s.v)
			expectStatus(s.t, s.v.Call("concludeEngagement", ""), http.StatusOK)
		}, 0, []string{waits, joined, "Concluded END_USER END_USER_CONCLUDED"}},
		"the visitor cancels in the queue": {func(s *scene) {
			expectStatus(s.t, s.v.Call("concludeEngagement", ""), http.StatusOK)
		}, 0, []string{waits, "Concluded END_USER END_USER_CONCLUDED"}},
		"the visitor cancels while it is offered": {func(s *scene) {
			s.ada.Ask(1)
			expectStatus(s.t, s.v.Call("concludeEngagement", ""), http.StatusOK)
		}, 0, []string{waits, "Concluded END_USER END_USER_CONCLUDED"}},
		"the visitor cancels while it waits again": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ok(s.ada, "rerouteEngagement", "")
			time.Sleep(time.Second)
			expectStatus(s.t, s.v.Call("concludeEngagement", ""), http.StatusOK)
		}, time.Second, []string{waits, joined, "ParticipantLeft LEAD TRANSFERRED_TO_QUEUE", waits, "Concluded END_USER END_USER_CONCLUDED"}},
		"waited longer than the queue's limit": {func(*scene) { time.Sleep(time.Hour) }, 1800 * time.Second,
			[]string{waits, "Concluded END_USER QUEUE_TIMEOUT"}},
		"waited longer than another limit": {func(s *scene) {
			s.administer("PATCH", "/settings", `{"queueSeconds":90}`)
			time.Sleep(time.Hour)
		}, 90 * time.Second, []string{waits, "Concluded END_USER QUEUE_TIMEOUT"}},
		"no activity on either side": {func(s *scene) {
			s.lead(s.ada, s.v)
			time.Sleep(time.Hour)
		}, 600 * time.Second, []string{waits, joined, "Concluded END_USER IDLE_TIMEOUT"}},
		"no activity for long after the last post": {func(s *scene) {
			s.lead(s.ada, s.v)
			time.Sleep(9 * time.Minute)
			s.v.Post("a moment please")
			time.Sleep(time.Hour)
		}, 1140 * time.Second, []string{waits, joined, "Concluded END_USER IDLE_TIMEOUT"}},
		"an administrator ejects it from the chat": {func(s *scene) {
			s.lead(s.ada, s.v)
			eject(s)
		}, 0, []string{waits, joined, "Concluded END_USER EJECTED"}},
		"an administrator ejects it from the queue": {eject, 0, []string{waits, "Concluded END_USER EJECTED"}},
		"the last agents log off": {func(s *scene) {
			refuse(s)
			leave(s, s.ada, s.bob)
		}, 0, []string{waits, "Concluded END_USER NO_AGENTS_AVAILABLE"}},
		"the last agent, who led it, logs off": {func(s *scene) {
			refuse(s)
			s.lead(s.ada, s.v)
			leave(s, s.bob, s.ada)
		}, 0, []string{waits, joined, "ParticipantConnectionStateChanged LEAD DISCONNECTED", "Concluded END_USER NO_AGENTS_AVAILABLE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(s *scene) {
				start := time.Now()
				c.by(s)
				s.expect(s.v, c.want...)
				if took := s.endOf(s.v).Sub(start); took != c.after {
					t.Errorf("it ended after %v, want %v", took, c.after)
				}
			})
		})
	}
}

// TestTypicalSequences: what a visitor is told in the cases of 3.12.
func TestTypicalSequences(t *testing.T) {
	t.Parallel()
	waits, joined := "WaitInformationChanged 1", "ParticipantAdded LEAD"
	for name, c := range map[string]struct {
		by   func(s *scene)
		want []string // after the first wait
	}{
		"normal": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ok(s.ada, "setInteractionStatus", `,"clientId":1,"mode":"RESPONDING"`)
			s.ada.Post(s.v.Engagement, "hello")
			s.ok(s.ada, "setInteractionStatus", `,"clientId":1,"mode":"LISTENING"`)
			s.v.Post("hello")
			s.ada.Post(s.v.Engagement, "bye")
			s.ok(s.ada, "concludeChat", "")
		}, []string{joined, "ActivityChanged RESPONDING", "MessagePosted hello", "ActivityChanged LISTENING", "MessagePosted bye", "Concluded LEAD AGENT_CONCLUDED"}},
		"transfer to a queue": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ok(s.ada, "rerouteEngagement", "")
			s.lead(s.bob, s.v)
			time.Sleep(time.Second)
			s.ok(s.bob, "concludeChat", "")
		}, []string{joined, "ParticipantLeft LEAD TRANSFERRED_TO_QUEUE", waits, joined, "Concluded LEAD AGENT_CONCLUDED"}},
		"direct transfer to an agent": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ok(s.ada, "transfer", `,"accountId":13`)
			s.bob.Accept(s.v.Engagement)
		}, []string{joined, "ParticipantAdded LEAD", "RoleChanged LEAD", "ParticipantLeft LEAD PARTICIPANT_LEFT"}},
		"conference": {func(s *scene) {
			s.lead(s.ada, s.v)
			s.ok(s.ada, "invite", `,"accountId":13`)
			s.bob.Accept(s.v.Engagement)
			s.bob.Post(s.v.Engagement, "I am here as well")
			s.ada.Post(s.v.Engagement, "good")
			s.ok(s.bob, "leave", "")
			time.Sleep(time.Second)
			s.ok(s.ada, "concludeChat", "")
		}, []string{joined, "ParticipantAdded CONFEREE", "MessagePosted I am here as well", "MessagePosted good", "ParticipantLeft CONFEREE PARTICIPANT_LEFT", "Concluded LEAD AGENT_CONCLUDED"}},
		"cancel in the queue": {func(s *scene) {
			expectStatus(s.t, s.v.Call("concludeEngagement", ""), http.StatusOK)
		}, []string{"Concluded END_USER END_USER_CONCLUDED"}},
		"the agent logs off": {func(s *scene) {
			s.lead(s.ada, s.v)
			expectStatus(s.t, s.ada.Call("logoff", `{"forceLogoff":true}`), http.StatusOK)
			s.lead(s.bob, s.v)
		}, []string{joined, "ParticipantLeft LEAD TRANSFERRED_TO_QUEUE", waits, joined}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(s *scene) {
				c.by(s)
				s.expect(s.v, append([]string{waits}, c.want...)...)
			})
		})
	}
}

// TestAgentLost: a lead who shows no sign of life is absent after 120 s, and the
// visitor waits again after 240 s; one who is back in between goes on (3.7, 3.13).
// The visitor is not told DISCONNECTED, at which a client ends its chat.
func TestAgentLost(t *testing.T) {
	t.Parallel()
	const waits, joined, absent = "WaitInformationChanged 1", "ParticipantAdded LEAD", "ParticipantConnectionStateChanged LEAD ABSENT"
	silent := func(s *scene) *testkit.Agent { // a lead that retrieves nothing
		a := s.LogOn("echo")
		s.v = s.arrive(testkit.Echo)
		s.lead(a, s.v)
		return a
	}
	times := func(s *scene) (at []time.Duration) {
		stream := s.w.stream(s.v)
		for _, m := range stream {
			at = append(at, m.at.Sub(stream[0].at))
		}
		return at
	}
	for name, c := range map[string]struct {
		then func(s *scene, a *testkit.Agent)
		want []string
		at   []time.Duration
	}{
		"back in between": {func(s *scene, a *testkit.Agent) {
			time.Sleep(200 * time.Second)
			a.Post(s.v.Engagement, "here I am")
			s.loops(a)
			time.Sleep(400 * time.Second)
		}, []string{waits, joined, absent, "ParticipantConnectionStateChanged LEAD ACTIVE", "MessagePosted here I am"},
			[]time.Duration{0, 0, 120 * time.Second, 200 * time.Second, 200 * time.Second}},
		"back by logging on again": {func(s *scene, _ *testkit.Agent) {
			time.Sleep(200 * time.Second)
			s.loops(s.LogOn("echo"))
			time.Sleep(300 * time.Second)
		}, []string{waits, joined, absent, "ParticipantConnectionStateChanged LEAD ACTIVE"}, []time.Duration{0, 0, 120 * time.Second, 200 * time.Second}},
		"lost": {func(s *scene, _ *testkit.Agent) {
			time.Sleep(300 * time.Second)
		}, []string{waits, joined, absent, "ParticipantLeft LEAD TRANSFERRED_TO_QUEUE", waits},
			[]time.Duration{0, 0, 120 * time.Second, 240 * time.Second, 240 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(s *scene) {
				c.then(s, silent(s))
				s.expect(s.v, c.want...)
				if diff := cmp.Diff(c.at, times(s)); diff != "" {
					t.Errorf("at (-want +got):\n%s", diff)
				}
				for _, m := range s.w.stream(s.v) {
					left := map[any]json.Number{"ABSENT": "120", "ACTIVE": "0"}[m.members["connectionState"]]
					if left != "" && m.members["secondsToDisconnect"] != left {
						t.Errorf("secondsToDisconnect is %v, want %s", m.members["secondsToDisconnect"], left)
					}
				}
			})
		})
	}
}

// TestNothingFollowsTheEnd: the concluded message is a session's last, also for a
// visitor who comes for it late: whatever the agent does in its wrap-up, or when it
// falls silent there.
func TestNothingFollowsTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		w := watch(s)
		a, v := s.Chat("ada")
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		expectStatus(t, a.Call("setInteractionStatus", inEngagement(v.Engagement, `,"clientId":1,"mode":"RESPONDING"`)), http.StatusOK)
		expectRefusal(t, a.Call("postMessage", testkit.AgentPost(v.Engagement, "too late")), http.StatusConflict, api.Conflict)
		time.Sleep(130 * time.Second) // it is absent
		expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		v.Poll()
		v.Poll()
		if diff := cmp.Diff([]string{"ParticipantAdded LEAD", "Concluded LEAD AGENT_CONCLUDED"}, w.news(v)); diff != "" {
			t.Errorf("the visitor is told (-want +got):\n%s", diff)
		}
		w.check(t)
	})
}

// TestMonitorsAreNotSeen: whatever a monitor does, the visitor is told nothing.
func TestMonitorsAreNotSeen(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"by itself", "invited"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			play(t, func(s *scene) {
				// In place of bob, whose loop keeps his session alive, a supervisor without one.
				testkit.Do(s.Server, func(x *site.Site) (site.Account, error) {
					echo, _ := x.AccountByID(testkit.Bot)
					echo.Supervisor = true
					return x.Admin("test").DefineAccount(echo)
				})
				m := s.LogOn("echo")
				s.lead(s.ada, s.v)
				seen := s.w.news(s.v)
				if how == "invited" {
					s.ok(s.ada, "invite", `,"accountId":14,"type":"MONITOR","note":"listen"`)
					m.Accept(s.v.Engagement)
				} else {
					s.ok(m, "monitor", "")
				}
				s.ok(m, "setInteractionStatus", `,"clientId":1,"mode":"RESPONDING"`)
				m.Post(s.v.Engagement, "ask for the number")
				s.v.Post("hello")
				time.Sleep(130 * time.Second) // it is absent
				m.Post(s.v.Engagement, "and for the date")
				s.ok(m, "leave", "")
				if how == "by itself" { // and one who is lost
					s.ok(m, "monitor", "")
					time.Sleep(300 * time.Second)
				}
				s.expect(s.v, seen...)
				s.ok(s.ada, "concludeChat", "")
				s.expect(s.v, append(seen, "Concluded LEAD AGENT_CONCLUDED")...)
			})
		})
	}
}

// TestPlacesAreToldInTime: the first ten places are told of a change at most every
// second, the others at most every ten, all in the end, and nobody once it is
// accepted (3.3).
func TestPlacesAreToldInTime(t *testing.T) {
	t.Parallel()
	play(t, func(s *scene) {
		queue := []*testkit.Visitor{s.v}
		for len(queue) < 40 {
			queue = append(queue, s.arrive(testkit.Support))
		}
		const leave = 38 // all but the last two, at moments at which nobody is told
		for n := range leave {
			time.Sleep(730 * time.Millisecond)
			expectStatus(t, queue[n].Call("concludeEngagement", ""), http.StatusOK)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		far := 0
		for i, v := range queue {
			var before arrival
			var place int64
			for _, m := range s.w.stream(v) {
				if m.name() != "WaitInformationChanged" {
					continue
				}
				now, _ := m.members["position"].(json.Number).Int64()
				gap := time.Second
				if now > 10 {
					gap, far = 10*time.Second, far+1
				}
				switch {
				case before.members == nil && now != int64(i+1):
					t.Errorf("visitor %d entered and was told place %d", i, now)
				case before.members != nil && m.at.Sub(before.at) < gap:
					t.Errorf("visitor %d was told place %d after %v, want at least %v", i, now, m.at.Sub(before.at), gap)
				case before.members != nil && now > place:
					t.Errorf("visitor %d went from place %d to %d", i, place, now)
				}
				before, place = m, now
			}
			if want := int64(i - leave + 1); i >= leave && place != want {
				t.Errorf("visitor %d was told place %d at last, and has %d", i, place, want)
			}
		}
		if far <= len(queue)-10 { // the places with which they entered
			t.Errorf("no visitor beyond the tenth place was told of a change")
		}
		last := queue[leave+1]
		before := len(s.w.stream(last))
		s.ada.Ask(2)
		s.ada.Accept(queue[leave].Engagement)
		s.ada.Accept(last.Engagement)
		time.Sleep(time.Minute)
		synctest.Wait()
		var said []string
		for _, m := range s.w.stream(last)[before:] {
			said = append(said, m.words())
		}
		expectKinds(t, said, "ParticipantAdded LEAD")
	})
}

// TestWaitsAreCounted: the numbers of the wait follow what really happened.
func TestWaitsAreCounted(t *testing.T) {
	t.Parallel()
	play(t, func(s *scene) {
		for range 3 {
			time.Sleep(40 * time.Second)
			s.lead(s.ada, s.v)
			s.ok(s.ada, "concludeChat", "")
			s.ok(s.ada, "releaseChat", "")
			s.v = s.arrive(testkit.Support)
		}
		first := s.w.stream(s.v)[0]
		if got := first.members["averageWaitTimeSeconds"]; got != json.Number("40") {
			t.Errorf("averageWaitTimeSeconds is %v, want 40: three waited so long", got)
		}
		if got := first.members["expectedWaitTimeSeconds"]; got == json.Number("0") {
			t.Errorf("expectedWaitTimeSeconds is %v, though they came every 40 s", got)
		}
	})
}

// TestEveryStreamIsWellFormed: whatever happens, what a visitor is sent keeps to the
// contract: order, numbers, members, twins, and who is announced.
func TestEveryStreamIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, c := range causes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				w := watch(s.Server)
				c.by(t, s)
				for _, v := range []*testkit.Visitor{s.ann, s.ben, s.cy, s.dee} {
					v.Call("getMessages", "") // what it has not been told yet, if its session lives
				}
				w.check(t)
			})
		})
	}
}
