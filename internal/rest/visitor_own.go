package rest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/record"
	"usher/internal/site"
)

// visitContract is the visitor contract for usher's own operations that also serve
// when the session is over.
var visitContract = contract{
	refuse: visitorContract.refuse, lenient: true, common: visitorContract.common, identify: visitorContract.identify,
	known: func(s *site.Site, c site.Caller) error { _, err := s.FindVisit(c); return err },
}

func (s *Server) visitRoutes(mux *http.ServeMux) {
	const own = "/usher/consumer/{site}/v1/"
	handle := func(path string, ops map[string]http.HandlerFunc) {
		h := func(w http.ResponseWriter, r *http.Request) { ops[r.Method](w, r) }
		mux.HandleFunc(own+path, s.crossOrigin(among(visitorError, h, slices.Sorted(maps.Keys(ops))...)))
	}
	handle("start", map[string]http.HandlerFunc{http.MethodPost: s.answering(visitorError, s.startSession)})
	handle("open", map[string]http.HandlerFunc{http.MethodGet: s.answering(visitorError, s.open)})
	handle("message", map[string]http.HandlerFunc{http.MethodPost: s.answering(visitorError, s.leaveMessage)})
	handle("session", map[string]http.HandlerFunc{http.MethodGet: s.serve(visitContract, visitorSession)})
	handle("seen", map[string]http.HandlerFunc{http.MethodPost: s.serve(visitorContract, seen)})
	handle("page", map[string]http.HandlerFunc{http.MethodPost: s.serve(visitorContract, viewPage)})
	handle("facts", map[string]http.HandlerFunc{http.MethodPost: s.serve(visitorContract, stateFacts)})
	handle("rating", map[string]http.HandlerFunc{http.MethodPost: s.serve(visitContract, rate)})
	handle("transcript", map[string]http.HandlerFunc{
		http.MethodGet: s.serve(visitContract, s.visitorTranscript), http.MethodPost: s.serve(visitContract, s.mailTranscript),
	})
	handle("files", map[string]http.HandlerFunc{http.MethodPost: s.answering(visitorError, s.visitorSendsFile)})
	handle("files/{engagement}/{file}", map[string]http.HandlerFunc{http.MethodGet: s.readFile, http.MethodHead: s.readFile})
	mux.HandleFunc(own, s.crossOrigin(s.notFound(visitorError)))
}

// page reads which part of a list the query wants.
func (c *call) page(after, limit string, most int) (int64, int) {
	return c.counted(after, site.MaxWireNumber), int(c.counted(limit, int64(most)))
}

// counted reads a number of the query, 0 when it is left out.
func (c *call) counted(name string, most int64) int64 {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		c.fail(site.BadRequest, "the query's %s: expected a whole number from 0 to %d, got %.40q", name, most, text)
	}
	return n
}

// stretch reads which part of a conversation the query wants.
func (c *call) stretch() site.Stretch {
	n := site.Stretch{Before: c.counted("beforePost", site.MaxWireNumber)}
	n.After, n.Most = c.page("afterPost", "limit", site.MaxHistoryAnswer)
	switch newest := c.r.URL.Query().Get("newest"); newest {
	case "", "false":
	case "true":
		n.Newest = true
	default:
		c.fail(site.BadRequest, "the query's newest: expected true or false, got %.40q", newest)
	}
	if n.After > 0 && (n.Newest || n.Before > 0) {
		c.fail(site.BadRequest, "the query's afterPost: it goes forwards, and newest and beforePost backwards: send one of them")
	}
	return n
}

// visitorSession tells a page that starts again where its chat stands.
func visitorSession(c *call, h *host.Host) (any, error) {
	wanted := c.stretch()
	st, err := do(c, h, func(s *site.Site) (site.VisitorStanding, error) { return s.VisitorStanding(c.caller, wanted) })
	if err != nil {
		return nil, err
	}
	answer := consumer.SessionResponse{
		Envelope: c.visitorEnvelope(st.Client), EngagementID: int64(st.Engagement), EngagementIDString: text(st.Engagement),
		State: consumer.SessionState(st.State), QueueID: int64(st.Queue), QueueIDString: text(st.Queue),
		LastNumber: st.Last, LastNumberString: text(st.Last), ReceivedNumber: st.Received, ReceivedNumberString: text(st.Received),
		Position: st.Wait.Position, ExpectedWaitTimeSeconds: st.Wait.ExpectedSeconds, AverageWaitTimeSeconds: st.Wait.AverageSeconds,
		Complete: st.Complete, More: st.More, SeenPost: st.Seen, SeenPostString: text(st.Seen),
		IdleEnds: timeOrNull(st.IdleEnds), QueueEnds: timeOrNull(st.QueueEnds), AbsentSeconds: st.AbsentSeconds,
		SneakPreviewState: previewState(st.Preview), Files: filesAllowed(st.Files), Rating: wireRating(st.Rating),
	}
	for _, a := range st.Agents {
		answer.Agents = append(answer.Agents, consumer.SessionAgent{
			ClientID: int64(a.Client), ClientIDString: text(a.Client), Name: a.Name, Role: a.Role, VirtualAgent: a.VirtualAgent, ConnectionState: a.State,
			ReceivedPost: a.Receipt.Received, ReceivedPostString: text(a.Receipt.Received), SeenPost: a.Receipt.Seen, SeenPostString: text(a.Receipt.Seen),
		})
	}
	for _, p := range st.Posts {
		body, data := c.files.say(st.Engagement, &p.Post)
		answer.Posts = append(answer.Posts, consumer.SessionPost{
			PostNumber: p.Number, PostNumberString: text(p.Number), ClientID: int64(p.Client), ClientIDString: text(p.Client), Name: p.Name,
			SenderType: p.SenderType, Body: body, RichText: p.RichText, OffTheRecord: p.OffTheRecord, MessageID: orNull(p.MessageID),
			MessageDataMap: data, CreatedTime: visitorTime(p.At),
		})
	}
	for _, l := range st.Letters {
		answer.Letters = append(answer.Letters, consumer.Letter{EmailAddress: l.To, State: letterState(l.Outcome)})
	}
	return answer, nil
}

