package rest

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"usher/api"
	"usher/api/agent"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// agentGetMessages is the agent's retrieval loop (agent-api 3.2).
func (s *Server) agentGetMessages(w http.ResponseWriter, r *http.Request, name string) {
	started := time.Now()
	got, sequence, err := s.agentRetrieval(w, r, name)
	if err != nil {
		if !gone(r, err) {
			agentError(w, r, s.explain(r, s.guessed(r, agentContract, name, err)))
		}
		return
	}
	answer := agent.GetMessagesResponse{Envelope: newAgentEnvelope(got.Client, sequence, r.Header.Get("X-JSESSIONID"), started)}
	for _, d := range got.Batch.Deliveries {
		answer.ContainsDisconnect = answer.ContainsDisconnect || d.Message.Left != nil
		answer.GetResponseTypes = append(answer.GetResponseTypes, agentMessage(d, got.Client, s.fileLinks(name), asksForOwn(r)))
	}
	if got.Batch.Empty() {
		answer.GetResponseTypes = api.List[agent.SystemMessage]{{ChatGetTimeout: &agent.ChatGetTimeout{}}}
	}
	s.handOut(w, r, got, answer)
}

// agentRetrieval waits for messages, and answers also the request's number,
// which the answer echoes. While it waits nothing else of the body is kept.
func (s *Server) agentRetrieval(w http.ResponseWriter, r *http.Request, name string) (*host.Retrieval, int64, error) {
	if timeIsUp(r) {
		b, err := body(w, r)
		sequence, _ := parse(b, false).number("sequenceNumber", false, 64)
		return &host.Retrieval{}, sequence, err
	}
	c, owner, err := s.call(w, r, agentContract, name)
	if err != nil {
		return nil, 0, err
	}
	sequence, numbered := c.number("sequenceNumber", false, 64)
	created, timed := c.number("timeCreated", false, 64)
	caller := c.caller
	if c.err != nil {
		return nil, 0, c.sessionFirst(owner.Host, c.err)
	}
	got, err := owner.Host.Retrieve(r.Context(), name, caller, machine.Numbers{
		Sequence: sequence, TimeCreated: created, Given: numbered && timed,
	}, within(r))
	return got, sequence, err
}

// gone reports whether a retrieval failed because its client went away: there is
// nobody to answer.
func gone(r *http.Request, err error) bool {
	return r.Context().Err() != nil && errors.Is(err, r.Context().Err())
}

// agentMessage writes a message as the agent contract has it (agent-api 4). own: its
// receiver asks for what is usher's own beside it.
func agentMessage(d site.Delivery, to site.ClientID, files fileLinks, own bool) agent.SystemMessage {
	m := d.Message
	switch m.Kind {
	case site.KindAssignment:
		return agent.SystemMessage{ChatEngagementAssignment: assignment(d, to)}
	case site.KindJoined:
		j := m.Joined
		return agent.SystemMessage{ChatEngagementParticipantAdded: &agent.ChatEngagementParticipantAdded{
			Name: j.Name, Greeting: j.Greeting, EngagementID: int64(m.Engagement), EngagementIDString: text(m.Engagement),
			ClientID: int64(j.Client), ClientIDString: text(j.Client), Role: j.Role,
			AccountID: int64(j.Account), AccountIDString: text(j.Account), VirtualAgent: j.VirtualAgent,
			Header: engagementHeader(d, 0, api.PartySystem),
		}}
	case site.KindLeft, site.KindConcluded:
		return agent.SystemMessage{ChatDisconnectNotification: &agent.ChatDisconnectNotification{
			EngagementID: int64(m.Engagement), EngagementIDString: text(m.Engagement),
			ClientID: int64(m.Left.Client), ClientIDString: text(m.Left.Client), Reason: m.Left.Reason, Role: m.Left.Role,
			Header: engagementHeader(d, 0, api.PartySystem),
		}}
	case site.KindActivity:
		a := m.Activity
		return agent.SystemMessage{ChatActivitySignal: &agent.ChatActivitySignal{
			EngagementID: int64(m.Engagement), EngagementIDString: text(m.Engagement),
			ClientID: int64(a.Client), ClientIDString: text(a.Client), Mode: a.Mode,
			SneakPreviewState: a.SneakPreviewState, SneakPreviewInterval: int32(sneakPreviewInterval),
			SneakPreview: a.SneakPreview, SneakPreviewFocus: a.SneakPreviewFocus,
			Header: engagementHeader(d, a.Client, api.PartyEndUser),
		}}
	case site.KindConfig:
		l := m.Config
		return agent.SystemMessage{ChatConfigChangeNotification: &agent.ChatConfigChangeNotification{
			Name: agent.PoolSetting, Value: l.Pool, Domain: l.Domain, Port: text(l.Port), Pool: l.Pool,
			NoticeHeader: header(d, 0, api.PartyAgent, 0, api.PartySystem).NoticeHeader,
		}}
	case site.KindError:
		return agent.SystemMessage{ChatSystemError: &agent.ChatSystemError{
			ErrorCondition: statuses[m.Error.Condition].code, Text: m.Error.Text, Type: "CANCEL",
		}}
	case site.KindReceipt, site.KindConnection, site.KindVisitor, site.KindIdle:
		return ownAgentMessage(d)
	default:
		post := agentPost(d, files)
		if own {
			post.PostNumber, post.PostNumberString = m.Post.Number, text(m.Post.Number)
		}
		return agent.SystemMessage{ChatPostMessage: post}
	}
}

