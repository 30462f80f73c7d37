package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// visitor is a visitor's session with its engagement.
type visitor struct {
	session    string
	engagement int64
}

// newVisitor brings a visitor to a queue. The number only tells visitors apart.
func (s *site) newVisitor(ctx context.Context, number int, queue int64) (visitor, error) {
	token, err := s.invite(ctx, number, queue)
	if err != nil {
		return visitor{}, err
	}
	return s.request(ctx, token)
}

// invite returns a token that lets a visitor in within half an hour, at this
// start of the server or a later one: nothing is kept of it until it is used.
func (s *site) invite(ctx context.Context, number int, queue int64) (token string, err error) {
	var established struct {
		ChannelToken string `json:"channelToken"`
	}
	body := map[string]any{"sessionInformation": map[string]any{
		"firstName": "Visitor", "lastName": strconv.Itoa(number), "emailAddress": fmt.Sprintf("visitor%d@example.org", number),
		"queueId": queue, "question": "How long does this take?",
	}}
	err = s.bootstrap(ctx, "establishSessions", s.login, s.password, body, &established)
	return established.ChannelToken, err
}

// request creates the engagement of the visitor with a token.
func (s *site) request(ctx context.Context, token string) (visitor, error) {
	var requested struct {
		SessionID    string `json:"sessionId"`
		EngagementID int64  `json:"engagementId"`
	}
	_, err := s.do(ctx, step{
		method: http.MethodPost, path: s.consumerTarget("requestEngagement"),
		header: map[string]string{"Authorization": "Bearer " + token}, body: struct{}{},
	}, &requested)
	if err != nil {
		return visitor{}, err
	}
	if requested.SessionID == "" {
		return visitor{}, errors.New("requestEngagement gave no sessionId")
	}
	return visitor{session: requested.SessionID, engagement: requested.EngagementID}, nil
}

// firstPoll fetches what waits for a new visitor and returns the position
// reached.
func (s *site) firstPoll(ctx context.Context, v visitor) (int64, error) {
	header, err := s.do(ctx, step{
		method: http.MethodPost, path: s.consumerTarget("getMessages"),
		header: map[string]string{"SessionId": v.session, "Usher-Ack": "0"}, body: struct{}{},
	}, nil)
	if err != nil {
		return 0, err
	}
	return position(header, 0)
}

// leave ends a visitor's engagement.
func (s *site) leave(ctx context.Context, v visitor) error {
	_, err := s.do(ctx, step{
		method: http.MethodPost, path: s.consumerTarget("concludeEngagement"),
		header: map[string]string{"SessionId": v.session}, body: struct{}{},
	}, nil)
	return err
}

// messageID is the id that a post with serial has, and sampleText its text of
// 100 bytes with the number in it, so that no two posts are alike.
const messageID = "bench-"

var sampleText = (serialMark + strings.Repeat(" to be or not to be", 6))[:100-10+len(serialMark)]

// postCall is a visitor's post, as a client library sends it.
func (s *site) postCall(v visitor) call {
	return call{
		target: s.consumerTarget("postMessage"),
		header: [][2]string{
			{"Content-Type", "application/json; charset=utf-8"},
			{"SessionId", v.session},
		},
		body: `{"clientTransactionId":` + serialMark + `,"body":"` + sampleText + `","messageId":"` + messageID + serialMark + `"}`,
	}
}

// visitorPollCall is a visitor's getMessages.
func (s *site) visitorPollCall(v visitor) call {
	return call{
		target: s.consumerTarget("getMessages"),
		header: [][2]string{
			{"Content-Type", "application/json; charset=utf-8"},
			{"SessionId", v.session},
			{"Usher-Ack", ackMark},
		},
		body: `{"clientTransactionId":` + serialMark + `}`,
	}
}
