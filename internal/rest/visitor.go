package rest

import (
	"net/http"
	"time"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// sneakPreviewInterval is how long a visitor's page waits between previews, in
// milliseconds (consumer-api 2.3).
const sneakPreviewInterval = 500

// visitorCall is one request of the visitor API that names a session.
type visitorCall struct {
	*fields
	r       *http.Request
	site    string
	caller  site.Caller
	started time.Time
}

type visitorOperation func(c *visitorCall, h *host.Host) (any, error)

func (s *Server) visitorRoutes(mux *http.ServeMux) {
	const contract = "/engagement/api/consumer/{site}/v1/"
	handle := func(path string, h http.HandlerFunc) {
		mux.HandleFunc(path, s.crossOrigin(only(http.MethodPost, visitorError, h)))
	}
	handle(contract+"requestEngagement", s.requestEngagement)
	handle(contract+"getMessages", func(w http.ResponseWriter, r *http.Request) { s.visitorGetMessages(w, r, r.PathValue("site")) })
	handle(contract+"postMessage", s.visitor(visitorPostMessage))
	handle(contract+"activity", s.visitor(activity))
	handle(contract+"concludeEngagement", s.visitor(concludeEngagement))
	handle("/usher/consumer/{site}/v1/start", s.start)
	mux.HandleFunc(contract, s.crossOrigin(s.notFound(visitorError)))
	mux.HandleFunc("/usher/consumer/{site}/v1/", s.crossOrigin(s.notFound(visitorError)))
}

func (s *Server) visitor(op visitorOperation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := s.runVisitor(w, r, op)
		if err != nil {
			visitorError(w, r, s.explain(r, err))
			return
		}
		write(w, http.StatusOK, answer)
	}
}