func agentPost(d site.Delivery, files fileLinks) *agent.ChatPostMessage {
	p := d.Message.Post
	body, data := files.say(d.Message.Engagement, p)
	h := engagementHeader(d, p.Client, p.SenderType)
	h.Visibility = visible(p.Visibility)
	if p.MessageType != "" {
		h.MessageType = p.MessageType
	}
	return &agent.ChatPostMessage{
		Body: body, VAResponse: orNull(p.VAResponse), OffTheRecord: p.OffTheRecord, RichText: p.RichText,
		MessageDataMap: data, MessageID: p.MessageID, Header: h,
	}
}

func orNull(t string) *string {
	if t == "" {
		return nil
	}
	return &t
}

// engagementHeader is the header of what happens in an engagement: its
// destination is the engagement, the only thing that tells several apart
// (agent-api 4.1).
func engagementHeader(d site.Delivery, from site.ClientID, party api.PartyType) agent.Header {
	return header(d, int64(d.Message.Engagement), api.PartyEngagement, from, party)
}

func header(d site.Delivery, to int64, toType api.PartyType, from site.ClientID, party api.PartyType) agent.Header {
	return agent.Header{
		DestinationID: to, DestinationIDString: text(to),
		NoticeHeader: agent.NoticeHeader{
			DestinationType: toType, SenderID: int64(from), SenderIDString: text(from), SenderType: party,
			MessageType: agent.NoMessageType, Visibility: api.VisibilityAll,
			CreatedTime: d.Message.At.Millis(), CreatedTimeString: text(d.Message.At.Millis()),
			SequenceNumber: d.Sequence, SequenceNumberString: text(d.Sequence),
		},
	}
}

// assignment is agent-api 4.5.
func assignment(d site.Delivery, to site.ClientID) *agent.ChatEngagementAssignment {
	m, a := d.Message, d.Message.Assignment
	initiation := api.InitiationConsumerStandard
	if a.Targeted {
		initiation = api.InitiationConsumerTargeted
	}
	return &agent.ChatEngagementAssignment{
		ContactInfo: contactInfo(a), AgentInfo: agentInformation(a.Agent),
		EngagementID: int64(m.Engagement), EngagementIDString: text(m.Engagement),
		EngagementCreateTime: a.CreatedAt.Millis(), EngagementCreateTimeString: text(a.CreatedAt.Millis()),
		EngagementFirstEngagedTime: a.FirstEngagedAt.Millis(), EngagementFirstEngagedTimeString: text(a.FirstEngagedAt.Millis()),
		SecondsEngaged: a.EngagedSeconds, SecondsEngagedString: text(a.EngagedSeconds),
		QueueID: int64(a.Queue), QueueIDString: text(a.Queue), Type: a.Type, RequestSource: a.Contact.RequestSource,
		IncidentID: a.Contact.IncidentID, IncidentIDString: text(a.Contact.IncidentID),
		InitiationType: initiation, ConsumerID: consumerID(a), Note: a.Note,
		Header: header(d, int64(to), api.PartyAgent, 0, api.PartySystem),
	}
}

// consumerID is opaque, and the same each time a visitor comes whom the site
// names; a visitor who is not named is somebody new at each visit.
func consumerID(a *site.Assignment) string {
	switch {
	case a.Contact.ContactID != 0:
		return "contact-" + text(a.Contact.ContactID)
	case a.Contact.VisitorID != "":
		return "visitor-" + a.Contact.VisitorID
	}
	return "visit-" + text(a.Visitor)
}

func agentInformation(a site.AgentInfo) agent.AgentInformation {
	return agent.AgentInformation{
		ClientID: int64(a.Client), ClientIDString: text(a.Client), Name: a.Name,
		AccountID: int64(a.Account), AccountIDString: text(a.Account), ProfileID: int64(a.Profile), ProfileIDString: text(a.Profile),
		GroupID: short(a.Group), Status: a.Status, SubTypeID: a.SubType, MediaList: chatMedia(),
	}
}

func chatMedia() api.List[agent.MediaInfo] { return api.List[agent.MediaInfo]{{Type: "CHAT"}} }

// contactInfo is agent-api 4.5.1. Its sessionId is a public handle of the visit,
// never the visitor's own session id, which is a secret.
func contactInfo(a *site.Assignment) agent.ContactInfo {
	c := a.Contact
	info := agent.ContactInfo{
		FirstName: c.FirstName, LastName: c.LastName, EmailAddress: c.Email, InterfaceID: c.InterfaceID,
		InterfaceLanguageCode: c.Language, ContactID: c.ContactID, ContactIDString: text(c.ContactID),
		OrgID: c.OrganizationID, OrgIDString: text(c.OrganizationID), SessionID: "visit-" + text(a.Visitor), Question: c.Question,
		ProductID: c.ProductID, ProductIDString: text(c.ProductID), CategoryID: c.CategoryID, CategoryIDString: text(c.CategoryID),
		QueueID: int64(a.Queue), QueueIDString: text(a.Queue), Browser: c.Browser, UserAgent: c.UserAgent, IPAddress: c.IPAddress,
		OperatingSystem: c.OS, VisitorID: c.VisitorID, ReferrerURL: c.ReferrerURL, MediaList: chatMedia(),
	}
	for _, f := range c.CustomFields {
		info.CustomFields = append(info.CustomFields, agent.CustomField{Name: f.Name, Type: cmp.Or(f.Type, api.FieldString), Value: f.Value})
	}
	return info
}
