package rest

import (
	"errors"
	"fmt"

	"usher/api/agent"
	"usher/api/sites"
	"usher/internal/archive"
	"usher/internal/host"
	"usher/internal/record"
	"usher/internal/site"
)

// reachOf answers what the archive lets an agent read: nil for everything.
func reachOf(r site.Reach) *archive.Reach {
	if r.Supervisor {
		return nil
	}
	return &archive.Reach{Account: r.Account, Queues: r.Serving.Queues, Except: r.Serving.Except, AllQueues: r.Serving.AllQueues}
}

// reach asks the site what the calling agent may read.
func reach(c *call, h *host.Host) (site.Reach, error) {
	return do(c, h, func(s *site.Site) (site.Reach, error) { return s.ReachOf(c.caller) })
}

// epoch reads a time in milliseconds, 0 for none.
func (f *fields) epoch(name string) site.Time {
	n := f.int64(name, false)
	if n < 0 || n > site.MaxWireNumber/1000 {
		f.fail(site.BadRequest, "%s: expected a time in milliseconds since 1970, got %d", name, n)
		return 0
	}
	return site.Time(n * 1000)
}

// portion reads which part of something long is wanted.
func (f *fields) portion(most int) (after int64, limit int) {
	after, n := f.int64("after", false), f.int32("limit", false)
	if after < 0 || n < 0 || int(n) > most {
		f.fail(site.BadRequest, "after and limit: expected 0 or more, and a limit of at most %d", most)
	}
	return after, int(n)
}

// searchChats is usher's own: what was said in engagements that the agent may read.
func (s *Server) searchChats(c *call, h *host.Host) (any, error) {
	q := archive.Query{
		Text: c.text("text", false), Queue: site.QueueID(c.int64("queueId", false)), From: c.epoch("from"), To: c.epoch("to"),
	}
	q.After, q.Limit = c.portion(archive.MaxHits)
	may, err := reach(c, h)
	if err != nil {
		return nil, err
	}
	q.Reach = reachOf(may)
	found, err := s.archive.Search(c.r.Context(), c.site, q)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	answer := agent.SearchResponse{Envelope: c.agentEnvelope(may.Client), More: found.More}
	for _, x := range found.Hits {
		w := agent.SearchHit{
			EngagementID: int64(x.Engagement), EngagementIDString: text(x.Engagement), Visitor: x.Visitor, QueueID: int64(x.Queue.ID),
			QueueIDString: text(x.Queue.ID), QueueName: x.Queue.Name, StartedTime: x.StartedAt.Millis(), StartedTimeString: text(x.StartedAt.Millis()),
			Line: said(x.Entry, x.Engagement, c.files), Cursor: x.Cursor, CursorString: text(x.Cursor),
		}
		for _, p := range x.Snippet {
			w.Snippet = append(w.Snippet, sites.Snippet{Text: p.Text, Hit: p.Hit})
		}
		answer.Hits = append(answer.Hits, w)
	}
	return answer, nil
}

// said writes a line without the reasons, which are for operators.
func said(e record.Entry, id site.EngagementID, files fileLinks) sites.RecordLine {
	line := wireEntry(e, id, files)
	line.Why = ""
	return line
}

// readChat is usher's own: the transcript of an engagement that the agent may read.
func (s *Server) readChat(c *call, h *host.Host) (any, error) {
	id := site.EngagementID(c.int64("engagementId", true))
	after, limit := c.portion(record.MaxEntries)
	may, err := reach(c, h)
	if err != nil {
		return nil, err
	}
	within := reachOf(may)
	r, err := s.archive.Record(c.r.Context(), c.site, id, true, after, limit)
	found := err == nil
	if found {
		found, err = s.archive.Reaches(c.r.Context(), c.site, id, within)
	}
	switch {
	case errors.Is(err, archive.ErrNotFound), err == nil && !found:
		return nil, &site.Error{Code: site.BadRequest, Message: fmt.Sprintf("engagementId %d is no engagement that this agent may read", id)}
	case err != nil:
		return nil, archiveTrouble(err)
	}
	answer := agent.RecordResponse{
		Envelope: c.agentEnvelope(may.Client), EngagementID: int64(id), EngagementIDString: text(id), Visitor: r.Visitor.Name,
		QueueID: int64(r.Queue.ID), QueueIDString: text(r.Queue.ID), QueueName: r.Queue.Name, StartedTime: r.StartedAt.Millis(),
		StartedTimeString: text(r.StartedAt.Millis()), EndedTime: r.EndedAt.Millis(), EndedTimeString: text(r.EndedAt.Millis()),
		More: r.More, LastLine: after,
	}
	for _, e := range r.Entries {
		answer.LastLine = e.Number
		if !within.Hides(&e) {
			answer.Lines = append(answer.Lines, said(e, id, c.files))
		}
	}
	answer.LastLineString = text(answer.LastLine)
	return answer, nil
}

// visitorKnown is usher's own: what is known of a visitor, and its earlier engagements.
func (s *Server) visitorKnown(c *call, h *host.Host) (any, error) {
	id := site.EngagementID(c.int64("engagementId", true))
	type knowledge struct {
		site.VisitorKnown
		may site.Reach
	}
	k, err := do(c, h, func(s *site.Site) (k knowledge, err error) {
		if k.VisitorKnown, err = s.VisitorOf(c.caller, id); err == nil {
			k.may, err = s.ReachOf(c.caller)
		}
		return k, err
	})
	if err != nil {
		return nil, err
	}
	answer := agent.VisitorResponse{
		Envelope: c.agentEnvelope(k.Client), EngagementID: int64(id), EngagementIDString: text(id),
		Contact: contactInfo(&k.Assignment), Verified: k.Identity != "",
	}
	if p := k.Page; p != nil {
		answer.Page = &agent.VisitorPage{URL: p.URL, Title: p.Title, Since: p.Since.Millis(), SinceString: text(p.Since.Millis())}
	}
	contact := k.Assignment.Contact
	earlier, err := s.archive.Earlier(c.r.Context(), c.site, id, archive.Known{Identity: k.Identity, Email: contact.Email, ContactID: contact.ContactID}, reachOf(k.may))
	if err != nil {
		return nil, archiveTrouble(err)
	}
	for _, e := range earlier {
		answer.Earlier = append(answer.Earlier, agent.EarlierChat{
			EngagementID: int64(e.Engagement), EngagementIDString: text(e.Engagement), StartedTime: e.StartedAt.Millis(),
			StartedTimeString: text(e.StartedAt.Millis()), EndedTime: e.EndedAt.Millis(), EndedTimeString: text(e.EndedAt.Millis()),
			QueueName: e.Queue.Name, Question: e.Question, Result: e.Result, AgentName: e.Agent,
		})
	}
	return answer, nil
}
