package rest

import (
	"net/http"
	"time"

	"usher/api/consumer"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// visitorGetMessages is the visitor's retrieval loop (consumer-api 2.4).
func (s *Server) visitorGetMessages(w http.ResponseWriter, r *http.Request, name string) {
	got, open, err := s.visitorRetrieval(w, r, name)
	if err != nil {
		if !gone(r, err) {
			visitorError(w, r, s.explain(r, s.guessed(r, visitorContract, name, err)))
		}
		return
	}
	answer := consumer.GetMessagesResponse{Envelope: open.envelope(got.Client)}
	for _, d := range got.Batch.Deliveries {
		answer.SystemMessages = append(answer.SystemMessages, visitorMessage(d, s.fileLinks(name)))
	}
	s.handOut(w, r, got, answer)
}

// visitorRetrieval waits for messages. While it waits nothing of the request is
// kept but what its answer needs.
func (s *Server) visitorRetrieval(w http.ResponseWriter, r *http.Request, name string) (*host.Retrieval, visitorOpening, error) {
	if timeIsUp(r) {
		started := time.Now()
		b, err := body(w, r)
		return &host.Retrieval{}, parse(b, true).opening(started), err
	}
	c, owner, err := s.call(w, r, visitorContract, name)
	if err != nil {
		return nil, visitorOpening{}, err
	}
	open, caller := c.opening(c.started), c.caller
	if c.err != nil {
		return nil, open, c.sessionFirst(owner.Host, c.err)
	}
	got, err := owner.Host.Retrieve(r.Context(), name, caller, machine.Numbers{}, within(r))
	return got, open, err
}

// visitorMessage writes a message as the visitor contract has it (consumer-api 3).
func visitorMessage(d site.Delivery, files fileLinks) consumer.SystemMessage {
	m := d.Message
	id, ids := int64(m.Engagement), text(m.Engagement)
	switch m.Kind {
	case site.KindJoined:
		j := m.Joined
		kind := consumer.AgentSessionStandard
		if j.VirtualAgent {
			kind = consumer.AgentSessionAutomated
		}
		return consumer.SystemMessage{ParticipantAdded: &consumer.ParticipantAdded{
			Header: visitorHeader(d, consumer.NameParticipantAdded), ClientID: int64(j.Client), ClientIDString: text(j.Client),
			Name: j.Name, Greeting: j.Greeting, Role: j.Role, VirtualAgent: j.VirtualAgent,
			AccountID: int64(j.Account), AccountIDString: text(j.Account), EngagementID: id, EngagementIDString: ids, AgentSessionType: kind,
		}}
	case site.KindLeft:
		l := m.Left
		return consumer.SystemMessage{ParticipantLeft: &consumer.ParticipantLeft{
			Header: visitorHeader(d, consumer.NameParticipantLeft), ClientID: int64(l.Client), ClientIDString: text(l.Client),
			Role: l.Role, DisconnectReason: l.Reason, Reason: l.Reason, Name: l.Name, EngagementID: id, EngagementIDString: ids,
		}}
	case site.KindConcluded:
		return consumer.SystemMessage{Concluded: &consumer.Concluded{
			Header: visitorHeader(d, consumer.NameConcluded), Reason: m.Left.Reason, Role: m.Left.Role,
		}}
	case site.KindActivity:
		a := m.Activity
		return consumer.SystemMessage{ActivityChanged: &consumer.ActivityChanged{
			Header: visitorHeader(d, consumer.NameActivityChanged), ClientID: int64(a.Client), ClientIDString: text(a.Client), Mode: a.Mode,
			EngagementID: id, EngagementIDString: ids, SneakPreviewState: a.SneakPreviewState,
			SneakPreviewInterval: sneakPreviewInterval, SneakPreviewIntervalString: text(sneakPreviewInterval),
			SneakPreview: orNull(a.SneakPreview), SneakPreviewFocus: a.SneakPreviewFocus,
		}}
	case site.KindWait:
		w := m.Wait
		return consumer.SystemMessage{WaitInformationChanged: &consumer.WaitInformationChanged{
			Header:   visitorHeader(d, consumer.NameWaitInformationChanged),
			Position: int64(w.Position), PositionString: text(w.Position),
			ExpectedWaitTimeSeconds: int64(w.ExpectedSeconds), ExpectedWaitTimeSecondsString: text(w.ExpectedSeconds),
			AverageWaitTimeSeconds: int64(w.AverageSeconds), AverageWaitTimeSecondsString: text(w.AverageSeconds),
			EngagementID: id, EngagementIDString: ids,
		}}
	case site.KindRole:
		c := m.Role
		return consumer.SystemMessage{RoleChanged: &consumer.RoleChanged{
			Header: visitorHeader(d, consumer.NameRoleChanged), ClientID: int64(c.Client), ClientIDString: text(c.Client), Role: c.Role,
			LeadClientID: int64(c.Lead), LeadClientIDString: text(c.Lead), EngagementID: id, EngagementIDString: ids,
		}}
	case site.KindConnection:
		c := m.Connection
		return consumer.SystemMessage{ConnectionStateChanged: &consumer.ConnectionStateChanged{
			Header: visitorHeader(d, consumer.NameConnectionStateChanged), ClientID: int64(c.Client), ClientIDString: text(c.Client),
			ConnectionState: c.State, Role: c.Role, SecondsToDisconnect: int64(c.Seconds), SecondsToDisconnectString: text(c.Seconds),
			EngagementID: id, EngagementIDString: ids,
		}}
	case site.KindConfig:
		l, port := m.Config, text(m.Config.Port)
		return consumer.SystemMessage{ConfigurationChanged: &consumer.ConfigurationChanged{
			Header: visitorHeader(d, consumer.NameConfigurationChanged), Name: consumer.PoolSetting, Value: l.Pool,
			Domain: &l.Domain, Port: &port, Pool: &l.Pool,
		}}
	default:
		p := m.Post
		body, data := files.say(m.Engagement, p)
		return consumer.SystemMessage{MessagePosted: &consumer.MessagePosted{
			Header: visitorHeader(d, consumer.NameMessagePosted), Body: body, ClientID: int64(p.Client), ClientIDString: text(p.Client),
			RichText: p.RichText, OffTheRecord: p.OffTheRecord, MessageID: orNull(p.MessageID), MessageDataMap: data,
			VAResponse: orNull(p.VAResponse), SenderType: p.SenderType, EngagementID: id, EngagementIDString: ids,
		}}
	}
}

// visitorHeader numbers a message by the mailbox: a visitor's numbers count what its
// session is sent, of its engagement or not (consumer-api 3.0).
func visitorHeader(d site.Delivery, name string) consumer.Header {
	return consumer.Header{
		MessageName: name, CreatedTime: d.Message.At.Std().Format(consumer.TimeLayout),
		SequenceNumber: d.Number, SequenceNumberString: text(d.Number),
	}
}
