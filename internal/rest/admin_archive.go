package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"usher/api/sites"
	"usher/internal/archive"
	"usher/internal/record"
	"usher/internal/site"
)

// Archive is what people read of what is over; an *archive.Worker is one. Its methods
// are as documented there.
type Archive interface {
	Record(ctx context.Context, site string, id site.EngagementID, talk bool, after int64, most int) (record.Record, error)
	Search(ctx context.Context, site string, q archive.Query) (archive.Hits, error)
	Report(ctx context.Context, site string, by archive.By, from, to time.Time, l *time.Location) (archive.Report, error)
	Follow(ctx context.Context, site string) error
	Reaches(ctx context.Context, site string, id site.EngagementID, r *archive.Reach) (bool, error)
	Earlier(ctx context.Context, site string, before site.EngagementID, k archive.Known, r *archive.Reach) ([]archive.Chat, error)
	Erase(ctx context.Context, site string, who archive.Contact) (archive.Erased, error)
	Rebuild(ctx context.Context, site string, progress func(done, total int64)) (archive.Rebuilt, error)
	States() []archive.State
}

// asksArchive begins an operation that only reads: the caller's fields are well formed,
// and the site is there.
func (s *Server) asksArchive(c *adminCall) (context.Context, context.CancelFunc, error) {
	if c.err != nil {
		return nil, nil, c.err
	}
	if _, err := s.node.Owner(c.r.Context(), c.site); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), recordFor)
	return ctx, cancel, nil
}

// archiveTrouble words what the archive cannot do.
func archiveTrouble(err error) error {
	switch {
	case errors.Is(err, archive.ErrInvalid):
		_, words, _ := strings.Cut(err.Error(), archive.ErrInvalid.Error()+": ")
		return &site.Error{Code: site.BadRequest, Message: words}
	case errors.Is(err, archive.ErrStopped):
		return refusal{later("the archive does not follow this site: GET …/archive says why")}
	}
	return err
}

// searchArchive answers what was said and is like a query.
func searchArchive(s *Server, c *adminCall) (any, error) {
	q := c.r.URL.Query()
	zone := c.zone()
	after, most := c.page()
	query := archive.Query{
		Text: q.Get("q"), Visitor: q.Get("visitor"), After: after, Limit: min(most, archive.MaxHits),
		From: siteTime(c.moment("from", zone)), To: siteTime(c.moment("to", zone)),
		Queue: site.QueueID(c.queryID("queue")), Account: site.AccountID(c.queryID("account")),
	}
	ctx, cancel, err := s.asksArchive(c)
	if err != nil {
		return nil, err
	}
	defer cancel()
	found, err := s.archive.Search(ctx, c.site, query)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	answer, files := sites.Hits{More: found.More}, s.fileLinks(c.site)
	for _, h := range found.Hits {
		w := sites.Hit{
			EngagementID: int64(h.Engagement), Visitor: h.Visitor, Line: wireEntry(h.Entry, h.Engagement, files), Cursor: h.Cursor,
		}
		if h.Queue.ID != 0 {
			w.Queue = &sites.RecordQueue{QueueID: int64(h.Queue.ID), Name: h.Queue.Name}
		}
		for _, p := range h.Snippet {
			w.Snippet = append(w.Snippet, sites.Snippet{Text: p.Text, Hit: p.Hit})
		}
		answer.Hits = append(answer.Hits, w)
	}
	return answer, nil
}

// reportArchive answers a report, as JSON or as a table for a spreadsheet.
func reportArchive(s *Server, c *adminCall) (any, error) {
	q := c.r.URL.Query()
	zone := c.zone()
	now := time.Now().In(zone)
	from, to := c.moment("from", zone), c.moment("to", zone)
	if from.IsZero() {
		from = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	}
	if to.IsZero() {
		to = time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, zone)
	}
	by := archive.By(q.Get("by"))
	if by == "" {
		by = archive.ByDay
	}
	format := q.Get("format")
	if format != "" && format != "json" && format != "csv" {
		c.fail(site.BadRequest, "the query's format: expected json or csv, got %.40q", format)
	}
	ctx, cancel, err := s.asksArchive(c)
	if err != nil {
		return nil, err
	}
	defer cancel()
	report, err := s.archive.Report(ctx, c.site, by, from, to, zone)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	answer := sites.Report{
		By: string(by), From: stamp(site.Time(from.UnixMicro())), To: stamp(site.Time(to.UnixMicro())), Zone: zone.String(),
		Position: report.Position, GoalSeconds: int(report.Goal.Seconds()), Definitions: defined(report.Goal),
	}
	for _, r := range report.Rows {
		answer.Rows = append(answer.Rows, wireRow(r))
	}
	if format == "csv" {
		return file{kind: "text/csv;charset=utf-8", name: "report-" + string(by) + ".csv", content: table(answer.Rows, answer.Definitions)}, nil
	}
	return answer, nil
}

