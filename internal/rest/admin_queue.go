package rest

import (
	"usher/api/sites"
	"usher/internal/site"
)

var queueDefinition = definition[site.QueueDefinition, sites.Queue]{
	kind: site.DefinedQueue, plural: "queues", most: site.MaxWireNumber,
	all: func(v *site.View) []site.QueueDefinition { return v.Queues },
	id:  func(q site.QueueDefinition) int64 { return int64(q.ID) },
	read: func(c *adminCall) site.QueueDefinition {
		return site.QueueDefinition{
			ID: site.QueueID(c.id), Name: c.text("name", true), Default: c.boolean("default", false), Rank: int(c.int32("rank", false)),
			Hours: site.HoursID(c.int64("hours", false)), MaxWaiting: int(c.int32("maxWaiting", false)),
			OverflowSeconds: int(c.int32("overflowSeconds", false)), OverflowQueue: site.QueueID(c.int64("overflowQueue", false)),
		}
	},
	define: func(x *site.Site, by string, q site.QueueDefinition) (site.QueueDefinition, error) {
		return x.Admin(by).DefineQueue(q)
	},
	wire: func(q site.QueueDefinition) sites.Queue {
		return sites.Queue{
			QueueID: int64(q.ID), Name: q.Name, Default: q.Default, Rank: q.Rank, Hours: int64(q.Hours), MaxWaiting: q.MaxWaiting,
			OverflowSeconds: q.OverflowSeconds, OverflowQueue: int64(q.OverflowQueue),
		}
	},
	listed: func(all []sites.Queue) any { return sites.Queues{Queues: all} },
}
