package rest

import (
	"usher/api"
	"usher/api/agent"
	"usher/internal/host"
	"usher/internal/site"
)

// agentPostMessage is agent-api 3.6.
func agentPostMessage(c *call, h *host.Host) (any, error) {
	body, rich := c.words()
	n := site.NewPost{
		Body: body, RichText: rich, OffTheRecord: c.boolean("offTheRecord", false),
		MessageID: c.text("messageId", false), MessageType: c.text("messageType", true), Data: c.pairs("messageDataMap"),
		VAResponse: c.text("vaResponse", false),
		Visibility: enum(c.fields, "visibility", false, api.VisibilityNone, api.VisibilityAll, api.VisibilityNotEndUser),
	}
	to := enum(c.fields, "destinationType", true, api.PartyTypes...)
	id := c.int64("destinationId", true)
	whisper := to == api.PartyAgent || to == api.PartyEndUser
	if c.err == nil && to != api.PartyEngagement && !whisper {
		c.fail(site.InvalidField, "destinationType: %s cannot be posted to, expected ENGAGEMENT, AGENT or END_USER", to)
	}
	taken, err := do(c, h, func(s *site.Site) (site.Taken, error) {
		if whisper {
			return s.Whisper(c.caller, site.ClientID(id), to, n)
		}
		return s.PostAsAgent(c.caller, site.EngagementID(id), n)
	})
	c.noteTaken(taken)
	return agent.PostMessageResponse{Envelope: c.agentEnvelope(taken.Client), ChatPostResult: &agent.ChatPostResult{MessageID: n.MessageID}}, err
}

// setInteractionStatus is agent-api 3.7.
func setInteractionStatus(c *call, h *host.Host) (any, error) {
	c.int64("clientId", true)
	c.int32("sneakPreviewInterval", false)
	enum(c.fields, "sneakPreviewState", false, api.SneakPreviewNone, api.SneakPreviewEnabled, api.SneakPreviewDisabled,
		api.SneakPreviewSiteUnavailable, api.SneakPreviewServiceUnavailable)
	id := c.int64("engagementId", true)
	n := site.NewActivity{
		Mode:         enum(c.fields, "mode", true, api.ModeListening, api.ModeResponding),
		SneakPreview: c.bounded("sneakPreview"), SneakPreviewFocus: c.boolean("sneakPreviewFocus", false),
		Visibility: enum(c.fields, "visibility", false, api.VisibilityNone, api.VisibilityAll, api.VisibilityNotEndUser),
	}
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) {
		return s.SetInteractionStatus(c.caller, site.EngagementID(id), n)
	})
	return agent.SetInteractionStatusResponse{
		Envelope: c.agentEnvelope(client), ChatActivitySignalChangeResult: &agent.ChatActivitySignalChangeResult{},
	}, err
}

// bounded reads a text that may be as long as a post's.
func (f *fields) bounded(name string) string {
	t := f.text(name, false)
	if len(t) > site.MaxPostBytes {
		f.fail(site.TooLarge, "%s has %d bytes: expected at most %d", name, len(t), site.MaxPostBytes)
	}
	return t
}

// concludeChat is agent-api 3.13.
func concludeChat(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) {
		return s.ConcludeAsAgent(c.caller, site.EngagementID(id))
	})
	return agent.ConcludeChatResponse{
		Envelope:                     c.agentEnvelope(client),
		ChatConcludeEngagementResult: &agent.ChatConcludeEngagementResult{EngagementID: id, EngagementIDString: text(id)},
	}, err
}

// releaseChat is agent-api 3.14.
func releaseChat(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) {
		return s.Release(c.caller, site.EngagementID(id))
	})
	return agent.ReleaseChatResponse{
		Envelope:                    c.agentEnvelope(client),
		ChatReleaseEngagementResult: &agent.ChatReleaseEngagementResult{EngagementID: id, EngagementIDString: text(id)},
	}, err
}

// history is usher's own: what was posted in an engagement, a page at a time.
func history(c *call, h *host.Host) (any, error) {
	id, limit := c.int64("engagementId", true), c.int32("limit", false)
	n := site.Stretch{After: c.int64("afterPost", false), Before: c.int64("beforePost", false), Newest: c.boolean("newest", false), Most: int(limit)}
	switch {
	case c.err != nil:
	case n.After < 0 || n.Before < 0 || limit < 0:
		c.fail(site.BadRequest, "afterPost, beforePost and limit: expected 0 or more")
	case n.After > 0 && (n.Before > 0 || n.Newest):
		c.fail(site.BadRequest, "afterPost goes on to newer posts, beforePost and newest to older ones: send one or the other")
	}
	got, err := do(c, h, func(s *site.Site) (site.History, error) { return s.History(c.caller, site.EngagementID(id), n) })
	answer := agent.HistoryResponse{
		Envelope: c.agentEnvelope(got.Client), EngagementID: id, EngagementIDString: text(id), Complete: got.Complete, More: got.More,
	}
	for _, p := range got.Posts {
		body, data := c.files.say(site.EngagementID(id), &p.Post)
		post := agent.HistoryPost{
			PostNumber: p.Number, PostNumberString: text(p.Number), ClientID: int64(p.Client), ClientIDString: text(p.Client),
			Name: p.Name, SenderType: p.SenderType, Role: p.Role, Body: body, RichText: p.RichText, OffTheRecord: p.OffTheRecord,
			MessageID: p.MessageID, MessageDataMap: data, Visibility: visible(p.Visibility),
			CreatedTime: p.At.Millis(), CreatedTimeString: text(p.At.Millis()), Only: int64(p.Only), OnlyString: text(p.Only),
		}
		if p.File != nil {
			post.File = c.files.wire(site.EngagementID(id), p.File)
		}
		answer.Posts = append(answer.Posts, post)
	}
	return answer, err
}

// wrapUp is usher's own: what came of an engagement.
func wrapUp(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	w := site.WrapUp{Result: c.int32("result", false), Note: c.bounded("note")}
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.NoteWrapUp(c.caller, site.EngagementID(id), w) })
	return agent.WrapUpResponse{Envelope: c.agentEnvelope(client)}, err
}

// visible answers a post's visibility; who names none means everybody.
func visible(v api.Visibility) api.Visibility {
	if v == "" || v == api.VisibilityNone {
		return api.VisibilityAll
	}
	return v
}
