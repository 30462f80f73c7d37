// Package agent is the Go SDK for agent programs: bots, bridges, consoles.
//
// Dial opens an agent session, Run hands over what happens, and a method stands
// for each operation. A bot that answers every post with its own text:
//
//	session, err := agent.Dial(ctx, agent.Options{Server: server, Login: "echo", Password: password})
//	if err != nil {
//		return err
//	}
//	defer session.Logoff(context.WithoutCancel(ctx), true)
//	if err := session.RequestAssignment(ctx, true, 1, 1); err != nil {
//		return err
//	}
//	return session.Run(ctx, func(ctx context.Context, m agent.Message) error {
//		switch {
//		case m.ChatEngagementAssignment != nil:
//			_, err := session.Accept(ctx, m.ChatEngagementAssignment)
//			return err
//		case m.ChatPostMessage != nil:
//			return session.Post(ctx, m.ChatPostMessage.DestinationID, m.ChatPostMessage.Body)
//		}
//		return nil
//	})
//
// Refused requests are errors that wrap *client.Error.
package agent

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"usher/api"
	wire "usher/api/agent"
	"usher/api/sites"
	"usher/client/internal/link"
)

// Message is one system message: exactly one of its pointers is set.
type Message = wire.SystemMessage

// Options say where the site is and who logs on.
type Options struct {
	// Server is the site's URL, such as "https://chat.example.org"; required.
	Server string
	// Site names the site where several share a host; "" leaves it to the host.
	Site string
	// Login and Password are the account's; required.
	Login    string
	Password string
	// Override takes over a live session of the account; without it Dial is
	// refused if there is one.
	Override bool
	// AccountID is needed only with a server that does not tell it when a
	// session is opened; usher does.
	AccountID int64
	// ChatURL is the chat server's URL, if the address that the site hands out
	// can't be reached from here. The link then stays there when the site moves.
	ChatURL string
	// HTTP makes the requests; nil is http.DefaultClient. It must have no
	// Timeout below a minute: retrievals are held for half of that.
	HTTP *http.Client
}

// Session is a live agent session. Its methods may be called from several
// goroutines, Run from one at a time.
type Session struct {
	// ClientID is the session's client: the SenderID of its posts.
	ClientID int64
	// AccountID is the account that is logged on.
	AccountID int64
	// Name is shown to visitors.
	Name string

	link *link.Link
}

// The operations stand under these paths.
const (
	contract = "/engagement/api/agent/{site}/v1/"
	own      = "/usher/agent/{site}/v1/"
)

// Dial logs on: it asks the site where its chat server is, takes a token, and
// opens a session there.
func Dial(ctx context.Context, o Options) (*Session, error) {
	site := link.Site{HTTP: o.HTTP, Server: o.Server, Name: o.Site, Login: o.Login, Password: o.Password}
	if err := site.Prepare(); err != nil {
		return nil, fmt.Errorf("log on: %w", err)
	}
	var settings sites.ServiceSettings
	if err := site.Bootstrap(ctx, http.MethodGet, "serviceSettings/1", nil, &settings); err != nil {
		return nil, fmt.Errorf("get service settings: %w", err)
	}
	var token sites.AgentToken
	if err := site.Bootstrap(ctx, http.MethodPost, "agentTokens", nil, &token); err != nil {
		return nil, fmt.Errorf("get agent token: %w", err)
	}
	chat, err := site.Chat(o.ChatURL, settings.Domain, strconv.Itoa(settings.Port), settings.SiteName, settings.Pool)
	if err != nil {
		return nil, fmt.Errorf("log on: %w", err)
	}
	s := &Session{link: chat}
	request := wire.CreateAutomatedAgentSessionRequest{Request: s.request(), LogonOverride: o.Override}
	var answer wire.CreateAutomatedAgentSessionResponse
	header := http.Header{"Authorization": {"Bearer " + token.SessionToken}}
	if err := chat.Open(ctx, contract+"createAutomatedAgentSession", header, request, &answer); err != nil {
		return nil, fmt.Errorf("create agent session: %w", err)
	}
	s.ClientID, s.AccountID = answer.ClientID, o.AccountID
	if logon := answer.ChatLogonResult; logon != nil {
		s.AccountID, s.Name = cmp.Or(logon.AccountID, o.AccountID), logon.AgentInfo.Name
	}
	if answer.SessionID == "" || s.AccountID == 0 {
		return nil, errors.New("create agent session: the answer names no session or no account: set the option AccountID")
	}
	chat.Identify(http.Header{"X-Jsessionid": {answer.SessionID}, "X-Aid": {strconv.FormatInt(s.AccountID, 10)}})
	return s, nil
}

