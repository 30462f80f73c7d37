package rest

import (
	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

// listMessages answers a page of the messages that visitors left and nobody has done with.
func listMessages(s *Server, c *adminCall) (any, error) {
	after, most := c.page()
	type page struct {
		left []site.LeftMessage
		more bool
	}
	p, err := adminDo(s, c, func(x *site.Site) (p page, _ error) {
		p.left, p.more = x.LeftMessages(after, most)
		return p, nil
	})
	answer := sites.LeftMessages{More: p.more}
	for _, m := range p.left {
		w := sites.LeftMessage{
			Number: m.Number, At: stamp(m.At), QueueID: int64(m.Queue), Name: m.Name, EmailAddress: m.Email, Message: m.Text,
			Language: m.Language, Page: m.Page,
		}
		for _, f := range m.Fields {
			w.Fields = append(w.Fields, sites.MessageField{Name: f.Name, Value: f.Value})
		}
		answer.Messages = append(answer.Messages, w)
	}
	return answer, err
}

// finishMessage takes a message off the list.
func finishMessage(s *Server, c *adminCall) (any, error) {
	return adminDo(s, c, func(x *site.Site) (nothing, error) { return nothing{}, x.Admin(c.who.name).MessageDone(c.id) })
}

// setAccountStatus sets the status of an agent who is logged on.
func setAccountStatus(s *Server, c *adminCall) (any, error) {
	status, subType := c.text("status", true), c.int32("subTypeId", false)
	done, err := adminDo(s, c, func(x *site.Site) (nothing, error) {
		return nothing{}, x.Admin(c.who.name).SetStatus(site.AccountID(c.id), api.ActivityStatus(status), subType)
	})
	if err == nil {
		s.log.Info("an agent's status was set", "site", c.site, "by", c.who.name, "account", c.id, "status", status, "subType", subType)
	}
	return done, err
}
