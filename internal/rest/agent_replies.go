package rest

import (
	"usher/api/agent"
	"usher/internal/host"
	"usher/internal/site"
)

// replies is usher's own: the texts that are kept ready.
func replies(c *call, h *host.Host) (any, error) {
	all, err := do(c, h, func(s *site.Site) (site.Replies, error) { return s.AllReplies(c.caller) })
	answer := agent.RepliesResponse{Envelope: c.agentEnvelope(all.Client)}
	for _, r := range all.Team {
		team := agent.TeamReply{ID: int64(r.ID), IDString: text(r.ID), Title: r.Title, Text: r.Text, Language: r.Language}
		for _, q := range r.Queues {
			team.QueueIDs = append(team.QueueIDs, int64(q))
		}
		answer.Team = append(answer.Team, team)
	}
	for _, r := range all.Own {
		answer.Own = append(answer.Own, ownReply(r))
	}
	return answer, err
}

func ownReply(r site.Reply) agent.OwnReply {
	return agent.OwnReply{ID: int64(r.ID), IDString: text(r.ID), Title: r.Title, Text: r.Text}
}

// saveReply is usher's own: a reply of the account's is made or changed.
func saveReply(c *call, h *host.Host) (any, error) {
	r := site.Reply{ID: site.ReplyID(c.int64("id", false)), Title: c.text("title", true), Text: c.text("text", true)}
	type saved struct {
		client site.ClientID
		reply  site.Reply
	}
	got, err := do(c, h, func(s *site.Site) (saved, error) {
		client, kept, err := s.SaveReply(c.caller, r)
		return saved{client, kept}, err
	})
	return agent.SaveReplyResponse{Envelope: c.agentEnvelope(got.client), Reply: ownReply(got.reply)}, err
}

// deleteReply is usher's own: a reply of the account's is given up.
func deleteReply(c *call, h *host.Host) (any, error) {
	id := c.int64("id", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.DeleteReply(c.caller, site.ReplyID(id)) })
	return agent.DeleteReplyResponse{Envelope: c.agentEnvelope(client)}, err
}