// Run hands every message to handle, in order, one at a time, until ctx ends,
// handle fails, or the session does; it answers the cause of ctx's end, handle's
// error, or an error that wraps client.ErrSessionEnded.
//
// Messages are acknowledged only after handle returned for their whole batch.
// When handle fails the batch comes again, to the next Run or, after a restart
// of this program, to the account's next session. So a program that dies loses
// nothing, and handle may see again what it saw just before. Logoff tells the
// server what was handled last.
//
// Lost connections, restarts of the server and moves of the site are waited out
// and followed. Time-outs and messages of unknown type are not handed over.
func (s *Session) Run(ctx context.Context, handle func(context.Context, Message) error) error {
	return link.Run(ctx, s.link, s.poll, handle)
}

func (s *Session) poll(ctx context.Context) (link.Batch[Message], error) {
	var answer wire.GetMessagesResponse
	last, err := s.link.Poll(ctx, contract+"getMessages", wire.GetMessagesRequest{Request: s.request()}, &answer)
	if err != nil {
		return link.Batch[Message]{}, fmt.Errorf("get messages: %w", err)
	}
	batch := link.Batch[Message]{Last: last, Empty: true}
	for _, m := range answer.GetResponseTypes {
		if m.ChatGetTimeout != nil {
			continue
		}
		batch.Empty = false
		if m.Unknown != "" {
			continue
		}
		if c := m.ChatConfigChangeNotification; c != nil {
			s.link.Follow(c.Domain, c.Port, c.Pool)
		}
		batch.Messages = append(batch.Messages, m)
	}
	return batch, nil
}

// SetActivityStatus says whether the session wants engagements. subType is the
// site's own status, such as a kind of break.
func (s *Session) SetActivityStatus(ctx context.Context, status api.ActivityStatus, subType int32) error {
	return s.do(ctx, "set activity status", contract+"setActivityStatus",
		wire.SetActivityStatusRequest{Request: s.request(), Status: status, SubTypeID: &subType}, new(wire.SetActivityStatusResponse))
}

// RequestAssignment asks for engagements, or no longer asks. idle is how many
// more the program can take now, most how many it may hold. Offers come as
// ChatEngagementAssignment.
func (s *Session) RequestAssignment(ctx context.Context, wanted bool, idle, most int32) error {
	return s.do(ctx, "request assignment", contract+"requestAssignment",
		wire.RequestAssignmentRequest{Request: s.request(), AssignmentRequested: &wanted, IdleSessionCount: &idle, MaxSessionCount: &most},
		new(wire.RequestAssignmentResponse))
}

// Accept takes an offer, as a program does, and answers who is in the engagement.
func (s *Session) Accept(ctx context.Context, offer *wire.ChatEngagementAssignment) ([]wire.ChatClientInfo, error) {
	return s.Acknowledge(ctx, wire.AssignmentAcknowledgementRequest{
		EngagementID: offer.EngagementID, Action: api.ActionAccept, ActionType: api.ActionTypeAuto, AssignmentType: offer.Type,
	})
}

// Decline leaves an offer to another agent, as a program does.
func (s *Session) Decline(ctx context.Context, offer *wire.ChatEngagementAssignment) error {
	_, err := s.Acknowledge(ctx, wire.AssignmentAcknowledgementRequest{
		EngagementID: offer.EngagementID, Action: api.ActionDecline, ActionType: api.ActionTypeAuto, AssignmentType: offer.Type,
	})
	return err
}

// Acknowledge answers an offer in every way that there is. An offer that is over
// is refused with status 400.
func (s *Session) Acknowledge(ctx context.Context, r wire.AssignmentAcknowledgementRequest) ([]wire.ChatClientInfo, error) {
	r.Request = s.request()
	var answer wire.AssignmentAcknowledgementResponse
	if err := s.do(ctx, "acknowledge assignment", contract+"assignmentAcknowledgement", r, &answer); err != nil {
		return nil, err
	}
	if answer.ChatAssignmentAcknowledgementResult == nil {
		return nil, nil
	}
	return answer.ChatAssignmentAcknowledgementResult.ClientList, nil
}

