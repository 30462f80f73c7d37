package rest

import (
	"net/http"
	"strconv"
	"time"

	"usher/api/agent"
	"usher/internal/auth"
	"usher/internal/site"
)

// agentContract is the agent API's: X-JSESSIONID and X-AID name the session.
var agentContract = contract{refuse: agentError, identify: identifyAgent, common: func(f *fields) {
	f.int64("sequenceNumber", false)
	f.int64("timeCreated", false)
}}

func (s *Server) agentRoutes(mux *http.ServeMux) {
	const base, own = "/engagement/api/agent/{site}/v1/", "/usher/agent/{site}/v1/"
	mux.HandleFunc(base+"createAutomatedAgentSession", only(http.MethodPost, agentError, s.answering(agentError, s.logOn)))
	mux.HandleFunc(base+"getMessages", only(http.MethodPost, agentError, func(w http.ResponseWriter, r *http.Request) {
		s.agentGetMessages(w, r, r.PathValue("site"))
	}))
	for path, op := range map[string]operation{
		base + "setActivityStatus":         setActivityStatus,
		base + "requestAssignment":         requestAssignment,
		base + "assignmentAcknowledgement": assignmentAcknowledgement,
		base + "postMessage":               agentPostMessage,
		base + "setInteractionStatus":      setInteractionStatus,
		base + "setEngagementProperty":     setEngagementProperty,
		base + "modifyProperties":          modifyProperties,
		base + "retrieveAgentsAndQueues":   retrieveAgentsAndQueues,
		base + "rerouteEngagement":         rerouteEngagement,
		base + "concludeChat":              concludeChat,
		base + "releaseChat":               releaseChat,
		base + "logoff":                    logoff,
		own + "engagements":                engagements,
		own + "history":                    history,
		own + "transfer":                   transfer,
		own + "invite":                     invite,
		own + "monitor":                    monitor,
		own + "takeOver":                   takeOver,
		own + "leave":                      leave,
		own + "seen":                       agentSeen,
		own + "replies":                    replies,
		own + "saveReply":                  saveReply,
		own + "deleteReply":                deleteReply,
		own + "wrapUp":                     wrapUp,
		own + "search":                     s.searchChats,
		own + "record":                     s.readChat,
		own + "visitor":                    s.visitorKnown,
	} {
		mux.HandleFunc(path, only(http.MethodPost, agentError, s.serve(agentContract, op)))
	}
	mux.HandleFunc(base+"rerouteAvailability", among(agentError, s.serve(agentContract, rerouteAvailability), http.MethodGet, http.MethodPost))
	s.deskRoutes(mux, own)
	mux.HandleFunc(own+"files", only(http.MethodPost, agentError, s.answering(agentError, s.agentSendsFile)))
	mux.HandleFunc(base, s.notFound(agentError))
	mux.HandleFunc(own, s.notFound(agentError))
}

// identifyAgent reads the headers of a session (agent-api 1.2).
func identifyAgent(r *http.Request, c *call) error {
	c.session = r.Header.Get("X-JSESSIONID")
	if c.session == "" {
		return &site.Error{Code: site.AccessDenied, Message: "header X-JSESSIONID is missing: send the sessionId of createAutomatedAgentSession"}
	}
	// An X-AID that is no number is no account's, so it is refused as a wrong one.
	account, err := strconv.ParseUint(r.Header.Get("X-AID"), 10, 63)
	if err != nil {
		return &site.Error{Code: site.AccessDenied, Message: "header X-AID: expected the agent's account id in digits"}
	}
	c.caller = site.Caller{Key: site.SessionKey(auth.SessionHash(c.session)), Account: site.AccountID(account), Agent: true}
	return nil
}

// agentEnvelope opens an answer, at the moment it is sent (agent-api 1.4).
func (c *call) agentEnvelope(client site.ClientID) agent.Envelope {
	return newAgentEnvelope(client, c.int64("sequenceNumber", false), c.session, c.started)
}

func newAgentEnvelope(client site.ClientID, sequence int64, session string, started time.Time) agent.Envelope {
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
