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
		answer.SystemMessages = append(answer.SystemMessages, visitorMessage(d, s.fileLinks(name), open.own))
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
	open.own = caller.Own
	if c.err != nil {
		return nil, open, c.sessionFirst(owner.Host, c.err)
	}
	got, err := owner.Host.Retrieve(r.Context(), name, caller, machine.Numbers{}, within(r))
	return got, open, err
}

// visitorMessage writes a message as the visitor contract has it (consumer-api 3); own is
// whether the session asks for what is usher's own.
func visitorMessage(d site.Delivery, files fileLinks, own bool) consumer.SystemMessage {
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
	case site.KindReceipt:
		r := m.Receipt
		return consumer.SystemMessage{Receipt: &consumer.Receipt{
			Header: visitorHeader(d, consumer.NameReceipt), ClientID: int64(r.Client), ClientIDString: text(r.Client),
			ReceivedPost: r.Received, ReceivedPostString: text(r.Received), SeenPost: r.Seen, SeenPostString: text(r.Seen),
			EngagementID: id, EngagementIDString: ids,
		}}
	case site.KindIdle:
		return consumer.SystemMessage{Idle: &consumer.Idle{
			Header: visitorHeader(d, consumer.NameIdle), Ends: timeOrNull(m.Idle.Ends), EngagementID: id, EngagementIDString: ids,
		}}
	default:
		p := m.Post
		body, data := files.say(m.Engagement, p)
		posted := &consumer.MessagePosted{
			Header: visitorHeader(d, consumer.NameMessagePosted), Body: body, ClientID: int64(p.Client), ClientIDString: text(p.Client),
			RichText: p.RichText, OffTheRecord: p.OffTheRecord, MessageID: orNull(p.MessageID), MessageDataMap: data,
			VAResponse: orNull(p.VAResponse), SenderType: p.SenderType, EngagementID: id, EngagementIDString: ids,
		}
		if own {
			posted.PostNumber, posted.PostNumberString = p.Number, text(p.Number)
		}
		return consumer.SystemMessage{MessagePosted: posted}
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
