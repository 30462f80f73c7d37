package rest

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/cluster"
	"usher/internal/host"
	"usher/internal/site"
)

// inquiry is a question that a page asks before a chat. It names no session and no
// token, and whatever of these comes with it is not looked at.
type inquiry struct {
	*fields
	r       *http.Request
	site    string
	owner   cluster.Owner
	started time.Time
}

// queueRoutes are the two questions. The contract has them with GET; published
// clients send POST, too.
func (s *Server) queueRoutes(mux *http.ServeMux) {
	for name, answer := range map[string]func(inquiry) (any, error){"getQueueStats": queueStats, "getEngagementQueue": engagementQueue} {
		h := s.answering(visitorError, func(w http.ResponseWriter, r *http.Request) (any, error) { return s.inquire(w, r, answer) })
		mux.HandleFunc("/engagement/api/consumer/{site}/v1/"+name, s.crossOrigin(among(visitorError, h, http.MethodGet, http.MethodPost)))
	}
}

func (s *Server) inquire(w http.ResponseWriter, r *http.Request, answer func(inquiry) (any, error)) (any, error) {
	q := inquiry{site: r.PathValue("site"), started: time.Now()}
	var err error
	if q.owner, err = s.node.Owner(r.Context(), q.site); err != nil {
		return nil, err
	}
	if q.fields, err = s.question(w, r); err != nil {
		return nil, err
	}
	ctx, cancel := command(r)
	defer cancel()
	q.r = r.WithContext(ctx)
	return answer(q)
}

// question reads the query's request, a JSON object, and the body of a POST. The
// parameter's members count before the body's.
func (s *Server) question(w http.ResponseWriter, r *http.Request) (*fields, error) {
	f := &fields{lenient: true}
	if r.Method == http.MethodPost {
		b, err := s.strangersBody(w, r)
		if err != nil {
			return nil, err
		}
		f = parse(b, true)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	given := strings.TrimSpace(query.Get("request"))
	switch {
	case given != "":
		p := parse([]byte(given), true)
		if e, ok := errors.AsType[*site.Error](p.err); ok {
			f.fail(e.Code, "request: %s", strings.Replace(e.Message, "the body", "the parameter", 1))
		}
		f.raw = append(f.raw, p.raw...)
	case err != nil:
		f.fail(site.BadRequest, "the query cannot be read: expected request= and a JSON object, encoded for a URL")
	case r.Method == http.MethodGet:
		f.fail(site.BadRequest, "request is missing from the query: expected a JSON object, encoded for a URL")
	}
	return f, nil
}

// prospect is what the site says to who thinks of a chat.
type prospect struct {
	queue  site.QueueStanding
	rule   int // number of the rule that matched, 0 for none
	result api.ResultType
	reason string // why nobody is let in, "" when somebody is
}

// ask puts a question to the site once it is known to be well formed.
func (q inquiry) ask(fn func(*site.Site) prospect) (prospect, error) {
	q.transaction()
	if q.err != nil {
		return prospect{}, q.err
	}
	return host.Do(q.r.Context(), q.owner.Host, q.site, func(s *site.Site) (prospect, error) { return fn(s), nil })
}

// decide notes whether a visitor who came now would be let in.
func (p prospect) decide(err error) prospect {
	e, refused := errors.AsType[*site.Error](forVisitors(err))
	if !refused {
		p.result = api.ResultSuccess
		return p
	}
	p.result, p.reason = cmp.Or(e.Result, api.ResultNone), e.Message
	return p
}

// forVisitors words a refusal for a page to show: a rule's name is the site's own
// affair, and is not told.
func forVisitors(err error) error {
	e, refused := errors.AsType[*site.Error](err)
	if !refused || e.Result != api.ResultRuleDequeue {
		return err
	}
	return &site.Error{Code: e.Code, Result: e.Result, Message: "no chat is offered for this request"}
}

// queueStats is consumer-api 2.8.
func queueStats(q inquiry) (any, error) {
	id := site.QueueID(q.int64("queueId", true))
	kind := enum(q.fields, "chatProactiveAvailableType", false, consumer.AvailableAgents, consumer.AvailableSessions)
	p, err := q.ask(func(s *site.Site) prospect {
		st, known := s.QueueStanding(id)
		if !known {
			return prospect{result: api.ResultNone, reason: "there is no such queue"}
		}
		_, _, err := s.RouteFor(id, site.Circumstances{})
		return prospect{queue: st}.decide(err)
	})
	if err != nil {
		return nil, err
	}
	st := p.statistics(kind)
	st.QueueID, st.QueueIDString = int64(id), text(id) // its echo, known or not
	return consumer.GetQueueStatsResponse{Envelope: q.opening(q.started).envelope(0), QueueStatistics: st}, nil
}

// engagementQueue is consumer-api 2.9.
func engagementQueue(q inquiry) (any, error) {
	visitor := site.Circumstances{
		Product: q.int64("productId", false), Category: q.int64("categoryId", false), Interface: site.InterfaceID(q.int32("interfaceId", false)),
	}
	q.int64("organizationId", false) // no rule asks for it
	face := q.text("interfaceName", false)
	q.each("customFields", func(f *fields) { visitor.Fields = append(visitor.Fields, customField(f)) })
	p, err := q.ask(func(s *site.Site) prospect {
		x := visitor
		if x.Interface == 0 {
			x.Interface = s.InterfaceNamed(face)
		}
		st, r, err := s.RouteFor(0, x)
		if err != nil { // where it was refused does not matter
			return prospect{}.decide(err)
		}
		return prospect{queue: st, rule: r.Rule}.decide(nil)
	})
	if err != nil {
		return nil, err
	}
	return consumer.GetEngagementQueueResponse{
		Envelope: q.opening(q.started).envelope(0), QueueStatistics: p.statistics(consumer.AvailableSessions), ChatRouteID: within32(p.rule),
		CancelledSurveyIDString: "0", CompletedSurveyIDString: "0",
	}, nil
}

// customField reads one of the would-be visitor's own fields. What has a value
// needs a type of the list (consumer-api 2.9).
func customField(f *fields) site.CustomField {
	c := site.CustomField{Name: f.text("name", false), Value: f.text("value", false), Type: api.FieldType(strings.ToUpper(f.text("type", false)))}
	if c.Value != "" && !slices.Contains(fieldTypes, c.Type) {
		f.fail(site.BadRequest, "%stype: a field with a value needs one of %v, got %.40q", f.place, fieldTypes, c.Type)
	}
	return c
}

// statistics writes how the queue stands. Nobody is available for who would be
// turned away.
func (p prospect) statistics(kind consumer.AvailableType) consumer.QueueStatistics {
	q := p.queue
	st := consumer.QueueStatistics{
		QueueID: int64(q.ID), QueueIDString: text(q.ID), EngagementsInQueue: within32(q.Waiting),
		ExpectedWaitSeconds: within32(q.Wait.ExpectedSeconds), AverageWaitSeconds: within32(q.Wait.AverageSeconds),
		ResultType: p.result, Reason: p.reason,
	}
	if p.result != api.ResultSuccess {
		return st
	}
	st.TotalAvailableAgents, st.AvailableAgentSessions = within32(q.Agents), within32(q.Sessions)
	if kind == consumer.AvailableAgents {
		st.AvailableAgentSessions = within32(q.Asking)
	}
	return st
}

// within32 answers a count or a time in the 32 bits that the contract has for it.
func within32(n int) int32 { return int32(min(n, math.MaxInt32)) }
