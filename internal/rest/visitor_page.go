package rest

import (
	"usher/api/consumer"
	"usher/internal/host"
	"usher/internal/site"
)

// seen takes a page's word that its visitor looked at the posts (consumer-api 7.6).
func seen(c *call, h *host.Host) (any, error) {
	number := c.int64("postNumber", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.SeenByVisitor(c.caller, number) })
	return consumer.SeenResponse{Envelope: c.visitorEnvelope(client)}, err
}

// viewPage notes which page a visitor looks at (consumer-api 7.7).
func viewPage(c *call, h *host.Host) (any, error) {
	url, title := c.text("url", true), c.text("title", false)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.ViewPage(c.caller, url, title) })
	return consumer.PageResponse{Envelope: c.visitorEnvelope(client)}, err
}

// stateFacts takes what a page says of its visitor while the chat goes on
// (consumer-api 7.8).
func stateFacts(c *call, h *host.Host) (any, error) {
	f := site.Facts{
		FirstName: c.text("firstName", false), LastName: c.text("lastName", false), Email: c.text("emailAddress", false), Fields: c.stated(),
	}
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.StateFacts(c.caller, f) })
	return consumer.FactsResponse{Envelope: c.visitorEnvelope(client)}, err
}