func filesAllowed(r site.FileRules) consumer.FilesAllowed {
	return consumer.FilesAllowed{Allowed: !r.Off, MaxBytes: int(r.Limit()), Types: r.Allowed()}
}

func letterState(o site.LetterOutcome) consumer.LetterState {
	switch o {
	case "":
		return consumer.LetterWaiting
	case site.LetterSent:
		return consumer.LetterSent
	default:
		return consumer.LetterFailed
	}
}

// rate takes a visitor's rating of a chat that is over.
func rate(c *call, h *host.Host) (any, error) {
	r := site.Rating{Stars: int(c.int32("stars", true)), Comment: c.text("comment", false)}
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.Rate(c.caller, r) })
	return consumer.RatingResponse{Envelope: c.visitorEnvelope(client), Rating: *wireRating(&r)}, err
}

func wireRating(r *site.Rating) *consumer.Rating {
	if r == nil {
		return nil
	}
	return &consumer.Rating{Stars: r.Stars, Comment: r.Comment}
}

// readersAtOnce bounds the transcripts that are read at once: each passes over the
// journal from the engagement's beginning on.
const readersAtOnce = 4

// visitorTranscript answers the chat as its visitor saw it.
func (s *Server) visitorTranscript(c *call, h *host.Host) (any, error) {
	after, limit := c.page("after", "limit", record.MaxEntries)
	found, err := do(c, h, func(s *site.Site) (site.VisitFound, error) { return s.FindVisit(c.caller) })
	if err != nil {
		return nil, err
	}
	select {
	case s.readers <- struct{}{}:
		defer func() { <-s.readers }()
	default:
		return nil, tooMany("too many transcripts are read now: try again", time.Second)
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), recordFor)
	defer cancel()
	reader := record.NewVisitReader(found.Engagement, found.Client, after, limit)
	add := func(_ int64, at site.Time, e site.Event) bool { return reader.Add(at, e) }
	if err := h.Events(ctx, c.site, found.Begin, reader.Matters, add); err != nil && !errors.Is(err, host.ErrForgotten) {
		return nil, err
	}
	v, ok := reader.Visit()
	if !ok {
		return nil, &site.Error{Code: site.NotFound, Message: "the journal no longer has this chat"}
	}
	answer := consumer.TranscriptResponse{
		Envelope: c.visitorEnvelope(found.Client), EngagementID: int64(found.Engagement), EngagementIDString: text(found.Engagement),
		StartedTime: visitorTime(v.StartedAt), More: v.More,
	}
	if v.EndedAt > 0 {
		answer.EndedTime = orNull(visitorTime(v.EndedAt))
	}
	for _, e := range v.Entries {
		answer.Lines = append(answer.Lines, c.transcriptLine(found.Engagement, e))
	}
	return answer, nil
}

func (c *call) transcriptLine(id site.EngagementID, e record.Entry) consumer.TranscriptLine {
	l := consumer.TranscriptLine{
		Number: int(e.Number), Kind: consumer.TranscriptKind(e.Kind), CreatedTime: visitorTime(e.At), Name: e.Who.Name,
		Role: cmp.Or(e.Who.Role, api.RoleNone), Reason: cmp.Or(api.Reason(e.Cause), api.ReasonNone),
	}
	if p := e.Post; p != nil {
		l.Body, l.RichText, l.OffTheRecord = p.Text, p.RichText, p.OffTheRecord
		if p.File != nil {
			l.File = c.files.wire(id, p.File)
		}
	}
	return l
}

// mailTranscript lets the transcript be sent by e-mail when the chat is over.
func (s *Server) mailTranscript(c *call, h *host.Host) (any, error) {
	to := c.text("emailAddress", false)
	if _, err := do(c, h, func(s *site.Site) (site.VisitFound, error) { return s.FindVisit(c.caller) }); err != nil {
		return nil, err // before what only those with a session are to learn, or use up
	}
	if s.mailed == nil {
		return nil, &site.Error{Code: site.Conflict, Message: "this server sends no e-mail: its operator has to name a mail server"}
	}
	if err := s.strangers.letters.Take(auth.Network(s.address(c.r))); err != nil {
		return nil, err
	}
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.MailTranscript(c.caller, to) })
	if err == nil {
		s.mailed()
	}
	return consumer.TranscriptMailResponse{Envelope: c.visitorEnvelope(client)}, err
}

// visitorTime writes a time as the visitor contract does.
func visitorTime(t site.Time) string { return t.Std().Format(consumer.TimeLayout) }
