package rest

import (
	"usher/api/sites"
	"usher/internal/site"
)

var replyDefinition = definition[site.Reply, sites.Reply]{
	kind: site.DefinedReply, plural: "replies", most: site.MaxWireNumber,
	all: func(v *site.View) []site.Reply { return v.Replies },
	id:  func(r site.Reply) int64 { return int64(r.ID) },
	read: func(c *adminCall) site.Reply {
		return site.Reply{
			ID: site.ReplyID(c.id), Title: c.text("title", true), Text: c.text("text", true),
			Language: c.text("language", false), Queues: ids[site.QueueID](c.numbers("queueIds")),
		}
	},
	define: func(x *site.Site, by string, r site.Reply) (site.Reply, error) { return x.Admin(by).DefineReply(r) },
	wire: func(r site.Reply) sites.Reply {
		return sites.Reply{ID: int64(r.ID), Title: r.Title, Text: r.Text, Language: r.Language, QueueIDs: ids[int64](r.Queues)}
	},
	listed: func(all []sites.Reply) any { return sites.Replies{Replies: all} },
}