// Post sends a text to everybody in an engagement, as PostMessage does.
func (s *Session) Post(ctx context.Context, engagement int64, text string) error {
	_, err := s.PostMessage(ctx, wire.PostMessageRequest{
		Body: text, DestinationID: engagement, DestinationType: api.PartyEngagement, Visibility: api.VisibilityAll,
	})
	return err
}

// PostMessage sends a message and answers its MessageID, which is made if r has
// none. A lost connection, 429, 502, 503 and 504 are tried again under the same
// MessageID, so the message is delivered once; give ctx a deadline to bound that
// to less than nine minutes.
func (s *Session) PostMessage(ctx context.Context, r wire.PostMessageRequest) (messageID string, err error) {
	r.MessageID = cmp.Or(r.MessageID, rand.Text())
	r.MessageType = cmp.Or(r.MessageType, wire.NoMessageType)
	return r.MessageID, link.Retry(ctx, func(ctx context.Context) error {
		r.Request = s.request()
		return s.do(ctx, "post message", contract+"postMessage", r, new(wire.PostMessageResponse))
	})
}

// SetInteractionStatus tells an engagement that the agent is typing,
// api.ModeResponding, or is not, api.ModeListening.
func (s *Session) SetInteractionStatus(ctx context.Context, engagement int64, mode api.Mode) error {
	return s.do(ctx, "set interaction status", contract+"setInteractionStatus",
		wire.SetInteractionStatusRequest{Request: s.request(), ClientID: s.ClientID, EngagementID: engagement, Mode: mode},
		new(wire.SetInteractionStatusResponse))
}

// SetProperty changes one property of any live engagement of the site, such as
// wire.PropertyQuestion of wire.OfUser. Ids are written in digits. A name that the
// type does not have, and a value that cannot be, are refused with status 400.
func (s *Session) SetProperty(ctx context.Context, engagement int64, kind wire.PropertyType, name wire.PropertyName, value string) error {
	return s.do(ctx, "set engagement property", contract+"setEngagementProperty",
		wire.SetEngagementPropertyRequest{Request: s.request(), EngagementID: engagement, Type: kind, Name: name, Value: value},
		new(wire.SetEngagementPropertyResponse))
}

// ModifyProperties changes several properties and custom fields of any live
// engagement of the site, and answers for each by its name whether it was changed.
func (s *Session) ModifyProperties(ctx context.Context, r wire.ModifyPropertiesRequest) (map[string]bool, error) {
	r.Request = s.request()
	var answer wire.ModifyPropertiesResponse
	if err := s.do(ctx, "modify properties", contract+"modifyProperties", r, &answer); err != nil {
		return nil, err
	}
	return answer.PropertiesResultMap, nil
}