func (s *Server) runVisitor(w http.ResponseWriter, r *http.Request, op visitorOperation) (any, error) {
	c, owner, err := s.visitorCall(w, r, r.PathValue("site"))
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

func (s *Server) visitorCall(w http.ResponseWriter, r *http.Request, name string) (*visitorCall, clusterOwner, error) {
	c := &visitorCall{r: r, site: name, started: time.Now()}
	owner, err := s.node.Owner(r.Context(), c.site)
	if err != nil {
		return nil, owner, err
	}
	c.caller = site.Caller{Key: site.SessionKey(auth.SessionHash(r.Header.Get("SessionId")))}
	if err := acked(r, &c.caller); err != nil {
		return nil, owner, s.sessionFirst(r, owner.Host, c.site, c.caller, err)
	}
	b, err := body(w, r)
	if err != nil {
		return nil, owner, err
	}
	c.fields = parse(b, true)
	return c, owner, nil
}

// visitorDo runs a command once the request is known to be well formed.
func visitorDo[T any](c *visitorCall, h *host.Host, fn func(*site.Site) (T, error)) (T, error) {
	c.transaction()
	if c.err != nil {
		var none T
		return none, c.err
	}
	return host.Do(c.r.Context(), h, c.site, fn)
}

// transaction reads the client's own number for the request.
func (f *fields) transaction() *int64 {
	if n, given := f.number("clientTransactionId", false, 64); given {
		return &n
	}
	return nil
}

// requestTime echoes the client's own time, whatever it looks like: no request
// is refused for it.
func (f *fields) requestTime() *string {
	v := f.find("clientRequestTime")
	if len(v) == 0 || v[0] == 'n' {
		return nil
	}
	t := string(v)
	if v[0] == '"' {
		t = unquote(v)
	}
	return &t
}

// visitorOpening is what an answer's envelope echoes of its request.
type visitorOpening struct {
	requestTime *string
	transaction *int64
	started     time.Time
}

func (f *fields) opening(started time.Time) visitorOpening {
	return visitorOpening{requestTime: f.requestTime(), transaction: f.transaction(), started: started}
}

// envelope opens an answer, at the moment it is sent (consumer-api 1.5).
func (o visitorOpening) envelope(client site.ClientID) consumer.Envelope {
	e := consumer.Envelope{
		ClientID: int64(client), ClientIDString: text(client),
		ClientRequestTime: o.requestTime, ClientTransactionID: o.transaction,
		ServiceStartTime: o.started.UTC().Format(consumer.TimeLayout), ServiceFinishTime: time.Now().UTC().Format(consumer.TimeLayout),
	}
	if o.transaction != nil {
		t := text(*o.transaction)
		e.ClientTransactionIDString = &t
	}
	return e
}

func (c *visitorCall) envelope(client site.ClientID) consumer.Envelope {
	return c.opening(c.started).envelope(client)
}

// visitorPostMessage is consumer-api 2.5.
func visitorPostMessage(c *visitorCall, h *host.Host) (any, error) {
	n := site.NewPost{
		Body: c.text("body", true), RichText: c.boolean("richText", false), OffTheRecord: c.boolean("offTheRecord", false),
		MessageID: c.text("messageId", false), Data: c.pairs("messageDataMap"),
	}
	client, err := visitorDo(c, h, func(s *site.Site) (site.ClientID, error) { return s.PostAsVisitor(c.caller, n) })
	return consumer.PostMessageResponse{Envelope: c.envelope(client), MessageID: orNull(n.MessageID)}, err
}

// activity is consumer-api 2.6.
func activity(c *visitorCall, h *host.Host) (any, error) {
	n := site.NewActivity{
		Mode:              enum(c.fields, "mode", true, api.ModeListening, api.ModeResponding),
		SneakPreviewFocus: c.boolean("sneakPreviewFocus", false), SneakPreview: c.preview("sneakPreviewText"),
	}
	client, err := visitorDo(c, h, func(s *site.Site) (site.ClientID, error) { return s.VisitorActivity(c.caller, n) })
	return consumer.ActivityResponse{
		Envelope: c.envelope(client), SneakPreviewState: api.SneakPreviewDisabled,
		SneakPreviewInterval: sneakPreviewInterval, SneakPreviewIntervalString: text(int64(sneakPreviewInterval)),
	}, err
}

// concludeEngagement is consumer-api 2.7.
func concludeEngagement(c *visitorCall, h *host.Host) (any, error) {
	client, err := visitorDo(c, h, func(s *site.Site) (site.ClientID, error) { return s.ConcludeAsVisitor(c.caller) })
	return consumer.ConcludeEngagementResponse{Envelope: c.envelope(client)}, err
}

// visitorGetMessages is the visitor's retrieval loop (consumer-api 2.4).
func (s *Server) visitorGetMessages(w http.ResponseWriter, r *http.Request, name string) {
	got, open, err := s.visitorRetrieval(w, r, name)
	if err != nil {
		if !gone(r, err) {
			visitorError(w, r, s.explain(r, err))
		}
		return
	}
	answer := consumer.GetMessagesResponse{Envelope: open.envelope(got.Client)}
	for _, d := range got.Batch.Deliveries {
		answer.SystemMessages = append(answer.SystemMessages, visitorMessage(d))
	}
	handOut(w, r, got, answer)
}

// visitorRetrieval waits for messages. While it waits nothing of the request is
// kept but what its answer needs.
func (s *Server) visitorRetrieval(w http.ResponseWriter, r *http.Request, name string) (*host.Retrieval, visitorOpening, error) {
	c, owner, err := s.visitorCall(w, r, name)
	if err != nil {
		return nil, visitorOpening{}, err
	}
	open, caller := c.opening(c.started), c.caller
	if c.err != nil {
		return nil, open, s.sessionFirst(r, owner.Host, name, caller, c.err)
	}
	got, err := owner.Host.Retrieve(r.Context(), name, caller, machine.Numbers{})
	return got, open, err
}

// visitorMessage writes a message as the visitor contract has it (consumer-api 3).
func visitorMessage(d site.Delivery) consumer.SystemMessage {
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
			EngagementID: id, EngagementIDString: ids, SneakPreviewState: api.SneakPreviewDisabled,
			SneakPreviewInterval: sneakPreviewInterval, SneakPreviewIntervalString: text(int64(sneakPreviewInterval)),
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
	default:
		p := m.Post
		return consumer.SystemMessage{MessagePosted: &consumer.MessagePosted{
			Header: visitorHeader(d, consumer.NameMessagePosted), Body: p.Text(), ClientID: int64(p.Client), ClientIDString: text(p.Client),
			RichText: p.RichText, OffTheRecord: p.OffTheRecord, MessageID: orNull(p.MessageID), MessageDataMap: p.Data,
			VAResponse: orNull(p.VAResponse), SenderType: p.SenderType, EngagementID: id, EngagementIDString: ids,
		}}
	}
}

func visitorHeader(d site.Delivery, name string) consumer.Header {
	return consumer.Header{
		MessageName: name, CreatedTime: d.Message.At.Std().Format(consumer.TimeLayout),
		SequenceNumber: d.Sequence, SequenceNumberString: text(d.Sequence),
	}
}
