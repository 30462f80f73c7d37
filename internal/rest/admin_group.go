package rest

import (
	"usher/api/sites"
	"usher/internal/site"
)

var groupDefinition = definition[site.Group, sites.Group]{
	kind: site.DefinedGroup, plural: "groups", most: site.MaxWireNumber,
	all: func(v *site.View) []site.Group { return v.Groups },
	id:  func(g site.Group) int64 { return int64(g.ID) },
	read: func(c *adminCall) site.Group {
		return site.Group{ID: site.GroupID(c.id), Name: c.text("name", true)}
	},
	define: func(x *site.Site, by string, g site.Group) (site.Group, error) { return x.Admin(by).DefineGroup(g) },
	wire:   func(g site.Group) sites.Group { return sites.Group{GroupID: int64(g.ID), Name: g.Name} },
	listed: func(all []sites.Group) any { return sites.Groups{Groups: all} },
}
