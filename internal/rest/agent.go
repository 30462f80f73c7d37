package rest

import (
	"net/http"
	"strconv"
	"time"

	"usher/api/agent"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// agentCall is one request of the agent API that names a session.
type agentCall struct {
	*fields
	r       *http.Request
	site    string
	session string // the value of X-JSESSIONID
	caller  site.Caller
	started time.Time
}

// agentOperation reads its fields, makes one call to the site, and answers the body.
type agentOperation func(c *agentCall, h *host.Host) (any, error)

func (s *Server) agentRoutes(mux *http.ServeMux) {
	const contract, own = "/engagement/api/agent/{site}/v1/", "/usher/agent/{site}/v1/"
	mux.HandleFunc(contract+"createAutomatedAgentSession", only(http.MethodPost, agentError, s.createAutomatedAgentSession))
	mux.HandleFunc(contract+"getMessages", only(http.MethodPost, agentError, func(w http.ResponseWriter, r *http.Request) {
		s.agentGetMessages(w, r, r.PathValue("site"))
	}))
	for path, op := range map[string]agentOperation{
		contract + "setActivityStatus":         setActivityStatus,
		contract + "requestAssignment":         requestAssignment,
		contract + "assignmentAcknowledgement": assignmentAcknowledgement,
		contract + "postMessage":               agentPostMessage,
		contract + "setInteractionStatus":      setInteractionStatus,
		contract + "concludeChat":              concludeChat,
		contract + "releaseChat":               releaseChat,
		contract + "logoff":                    logoff,
		own + "engagements":                    engagements,
		own + "history":                        history,
	} {
		mux.HandleFunc(path, only(http.MethodPost, agentError, s.agent(op)))
	}
	mux.HandleFunc(contract, s.notFound(agentError))
	mux.HandleFunc(own, s.notFound(agentError))
}

// agent makes a handler of an operation.
func (s *Server) agent(op agentOperation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := s.runAgent(w, r, op)
		if err != nil {
			agentError(w, r, s.explain(r, err))
			return
		}
		write(w, http.StatusOK, answer)
	}
}

func (s *Server) runAgent(w http.ResponseWriter, r *http.Request, op agentOperation) (any, error) {
	c, owner, err := s.agentCall(w, r, r.PathValue("site"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := command(r)
	defer cancel()
	c.r = r.WithContext(ctx)
	answer, err := op(c, owner.Host)
	if c.err != nil {
		return nil, s.sessionFirst(c.r, owner.Host, c.site, c.caller, c.err)
	}
	return answer, err
}

// sessionFirst answers why a request that could not be read is refused: an
// unknown session comes before anything else that is wrong (agent-api 1.8).
func (s *Server) sessionFirst(r *http.Request, h *host.Host, name string, c site.Caller, wrong error) error {
	c.Acked = false
	_, err := host.Do(r.Context(), h, name, func(s *site.Site) (struct{}, error) { return struct{}{}, s.Alive(c) })
	if err != nil {
		return err
	}
	return wrong
}

// agentCall reads what all requests with a session have.
func (s *Server) agentCall(w http.ResponseWriter, r *http.Request, name string) (*agentCall, clusterOwner, error) {
	c := &agentCall{r: r, site: name, session: r.Header.Get("X-JSESSIONID"), started: time.Now()}
	owner, err := s.node.Owner(r.Context(), c.site)
	if err != nil {
		return nil, owner, err
	}
	if c.session == "" {
		return nil, owner, &site.Error{Code: site.AccessDenied, Message: "header X-JSESSIONID is missing: send the sessionId of createAutomatedAgentSession"}
	}
	// An X-AID that is no number is no account's, so it is refused as a wrong one.
	account, err := strconv.ParseInt(r.Header.Get("X-AID"), 10, 64)
	if err != nil {
		return nil, owner, &site.Error{Code: site.AccessDenied, Message: "header X-AID: expected the agent's account id in digits"}
	}
	c.caller = site.Caller{Key: site.SessionKey(auth.SessionHash(c.session)), Account: site.AccountID(account), Agent: true}
	if err := acked(r, &c.caller); err != nil {
		return nil, owner, s.sessionFirst(r, owner.Host, c.site, c.caller, err)
	}
	b, err := body(w, r)
	if err != nil {
		return nil, owner, err
	}
	c.fields = parse(b, false)
	return c, owner, nil
}

// envelope opens an answer, at the moment it is sent.
func (c *agentCall) envelope(client site.ClientID) agent.Envelope {
	return agentEnvelope(client, c.int64("sequenceNumber", false), c.session, c.started)
}

func agentEnvelope(client site.ClientID, sequence int64, session string, started time.Time) agent.Envelope {
	now := time.Now()
	return agent.Envelope{
		ClientID: int64(client), ClientIDString: text(client),
		SequenceNumber: sequence, SequenceNumberString: text(sequence),
		SessionID: session, ClientSendTime: agent.NoClientSendTime,
		ResponseSentMilliseconds: now.UnixMilli(), ResponseSentMillisecondsString: text(now.UnixMilli()),
		ServiceStartTime: started.UTC().Format(agent.TimeLayout), ServiceFinishTime: now.UTC().Format(agent.TimeLayout),
	}
}

// text answers a number's twin: the same in digits.
func text[T ~int64 | ~int](n T) string { return strconv.FormatInt(int64(n), 10) }

// common reads the fields that every request may carry, so that wrong ones are
// refused before anything happens.
func (c *agentCall) common() {
	c.int64("sequenceNumber", false)
	c.int64("timeCreated", false)
}

// do runs a command that answers the agent's client id.
func (c *agentCall) do(h *host.Host, fn func(*site.Site) (site.ClientID, error)) (site.ClientID, error) {
	return agentDo(c, h, fn)
}

// agentDo runs a command once the request is known to be well formed.
func agentDo[T any](c *agentCall, h *host.Host, fn func(*site.Site) (T, error)) (T, error) {
	c.common()
	if c.err != nil {
		var none T
		return none, c.err
	}
	return host.Do(c.r.Context(), h, c.site, fn)
}
