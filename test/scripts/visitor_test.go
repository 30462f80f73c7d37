package scripts

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	wire "usher/api/consumer"
	"usher/api/sites"
)

// visitor is a visitor's program. Its verbs:
//
//	start [-queue N]               open the chat
//	post [-id ID] [-size N] TEXT   say something; with -size the text is filled up
//	type                           say that the visitor is typing
//	poll, wait                     see party.poll
//	conclude                       end the chat
type visitor struct {
	party
	engagement int64
	names      map[int64]string // of participants, by client id
}

func (s *story) visitorVerb(_ *testscript.TestScript, args []string) ([]string, error) {
	if len(args) < 2 {
		return nil, errors.New("usage: visitor NAME VERB [ARG...]")
	}
	name, verb, args := args[0], args[1], args[2:]
	if verb == "start" {
		return nil, s.startVisitor(name, args)
	}
	v := s.visitors[name]
	if v == nil {
		return nil, fmt.Errorf("visitor %s has not started", name)
	}
	switch verb {
	case "poll":
		return v.poll(args)
	case "wait":
		return v.wait(args)
	case "post":
		return nil, v.post(args)
	case "type":
		return nil, v.do("activity", map[string]any{"mode": "RESPONDING"}, new(wire.ActivityResponse))
	case "conclude":
		return nil, v.do("concludeEngagement", map[string]any{}, new(wire.ConcludeEngagementResponse))
	}
	return nil, fmt.Errorf("unknown: visitor NAME %s", verb)
}

func (s *story) startVisitor(name string, args []string) error {
	f := flag.NewFlagSet("start", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	queue := f.Int64("queue", 0, "")
	if err := f.Parse(args); err != nil {
		return err
	}
	site, err := s.site()
	if err != nil {
		return err
	}
	v := &visitor{party: newParty(s, "/engagement/api/consumer/"+site.Site+"/v1/"), names: map[int64]string{}}
	v.lines = v.read
	var opened wire.StartResponse
	err = s.do(v.http, http.MethodPost, "/usher/consumer/"+site.Site+"/v1/start", nil, wire.StartRequest{
		Key: site.WidgetKey, SessionAttributes: sites.SessionAttributes{FirstName: sites.Text(name), QueueID: sites.Number(*queue)},
	}, &opened)
	if err != nil {
		return err
	}
	var session wire.RequestEngagementResponse
	v.header = http.Header{"Authorization": {"Bearer " + opened.ChannelToken}}
	if err := v.do("requestEngagement", map[string]any{}, &session); err != nil {
		return err
	}
	v.header = http.Header{"Sessionid": {session.SessionID}}
	v.engagement = session.EngagementID
	s.visitors[name] = v
	s.mu.Lock()
	s.engagements[v.engagement] = name
	s.mu.Unlock()
	return nil
}

func (v *visitor) post(args []string) error {
	f := flag.NewFlagSet("post", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	id, size := f.String("id", "", ""), f.Int("size", 0, "")
	if err := f.Parse(args); err != nil || f.NArg() != 1 {
		return errors.New("usage: visitor NAME post [-id ID] [-size BYTES] TEXT")
	}
	text := f.Arg(0)
	if n := *size - len(text); n > 0 {
		text += strings.Repeat(".", n)
	}
	return v.do("postMessage", map[string]any{"body": text, "messageId": *id}, new(wire.PostMessageResponse))
}

// read writes the messages of an answer as lines.
func (v *visitor) read(body []byte) ([]string, error) {
	var r wire.GetMessagesResponse
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	var lines []string
	for _, m := range r.SystemMessages {
		switch {
		case m.ParticipantAdded != nil:
			j := m.ParticipantAdded
			v.names[j.ClientID] = j.Name
			lines = append(lines, fmt.Sprintf("#%d %s joined as %s: %s", j.SequenceNumber, j.Name, j.Role, j.Greeting))
		case m.MessagePosted != nil:
			p := m.MessagePosted
			lines = append(lines, fmt.Sprintf("#%d %s says %s", p.SequenceNumber, v.names[p.ClientID], brief(p.Body)))
		case m.ActivityChanged != nil:
			lines = append(lines, fmt.Sprintf("%s is %s", v.names[m.ActivityChanged.ClientID], m.ActivityChanged.Mode))
		case m.WaitInformationChanged != nil:
			lines = append(lines, fmt.Sprintf("place %d", m.WaitInformationChanged.Position))
		case m.ConnectionStateChanged != nil:
			c := m.ConnectionStateChanged
			lines = append(lines, fmt.Sprintf("%s is %s", v.names[c.ClientID], c.ConnectionState))
		case m.ParticipantLeft != nil:
			l := m.ParticipantLeft
			lines = append(lines, fmt.Sprintf("#%d %s left: %s", l.SequenceNumber, l.Name, l.DisconnectReason))
		case m.Concluded != nil:
			lines = append(lines, fmt.Sprintf("#%d concluded: %s", m.Concluded.SequenceNumber, m.Concluded.Reason))
		default:
			lines = append(lines, m.Name())
		}
	}
	return lines, nil
}