// eraseContact erases somebody's engagements from the archive, with their files, and takes
// the messages off the list that were left under the same address.
func eraseContact(s *Server, c *adminCall) (any, error) {
	who := archive.Contact{
		Email: c.text("email", false), ContactID: c.int64("contactId", false), Engagement: site.EngagementID(c.int64("engagementId", false)),
	}
	ctx, cancel, err := s.asksArchive(c)
	if err != nil {
		return nil, err
	}
	defer cancel()
	erased, err := s.archive.Erase(ctx, c.site, who)
	s.log.Info("engagements erased", "site", c.site, "by", c.who.name, "engagements", len(erased.Engagements), "files", erased.Files, "live", len(erased.Live))
	if err != nil {
		return nil, archiveTrouble(err)
	}
	messages := 0
	if who.Email != "" {
		if messages, err = adminDo(s, c, func(x *site.Site) (int, error) { return x.Admin(c.who.name).EraseMessages(who.Email), nil }); err != nil {
			return nil, err
		}
	}
	answer := sites.Erasure{Messages: messages, Lines: erased.Entries, Files: erased.Files, ForgottenBy: stamp(site.Time(erased.Forgotten.UnixMicro()))}
	for _, id := range erased.Engagements {
		answer.EngagementIDs = append(answer.EngagementIDs, int64(id))
	}
	for _, id := range erased.Live {
		answer.LiveEngagementIDs = append(answer.LiveEngagementIDs, int64(id))
	}
	return answer, nil
}

// viewArchive answers how the archive follows the site.
func viewArchive(s *Server, c *adminCall) (any, error) {
	_, cancel, err := s.asksArchive(c)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var x archive.State // of a site that nobody has looked at yet
	for _, known := range s.archive.States() {
		if known.Site == c.site {
			x = known
		}
	}
	w := sites.ArchiveState{Position: x.Position, Behind: x.Behind, Stopped: x.Stopped != nil, GapFrom: x.Gap.From, GapTo: x.Gap.To}
	for _, err := range []error{x.Failing, x.Stopped} {
		if err != nil {
			w.Trouble = err.Error()
		}
	}
	return w, nil
}

// rebuildFor is how long a rebuild may take: a large journal is read through.
const rebuildFor = time.Hour

// rebuildArchive makes the site's archive anew from what the journal holds. It goes on
// when the caller has gone.
func rebuildArchive(s *Server, c *adminCall) (any, error) {
	if c.err != nil {
		return nil, c.err
	}
	if _, err := s.node.Owner(c.r.Context(), c.site); err != nil {
		return nil, err
	}
	http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(rebuildFor + answerFor)) // an error means that there is none, as in tests
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), rebuildFor)
	defer cancel()
	r, err := s.archive.Rebuild(ctx, c.site, nil)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	return sites.ArchiveRebuilt{From: r.From, To: r.To, Engagements: r.Engagements, Older: r.Older}, nil
}

// zone reads the time zone of a query's days and times: UTC when none is named.
func (c *adminCall) zone() *time.Location {
	name := c.r.URL.Query().Get("zone")
	l, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		c.fail(site.BadRequest, "the query's zone: expected a time zone such as Europe/Berlin, got %.60q", name)
		return time.UTC
	}
	return l
}

// moment reads a time of a query: a day, which begins at midnight of its zone, or a time
// with its offset. The zero time is none.
func (c *adminCall) moment(name string, zone *time.Location) time.Time {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil && t.Year() >= 1970 {
			return t
		}
	}
	c.fail(site.BadRequest, "the query's %s: expected a day such as 2026-03-29, or a time such as 2026-03-29T02:00:00Z, got %.40q", name, text)
	return time.Time{}
}

// queryID reads the number of something from a query, 0 when it names none.
func (c *adminCall) queryID(name string) int64 {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > site.MaxWireNumber {
		c.fail(site.BadRequest, "the query's %s: expected a whole number from 1 to %d, got %.40q", name, site.MaxWireNumber, text)
	}
	return n
}

func siteTime(t time.Time) site.Time {
	if t.IsZero() {
		return 0
	}
	return site.Time(t.UnixMicro())
}

// file is an answer that is not JSON.
type file struct {
	kind, name string
	content    []byte
}

func (f file) write(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(f.content)))
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%s", url.PathEscape(f.name)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	w.Write(f.content) // an error means that the client has gone
	return nil
}