// AgentsAndQueues answers who is logged on, and the site's queues, as far as r asks
// for them.
func (s *Session) AgentsAndQueues(ctx context.Context, r wire.RetrieveAgentsAndQueuesRequest) (*wire.RetrieveAgentsAndQueuesResponse, error) {
	r.Request = s.request()
	answer := new(wire.RetrieveAgentsAndQueuesResponse)
	if err := s.do(ctx, "retrieve agents and queues", contract+"retrieveAgentsAndQueues", r, answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// RerouteAvailability answers how the queue stands to which Reroute would send an
// engagement. One that is not live is refused with status 404.
func (s *Session) RerouteAvailability(ctx context.Context, engagement int64) (*wire.RerouteAvailabilityResponse, error) {
	answer := new(wire.RerouteAvailabilityResponse)
	err := s.do(ctx, "get reroute availability", contract+"rerouteAvailability",
		wire.RerouteAvailabilityRequest{Request: s.request(), EngagementID: engagement}, answer)
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// Reroute sends an engagement that the session leads to the queue that the site's
// escalation rules give, such as from a bot to people. Its place is free then.
func (s *Session) Reroute(ctx context.Context, engagement int64) error {
	return s.do(ctx, "reroute engagement", contract+"rerouteEngagement",
		wire.RerouteEngagementRequest{Request: s.request(), EngagementID: engagement}, new(wire.RerouteEngagementResponse))
}

// Conclude ends an engagement. It holds its place until Release.
func (s *Session) Conclude(ctx context.Context, engagement int64) error {
	return s.do(ctx, "conclude engagement", contract+"concludeChat",
		wire.ConcludeChatRequest{Request: s.request(), EngagementID: engagement}, new(wire.ConcludeChatResponse))
}

// Release ends the wrap-up of an engagement and frees its place.
func (s *Session) Release(ctx context.Context, engagement int64) error {
	return s.do(ctx, "release engagement", contract+"releaseChat",
		wire.ReleaseChatRequest{Request: s.request(), EngagementID: engagement}, new(wire.ReleaseChatResponse))
}

// Logoff ends the session. With force the engagements that it holds are queued
// again; without, it is refused with status 400 while there are any.
func (s *Session) Logoff(ctx context.Context, force bool) error {
	return s.do(ctx, "log off", contract+"logoff",
		wire.LogoffRequest{Request: s.request(), ForceLogoff: &force}, new(wire.LogoffResponse))
}

// Engagements answers what the session holds, such as after a take-over of the
// session of a program that died. usher's own.
func (s *Session) Engagements(ctx context.Context) (*wire.EngagementsResponse, error) {
	answer := new(wire.EngagementsResponse)
	err := s.do(ctx, "list engagements", own+"engagements", wire.EngagementsRequest{Request: s.request()}, answer)
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// History answers a page of an engagement's posts, oldest first: those after the
// post with the number after (0 is from the first), at most limit (0 leaves it
// to the server). usher's own.
func (s *Session) History(ctx context.Context, engagement, after int64, limit int) (*wire.HistoryResponse, error) {
	answer := new(wire.HistoryResponse)
	err := s.do(ctx, "read history", own+"history",
		wire.HistoryRequest{Request: s.request(), EngagementID: engagement, AfterPost: after, Limit: limit}, answer)
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// Transfer sends an engagement that the session leads to another agent, who is
// asked, or to a queue, and answers who was asked and until when. usher's own.
func (s *Session) Transfer(ctx context.Context, r wire.TransferRequest) (*wire.AskedResponse, error) {
	r.Request = s.request()
	answer := new(wire.AskedResponse)
	if err := s.do(ctx, "transfer engagement", own+"transfer", r, answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// Invite asks another agent into an engagement that the session leads, and answers
// who was asked and until when. usher's own.
func (s *Session) Invite(ctx context.Context, r wire.InviteRequest) (*wire.AskedResponse, error) {
	r.Request = s.request()
	answer := new(wire.AskedResponse)
	if err := s.do(ctx, "invite agent", own+"invite", r, answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// Monitor lets a supervisor watch an engagement, unseen by the visitor, until it
// leaves. Other accounts are refused with status 403. usher's own.
func (s *Session) Monitor(ctx context.Context, engagement int64) error {
	return s.do(ctx, "monitor engagement", own+"monitor",
		wire.MonitorRequest{Request: s.request(), EngagementID: engagement}, new(wire.MonitorResponse))
}

// TakeOver makes a supervisor the lead of an engagement, and answers who else is in
// it. Other accounts are refused with status 403. usher's own.
func (s *Session) TakeOver(ctx context.Context, engagement int64) ([]wire.ChatClientInfo, error) {
	var answer wire.TakeOverResponse
	err := s.do(ctx, "take over engagement", own+"takeOver",
		wire.TakeOverRequest{Request: s.request(), EngagementID: engagement}, &answer)
	if err != nil {
		return nil, err
	}
	return answer.ClientList, nil
}

// Leave takes the session out of an engagement that goes on without it. The only
// agent in it is refused with status 409. usher's own.
func (s *Session) Leave(ctx context.Context, engagement int64) error {
	return s.do(ctx, "leave engagement", own+"leave",
		wire.LeaveRequest{Request: s.request(), EngagementID: engagement}, new(wire.LeaveResponse))
}

// do makes one request; what says in an error what was being done.
func (s *Session) do(ctx context.Context, what, path string, body, answer any) error {
	if err := s.link.Do(ctx, path, body, answer); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// request numbers and dates a request.
func (s *Session) request() wire.Request {
	return wire.Request{TimeCreated: new(time.Now().UnixMilli()), SequenceNumber: new(s.link.Number())}
}
