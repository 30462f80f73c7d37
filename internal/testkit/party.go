package testkit

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"usher/api/agent"
	"usher/api/consumer"
	"usher/api/sites"
)

// Answer is an answer to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends a request. Header pairs follow the body; a pair with an empty value
// is left out.
func (s *Server) Send(method, path, body string, header ...string) Answer {
	s.T.Helper()
	a, err := s.TrySend(method, path, body, header...)
	if err != nil {
		s.T.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// TrySend is Send for requests that may fail, and for other goroutines than the
// test's own.
func (s *Server) TrySend(method, path, body string, header ...string) (Answer, error) {
	r, err := http.NewRequestWithContext(s.T.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}
	got, err := s.HTTP.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	return Answer{Status: got.StatusCode, Header: got.Header, Body: string(b)}, err
}

// Decode reads an answer's body into a wire type. Any status but 200 fails the test.
func Decode[T any](s *Server, a Answer) T {
	s.T.Helper()
	var v T
	if a.Status != http.StatusOK {
		s.T.Fatalf("status %d: %s", a.Status, a.Body)
	}
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		s.T.Fatalf("decode %s: %v", a.Body, err)
	}
	return v
}

// Basic is the value of an Authorization header.
func Basic(login, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(login+":"+password))
}

// Bootstrap is the prefix of the bootstrap's paths.
const Bootstrap = "/services/rest/crossChannelServices/latest/"

// Agent is a logged-on agent.
type Agent struct {
	*Server
	Account int64
	Session string
	Client  int64
	// Ack is sent as Usher-Ack when it is not empty.
	Ack string
}

// AgentToken answers a token for logging on, through the real bootstrap.
func (s *Server) AgentToken(login string) string {
	s.T.Helper()
	return Decode[sites.AgentToken](s, s.Send("POST", Bootstrap+"agentTokens", "", "Authorization", Basic(login, Password))).SessionToken
}

// LogOn logs an account on, over a live session if there is one.
func (s *Server) LogOn(login string) *Agent {
	s.T.Helper()
	a := Decode[agent.CreateAutomatedAgentSessionResponse](s, s.Send("POST", AgentPath("createAutomatedAgentSession"),
		`{"logonOverride":true}`, "Authorization", "Bearer "+s.AgentToken(login)))
	return &Agent{Server: s, Account: a.ChatLogonResult.AccountID, Session: a.SessionID, Client: a.ClientID}
}

// ownOperations are those of agents that the contract has not.
var ownOperations = []string{
	"engagements", "history", "transfer", "invite", "monitor", "takeOver", "leave", "files",
	"seen", "wrapUp", "replies", "saveReply", "deleteReply", "logIn", "logOut",
	"search", "record", "visitor",
}

// AgentPath answers the path of an operation of the agent API, or of usher's own
// beside it.
func AgentPath(operation string) string {
	prefix := "/engagement/api/agent/"
	if slices.Contains(ownOperations, operation) {
		prefix = "/usher/agent/"
	}
	return prefix + SiteName + "/v1/" + operation + "?pool=1:1"
}

// Call sends an operation with the session's headers.
func (a *Agent) Call(operation, body string) Answer {
	a.T.Helper()
	return a.Send("POST", AgentPath(operation), body, a.headers()...)
}

// TryCall is Call for other goroutines than the test's own.
func (a *Agent) TryCall(operation, body string) (Answer, error) {
	return a.TrySend("POST", AgentPath(operation), body, a.headers()...)
}

func (a *Agent) headers() []string {
	return []string{"X-JSESSIONID", a.Session, "X-AID", strconv.FormatInt(a.Account, 10), "Usher-Ack", a.Ack}
}

// Ask asks for engagements.
func (a *Agent) Ask(n int) {
	a.T.Helper()
	count := strconv.Itoa(n)
	Decode[agent.RequestAssignmentResponse](a.Server, a.Call("requestAssignment",
		`{"assignmentRequested":true,"idleSessionCount":`+count+`,"maxSessionCount":`+count+`}`))
}

