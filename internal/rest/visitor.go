package rest

import (
	"net/http"
	"time"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// sneakPreviewInterval is how long a visitor's page waits between previews, in
// milliseconds (consumer-api 2.3).
const sneakPreviewInterval = int64(site.PreviewInterval / time.Millisecond)

// previewState tells a visitor's page whether to send what is typed.
func previewState(wanted bool) api.SneakPreviewState {
	if wanted {
		return api.SneakPreviewEnabled
	}
	return api.SneakPreviewDisabled
}

// visitorContract is the visitor API's: SessionId names the session.
var visitorContract = contract{refuse: visitorError, lenient: true, common: func(f *fields) { f.transaction() },
	identify: func(r *http.Request, c *call) error {
		c.session = r.Header.Get("SessionId")
		c.caller = site.Caller{Key: site.SessionKey(auth.SessionHash(c.session))}
		return nil
	},
}

func (s *Server) visitorRoutes(mux *http.ServeMux) {
	const base = "/engagement/api/consumer/{site}/v1/"
	handle := func(path string, h http.HandlerFunc) {
		mux.HandleFunc(path, s.crossOrigin(only(http.MethodPost, visitorError, h)))
	}
	handle(base+"requestEngagement", s.answering(visitorError, s.openEngagement))
	handle(base+"getMessages", func(w http.ResponseWriter, r *http.Request) { s.visitorGetMessages(w, r, r.PathValue("site")) })
	handle(base+"postMessage", s.serve(visitorContract, visitorPostMessage))
	handle(base+"activity", s.serve(visitorContract, activity))
	handle(base+"concludeEngagement", s.serve(visitorContract, concludeEngagement))
	s.queueRoutes(mux)
	mux.HandleFunc(base, s.crossOrigin(s.notFound(visitorError)))
	s.visitRoutes(mux)
	mux.HandleFunc("/engagement/api/consumer/", s.notFound(visitorError)) // a version that is not served
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
	own         bool // a retrieval asks for usher's own messages, too
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

func (c *call) visitorEnvelope(client site.ClientID) consumer.Envelope {
	return c.opening(c.started).envelope(client)
}

// visitorPostMessage is consumer-api 2.5.
func visitorPostMessage(c *call, h *host.Host) (any, error) {
	body, rich := c.words()
	n := site.NewPost{
		Body: body, RichText: rich, OffTheRecord: c.boolean("offTheRecord", false),
		MessageID: c.text("messageId", false), Data: c.pairs("messageDataMap"),
	}
	taken, err := do(c, h, func(s *site.Site) (site.Taken, error) { return s.PostAsVisitor(c.caller, n) })
	c.noteTaken(taken)
	if taken.Ejected {
		return nil, ejected()
	}
	return consumer.PostMessageResponse{Envelope: c.visitorEnvelope(taken.Client), MessageID: orNull(n.MessageID)}, err
}

// activity is consumer-api 2.6.
func activity(c *call, h *host.Host) (any, error) {
	n := site.NewActivity{
		Mode:              enum(c.fields, "mode", true, api.ModeListening, api.ModeResponding),
		SneakPreviewFocus: c.boolean("sneakPreviewFocus", false), SneakPreview: c.bounded("sneakPreviewText"),
	}
	typing, err := do(c, h, func(s *site.Site) (site.Typing, error) { return s.VisitorActivity(c.caller, n) })
	return consumer.ActivityResponse{
		Envelope: c.visitorEnvelope(typing.Client), SneakPreviewState: previewState(typing.Preview),
		SneakPreviewInterval: sneakPreviewInterval, SneakPreviewIntervalString: text(sneakPreviewInterval),
	}, err
}

// concludeEngagement is consumer-api 2.7.
func concludeEngagement(c *call, h *host.Host) (any, error) {
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.ConcludeAsVisitor(c.caller) })
	return consumer.ConcludeEngagementResponse{Envelope: c.visitorEnvelope(client)}, err
}
