package rest

import (
	"usher/api/sites"
	"usher/internal/site"
)

// tryRoute answers where a visitor would be sent now, and why. Who would be turned
// away is refused in the same words.
func tryRoute(s *Server, c *adminCall) (any, error) {
	queue := site.QueueID(c.int64("queueId", false))
	visitor := site.Circumstances{
		Product: c.int64("productId", false), Category: c.int64("categoryId", false), Language: c.text("language", false),
		Interface: site.InterfaceID(c.int32("interfaceId", false)),
	}
	c.each("customFields", func(x *fields) {
		visitor.Fields = append(visitor.Fields, site.CustomField{Name: x.text("name", true), Value: x.text("value", false)})
	})
	type route struct {
		site.Routed
		standing site.QueueStanding
	}
	r, err := adminDo(s, c, func(x *site.Site) (r route, err error) {
		r.standing, r.Routed, err = x.RouteFor(queue, visitor)
		return r, err
	})
	return sites.Route{
		QueueID: int64(r.Queue), Why: r.Why, Priority: r.Priority, AccountID: int64(r.Account), Standing: wireQueue(r.standing),
	}, err
}