// Accept takes an offered engagement.
func (a *Agent) Accept(engagement int64) {
	a.T.Helper()
	Decode[agent.AssignmentAcknowledgementResponse](a.Server, a.Call("assignmentAcknowledgement",
		`{"engagementId":`+strconv.FormatInt(engagement, 10)+`,"action":"ACCEPT","actionType":"AUTO","assignmentType":"LEAD"}`))
}

// Post posts into an engagement.
func (a *Agent) Post(engagement int64, text string) {
	a.T.Helper()
	Decode[agent.PostMessageResponse](a.Server, a.Call("postMessage", AgentPost(engagement, text)))
}

// AgentPost answers the body of an agent's post.
func AgentPost(engagement int64, text string) string {
	b, err := json.Marshal(agent.PostMessageRequest{Body: text, DestinationID: engagement, DestinationType: "ENGAGEMENT", MessageType: "NONE"})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Poll retrieves messages once.
func (a *Agent) Poll(body string) agent.GetMessagesResponse {
	a.T.Helper()
	return Decode[agent.GetMessagesResponse](a.Server, a.Call("getMessages", body))
}

// Visitor is a visitor with an open engagement.
type Visitor struct {
	*Server
	Session    string
	Client     int64
	Engagement int64
	// Ack is sent as Usher-Ack when it is not empty.
	Ack string
}

// VisitorToken answers a token for an engagement, through the real bootstrap.
// attributes is a JSON object.
func (s *Server) VisitorToken(attributes string) string {
	s.T.Helper()
	return Decode[sites.EstablishSessionsResponse](s, s.Send("POST", Bootstrap+"establishSessions", attributes,
		"Authorization", Basic("ada", Password))).ChannelToken
}

// Enter opens an engagement in a queue.
func (s *Server) Enter(queue int) *Visitor {
	s.T.Helper()
	token := s.VisitorToken(`{"firstName":"Ann","lastName":"Lee","queueId":` + strconv.Itoa(queue) + `}`)
	v := Decode[consumer.RequestEngagementResponse](s, s.Send("POST", VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token))
	return &Visitor{Server: s, Session: v.SessionID, Client: v.ClientID, Engagement: v.EngagementID}
}

// VisitorPath answers the path of an operation of the visitor API.
func VisitorPath(operation string) string {
	return "/engagement/api/consumer/" + SiteName + "/v1/" + operation + "?pool=1:1"
}

// OwnPath answers the path of one of usher's own operations for visitors, beside the
// contract.
func OwnPath(operation string) string { return "/usher/consumer/" + SiteName + "/v1/" + operation }

// Call sends an operation with the session's header.
func (v *Visitor) Call(operation, body string) Answer {
	v.T.Helper()
	return v.Send("POST", VisitorPath(operation), body, "SessionId", v.Session, "Usher-Ack", v.Ack)
}

// TryCall is Call for other goroutines than the test's own.
func (v *Visitor) TryCall(operation, body string) (Answer, error) {
	return v.TrySend("POST", VisitorPath(operation), body, "SessionId", v.Session, "Usher-Ack", v.Ack)
}

// Post posts to the agents.
func (v *Visitor) Post(text string) {
	v.T.Helper()
	b, err := json.Marshal(consumer.PostMessageRequest{Body: text})
	if err != nil {
		v.T.Fatal(err)
	}
	Decode[consumer.PostMessageResponse](v.Server, v.Call("postMessage", string(b)))
}

// Poll retrieves messages once.
func (v *Visitor) Poll() consumer.GetMessagesResponse {
	v.T.Helper()
	return Decode[consumer.GetMessagesResponse](v.Server, v.Call("getMessages", ""))
}

// Chat lets an agent lead a new visitor's engagement in queue Support; neither
// has retrieved anything yet.
func (s *Server) Chat(login string) (*Agent, *Visitor) {
	s.T.Helper()
	a := s.LogOn(login)
	a.Ask(1)
	v := s.Enter(Support)
	a.Accept(v.Engagement)
	return a, v
}
