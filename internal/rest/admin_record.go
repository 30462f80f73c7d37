package rest

import (
	"errors"
	"fmt"
	"time"

	"usher/api/sites"
	"usher/internal/archive"
	"usher/internal/record"
	"usher/internal/site"
)

// recordFor bounds the reading of one record. It is less than what the server gives
// an answer to be written.
const recordFor = time.Minute

// viewTranscript answers what was said in an engagement, who came and went, and how
// the visitor rated it.
func viewTranscript(s *Server, c *adminCall) (any, error) { return readRecord(s, c, true) }

// viewRecord answers everything that happened in an engagement, and why.
func viewRecord(s *Server, c *adminCall) (any, error) { return readRecord(s, c, false) }

// readRecord reads an engagement's record from the archive, which first takes in what is
// durable by now: so whoever asks reads what was just said. The page is large unless a
// limit is given.
func readRecord(s *Server, c *adminCall, talk bool) (any, error) {
	after, most := c.page()
	if c.r.URL.Query().Get("limit") == "" {
		most = record.MaxEntries
	}
	ctx, cancel, err := s.asksArchive(c)
	if err != nil {
		return nil, err
	}
	defer cancel()
	r, err := s.archive.Record(ctx, c.site, site.EngagementID(c.id), talk, after, most)
	switch {
	case errors.Is(err, archive.ErrNotFound):
		return nil, &site.Error{Code: site.NotFound, Message: fmt.Sprintf("the archive has no engagement %d of this site", c.id)}
	case err != nil:
		return nil, archiveTrouble(err)
	}
	answer := sites.Record{
		EngagementID: int64(r.Engagement), Visitor: r.Visitor.Name, QueueID: int64(r.Queue.ID), StartedAt: stamp(r.StartedAt),
		EndedAt: stampOrNone(r.EndedAt), More: r.More,
	}
	files := s.fileLinks(c.site)
	for _, e := range r.Entries {
		line := wireEntry(e, r.Engagement, files)
		if talk {
			line.Why = ""
		}
		answer.Lines = append(answer.Lines, line)
	}
	return answer, nil
}

func wireEntry(e record.Entry, id site.EngagementID, files fileLinks) sites.RecordLine {
	w := sites.RecordLine{
		Number: e.Number, At: stamp(e.At), Kind: sites.RecordKind(e.Kind), Who: wireParty(e.Who), By: wireParty(e.By), Type: e.Type,
		Priority: e.Priority, Target: wireParty(e.Target), Until: stampOrNone(e.Until), Note: e.Note, Cause: e.Cause, Why: e.Why,
	}
	if e.Queue.ID != 0 {
		w.Queue = &sites.RecordQueue{QueueID: int64(e.Queue.ID), Name: e.Queue.Name}
	}
	if e.Post != nil {
		w.Post = wirePost(e.Post, id, files)
	}
	w.Result, w.Text = e.Result, e.Text
	if e.Rating != nil {
		w.Rating = &sites.RecordRating{Stars: e.Rating.Stars, Comment: e.Rating.Comment}
	}
	for _, x := range e.Changes {
		w.Changes = append(w.Changes, sites.RecordChange{Name: x.Name, Before: x.Before, After: x.After})
	}
	return w
}

func wirePost(p *record.Post, id site.EngagementID, files fileLinks) *sites.RecordPost {
	w := &sites.RecordPost{
		PostNumber: p.Number, Text: p.Text, RichText: p.RichText, OffTheRecord: p.OffTheRecord, Visibility: p.Visibility,
		System: p.System, OnlyFor: wireParty(p.Only),
	}
	for _, code := range p.Blocked {
		w.Blocked = append(w.Blocked, string(code))
	}
	if f := p.File; f != nil {
		w.File = &sites.RecordFile{Name: f.Name, Type: f.Type, Size: f.Size}
		if len(p.Blocked) == 0 { // else its content was not kept
			w.File.URL = files.of(id, f)
		}
	}
	return w
}

// wireParty answers nil for nobody.
func wireParty(p record.Party) *sites.RecordParty {
	if p == (record.Party{}) {
		return nil
	}
	return &sites.RecordParty{ClientID: int64(p.Client), AccountID: int64(p.Account), Name: p.Name, Role: p.Role}
}

// stampOrNone answers "" for a time that never was.
func stampOrNone(t site.Time) string {
	if t == 0 {
		return ""
	}
	return stamp(t)
}
