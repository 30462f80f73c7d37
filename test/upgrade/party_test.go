package upgrade

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// party is an agent or a visitor: its session, and where its retrievals stand. It
// is kept with the day, since sessions outlive an upgrade.
type party struct {
	Name    string
	Path    string // of its operations
	Header  http.Header
	Own     string // of usher's own operations
	Account int64  `json:",omitzero"`

	// Acked is the position up to which it has received; Numbers are the last
	// sequence numbers it had by then, by engagement.
	Acked   int64
	Numbers map[int64]int64
	// Engagement is the visitor's own.
	Engagement int64 `json:",omitzero"`
	// Waiting are the texts that it has not received, in order.
	Waiting []string

	server *server
}

// message is what of a system message a day looks at.
type message struct {
	name       string
	engagement int64
	number     int64
	text       string
}

// fleeting messages have no number of their own.
var fleeting = []string{"ChatGetTimeout", "ChatActivitySignal", "RNEngagementActivityChangedMessage",
	"RNEngagementWaitInformationChangedMessage", "RNEngagementParticipantConnectionStateChangedMessage"}

// logOn opens an agent's session, or takes over the one that there is.
func (s *server) logOn(name, login, password string, override bool) *party {
	s.t.Helper()
	p := &party{Name: name, Path: "/engagement/api/agent/" + siteName + "/v1/", Own: "/usher/agent/" + siteName + "/v1/",
		Numbers: map[int64]int64{}, server: s}
	basic := &http.Request{Header: http.Header{}}
	basic.SetBasicAuth(login, password)
	var token object
	s.call(http.MethodPost, "/services/rest/crossChannelServices/latest/agentTokens", basic.Header, nil, &token)
	var on object
	s.call(http.MethodPost, p.Path+"createAutomatedAgentSession", http.Header{"Authorization": {"Bearer " + text(token, "sessionToken")}},
		object{"logonOverride": override}, &on)
	p.Account = s.number(on["chatLogonResult"].(object), "accountId")
	p.Header = http.Header{"X-Jsessionid": {text(on, "sessionId")}, "X-Aid": {strconv.FormatInt(p.Account, 10)}}
	return p
}

// come opens a visitor's chat.
func (s *server) come(name string, attributes object) *party {
	s.t.Helper()
	p := &party{Name: name, Path: "/engagement/api/consumer/" + siteName + "/v1/", Own: "/usher/consumer/" + siteName + "/v1/",
		Numbers: map[int64]int64{}, server: s}
	attributes["key"], attributes["firstName"] = s.ready.Sites[0].WidgetKey, name
	var opened, session object
	s.call(http.MethodPost, p.Own+"start", nil, attributes, &opened)
	s.call(http.MethodPost, p.Path+"requestEngagement", http.Header{"Authorization": {"Bearer " + text(opened, "channelToken")}}, object{}, &session)
	p.Engagement = s.number(session, "engagementId")
	p.Header = http.Header{"Sessionid": {text(session, "sessionId")}}
	return p
}

func (p *party) do(operation string, body object) object {
	p.server.t.Helper()
	var answer object
	p.server.call(http.MethodPost, p.Path+operation, p.Header, body, &answer)
	return answer
}

// poll makes one retrieval, which acknowledges what was received before, and
// answers the durable messages. The numbers of each engagement, and of the mailbox,
// must go on without a gap.
func (p *party) poll() []message {
	t := p.server.t
	t.Helper()
	header := p.Header.Clone()
	header.Set("Usher-Ack", strconv.FormatInt(p.Acked, 10))
	var answer struct {
		GetResponseTypes []map[string]object // of agents: one member, under the message's name
		SystemMessages   []object            // of visitors
	}
	got := p.server.call(http.MethodPost, p.Path+"getMessages", header, object{}, &answer)
	var durable []message
	take := func(name string, m object) {
		if slices.Contains(fleeting, name) {
			return
		}
		d := message{name: name, engagement: p.Engagement, number: p.server.number(m, "sequenceNumber"), text: text(m, "body")}
		switch {
		case p.Account == 0, name == "ChatConfigChangeNotification": // of no engagement
		case name == "ChatPostMessage":
			d.engagement = p.server.number(m, "destinationId")
		default:
			d.engagement = p.server.number(m, "engagementId")
		}
		durable = append(durable, d)
	}
	for _, m := range answer.GetResponseTypes {
		for name, m := range m {
			take(name, m)
		}
	}
	for _, m := range answer.SystemMessages {
		take(text(m, "messageName"), m)
	}
	if len(durable) == 0 {
		return nil
	}
	numbers := map[int64]int64{}
	for _, m := range durable {
		before, ok := numbers[m.engagement]
		if !ok {
			before = p.Numbers[m.engagement]
		}
		if m.number != before+1 {
			t.Errorf("%s: %s has number %d of engagement %d, after %d", p.Name, m.name, m.number, m.engagement, before)
		}
		numbers[m.engagement] = m.number
	}
	if last := got.Get("Usher-Last"); last != strconv.FormatInt(p.Acked+int64(len(durable)), 10) {
		t.Errorf("%s: %d messages after position %d end at %q", p.Name, len(durable), p.Acked, last)
	}
	return durable
}

// take notes that messages were received.
func (p *party) take(messages []message) {
	for _, m := range messages {
		p.Acked++
		p.Numbers[m.engagement] = m.number
	}
}

// hear retrieves until a message comes that has this name or this text, and
// answers the texts and the engagement of that message.
func (p *party) hear(what string) (texts []string, engagement int64) {
	p.server.t.Helper()
	var names []string
	for range 30 {
		got := p.poll()
		p.take(got)
		for _, m := range got {
			if m.text != "" {
				texts = append(texts, m.text)
			}
			names = append(names, m.name)
		}
		for _, m := range got {
			if m.name == what || m.text == what {
				return texts, m.engagement
			}
		}
	}
	p.server.t.Fatalf("%s never hears %q, but %q in %v", p.Name, what, texts, names)
	return nil, 0
}

// settle receives what has come until nothing does, and acknowledges it.
func (p *party) settle() {
	p.server.t.Helper()
	for {
		got := p.poll()
		if p.take(got); len(got) == 0 {
			return
		}
	}
}

// lead asks for an engagement, waits for the offer and accepts it.
func (p *party) lead() (engagement int64) {
	p.server.t.Helper()
	p.do("requestAssignment", object{"assignmentRequested": true, "idleSessionCount": 1, "maxSessionCount": 10})
	_, engagement = p.hear("ChatEngagementAssignment")
	p.accept(engagement, "LEAD")
	return engagement
}

func (p *party) accept(engagement int64, kind string) {
	p.server.t.Helper()
	p.do("assignmentAcknowledgement", object{"engagementId": engagement, "action": "ACCEPT", "actionType": "MANUAL", "assignmentType": kind})
}

// say posts into an engagement. A text that begins with a hash is off the record.
func (p *party) say(engagement int64, words string) {
	p.server.t.Helper()
	body := object{"body": words, "offTheRecord": strings.HasPrefix(words, "#")}
	if p.Account != 0 {
		body["destinationId"], body["destinationType"], body["messageType"] = engagement, "ENGAGEMENT", "NONE"
	}
	p.do("postMessage", body)
}
